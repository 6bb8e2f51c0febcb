"""Takes in recordings that lie in a folder, as a switch writes them; each in a transaction of its own.

What became of each file is kept: whoever is cut off, or comes again, reads only what is new. The same bytes are one
call, wherever they lie.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlmodel import Session

from app.calls import queries as calls
from app.calls.file_names import Pattern
from app.calls.manifest import Manifest, Row, key
from app.calls.service import RECORDINGS, TRANSCRIPTS, check_file_name
from app.calls.sources import Sources
from app.imports import queries
from app.imports.models import TakenFile
from app.kit import db
from app.kit.blobs import PIECE, Blobs
from app.kit.db import id_of
from app.kit.errors import AppError
from app.kit.queue import Queue
from app.ledger.service import Actor
from app.reviews import whose
from app.reviews.offering import terms
from app.settings import Settings


class FileGone(AppError):
    """There is no such file, or it cannot be read."""

    code = "file_gone"
    status = 404


class FileGrew(AppError):
    """This file changed while it was read; it is taken in once it is whole."""

    code = "file_grew"
    status = 409


class Outcome(StrEnum):
    """What became of a file: a new call, one that was here before or was deleted, nothing new to read, or a refusal."""

    NEW = "new"
    KNOWN = "known"
    DELETED = "deleted"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True)
class FileSeen:
    """A file as it lay there: `name` is its path within the folder, `modified` in nanoseconds since 1970."""

    path: Path
    name: str
    size: int
    modified: int

    @property
    def as_it_was(self) -> tuple[int, int]:
        return self.size, self.modified


@dataclass(frozen=True)
class Telling:
    """What is said of the files: of all of them, by their names, by rows of a list; `zone` is that of their clock."""

    zone: ZoneInfo
    said_of_all: Mapping[str, str]
    pattern: Pattern | None = None
    manifest: Manifest | None = None

    def about(self, row: Row) -> "Telling":
        """The same with what one row says, for the file that it names."""
        return Telling(self.zone, self.said_of_all, self.pattern, Manifest({key(row.file): row}))

    def of(self, session: Session) -> Sources:
        return Sources(session, self.zone, self.said_of_all, self.pattern, self.manifest)

    def digest(self, name: str) -> str:
        """One name for all that is said of a file; that its name cannot be read says nothing."""
        row = self.manifest.row(name) if self.manifest else None
        said = [self.zone.key, dict(self.said_of_all), str(self.pattern), dict(row.facts) if row else {}]
        return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class Intake:
    """What it takes to take files in; on a trial (`dry_run`) nothing of it is changed."""

    engine: Engine
    blobs: Blobs
    queue: Queue
    settings: Settings
    dry_run: bool = False


@dataclass(frozen=True)
class Taken:
    """What became of one file; `message` says why it was refused."""

    file: FileSeen
    outcome: Outcome
    call_id: int | None = None
    message: str = ""


def place_of(folder: Path, settings: Settings) -> str:
    """How a folder is known: by its machine (the worker's name) and its path, as several can share a database."""
    return f"{settings.worker_id}:{folder.resolve()}"


def file_hash(place: str, file: FileSeen) -> str:
    """Under which name it is kept what became of a file."""
    return hashlib.sha256(f"{place}\0{file.name}".encode(errors="surrogatepass")).hexdigest()


def files_in(folder: Path) -> Iterator[FileSeen]:
    """Every recording and transcript under a folder, in the order of their paths; hidden ones are left alone."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise FileGone(f"The folder {folder} cannot be read: {error.strerror}.") from error
    yield from _files_in(folder, entries, {_identity(folder)})


def _files_in(folder: Path, entries: list[os.DirEntry[str]], been: set[tuple[int, int]]) -> Iterator[FileSeen]:
    for entry in entries:
        if entry.name.startswith("."):
            continue
        try:
            if entry.is_dir():
                # A link may lead back to where one comes from.
                identity = _identity(Path(entry.path))
                if identity not in been:
                    been.add(identity)
                    yield from _files_in(folder, sorted(os.scandir(entry.path), key=lambda one: one.name), been)
            elif Path(entry.name).suffix.lower() in (*RECORDINGS, *TRANSCRIPTS):
                yield seen(Path(entry.path), folder)
        except (OSError, FileGone):
            # What cannot be read, or is gone meanwhile, keeps nobody from the others.
            continue


def _identity(folder: Path) -> tuple[int, int]:
    state = folder.stat()
    return state.st_dev, state.st_ino


def seen(path: Path, folder: Path) -> FileSeen:
    """A file as it lies there now."""
    try:
        state = path.stat()
    except OSError as error:
        raise FileGone(f"{path} cannot be read: {error.strerror}.") from error
    within = path.relative_to(folder) if path.is_relative_to(folder) else path
    # A name may be any bytes; what is no text in it can neither be kept nor shown as it is.
    name = os.fsencode(within.as_posix()).decode("utf-8", "backslashreplace")
    return FileSeen(path, name, state.st_size, state.st_mtime_ns)


def is_taken(known: TakenFile | None, file: FileSeen, telling: Telling) -> bool:
    """Whether nothing of a file, and nothing said of it, is new since it was taken in or refused."""
    if known is None or (known.size_bytes, known.modified) != file.as_it_was:
        return False
    return known.said == telling.digest(file.name)


def take(intake: Intake, place: str, file: FileSeen, telling: Telling, actor: Actor) -> Taken:
    """Take a file in, unless that was done; whatever it is refused for is kept with it."""
    with db.session(intake.engine, reads_only=True) as session:
        known = queries.taken_file(session, file_hash(place, file))
    if known is not None and not known.fault and is_taken(known, file, telling):
        return Taken(file, Outcome.UNCHANGED, known.call_id)
    try:
        return _tried(intake, file, telling) if intake.dry_run else _taken(intake, place, file, telling, actor)
    except AppError as error:
        # What lies in the way of all files alike is told to whoever runs it, and no fault of this one.
        if error.status >= 500:
            raise
        if intake.dry_run:
            return Taken(file, Outcome.REFUSED, None, error.message)
        with db.session(intake.engine) as session:
            _keep(session, place, file, telling, actor, None, error)
        return Taken(file, Outcome.REFUSED, None, error.message)


def _tried(intake: Intake, file: FileSeen, telling: Telling) -> Taken:
    """What would become of a file, as far as can be told without reading it."""
    with db.session(intake.engine, reads_only=True) as session:
        check_file_name(file.name)
        telling.of(session).facts(file.name)
    return Taken(file, Outcome.NEW)


def _taken(intake: Intake, place: str, file: FileSeen, telling: Telling, actor: Actor) -> Taken:
    with db.session(intake.engine, reads_only=True) as session:
        name, facts = check_file_name(file.name), telling.of(session).facts(file.name)
    try:
        with file.path.open("rb") as opened:
            stored = intake.blobs.put(iter(lambda: opened.read(PIECE), b""), intake.settings.max_upload_mb << 20)
    except OSError as error:
        raise FileGone(f"{file.path} cannot be read: {error.strerror}.") from error
    if seen(file.path, file.path.parent).as_it_was != file.as_it_was:
        raise FileGrew
    with db.session(intake.engine) as session:
        # What somebody deleted does not come back by itself; whoever wants it back uploads it.
        deleted = queries.deleted_call(session, stored.sha256)
        if deleted is None:
            on = terms(intake.settings)
            added = whose.add_call(session, intake.queue, stored, name, facts, actor, None, on)
        call_id = id_of(added.call) if deleted is None else deleted
        _keep(session, place, file, telling, actor, call_id, None).sha256 = stored.sha256
        keeps = deleted is None or calls.keeps_bytes(session, stored.key)
    if not keeps:
        intake.blobs.delete(stored.key)
    if deleted is not None:
        return Taken(file, Outcome.DELETED, deleted)
    return Taken(file, Outcome.NEW if added.is_new else Outcome.KNOWN, call_id)


def _keep(
    session: Session,
    place: str,
    file: FileSeen,
    telling: Telling,
    actor: Actor,
    call_id: int | None,
    fault: AppError | None,
) -> TakenFile:
    kept = queries.taken_file(session, file_hash(place, file))
    kept = kept or TakenFile(place=place, file_hash=file_hash(place, file))  # type: ignore[call-arg]
    kept.size_bytes, kept.modified, kept.said = file.size, file.modified, telling.digest(file.name)
    kept.call_id, kept.taken_at, kept.path = call_id, actor.at, file.name if fault else ""
    kept.fault_code, kept.fault = (fault.code, fault.message) if fault else ("", "")
    session.add(kept)
    session.flush()
    return kept
