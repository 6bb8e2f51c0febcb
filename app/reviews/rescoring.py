"""Judges calls again, with what is heard of them now, by the scorecard and the rules of today."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_mend
from app.calls import queries as calls
from app.calls.service import StillUnderWay
from app.evaluations import queries as evaluations
from app.evaluations.models import Evaluation
from app.evaluations.service import evaluate, rules_version
from app.kit import db
from app.kit.db import after_commit
from app.kit.errors import AppError, Passing, where
from app.kit.queue import PATIENT, JobState, Queue
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
# How the name of a job ends that scores one call only.
ALONE = "-alone"
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
    call = calls.lock_kept(session, call_id)
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


def enqueue(queue: Queue, asked: int, user_id: int, after: int, at_once: int = AT_ONCE) -> None:
    """Ask for the calls that follow `after`; asked for twice, they are one job."""
    job = f"{_chain(asked)}{after}{ALONE if at_once == 1 else ''}"
    queue.enqueue(RESCORE, job, asked, user_id, after, at_once, priority=PATIENT)


def rescore_some(engine: Engine, user_id: int, after: int, actor: Actor, at_once: int = AT_ONCE) -> int | None:
    """Judge the next calls again, each in a transaction of its own; the last one's id, or None when all are done."""
    found = _next_calls(engine, user_id, after, at_once)
    for call_id in found:
        try:
            with db.session(engine) as session:
                judge(session, call_id, actor)
        except Passing:
            # Not the call's fault: the step waits for what is missing, and goes on with this one.
            raise
        except AppError as refusal:
            # One call that cannot be scored must not keep the others from it; it still counts as not done.
            log.warning("call %s could not be scored again (%s)", call_id, refusal.code)
        except Exception as error:
            log.error("call %s could not be scored again\n%s", call_id, where(error))
    return found[-1] if found else None


def _next_calls(engine: Engine, user_id: int, after: int, limit: int) -> Sequence[int]:
    with db.session(engine, reads_only=True) as session:
        user = accounts.user(session, user_id)
        today = rules_version(), active_versions(session)
        return evaluations.out_of_date(session, user, *today, after, limit) if user else ()


def finish(session: Session, asked: int, user_id: int, actor: Actor) -> None:
    """Note that the last of the calls was judged again, if they were not asked for once more meanwhile."""
    last = ledger.last_entry(session, stream(user_id))
    if last is not None and last.id == asked:
        record(session, stream(user_id), actor, FINISHED)


def sweep(engine: Engine, queue: Queue, actor: Actor) -> None:
    """Go on with what was to be scored again, where a job was never asked for or has ended before its time."""
    with db.session(engine, reads_only=True) as session:
        streams = {stream(db.id_of(one)): db.id_of(one) for one in accounts.users(session) if may_mend(one)}
        started = [one for one in ledger.last_entries(session, list(streams)) if one.event == STARTED]
    for one in started:
        _go_on(engine, queue, db.id_of(one), streams[one.stream], actor)


def _go_on(engine: Engine, queue: Queue, asked: int, user_id: int, actor: Actor) -> None:
    """Begin a job that ended before its time anew with one call; if that one ends too, leave the call out."""
    newest = queue.newest(_chain(asked))
    if newest is None:
        enqueue(queue, asked, user_id, 0)
    elif newest.state in (JobState.SET_ASIDE, JobState.FAILED):
        place = newest.id.removeprefix(_chain(asked))
        after = int(place.removesuffix(ALONE))
        if not place.endswith(ALONE):
            enqueue(queue, asked, user_id, after, at_once=1)
        elif left_out := _next_calls(engine, user_id, after, 1):
            log.error("call %s could not be scored again: the worker ended each time", left_out[0])
            enqueue(queue, asked, user_id, left_out[0])
        else:
            with db.session(engine) as session:
                finish(session, asked, user_id, actor)


def _chain(asked: int) -> str:
    """How the names of the jobs begin that follow from one request."""
    return f"rescore-{asked}-"


def stream(user_id: int) -> str:
    """Where the ledger keeps what one person had scored again."""
    return f"rescoring:{user_id}"
