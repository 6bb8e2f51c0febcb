"""A backtest as the worker runs it: some calls at a time, between new recordings, and taken up again where it was."""

import logging
from collections import Counter
from dataclasses import fields
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Role, User
from app.domain.evidence import Verdict
from app.domain.scorecard import Scorecard
from app.kit import db
from app.kit.db import after_commit, id_of
from app.kit.errors import AppError
from app.kit.queue import PATIENT, Queue
from app.ledger.service import Actor, record
from app.reports import backtest_queries as queries
from app.reports.backtest import AT_ONCE, NothingToJudge, Trial, compared
from app.reports.comparison import ChangedCall, Comparison, Flip
from app.reports.models import Backtest, BacktestChange, BacktestState
from app.reports.queries import Filter

log = logging.getLogger(__name__)

BACKTEST = "backtest_calls"
# More calls tell little more and keep the worker for hours.
MOST_CALLS = 20_000
# So many backtests a sweep looks at.
SWEPT_AT_ONCE = 2000


class SameCard(AppError):
    """This version judges already; change something first, then try it."""

    code = "same_card"
    status = 409


def start(
    session: Session,
    queue: Queue,
    user: User,
    actor: Actor,
    *,
    name: str,
    new: Scorecard,
    against: Scorecard,
    days: int | None,
    most: int,
) -> Backtest:
    """Have the worker try a scorecard against the one that judges, on the newest calls that the person sees."""
    if new.version == against.version:
        raise SameCard
    first, last, total = queries.taken(session, user, _chosen(days, actor), new.language, min(most, MOST_CALLS))
    if not total:
        raise NothingToJudge
    backtest = Backtest(
        scorecard=name,
        language=new.language,
        version=new.version,
        against=against.version,
        content=new.model_dump(mode="json"),
        against_content=against.model_dump(mode="json"),
        days=days,
        most=most,
        started_by=id_of(user),
        team_id=None if user.role == Role.ADMIN else user.team_id,
        state=BacktestState.RUNNING,
        after=first - 1,
        last_call=last,
        total=total,
        found=written(Comparison()),
        created_at=actor.at,
    )
    session.add(backtest)
    session.flush()
    started = id_of(backtest)
    record(session, stream(started), actor, "backtest.started", scorecard=name, version=new.version, calls=total)
    after_commit(session, lambda: enqueue(queue, started, first - 1))
    return backtest


def stop(session: Session, backtest_id: int, actor: Actor) -> None:
    """End a backtest where it is; what it has found so far stays."""
    backtest = queries.lock(session, backtest_id)
    if backtest is not None and backtest.state == BacktestState.RUNNING:
        _end(session, backtest, BacktestState.STOPPED, actor)


def give_up(session: Session, backtest_id: int, after: int, actor: Actor) -> None:
    """End a backtest whose job for the calls that follow `after` has ended without it."""
    backtest = queries.lock(session, backtest_id)
    # It may have gone on since its job was looked at.
    if backtest is not None and backtest.state == BacktestState.RUNNING and backtest.after == after:
        _end(session, backtest, BacktestState.FAILED, actor)


def enqueue(queue: Queue, backtest_id: int, after: int) -> None:
    """Ask for the calls that follow `after`; asked for twice, they are one job."""
    queue.enqueue(BACKTEST, job_id(backtest_id, after), backtest_id, after, priority=PATIENT)


def job_id(backtest_id: int, after: int) -> str:
    return f"backtest-{backtest_id}-{after}"


def sweep(engine: Engine, queue: Queue, actor: Actor) -> None:
    """Go on with what was never asked for, and end the backtests whose job has ended before its time."""
    with db.session(engine, reads_only=True) as session:
        found = queries.running(session, SWEPT_AT_ONCE)
    jobs = {job_id(id_of(one), one.after): one for one in found}
    for _, one, state in queue.stranded(jobs):
        if state is None:
            enqueue(queue, id_of(one), one.after)
        else:
            with db.session(engine) as session:
                give_up(session, id_of(one), one.after, actor)


def run_some(engine: Engine, backtest_id: int, after: int, actor: Actor) -> int | None:
    """Judge the next calls and count them in; after which call to go on, or None when all are done.

    A part that was cut off after it was counted is not counted again.
    """
    with db.session(engine, reads_only=True) as session:
        backtest = session.get(Backtest, backtest_id)
        user = accounts.user(session, backtest.started_by) if backtest is not None else None
        if backtest is None or user is None or backtest.state != BacktestState.RUNNING:
            return None
        if backtest.after != after:
            return backtest.after
        chosen = _chosen(backtest.days, Actor("", backtest.created_at))
        part = queries.next_calls(session, user, chosen, backtest.language, after, backtest.last_call, AT_ONCE)
    found = compared(engine, _trial(backtest), part) if part else Comparison()
    with db.session(engine) as session:
        now = queries.lock(session, backtest_id)
        if now is None or now.state != BacktestState.RUNNING:
            return None
        if now.after != after:
            return now.after
        return _count_in(session, now, part, found, actor)


def _count_in(session: Session, backtest: Backtest, part: Any, found: Comparison, actor: Actor) -> int | None:
    """Add what a part found; after which call to go on, or None when that was the last."""
    together = read(backtest.found)
    changed, found.changed = found.changed, []
    together.add(found)
    backtest.found = written(together)
    session.add_all(_row(id_of(backtest), one) for one in changed)
    if not part:
        _end(session, backtest, BacktestState.DONE, actor)
        return None
    backtest.after = part[-1]
    # Calls may come to be seen, or be deleted, meanwhile.
    backtest.done = min(backtest.total, backtest.done + len(part))
    session.add(backtest)
    session.flush()
    return backtest.after


def _end(session: Session, backtest: Backtest, state: BacktestState, actor: Actor) -> None:
    backtest.state, backtest.ended_at = state, actor.at
    session.add(backtest)
    session.flush()
    record(session, stream(id_of(backtest)), actor, f"backtest.{state.value}")


def _trial(backtest: Backtest) -> Trial:
    new = Scorecard.model_validate(backtest.content)
    against = Scorecard.as_stored(backtest.against_content, backtest.against)
    return Trial("", new.model_dump_json(), against.model_dump_json())


def _chosen(days: int | None, asked: Actor) -> Filter:
    """The calls of the last days before it was asked for; all without a number of days."""
    return Filter(first_day=(asked.at - timedelta(days=days)).date() if days else None)


def stream(backtest_id: int) -> str:
    """Where the ledger keeps who tried what."""
    return f"backtest:{backtest_id}"


# --- what was found, as it is stored ----------------------------------------------------------------------------------


def written(found: Comparison) -> dict[str, Any]:
    """A comparison as JSON; the calls that change have rows of their own."""
    told: dict[str, Any] = {}
    for one in fields(found):
        value = getattr(found, one.name)
        if isinstance(value, Counter):
            told[one.name] = [[list(key) if isinstance(key, tuple) else key, n] for key, n in value.items()]
        elif one.name != "changed":
            told[one.name] = value
    return told


def read(told: dict[str, Any]) -> Comparison:
    """The same comparison again."""
    found = Comparison()
    for one in fields(found):
        if one.name in told:
            value = told[one.name]
            counted = isinstance(getattr(found, one.name), Counter)
            setattr(found, one.name, Counter({_key(one.name, key): n for key, n in value}) if counted else value)
    return found


def _key(name: str, key: Any) -> Any:
    match name:
        case "flips":
            return Flip(key[0], Verdict(key[1]), Verdict(key[2]))
        case "before" | "after":
            return key[0], Verdict(key[1]), Verdict(key[2])
        case _:
            return tuple(key) if isinstance(key, list) else key


def _row(backtest_id: int, one: ChangedCall) -> BacktestChange:
    return BacktestChange(
        backtest_id=backtest_id,
        call_id=one.call_id,
        agent_id=one.agent_id,
        before=one.before,
        after=one.after,
        flips=[[flip.item, flip.before.value, flip.after.value] for flip in one.flips],
    )
