"""Makes backups while the service runs, and holds them against what was written."""

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Engine

from app.backup import keys
from app.backup.failing import told_plainly
from app.backup.folder import begun, held, keep_lines, store_in, thin_out
from app.backup.manifest import GONE, MANIFEST, Backup, Manifest, Recordings, TableFile, sha256_of
from app.backup.recordings import Copied, carried, is_whole
from app.backup.tables import blobs_named, lines_of, snapshot, still_named, tables
from app.kit import migrations
from app.kit.blobs import Blobs
from app.kit.errors import AppError
from app.settings import Settings

# Called with what is being done, and which share of it is done (0-1).
Tell = Callable[[str, float], object]
# So many recordings that are gone are looked up again.
LOOKED_UP = 500


class NotMigrated(AppError):
    """The database is empty, or of another version of Callmark; run `callmark migrate`, or install that version."""

    code = "not_migrated"


@dataclass(frozen=True)
class Made:
    """A backup that was made; `lost`: recordings that the database names now, and that are not in the store, or not
    as they were kept."""

    path: Path
    manifest: Manifest
    lost: tuple[str, ...]
    thinned_out: int


@dataclass
class _Carried:
    """What came of the recordings so far; of those that the store has no more the first are remembered."""

    count: int = 0
    bytes: int = 0
    gone: int = 0
    lost: list[str] = field(default_factory=list)

    def note(self, one: Copied) -> None:
        if one.size is None:
            self.gone += 1
        else:
            self.count, self.bytes = self.count + 1, self.bytes + one.size
        if one.lost and len(self.lost) < LOOKED_UP:
            self.lost.append(one.key)


def back_up(
    engine: Engine,
    blobs: Blobs,
    settings: Settings,
    folder: Path,
    at: datetime,
    tell: Tell,
    *,
    with_keys: bool = False,
    keep: int | None = None,
) -> Made:
    """Make a backup in this folder; with `keep`, remove all but the newest so many."""
    with told_plainly(), held(folder, alone=True):
        with begun(folder, at) as backup:
            revision, files, named = _tables_kept(engine, backup, tell)
            found, of_blobs = _blobs_kept(blobs, folder, backup, named, tell)
            manifest = Manifest(
                version=version("callmark"),
                revision=revision,
                made_at=at,
                tables=files,
                recordings=of_blobs,
                keys=keys.kept(settings, backup.keys) if with_keys else {},
            )
            (backup.path / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
        # What was deleted while the backup was made is not lost.
        with engine.connect() as connection:
            lost = still_named(connection, found.lost) if found.lost else set()
        thinned_out = thin_out(folder, keep) if keep else 0
        return Made(folder / backup.path.stem, manifest, tuple(sorted(lost)), thinned_out)


def faults(folder: Path, backup: Backup, tell: Tell) -> Iterator[str]:
    """Whatever of a backup is not what was written; reads all of it."""
    with held(folder, alone=False):
        yield from backup.faults()
        store, total = store_in(folder), backup.manifest.recordings.count
        for place, (key, size) in enumerate(backup.blobs()):
            tell("recordings", place / max(total, 1))
            if size is not None and not is_whole(key, store):
                yield f"{folder / 'blobs' / key} is not what was written"


def _tables_kept(engine: Engine, backup: Backup, tell: Tell) -> tuple[str, tuple[TableFile, ...], int]:
    """Write all tables as they are at one moment; the form of the database, the files, and how many recordings."""
    with snapshot(engine) as connection:
        revision = migrations.revision(connection)
        if revision is None or not migrations.knows(revision):
            raise NotMigrated
        found = tables(connection)
        files = []
        for place, table in enumerate(found):
            tell("tables", place / len(found))
            rows, sha256 = keep_lines(backup.table(table.name), lines_of(connection, table))
            columns = tuple(one.name for one in table.columns)
            files.append(TableFile(name=table.name, columns=columns, rows=rows, sha256=sha256))
        named, _ = keep_lines(_named(backup), blobs_named(connection, found))
    return revision, tuple(files), named


def _blobs_kept(blobs: Blobs, folder: Path, backup: Backup, named: int, tell: Tell) -> tuple[_Carried, Recordings]:
    """Copy the recordings that are not in the folder yet, and list all that belong to the backup."""
    found = _Carried()
    wanted = _named(backup)

    def told(done: int) -> None:
        tell("recordings", done / max(named, 1))

    with (
        gzip.open(wanted, "rt", encoding="ascii") as lines,
        gzip.open(backup.blob_list, "xt", encoding="ascii") as listed,
    ):
        keys = (line.rstrip("\n") for line in lines)
        # A recording is written once and read when it is written; to read all of them every night takes hours.
        for one in carried(keys, blobs, store_in(folder), told, believed=True):
            found.note(one)
            listed.write(f"{one.key}\t{GONE if one.size is None else one.size}\n")
    wanted.unlink()
    listed_as = sha256_of(backup.blob_list)
    return found, Recordings(count=found.count, bytes=found.bytes, gone=found.gone, sha256=listed_as)


def _named(backup: Backup) -> Path:
    """Where the keys wait that the database named at the moment of the backup."""
    return backup.path / "named.gz"
