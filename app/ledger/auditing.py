"""Verifying the ledger when an administrator asks; the ledger itself tells that they did, and what was found."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from app.kit import db
from app.kit.db import after_commit, id_of
from app.kit.errors import AppError
from app.kit.queue import PATIENT, JobState, Queue
from app.ledger import queries
from app.ledger.anchors import Notary
from app.ledger.models import LedgerEntry
from app.ledger.service import Actor, machine, record
from app.ledger.verification import Fault, Verified, verify

STREAM = "audit"
ASKED, VERIFIED, FAILED = "audit.asked", "audit.verified", "audit.failed"
VERIFY = "verify_ledger"
# So many faults are kept with the result; the command tells all.
KEPT_FAULTS = 20


class NotVerified(AppError):
    """Verifying ended before its time; an administrator finds the reason in the worker's log."""

    code = "not_verified"


@dataclass(frozen=True)
class Audit:
    """What is known of the ledger: the last result, and whether another one is awaited."""

    last: LedgerEntry | None
    asked_at: datetime | None

    @property
    def faults(self) -> list[dict[str, Any]]:
        return list(self.last.payload.get("faults", ())) if self.last else []


def audit(session: Session) -> Audit:
    """The last result, and since when another one is awaited, if it is."""
    newest = queries.last_entry(session, STREAM)
    waiting = newest is not None and newest.event == ASKED
    return Audit(queries.last_of(session, STREAM, VERIFIED), newest.at if newest and waiting else None)


def ask(session: Session, queue: Queue, actor: Actor) -> None:
    """Have the worker verify the ledger."""
    asked = id_of(record(session, STREAM, actor, ASKED))
    after_commit(session, lambda: _enqueue(queue, asked))


def _enqueue(queue: Queue, asked: int) -> None:
    """Ask for the job; asked for twice, it is one."""
    queue.enqueue(VERIFY, _job_id(asked), asked, priority=PATIENT)


def _job_id(asked: int) -> str:
    return f"audit-{asked}"


def run(engine: Engine, notary: Notary, at: datetime) -> Verified:
    """Verify the ledger against the anchors that are kept here, and note down what was found."""
    found = verify(engine, notary.anchors())
    with db.session(engine) as session:
        record(
            session,
            STREAM,
            machine(at),
            VERIFIED,
            entries=found.tape.entries,
            streams=found.tape.streams,
            last_id=found.tape.last_id,
            anchors=found.anchors,
            found=len(found.faults),
            faults=[_kept(one) for one in found.faults[:KEPT_FAULTS]],
        )
    return found


def give_up(session: Session, asked: int, code: str, message: str, actor: Actor) -> None:
    """Note that the ledger could not be verified, if that is still awaited."""
    # It may have been verified since its job was looked at.
    session.exec(queries.held_head(STREAM)).one()
    newest = queries.last_entry(session, STREAM)
    if newest is not None and newest.id == asked:
        record(session, STREAM, actor, FAILED, code=code, message=message)


def sweep(engine: Engine, queue: Queue, at: datetime) -> None:
    """Ask again for a verifying that was never asked for, and end the wait for one whose job has ended without it."""
    with db.session(engine, reads_only=True) as session:
        newest = queries.last_entry(session, STREAM)
    if newest is None or newest.event != ASKED:
        return
    asked = id_of(newest)
    state = queue.states([_job_id(asked)]).get(_job_id(asked))
    if state is None:
        _enqueue(queue, asked)
    elif state not in (JobState.WAITING, JobState.RUNNING):
        with db.session(engine) as session:
            give_up(session, asked, NotVerified.code, NotVerified().message, machine(at))


def _kept(fault: Fault) -> dict[str, Any]:
    return {
        "what": fault.what,
        "stream": fault.stream,
        "sequence": fault.sequence,
        "first_id": fault.first_id,
        "last_id": fault.last_id,
    }
