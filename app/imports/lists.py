"""Brings in lists of the switch as a job: kept first, read then, a part at a time, whatever happens in between."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO

from sqlalchemy import Engine
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.calls import queries as calls
from app.contacts.customers import Customers
from app.contacts.mapping import Mapping as ColumnMapping
from app.contacts.mapping import mapping_called
from app.contacts.service import Intake, Taken, take_agent_days, take_answers, take_contacts
from app.contacts.sums import terms
from app.imports import queries
from app.imports.models import ImportKind, ImportState, ListImport
from app.kit import db
from app.kit.blobs import Blob, BlobMissing, Blobs
from app.kit.db import after_commit, id_of
from app.kit.errors import AppError, Passing
from app.kit.queue import Queue
from app.ledger.service import Actor
from app.settings import Settings

# The job that reads a list; the worker defines it.
IMPORT_LIST = "import_list"
SWEPT_AT_ONCE = 20
# The bytes of a list that was read are kept for so long.
KEPT = timedelta(hours=1)
TAKE: Mapping[ImportKind, Callable[[Intake, BinaryIO, ColumnMapping | None], Taken]] = {
    ImportKind.CONTACTS: take_contacts,
    ImportKind.AGENT_DAYS: take_agent_days,
    ImportKind.ANSWERS: take_answers,
}


class ImportBrokeOff(AppError):
    """Reading this list broke off for a reason that nobody foresaw; what was read is kept. Bring it in once more."""

    code = "import_broke_off"
    status = 500


class ImportInterrupted(Exception):
    """Something that a list needs is out of reach; its reading is begun again soon."""


@dataclass(frozen=True)
class Asked:
    """Which list is to be brought in: what it tells, what its file is called, and what its columns mean."""

    kind: ImportKind
    file_name: str
    mapping: str = ""


def ask(session: Session, queue: Queue, asked: Asked, stored: Blob, user: User, actor: Actor) -> ListImport:
    """Note that a list is to be read, and have the worker read it once this is safely stored."""
    mapping_called(asked.mapping, asked.kind.value)
    added = ListImport(
        kind=asked.kind,
        state=ImportState.WAITING,
        file_name=asked.file_name[:255],
        mapping=asked.mapping,
        blob=stored.key,
        size_bytes=stored.size,
        bad_rows=[],
        asked_by=id_of(user),
        asked_at=actor.at,
    )
    session.add(added)
    session.flush()
    of = id_of(added)
    after_commit(session, lambda: enqueue(queue, of))
    return added


def enqueue(queue: Queue, of: int) -> None:
    queue.enqueue(IMPORT_LIST, job_id(of), of)


def job_id(of: int) -> str:
    return f"import-{of}"


def run(engine: Engine, blobs: Blobs, settings: Settings, of: int, actor: Actor) -> None:
    """Read a list to its end; begun again after a kill, it counts what was kept before as it was counted then."""
    with db.session(engine) as session:
        one = queries.lock(session, of)
        if one is None or one.state not in (ImportState.WAITING, ImportState.RUNNING):
            return
        one.state = ImportState.RUNNING
        session.add(one)
        asker = accounts.user(session, one.asked_by)
    by = Actor(asker.name if asker else actor.name, actor.at, one.asked_by)
    kept_before = Taken(added=one.added, changed=one.changed)

    def tell(taken: Taken, at: int, size: int) -> None:
        _note(engine, of, _with(kept_before, taken))

    customers = Customers(settings.customer_key)
    intake = Intake(engine, terms(settings), customers, by, tell=tell, reference=job_id(of))
    try:
        with blobs.fetched(one.blob) as path, path.open("rb") as opened:
            mapping = mapping_called(one.mapping, one.kind.value)
            taken = TAKE[one.kind](intake, opened, mapping)
    except Passing:
        raise
    except AppError as error:
        if _passes(error):
            # No refusal of this list: the queue tries again, and says in the end what lay in the way.
            raise ImportInterrupted(error.code) from error
        end(engine, of, actor, error)
    else:
        _note(engine, of, _with(kept_before, taken))
        end(engine, of, actor)


def _passes(error: AppError) -> bool:
    """Whether something other than the list is at fault."""
    return error.status >= 500 and not isinstance(error, BlobMissing)


def give_up(engine: Engine, of: int, actor: Actor) -> None:
    """End an import that broke off again and again."""
    with db.session(engine, reads_only=True) as session:
        one = session.get(ListImport, of)
    if one is not None and one.state in queries.UNDER_WAY:
        end(engine, of, actor, ImportBrokeOff())


def end(engine: Engine, of: int, actor: Actor, error: AppError | None = None) -> None:
    """Note that a list is read, or why it cannot be."""
    with db.session(engine) as session:
        one = queries.lock(session, of)
        if one is not None:
            one.state = ImportState.FAILED if error else ImportState.DONE
            one.error_code, one.error_message = (error.code, error.message) if error else (None, None)
            one.ended_at = actor.at
            session.add(one)


def sweep(engine: Engine, blobs: Blobs, queue: Queue, actor: Actor) -> None:
    """Go on with lists whose job was never asked for, and end those whose job has ended before its time."""
    with db.session(engine, reads_only=True) as session:
        found = queries.under_way(session, SWEPT_AT_ONCE)
    for _, of, state in queue.stranded({job_id(id_of(one)): id_of(one) for one in found}):
        if state is None:
            enqueue(queue, of)
        else:
            give_up(engine, of, actor)
    _forget(engine, blobs, actor.at)


def _with(before: Taken, now: Taken) -> Taken:
    """What became of the rows, those that an earlier run kept counted as what they were then."""
    again = now.unchanged - before.added - before.changed
    return Taken(now.rows, before.added + now.added, before.changed + now.changed, max(0, again), now.bad, now.bad_rows)


def _note(engine: Engine, of: int, taken: Taken) -> None:
    with db.session(engine) as session:
        one = queries.lock(session, of)
        if one is None:
            return
        for name in ("rows", "added", "changed", "unchanged", "bad"):
            setattr(one, name, getattr(taken, name))
        # The cells themselves may hold customers' numbers: who sent the list has them.
        one.bad_rows = [{"line": bad.line, "column": bad.column, "message": bad.message} for bad in taken.bad_rows]
        session.add(one)


def _forget(engine: Engine, blobs: Blobs, now: datetime) -> None:
    """Remove the bytes of lists that were read a while ago; the very same may have come in anew meanwhile."""
    with db.session(engine, reads_only=True) as session:
        ended = [(id_of(one), one.blob) for one in queries.ended_with_bytes(session, now - KEPT, SWEPT_AT_ONCE)]
        wanted = {blob for _, blob in ended if queries.waits_with(session, blob) or calls.keeps_bytes(session, blob)}
    for blob in {blob for _, blob in ended} - wanted:
        blobs.delete(blob)
    with db.session(engine) as session:
        for of, _ in ended:
            if (one := queries.lock(session, of)) is not None:
                one.blob = ""
                session.add(one)
