"""Judges calls again, with what is heard of them now, by the scorecard and the rules of today."""

import logging
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.calls import queries as calls
from app.calls.service import StillUnderWay
from app.evaluations import queries as evaluations
from app.evaluations.models import Evaluation
from app.evaluations.service import evaluate, rules_version
from app.kit import db
from app.kit.db import after_commit
from app.kit.errors import AppError
from app.kit.queue import PATIENT, Queue
from app.ledger import queries as ledger
from app.ledger.service import Actor, machine, record, record_for_call
from app.reviews import queries
from app.reviews.offering import Terms, arrive
from app.scorecards.active import active_versions
from app.transcription import queries as transcripts

log = logging.getLogger(__name__)

# The job of the worker that scores some calls and asks for the next ones, so that new recordings go in between.
RESCORE = "rescore_calls"
AT_ONCE = 20
STARTED, FINISHED = "rescoring.started", "rescoring.finished"


class NothingToScore(AppError):
    """Nothing of this call was heard yet, so there is nothing to score."""

    code = "nothing_to_score"
    status = 409


@dataclass(frozen=True)
class Judged:
    """What came of judging a call again: whether anything is new, and the items whose evidence is not what it was."""

    evaluation: Evaluation
    is_new: bool
    outdated: tuple[str, ...]


@dataclass(frozen=True)
class Progress:
    """How many of a person's calls are judged by the scorecards and rules of today; `running` while more are."""

    done: int
    total: int
    running: bool


def judge(session: Session, call_id: int, actor: Actor, on: Terms = Terms()) -> Judged:  # noqa: B008 (it is frozen)
    """Judge a call as it is heard now; people's verdicts stay where the evidence is the same.

    A call that was never scored comes into the queue as from the pipeline, on these terms; any other only keeps the
    review it has.
    """
    call = calls.lock(session, call_id)
    if call.state in calls.UNDER_WAY:
        raise StillUnderWay
    revision = transcripts.current(session, call_id)
    if revision is None:
        raise NothingToScore
    before = evaluations.current(session, call_id)
    # Whoever asked for it: the machine judges, and the machine carries the review over.
    evaluation = evaluate(session, call_id, revision, machine(actor.at))
    if before is None or queries.of_call(session, call_id) is not None:
        arrive(session, call_id, machine(actor.at), on)
    return Judged(evaluation, before is None or before.id != evaluation.id, outdated(session, call_id))


def score_again(session: Session, call_id: int, actor: Actor, on: Terms = Terms()) -> Judged:  # noqa: B008
    """Judge a call by the scorecard and the rules of today, because a person asks for it."""
    judged = judge(session, call_id, actor, on)
    if judged.is_new:
        record_for_call(session, call_id, actor, "call.rescored", outdated=list(judged.outdated))
    return judged


def outdated(session: Session, call_id: int) -> tuple[str, ...]:
    """The items that a person decided on evidence that is not the evidence any more."""
    review = queries.of_call(session, call_id)
    if review is None:
        return ()
    decided = queries.verdicts(session, db.id_of(review))
    return tuple(sorted(item for item, one in decided.items() if one.outdated))


def progress(session: Session, user: User) -> Progress:
    """How far the calls that a person sees are judged by the scorecards and rules of today."""
    done, total = evaluations.up_to_date(session, user, rules_version(), active_versions(session))
    last = ledger.last_entry(session, stream(db.id_of(user)))
    return Progress(done, total, last is not None and last.event == STARTED and done < total)


def rescore_all(session: Session, queue: Queue, user: User, actor: Actor) -> None:
    """Have the worker judge again every call that the person sees and that is not judged as of today."""
    asked = record(session, stream(db.id_of(user)), actor, STARTED)
    after_commit(session, lambda: enqueue(queue, db.id_of(asked), db.id_of(user), 0))


def enqueue(queue: Queue, asked: int, user_id: int, after: int) -> None:
    """Ask for the calls that follow `after`; asked for twice, they are one job."""
    queue.enqueue(RESCORE, f"rescore-{asked}-{after}", asked, user_id, after, priority=PATIENT)


def rescore_some(engine: Engine, user_id: int, after: int, actor: Actor) -> int | None:
    """Judge the next calls again, each in a transaction of its own; the last one's id, or None when all are done."""
    with db.session(engine, reads_only=True) as session:
        user = accounts.user(session, user_id)
        today = rules_version(), active_versions(session)
        found = evaluations.out_of_date(session, user, *today, after, AT_ONCE) if user else ()
    for call_id in found:
        try:
            with db.session(engine) as session:
                judge(session, call_id, actor)
        except AppError as refusal:
            # One call that cannot be scored must not keep the others from it; it still counts as not done.
            log.warning("call %s could not be scored again (%s)", call_id, refusal.code)
    return found[-1] if found else None


def finish(session: Session, asked: int, user_id: int, actor: Actor) -> None:
    """Note that the last of the calls was judged again, if they were not asked for once more meanwhile."""
    last = ledger.last_entry(session, stream(user_id))
    if last is not None and last.id == asked:
        record(session, stream(user_id), actor, FINISHED)


def stream(user_id: int) -> str:
    """Where the ledger keeps what one person had scored again."""
    return f"rescoring:{user_id}"
