"""The plans that draw calls for review, and what each of them drew."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_plan_samples, may_see_samples
from app.kit import clock
from app.kit.db import id_of
from app.kit.errors import AppError
from app.kit.i18n import Translator
from app.ledger.service import machine
from app.reports.samples import SampleResult, results
from app.request import Allow, ServicesDep, SessionDep, actor
from app.sampling import queries, service
from app.sampling.models import Draw, Period, SamplingPlan
from app.web.rendering import render, see_other, words_for
from app.web.row_ids import RowId
from app.web.sample_views import PERIODS, EstimateView, Names, by_what, covered, days, estimate_view, names, size
from app.web.times import Moment, moment, zone_of

router = APIRouter()

Viewer = Annotated[User, Allow(may_see_samples)]
Planner = Annotated[User, Allow(may_plan_samples)]


@dataclass(frozen=True)
class DrawRow:
    """What a plan drew of one period, and what it says so far."""

    url: str
    days: str
    population: int
    drawn: int
    reviewed: int
    set_aside: int
    estimate: EstimateView


@dataclass(frozen=True)
class PlanRow:
    """A plan in the list: what it draws, when next, and what it drew last."""

    id: int
    url: str
    name: str
    active: bool
    draws: str
    covered: str
    period: str
    next: str
    last: DrawRow | None


@dataclass(frozen=True)
class PlansPage:
    """The plans a person sees; `sampled`: nothing but what they draw, risks and people bring comes into the queue."""

    template: ClassVar[str] = "sampling/list.html"
    rows: tuple[PlanRow, ...]
    sampled: bool
    may_plan: bool


@dataclass(frozen=True)
class PlanPage:
    """One plan: what it says, and every draw of it."""

    template: ClassVar[str] = "sampling/plan.html"
    id: int
    name: str
    active: bool
    period: str
    size: str
    covered: str
    by: str
    seed: int
    expected: str
    target: str
    next: str
    may_draw: bool
    made_by: str
    made_at: Moment
    draws: tuple[DrawRow, ...]
    may_plan: bool
    error: str = ""


@router.get("/sampling")
def list_plans(request: Request, session: SessionDep, shared: ServicesDep, user: Viewer) -> Response:
    rows = _rows(session, user, words_for(request))
    return render(request, PlansPage(rows, shared.settings.queue == "sampled", may_plan_samples(user)))


@router.get("/sampling/plans/{plan_id}")
def show_plan(request: Request, plan_id: RowId, session: SessionDep, user: Viewer) -> Response:
    plan = queries.plan(session, user, plan_id)
    return render(request, _page(session, user, plan, words_for(request)))


@router.post("/sampling/plans/{plan_id}/draw")
def draw_now(request: Request, plan_id: RowId, session: SessionDep, user: Planner) -> Response:
    plan = queries.plan(session, user, plan_id)
    try:
        made = service.draw_once(session, plan_id, actor(user))
    except AppError as error:
        session.rollback()
        page = _page(session, user, plan, words_for(request), words_for(request).gettext(error.message))
        return render(request, page, error.status)
    return see_other(f"/sampling/draws/{id_of(made)}", "drawn")


@router.post("/sampling/plans/{plan_id}/stop")
def stop_plan(plan_id: RowId, session: SessionDep, user: Planner) -> Response:
    queries.plan(session, user, plan_id)
    service.set_active(session, plan_id, False, actor(user))
    return see_other(f"/sampling/plans/{plan_id}", "saved")


@router.post("/sampling/plans/{plan_id}/resume")
def resume_plan(plan_id: RowId, session: SessionDep, user: Planner) -> Response:
    queries.plan(session, user, plan_id)
    service.set_active(session, plan_id, True, actor(user))
    return see_other(f"/sampling/plans/{plan_id}", "saved")


def _rows(session: Session, user: User, words: Translator) -> tuple[PlanRow, ...]:
    plans, named = queries.plans(session, user), names(session, words)
    newest = queries.newest_draws(session, [id_of(plan) for plan in plans])
    found = {one.draw.plan_id: one for one in results(session, user, newest)}
    return tuple(_row(session, plan, found.get(id_of(plan)), named) for plan in plans)


def _row(session: Session, plan: SamplingPlan, last: SampleResult | None, named: Names) -> PlanRow:
    words = named.words
    return PlanRow(
        id=id_of(plan),
        url=f"/sampling/plans/{plan.id}",
        name=plan.name,
        active=plan.active,
        draws=words.gettext("%(size)s, by: %(strata)s") % {"size": size(plan, words), "strata": by_what(plan, words)},
        covered=covered(plan, named),
        period=words.gettext(PERIODS[plan.period]),
        next=_next(session, plan, last.draw if last else None),
        last=draw_row(last, plan, words) if last else None,
    )


def _next(session: Session, plan: SamplingPlan, last: Draw | None) -> str:
    """The days a plan draws from next; none if it is stopped, or has drawn all it was made for."""
    if not plan.active or (last is not None and plan.period == Period.ONCE):
        return ""
    drawn = last.first_day if last is not None else None
    return days(*service.next_draw(session, plan, machine(clock.now()), drawn))


def draw_row(found: SampleResult, plan: SamplingPlan, words: Translator) -> DrawRow:
    """A draw in a list."""
    return DrawRow(
        url=f"/sampling/draws/{found.draw.id}",
        days=days(found.draw.first_day, found.draw.last_day),
        population=found.draw.population,
        drawn=found.drawn,
        reviewed=found.rate.n,
        set_aside=found.rate.set_aside,
        estimate=estimate_view(found.rate, plan.target, words),
    )


def _page(session: Session, user: User, plan: SamplingPlan, words: Translator, error: str = "") -> PlanPage:
    named, drawn = names(session, words), queries.draws(session, [id_of(plan)])
    over = plan.last_day is not None and plan.last_day < service.today_of(session, plan, machine(clock.now()))
    return PlanPage(
        id=id_of(plan),
        name=plan.name,
        active=plan.active,
        period=words.gettext(PERIODS[plan.period]),
        size=size(plan, words),
        covered=covered(plan, named),
        by=by_what(plan, words),
        seed=plan.seed,
        expected=f"{100 * plan.expected:g} %",
        target="" if plan.target is None else f"{100 * plan.target:g} %",
        next=_next(session, plan, drawn[0] if drawn else None),
        may_draw=plan.period == Period.ONCE and over and not drawn and may_plan_samples(user),
        made_by=accounts.names(session, {plan.created_by})[plan.created_by],
        made_at=moment(plan.created_at, zone_of(session, user)),
        draws=tuple(draw_row(one, plan, words) for one in results(session, user, drawn)),
        may_plan=may_plan_samples(user),
        error=error,
    )
