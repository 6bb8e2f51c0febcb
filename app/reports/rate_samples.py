"""What stands behind a rate: the one plan that drew its calls, and the calls that machine and people both judged."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import sqlalchemy
from sqlalchemy import and_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from app.accounts.models import User
from app.calls import queries as calls
from app.calls.models import Call, CallState
from app.domain.lifecycle import COUNTING
from app.domain.metrics import DoublyJudged, StratifiedRate, StratumCounts, stratified_rate
from app.kit import db
from app.kit.remembered import Remembered
from app.reports import samples
from app.reports.queries import Filter, of_calls
from app.reviews.models import Purpose, Review
from app.sampling import queries as sampling
from app.sampling.models import Draw, SamplingPlan
from app.tallies.models import Contribution

# An error is measured on the newest calls that both judged.
NEWEST = 20_000


@dataclass(frozen=True)
class Sample:
    """The draws of one plan within some days: seed, how many calls they were drawn from, how many, what they say."""

    seed: int
    population: int
    drawn: int
    rate: StratifiedRate


def drawn(session: Session, user: User, chosen: Filter) -> Sample | None:
    """The sample that just these calls were drawn for; None where there is none, or more than one plan drew."""
    if chosen.first_day is None or chosen.end_day is None or chosen.time_field != "call":
        return None
    if any((chosen.agent_id, chosen.scorecard, chosen.version, chosen.design)):
        return None
    found = _draws(session, user, chosen.first_day, chosen.end_day)
    plans = [plan for plan in {plan.id: plan for _, plan in found}.values() if _covers(plan, chosen)]
    if len(plans) != 1:
        return None
    results = samples.results(session, user, [draw for draw, plan in found if plan.id == plans[0].id])
    strata = [
        StratumCounts(
            population=one.calls,
            drawn=one.came.in_scope + one.came.set_aside + one.came.waiting,
            in_scope=one.came.in_scope,
            passed=one.came.passed,
            set_aside=one.came.set_aside,
        )
        for result in results
        for one in result.strata
    ]
    rate = stratified_rate(strata)
    return Sample(plans[0].seed, rate.population, sum(one.drawn for one in results), rate)


def _draws(session: Session, user: User, first: date, end: date) -> list[tuple[Draw, SamplingPlan]]:
    """The draws of periods that lie wholly within these days."""
    wanted = select(Draw, SamplingPlan).join(SamplingPlan, col(SamplingPlan.id) == Draw.plan_id)
    wanted = wanted.where(col(Draw.first_day) >= first, col(Draw.last_day) < end, sampling.visible_to(user))
    return [(row[0], row[1]) for row in session.exec(wanted.order_by(col(Draw.first_day)))]


def _covers(plan: SamplingPlan, chosen: Filter) -> bool:
    """Whether a plan is about just the team and queue that are asked about."""
    teams, queues = plan.teams or ([plan.team_id] if plan.team_id else []), plan.queues
    same_team = teams == ([chosen.team_id] if chosen.team_id else [])
    return same_team and queues == ([chosen.queue] if chosen.queue else [])


def judged_by_both(session: Session, user: User, chosen: Filter, now: datetime) -> DoublyJudged:
    """How machine and people judged the same calls of these days, where the people had not seen what the machine found.

    As it was known a few minutes ago: a few calls more change little, and thousands are looked at. Where there are very
    many of all days, those of these days are looked for by themselves.
    """
    of = (db.place(session), user.role, user.team_id, user.id)
    ever = replace(chosen, first_day=None, end_day=None)
    known = _judged_blind.answer((*of, ever), now, lambda: _judged_by_day(session, user, ever))
    if not known.are_all and chosen != ever:
        known = _judged_blind.answer((*of, chosen), now, lambda: _judged_by_day(session, user, chosen))
    first, end = chosen.first_day or date.min, chosen.end_day or date.max
    found: Counter[tuple[bool, bool]] = Counter()
    for (day, person, machine), n in known.by_day.items():
        if first <= day < end:
            found[person, machine] += n
    passed, failed = found[True, True], found[False, False]
    return DoublyJudged(
        passed=passed + found[True, False],
        passed_by_both=passed,
        failed=failed + found[False, True],
        failed_by_both=failed,
    )


@dataclass(frozen=True)
class JudgedByDay:
    """How often a person and the machine found that a call of a day passes; `are_all`: no older ones were left out."""

    by_day: Mapping[tuple[date, bool, bool], int]
    are_all: bool


_judged_blind: Remembered[JudgedByDay] = Remembered(timedelta(minutes=5))


def _judged_by_day(session: Session, user: User, chosen: Filter) -> JudgedByDay:
    # First which reviews: all that the machine counts are far more than these.
    blind = (
        sqlalchemy.select(col(Review.call_id), col(Review.passed), col(Call.site_day))
        .join(Call, col(Call.id) == Review.call_id)
        .where(
            col(Review.blind),
            col(Review.purpose) == Purpose.COUNTS,
            col(Review.state).in_(COUNTING),
            col(Review.passed).is_not(None),
            col(Call.state) != CallState.DELETED,
            calls.visible_to(user),
            *of_calls(chosen),
        )
        .order_by(col(Review.id).desc())
        .limit(NEWEST)
        .subquery()
    )
    machine = aliased(Contribution)
    of_call = and_(
        col(machine.call_id) == blind.c.call_id,
        col(machine.source) == "machine",
        col(machine.counted_until).is_(None),
    )
    key = (blind.c.site_day, blind.c.passed, col(machine.passed))
    # What the machine left open is in no rate of its own.
    wanted = sqlalchemy.select(*key, func.count()).select_from(blind).join(machine, of_call).where(col(machine.n) == 1)
    if chosen.scorecard is not None:
        wanted = wanted.where(col(machine.scorecard) == chosen.scorecard)
    if chosen.version is not None:
        wanted = wanted.where(col(machine.version) == chosen.version)
    rows = session.execute(wanted.group_by(*key))
    by_day = {(day, bool(person), bool(passed)): n for day, person, passed, n in rows}
    looked_at = session.execute(sqlalchemy.select(func.count()).select_from(blind)).scalar_one()
    return JudgedByDay(by_day, are_all=looked_at < NEWEST)
