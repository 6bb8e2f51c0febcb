"""Brings a backup back: into an empty database of either kind, and into whatever store the settings name."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from app.backup import keys
from app.backup.failing import told_plainly
from app.backup.folder import chosen, held, store_in
from app.backup.loading import fill, forget_mark, is_filled, refuse_unless_empty
from app.backup.manifest import Backup, BackupDamaged, BackupTooNew, Manifest
from app.backup.recordings import carried
from app.calls import belonging
from app.kit import db, migrations
from app.kit.blobs import Blobs
from app.kit.errors import AppError
from app.kit.queue import Queue, prepare
from app.ledger.service import machine, record
from app.settings import Settings

Tell = Callable[[str, float], object]
# Where the ledger keeps that a backup was brought back.
STREAM, RESTORED = "backup", "backup.restored"


class JobsOfAnother(AppError):
    """The database of jobs holds jobs of another database; they would be taken for those of the calls that come back.
    Put the file jobs.db aside, or remove the schema dbos (PostgreSQL), or name another by CALLMARK_JOBS_URL."""

    code = "jobs_of_another"
    status = 409


@dataclass(frozen=True)
class Restored:
    """What came back; `left_out`: damaged recordings; `replaced`: zero bytes in texts, which PostgreSQL cannot keep;
    `other_keys`: keys that are here already, and are not those of the backup."""

    path: Path
    manifest: Manifest
    left_out: tuple[str, ...]
    replaced: int
    other_keys: tuple[str, ...]


def restore(
    engine: Engine,
    blobs: Blobs,
    settings: Settings,
    path: Path,
    at: datetime,
    tell: Tell,
    *,
    leave_out_damaged: bool = False,
    take_store: bool = False,
) -> Restored:
    """Bring back the backup at this path, or the newest of the folder; cut off, it goes on when it is run again.

    With `take_store`, into a store that belongs to another database, which is gone.
    """
    backup = chosen(path)
    folder = backup.path.parent
    with told_plainly(), held(folder, alone=False):
        manifest = _fit(backup)
        left_out: tuple[str, ...] = ()
        replaced = 0
        if not take_store:
            belonging.refuse_another(engine, blobs)
        if not is_filled(engine, backup):
            refuse_unless_empty(engine)
            _refuse_jobs(settings)
            _refuse_damage(backup, tell)
            left_out = _recordings_back(backup, manifest, store_in(folder), blobs, tell)
            if left_out and not leave_out_damaged:
                raise BackupDamaged(_told(folder, left_out))
            _prepare(engine, settings, manifest.revision)
            replaced = fill(engine, backup, manifest, tell)
        tell("the form of this version", 1.0)
        migrations.upgrade(settings.database)
        belonging.take(engine, blobs)
        others = keys.put_back(settings, backup.keys, manifest.keys)
        with db.session(engine) as session:
            facts = {"made_at": manifest.made_at.isoformat(), "version": manifest.version}
            record(session, STREAM, machine(at), RESTORED, **facts, left_out=len(left_out))
            forget_mark(session)
    return Restored(backup.path, manifest, left_out, replaced, tuple(others))


def _fit(backup: Backup) -> Manifest:
    manifest = backup.manifest
    if not migrations.knows(manifest.revision):
        raise BackupTooNew
    return manifest


def _refuse_jobs(settings: Settings) -> None:
    prepare(settings.jobs)
    with closing(Queue(settings.jobs)) as queue:
        if queue.recent(1):
            raise JobsOfAnother


def _prepare(engine: Engine, settings: Settings, wanted: str) -> None:
    """Have the tables of the backup's day; what has come since is done to it as to any older database."""
    with engine.connect() as connection:
        present = migrations.revision(connection)
    if present != wanted:
        migrations.begin_anew(settings.database, wanted)


def _refuse_damage(backup: Backup, tell: Tell) -> None:
    """Refuse a backup of which something is missing or another file than was written, before anything is changed."""
    tell("checking the backup", 0.0)
    fault = next(backup.faults(), None)
    if fault is not None:
        raise BackupDamaged(f"{fault}; take another backup. Nothing was restored.")


def _recordings_back(backup: Backup, manifest: Manifest, source: Blobs, target: Blobs, tell: Tell) -> tuple[str, ...]:
    """Have all recordings in the store; those that are not in the backup as they were kept."""
    total = max(manifest.recordings.count, 1)
    wanted = (key for key, size in backup.blobs() if size is not None)
    came = carried(wanted, source, target, lambda done: tell("recordings", done / total))
    return tuple(one.key for one in came if one.size is None)


def _told(folder: Path, damaged: tuple[str, ...]) -> str:
    first = folder / "blobs" / damaged[0]
    return (
        f"{first} is not what was written ({len(damaged)} such recordings in all). Take another backup, or restore "
        "this one without them (--leave-out-damaged). No row was restored."
    )
