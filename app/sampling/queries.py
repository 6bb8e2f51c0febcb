"""Reads plans, draws and picks; every read for a person leaves out the plans they may not see."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple, Protocol

import sqlalchemy
from sqlalchemy import ColumnElement, true, tuple_
from sqlmodel import Session, col, func, select

from app.accounts.models import Role, User
from app.calls.models import Call, CallState
from app.calls.queries import UNDER_WAY
from app.complaints.models import Complaint
from app.kit.errors import NotFound
from app.kit.pagination import Page, paginate
from app.sampling.models import Draw, DrawnCall, DrawnFrom, Risk, RiskPick, RiskRule, SamplingPlan

# Of a call whose words are gone nobody could say how it was.
_REVIEWABLE = (col(Call.state) == CallState.SCORED, col(Call.words_removed_at).is_(None))


class Covered(Protocol):
    """Which calls of its days a plan is about; empty lists leave nothing out."""

    @property
    def teams(self) -> Sequence[int]: ...
    @property
    def queues(self) -> Sequence[str]: ...
    @property
    def directions(self) -> Sequence[str]: ...
    @property
    def languages(self) -> Sequence[str]: ...


class Met(NamedTuple):
    """What a draw asks of a call."""

    call_id: int
    team_id: int | None
    agent_id: int | None
    queue: str
    duration: float | None


def visible_to(user: User) -> ColumnElement[bool]:
    """Which plans a person sees: team staff those about their team alone, who sees all teams all of them."""
    if user.role == Role.ADMIN or user.team_id is None:
        return true()
    return col(SamplingPlan.team_id) == user.team_id


def plans(session: Session, user: User) -> Sequence[SamplingPlan]:
    """The plans a person sees, those that draw first, the newest first."""
    wanted = select(SamplingPlan).where(visible_to(user))
    return session.exec(wanted.order_by(col(SamplingPlan.active).desc(), col(SamplingPlan.id).desc())).all()


def plan(session: Session, user: User, plan_id: int) -> SamplingPlan:
    """The plan with this id, if there is one that the person may see."""
    found = session.exec(select(SamplingPlan).where(SamplingPlan.id == plan_id, visible_to(user))).first()
    if found is None:
        raise NotFound
    return found


def lock_plan(session: Session, plan_id: int) -> SamplingPlan:
    """The plan, of which nobody else draws until this transaction ends."""
    wanted = select(SamplingPlan).where(SamplingPlan.id == plan_id).with_for_update()
    found = session.exec(wanted.execution_options(populate_existing=True)).first()
    if found is None:
        raise NotFound
    return found


def active_plans(session: Session) -> Sequence[SamplingPlan]:
    """Every plan that draws."""
    return session.exec(select(SamplingPlan).where(col(SamplingPlan.active)).order_by(col(SamplingPlan.id))).all()


def draws(session: Session, plan_ids: Sequence[int]) -> Sequence[Draw]:
    """What these plans drew, the newest period first."""
    wanted = select(Draw).where(col(Draw.plan_id).in_(plan_ids))
    return session.exec(wanted.order_by(col(Draw.first_day).desc(), col(Draw.id).desc())).all()


def draws_page(session: Session, user: User, plan_id: int | None, *, cursor: str | None, size: int) -> Page[Draw]:
    """What the plans that a person sees drew, or one of them: the latest draw first, one page at a time."""
    seen = select(SamplingPlan.id).where(visible_to(user))
    wanted = select(Draw).where(col(Draw.plan_id).in_(seen))
    wanted = wanted if plan_id is None else wanted.where(Draw.plan_id == plan_id)
    newest = col(Draw.id)
    return paginate(session, wanted, by=newest, row_id=newest, cursor=cursor, size=size)


def drawn_count(session: Session, draw_id: int) -> int:
    """How many calls a sample has."""
    return session.exec(select(func.count()).select_from(DrawnCall).where(DrawnCall.draw_id == draw_id)).one()


def newest_draws(session: Session, plan_ids: Sequence[int]) -> Sequence[Draw]:
    """What each of these plans drew of the last period it drew from."""
    each = (col(Draw.plan_id), func.max(col(Draw.first_day)))
    newest = sqlalchemy.select(*each).where(col(Draw.plan_id).in_(plan_ids)).group_by(col(Draw.plan_id))
    return session.exec(select(Draw).where(tuple_(col(Draw.plan_id), col(Draw.first_day)).in_(newest))).all()


def draw(session: Session, user: User, draw_id: int) -> tuple[Draw, SamplingPlan]:
    """A draw and its plan, if the person may see them."""
    wanted = select(Draw, SamplingPlan).join(SamplingPlan, col(SamplingPlan.id) == Draw.plan_id)
    found = session.exec(wanted.where(Draw.id == draw_id, visible_to(user))).first()
    if found is None:
        raise NotFound
    return found


def lock_draw(session: Session, draw_id: int) -> Draw:
    """The draw, to whose sample nobody else adds until this transaction ends."""
    wanted = select(Draw).where(Draw.id == draw_id).with_for_update()
    return session.exec(wanted.execution_options(populate_existing=True)).one()


def draw_of(session: Session, plan_id: int, first_day: date) -> Draw | None:
    """What a plan drew of the period that began on this day."""
    return session.exec(select(Draw).where(Draw.plan_id == plan_id, Draw.first_day == first_day)).first()


def drawn_since(session: Session, plan_id: int, first_day: date) -> set[date]:
    """The first days of the periods that a plan has drawn from, of those that began on this day or later."""
    wanted = select(col(Draw.first_day)).where(Draw.plan_id == plan_id, col(Draw.first_day) >= first_day)
    return set(session.exec(wanted))


def drawn_from(session: Session, draw_id: int) -> DrawnFrom:
    """The population of a draw as it was."""
    return session.exec(select(DrawnFrom).where(DrawnFrom.draw_id == draw_id)).one()


def drawn_calls(session: Session, draw_id: int) -> Sequence[DrawnCall]:
    """The calls of a sample, stratum by stratum in the order in which they were drawn."""
    wanted = select(DrawnCall).where(DrawnCall.draw_id == draw_id)
    return session.exec(wanted.order_by(col(DrawnCall.stratum), col(DrawnCall.place))).all()


def drawn_as(session: Session, call_id: int) -> Sequence[DrawnCall]:
    """Where a call stands in samples."""
    return session.exec(select(DrawnCall).where(DrawnCall.call_id == call_id).order_by(col(DrawnCall.id))).all()


def unoffered(session: Session, limit: int) -> Sequence[DrawnCall]:
    """Drawn calls whose review is not open yet, which no other worker takes meanwhile."""
    wanted = select(DrawnCall).where(col(DrawnCall.offered_at).is_(None)).order_by(col(DrawnCall.id)).limit(limit)
    found = session.exec(wanted.with_for_update(skip_locked=True)).all()
    # Calls are locked one after the other: everybody in the same order.
    return sorted(found, key=lambda one: one.call_id)


def lock_unoffered(session: Session, drawn_id: int) -> DrawnCall | None:
    """A drawn call whose review is not open yet; None if it is by now, or another worker is at it."""
    wanted = select(DrawnCall).where(DrawnCall.id == drawn_id, col(DrawnCall.offered_at).is_(None))
    return session.exec(wanted.with_for_update(skip_locked=True)).first()


def population(session: Session, covered: Covered, first_day: date, last_day: date) -> Iterator[Met]:
    """The scored calls of some days that a plan is about."""
    columns = (col(Call.id), col(Call.team_id), col(Call.agent_id), col(Call.queue), col(Call.duration))
    wanted = sqlalchemy.select(*columns).where(*_covered(covered, first_day, last_day), *_REVIEWABLE)
    for row in session.execute(wanted.order_by(col(Call.id))):
        yield Met(*row)


def has_population(session: Session, covered: Covered, first_day: date, last_day: date) -> bool:
    """Whether any call of some days that a plan is about is scored."""
    conditions = _covered(covered, first_day, last_day)
    return session.exec(select(Call.id).where(*conditions, *_REVIEWABLE).limit(1)).first() is not None


def came_later(session: Session, covered: Covered, made: Draw) -> int:
    """How many scored calls that a plan is about came in only after the period of their day was drawn."""
    wanted = select(func.count()).select_from(Call).where(*_covered(covered, made.first_day, made.last_day))
    return session.exec(wanted.where(Call.state == CallState.SCORED, Call.created_at > made.drawn_at)).one()


def left_out(session: Session, covered: Covered, first_day: date, last_day: date) -> tuple[int, int]:
    """How many calls of these days are not scored, and how many of them are on their way."""
    wanted = select(Call.state, func.count()).where(*_covered(covered, first_day, last_day))
    counted = {CallState(state): n for state, n in session.exec(wanted.group_by(col(Call.state)))}
    others = sum(n for state, n in counted.items() if state not in (CallState.SCORED, CallState.DELETED))
    return others, sum(counted.get(state, 0) for state in UNDER_WAY)


def queues(session: Session, user: User, since: date) -> Sequence[str]:
    """The queues of the calls since a day that a person sees."""
    wanted = select(Call.queue).where(_seen(user), col(Call.site_day) >= since, Call.queue != "").distinct()
    return sorted(session.exec(wanted))


def _seen(user: User) -> ColumnElement[bool]:
    return true() if user.role == Role.ADMIN or user.team_id is None else col(Call.team_id) == user.team_id


def _covered(covered: Covered, first_day: date, last_day: date) -> list[ColumnElement[bool]]:
    conditions = [col(Call.site_day) >= first_day, col(Call.site_day) <= last_day]
    for column, values in (
        (col(Call.team_id), covered.teams),
        (col(Call.queue), covered.queues),
        (col(Call.direction), covered.directions),
        (col(Call.language), covered.languages),
    ):
        if values:
            conditions.append(column.in_(list(values)))
    return conditions


def risk_rules(session: Session) -> dict[Risk, RiskRule]:
    """The rules that somebody has set, by kind."""
    return {Risk(one.kind): one for one in session.exec(select(RiskRule))}


def lock_risk_rule(session: Session, kind: Risk) -> RiskRule | None:
    """A rule by which nobody else picks until this transaction ends."""
    wanted = select(RiskRule).where(RiskRule.kind == kind).with_for_update()
    return session.exec(wanted.execution_options(populate_existing=True)).first()


def risks_of(session: Session, call_ids: Sequence[int]) -> dict[int, set[Risk]]:
    """For which risks these calls were picked."""
    wanted = select(RiskPick.call_id, RiskPick.kind).where(
        col(RiskPick.call_id).in_(call_ids), col(RiskPick.offered_at).is_not(None)
    )
    found: dict[int, set[Risk]] = {}
    for call_id, kind in session.exec(wanted):
        found.setdefault(call_id, set()).add(Risk(kind))
    return found


def risks_seen(session: Session, call_id: int) -> set[Risk]:
    """Which risks were seen in a call, picked for them or not."""
    return {Risk(kind) for kind in session.exec(select(RiskPick.kind).where(RiskPick.call_id == call_id))}


def waiting_risks(session: Session, kind: Risk, day: date) -> Sequence[RiskPick]:
    """The risks of a kind that were seen on a day and for which nothing was picked."""
    wanted = select(RiskPick).where(RiskPick.day == day, RiskPick.kind == kind, col(RiskPick.offered_at).is_(None))
    return session.exec(wanted).all()


def picked_on(session: Session, days: Sequence[date]) -> dict[tuple[date, Risk], tuple[int, int]]:
    """How many calls with a risk were seen on these days, and how many of them picked, by day and kind."""
    wanted = (
        sqlalchemy.select(col(RiskPick.day), col(RiskPick.kind), func.count(), func.count(col(RiskPick.offered_at)))
        .where(col(RiskPick.day).in_(days))
        .group_by(col(RiskPick.day), col(RiskPick.kind))
    )
    return {(day, Risk(kind)): (seen, picked) for day, kind, seen, picked in session.execute(wanted)}


def complained_of_lately(session: Session, limit: int) -> Sequence[int]:
    """The calls of the newest complaints that are not noted down as a risk."""
    newest = select(Complaint.call_id).order_by(col(Complaint.id).desc()).limit(limit).subquery()
    noted = select(RiskPick.call_id).where(RiskPick.kind == Risk.COMPLAINT, RiskPick.call_id == newest.c.call_id)
    wanted = sqlalchemy.select(newest.c.call_id).where(newest.c.call_id.is_not(None), ~noted.exists()).distinct()
    return session.execute(wanted).scalars().all()
