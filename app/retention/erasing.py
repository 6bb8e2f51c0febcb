"""Erases what is kept about a customer who asked for it: the words, and all that tells whose they were."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session

from app.accounts import kept_answers
from app.accounts.models import User
from app.calls import queries as calls
from app.calls import service as call_service
from app.calls.models import CallState
from app.complaints import queries as complaint_queries
from app.complaints import service as complaints
from app.contacts import erasing as contacts
from app.contacts import lookups
from app.contacts.sums import Terms
from app.imports import erasing as imports
from app.imports import queries as import_queries
from app.kit import db
from app.kit.blobs import Blobs
from app.kit.db import id_of
from app.kit.errors import AppError, Passing, where
from app.kit.queue import Queue
from app.ledger.service import Actor, machine, record, record_for_call
from app.retention import held_queries, holds, queries, tidying
from app.retention.finding import MOST
from app.retention.models import Erased, Erasure, ErasureTarget, Target
from app.retention.removing import remove_bytes
from app.retention.service import take_away
from app.transcription import other_side
from app.transcription import queries as transcripts
from app.webhooks import forgetting as webhooks

log = logging.getLogger(__name__)

# So many things are erased in one sweep; the next one goes on.
AT_ONCE = 100
LONGEST_REFERENCE = 100
ERASED = "call.erased"


class NothingToErase(AppError):
    """Choose what is to be erased; what was erased before is not there any more."""

    code = "nothing_to_erase"
    status = 422


@dataclass(frozen=True)
class Eraser:
    """What it takes to erase: where things lie, who works with them, and how contacts are counted."""

    engine: Engine
    blobs: Blobs
    queue: Queue
    on: Terms


def ask(session: Session, targets: Sequence[Target], reference: str, user: User, actor: Actor) -> Erasure:
    """Have these things erased by the worker; who asked for it is kept nowhere."""
    wanted = sorted(set(targets), key=lambda one: (one[0].value, one[1]))
    if not wanted or len(wanted) > 5 * MOST or not _are_there(session, wanted):
        raise NothingToErase
    for call_id in calls.lock_all(session, sorted(set(held_queries.calls_of(session, wanted).values()))):
        holds.check(session, call_id)
    asked = Erasure(reference=reference.strip()[:LONGEST_REFERENCE], asked_by=id_of(user), asked_at=actor.at)
    session.add(asked)
    session.flush()
    session.add_all([ErasureTarget(erasure_id=id_of(asked), kind=kind, target_id=one) for kind, one in wanted])
    session.flush()
    record(session, stream(id_of(asked)), actor, "erasure.asked", **_counted(wanted))
    return asked


def sweep(eraser: Eraser, now: datetime, at_once: int = AT_ONCE) -> int:
    """Go on with what is to be erased, each thing in a transaction of its own; how many are done."""
    with db.session(eraser.engine, reads_only=True) as session:
        undone = queries.undone(session)
    done = 0
    for erasure_id in undone:
        done += _go_on(eraser, erasure_id, now, at_once - done)
    if undone:
        tidying.tidy(eraser.engine)
    return done


def _go_on(eraser: Eraser, erasure_id: int, now: datetime, most: int) -> int:
    """Erase some of what is left of a request, and end it where nothing is."""
    with db.session(eraser.engine, reads_only=True) as session:
        # What is held must not keep what is not from being erased.
        left = queries.targets_left(session, erasure_id)
        waits = held_queries.waiting(session, [one.what for one in left])
    free = [one for one in left if one.what not in waits]
    done = sum(_tried(eraser, one, now) for one in free[: max(most, 0)])
    if done == len(left):
        with db.session(eraser.engine) as session:
            _end(session, erasure_id, machine(now))
    return done


def _tried(eraser: Eraser, target: ErasureTarget, now: datetime) -> bool:
    """Erase one thing; what cannot be erased now keeps nothing else from it, and is tried again."""
    try:
        return erase(eraser, target, machine(now))
    except Passing:
        raise
    except holds.CallHeld:
        return False
    except Exception as error:
        log.error("%s %s could not be erased, and is tried again soon\n%s", target.kind, target.target_id, where(error))
        return False


def erase(eraser: Eraser, target: ErasureTarget, actor: Actor) -> bool:
    """Erase one thing; cut off and begun again, it does no harm. Whether nothing is left of it."""
    kind, one = target.what
    with db.session(eraser.engine) as session:
        if kind == Erased.CALL:
            erase_call(session, one, target.erasure_id, actor)
        elif kind == Erased.CONTACT:
            _check(session, target)
            contacts.erase(session, one, eraser.on)
        elif kind == Erased.COMPLAINT:
            complaint_queries.lock(session, one)
            _check(session, target)
            _erase_complaint(session, one, target.erasure_id, actor)
        elif kind == Erased.FILE:
            imports.erase_file(session, one)
        else:
            imports.erase_list(session, one)
        tidying.ask(session)
        if kind != Erased.CALL:
            _note(session, target, actor)
            return True
    remove_bytes(eraser.engine, eraser.blobs, one)
    if not eraser.queue.forget_jobs(_jobs(eraser.engine, one)):
        return False
    with db.session(eraser.engine) as session:
        if held_queries.kept_in_notes(session, [one]):
            return False
        _note(session, target, actor)
    return True


def erase_call(session: Session, call_id: int, erasure: int, actor: Actor) -> None:
    """Delete a call, with all by which anybody knows whose it was; a call that was deleted has only that left."""
    call = calls.lock(session, call_id)
    if call.state != CallState.DELETED:
        holds.check(session, call_id)
        call_service.empty(session, call_id, actor.at)
        record_for_call(session, call_id, actor, ERASED, erasure=erasure)
        take_away(session, call_id, actor)
    for hold in queries.holds_ever_on(session, call_id):
        holds.forget_words(session, hold)


def _check(session: Session, target: ErasureTarget) -> None:
    """Refuse to erase what is about a call that somebody holds."""
    for call_id in held_queries.calls_of(session, [target.what]).values():
        calls.lock(session, call_id)
        holds.check(session, call_id)


def _erase_complaint(session: Session, complaint_id: int, erasure: int, actor: Actor) -> None:
    complaints.erase(session, complaint_id, actor, erasure)
    webhooks.forget_complaint(session, complaint_id)
    kept_answers.forget_about(session, f"/api/v1/complaints/{complaint_id}")


def _note(session: Session, target: ErasureTarget, actor: Actor) -> None:
    """Note that nothing is left of a thing."""
    session.get_one(ErasureTarget, (target.erasure_id, Erased(target.kind), target.target_id)).done_at = actor.at
    session.flush()


def _jobs(engine: Engine, call_id: int) -> list[str]:
    """The jobs that worked on a call; what they could not do they may have said with words of its file."""
    with db.session(engine, reads_only=True) as session:
        attempts = range(1, calls.attempts(session, call_id) + 1)
        revisions = transcripts.revisions(session, call_id)
    return [
        *(call_service.job_id(call_id, attempt) for attempt in attempts),
        *(other_side.holds_job(one) for one in revisions),
    ]


def _end(session: Session, erasure_id: int, actor: Actor) -> None:
    done = queries.lock_erasure(session, erasure_id)
    if done.ended_at is None:
        done.ended_at = actor.at
        session.add(done)
        session.flush()
        counted = {kind.value: all_ for kind, (all_, _) in queries.counts(session, [erasure_id])[erasure_id].items()}
        record(session, stream(erasure_id), actor, "erasure.done", **counted)


def _are_there(session: Session, wanted: Sequence[Target]) -> bool:
    """Whether all of this is kept."""

    def of(kind: Erased) -> list[int]:
        return [one for other, one in wanted if other == kind]

    found = (
        len(calls.by_ids(session, of(Erased.CALL))),
        len(lookups.by_ids(session, of(Erased.CONTACT))),
        len(complaint_queries.by_ids(session, of(Erased.COMPLAINT))),
        len(import_queries.files(session, of(Erased.FILE))),
        len(import_queries.lists(session, of(Erased.LIST))),
    )
    return sum(found) == len(wanted)


def _counted(wanted: Sequence[Target]) -> dict[str, int]:
    kinds = [kind.value for kind, _ in wanted]
    return {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}


def stream(erasure_id: int) -> str:
    """Where the ledger tells of a request."""
    return f"erasure:{erasure_id}"
