"""Makes plans, draws from the calls of a period, and finds who stands in for a call that is out of scope."""

import json
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.calls import queries as calls
from app.calls.models import CallState
from app.domain import sampling
from app.domain.sampling import Key, Stratum
from app.kit.db import id_of
from app.kit.errors import AppError
from app.ledger.service import Actor, record
from app.sampling import queries
from app.sampling.models import Draw, DrawnCall, DrawnFrom, How, Period, SamplingPlan
from app.sampling.periods import Days, current, ended
from app.sampling.stratifying import PlanFacts, keyed, stratified

MOST, MOST_NAME = 20_000, 100
# A night's recordings come in on the next day: nothing is drawn by itself before that is over too.
LATE_CALLS = timedelta(days=1)
# So long after its end a period is drawn even if some of its calls are still being scored,
PATIENCE = timedelta(days=2)
# and so long, if others follow it, even if there is nothing to draw from: nobody looks for its calls for ever.
GIVES_UP = timedelta(days=31)


class PlanIncomplete(AppError):
    """Say what the plan is called, from which day on it draws, and how many calls: from 2 to 20,000."""

    code = "plan_incomplete"
    status = 422


class PeriodBackwards(AppError):
    """The last day lies before the first one."""

    code = "period_backwards"
    status = 422


class PeriodNotOver(AppError):
    """This period is not over yet: a draw from a part of it would leave out the calls to come."""

    code = "period_not_over"
    status = 409


class NothingToDraw(AppError):
    """No scored call of this period fits the plan, so there is nothing to draw from."""

    code = "nothing_to_draw"
    status = 409


def make_plan(session: Session, user: User, facts: PlanFacts, actor: Actor) -> SamplingPlan:
    """Keep a plan; it draws by itself once a period is over. Team staff plan for their own team."""
    checked(facts)
    teams = [user.team_id] if user.team_id is not None else list(facts.teams)
    plan = SamplingPlan(
        name=facts.name.strip(),
        period=facts.period,
        first_day=facts.first_day,
        last_day=facts.last_day if facts.period == Period.ONCE else None,
        team_id=teams[0] if len(teams) == 1 else None,
        teams=teams,
        queues=list(facts.queues),
        directions=list(facts.directions),
        languages=list(facts.languages),
        strata=[one.value for one in facts.strata],
        size=facts.size,
        of_each_agent=facts.of_each_agent,
        seed=facts.seed,
        expected=facts.expected,
        target=facts.target,
        created_by=id_of(user),
        created_at=actor.at,
    )
    session.add(plan)
    session.flush()
    said = plan.model_dump(mode="json", exclude={"id", "active", "created_by", "created_at"})
    record(session, stream(plan), actor, "plan.made", **said)
    return plan


def checked(facts: PlanFacts) -> PlanFacts:
    """The same, if it makes a plan."""
    named = 0 < len(facts.name.strip()) <= MOST_NAME
    if not named or not sampling.LEAST_DRAWN <= facts.size <= MOST or not 0 <= facts.expected <= 1:
        raise PlanIncomplete
    if facts.period == Period.ONCE and (facts.last_day is None or facts.last_day < facts.first_day):
        raise PeriodBackwards
    return facts


def set_active(session: Session, plan_id: int, active: bool, actor: Actor) -> None:
    """Stop a plan, or let it draw again; what it drew stays."""
    plan = queries.lock_plan(session, plan_id)
    if plan.active != active:
        plan.active = active
        session.add(plan)
        session.flush()
        record(session, stream(plan), actor, "plan.resumed" if active else "plan.stopped")


def today_of(session: Session, plan: SamplingPlan, actor: Actor) -> date:
    """The day it is where the plan's calls come in; of several zones, where it is earliest."""
    zones = {team.time_zone for team in accounts.teams(session) if not plan.teams or team.id in plan.teams}
    if not plan.teams:
        zones.add("UTC")
    return min(actor.at.astimezone(ZoneInfo(zone)).date() for zone in zones or {"UTC"})


def due(session: Session, plan: SamplingPlan, actor: Actor) -> list[Days]:
    """The periods of a plan that are over, whose calls have come in and are scored, and of which nothing was drawn."""
    today = today_of(session, plan, actor)
    over = ended(plan.period, plan.first_day, plan.last_day, today)
    drawn = queries.drawn_since(session, id_of(plan), over[0][0]) if over else set()
    return [days for days in over if days[0] not in drawn and _is_complete(session, plan, days, today)]


def next_draw(session: Session, plan: SamplingPlan, actor: Actor, drawn: date | None) -> Days:
    """The period that a plan draws from next; `drawn` is the first day of the last one it drew from."""
    today = today_of(session, plan, actor)
    over = ended(plan.period, plan.first_day, plan.last_day, today)
    waiting = (days for days in over if drawn is None or days[0] > drawn)
    return next(waiting, current(plan.period, plan.first_day, plan.last_day, today))


def draw_once(session: Session, plan_id: int, actor: Actor) -> Draw:
    """Draw from the range of a plan that draws once, because a person asks for it."""
    plan = queries.lock_plan(session, plan_id)
    if plan.period != Period.ONCE or plan.last_day is None or plan.last_day >= today_of(session, plan, actor):
        raise PeriodNotOver
    found = draw(session, plan_id, (plan.first_day, plan.last_day), actor)
    if not found.population:
        raise NothingToDraw
    return found


def draw(session: Session, plan_id: int, days: Days, actor: Actor) -> Draw:
    """Draw from a period; it is drawn once, however often and by whomever this is asked for."""
    plan = queries.lock_plan(session, plan_id)
    known = queries.draw_of(session, plan_id, days[0])
    if known is not None:
        return known
    calls = list(keyed(plan, list(queries.population(session, plan, *days))))
    strata = stratified(plan, iter(calls))
    made = Draw(
        plan_id=plan_id,
        first_day=days[0],
        last_day=days[1],
        seed=plan.seed,
        population=len(calls),
        population_hash=sampling.fingerprint(call for call, _ in calls),
        left_out=queries.left_out(session, plan, *days)[0],
        strata=[{"name": one.name, "keys": one.keys, "calls": len(one.calls), "drawn": one.drawn} for one in strata],
        drawn_at=actor.at,
        drawn_by=actor.name,
    )
    session.add(made)
    session.flush()
    session.add(DrawnFrom(draw_id=id_of(made), calls=_frame(calls)))
    session.add_all(_rows(made, strata))
    session.flush()
    told = {"first_day": days[0], "last_day": days[1], "seed": plan.seed, "population_hash": made.population_hash}
    record(session, stream(plan), actor, "plan.drawn", draw=made.id, population=made.population, **told)
    return made


def next_in_order(session: Session, one: DrawnCall) -> DrawnCall | None:
    """The call that follows in the seeded order of a drawn call's stratum, added to the sample; None: none is left.

    Calls that were deleted since, or are not scored any more, are passed over.
    """
    made = session.get_one(Draw, one.draw_id)
    stratum = next(each for each in redrawn(session, made) if each.name == one.stratum)
    taken = {each.call_id for each in queries.drawn_calls(session, one.draw_id)}
    for place, call_id in enumerate(sampling.in_order(made.seed, stratum.name, stratum.calls), 1):
        call = calls.by_ids(session, [call_id]).get(call_id) if call_id not in taken else None
        if call is not None and call.state == CallState.SCORED:
            added = DrawnCall(
                draw_id=one.draw_id,
                call_id=call_id,
                stratum=one.stratum,
                place=place,
                probability=stratum.probability,
                how=How.REPLACEMENT,
            )
            session.add(added)
            session.flush()
            return added
    return None


def redrawn(session: Session, made: Draw) -> tuple[Stratum, ...]:
    """The strata of a draw, made anew from its population as it was."""
    plan = session.get_one(SamplingPlan, made.plan_id)
    kept = queries.drawn_from(session, id_of(made)).calls
    return stratified(plan, ((call, tuple(key)) for key, found in kept for call in found))


def verified(session: Session, made: Draw) -> bool:
    """Whether the stored seed and population give the same strata and the same sample again."""
    strata = redrawn(session, made)
    again = {(one.name, call) for one in strata for call in sampling.drawn(made.seed, one)}
    kept = {(one.stratum, one.call_id) for one in queries.drawn_calls(session, id_of(made)) if one.how == How.DRAWN}
    return again == kept and made.population_hash == sampling.fingerprint(call for one in strata for call in one.calls)


def offered(session: Session, one: DrawnCall, actor: Actor) -> None:
    """Note that a drawn call's review is open."""
    one.offered_at = actor.at
    session.add(one)
    session.flush()


def stream(plan: SamplingPlan) -> str:
    """Where the ledger keeps what becomes of a plan."""
    return f"sampling_plan:{plan.id}"


def _is_complete(session: Session, plan: SamplingPlan, days: Days, today: date) -> bool:
    """Whether the calls of a period that is over can be drawn from, for all that is known of calls to come."""
    since = today - days[1]
    if since <= LATE_CALLS or (since <= PATIENCE and queries.left_out(session, plan, *days)[1]):
        return False
    gives_up = since > GIVES_UP and plan.period != Period.ONCE
    return gives_up or queries.has_population(session, plan, *days)


def _rows(made: Draw, strata: Sequence[Stratum]) -> Iterator[DrawnCall]:
    for one in strata:
        for place, call_id in enumerate(sampling.drawn(made.seed, one), 1):
            yield DrawnCall(
                draw_id=id_of(made),
                call_id=call_id,
                stratum=one.name,
                place=place,
                probability=one.probability,
                how=How.DRAWN,
            )


def _frame(found: Sequence[tuple[int, Key]]) -> list[tuple[list[str], list[int]]]:
    by_key: dict[str, list[int]] = {}
    for call, key in found:
        by_key.setdefault(json.dumps(key), []).append(call)
    return [(json.loads(key), ids) for key, ids in sorted(by_key.items())]
