"""One draw: what it says of all calls of its period, stratum by stratum, and the calls that were drawn."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts.models import User
from app.calls import queries as calls
from app.calls.models import Call, CallState
from app.domain.lifecycle import ReviewState
from app.domain.sampling import LEAST_CALLS
from app.kit.csv_files import Cell, csv_text
from app.kit.db import id_of
from app.kit.i18n import N_
from app.reports import sample_queries
from app.reports.samples import SampleResult, StratumResult, results
from app.reports.wording import Shown
from app.request import SessionDep
from app.reviews import unannounced
from app.reviews.models import Review
from app.sampling import queries, service
from app.sampling.models import DrawnCall, How, SamplingPlan
from app.web.call_rows import Frame
from app.web.rendering import render, words_for
from app.web.row_ids import RowId
from app.web.sample_views import EstimateView, Names, by_what, days, estimate_view, names, size
from app.web.sampling import Viewer
from app.web.times import Moment, moment, zone_of

router = APIRouter()

SHOWN = 50
NOT_IN_QUEUE = Shown("…", N_("Not in the queue yet"), "neutral")
WAITS = Shown("○", N_("Waits"), "neutral")
PASSED = Shown("✓", N_("Passed"), "pass")
FAILED = Shown("✕", N_("Failed"), "fail")
ASIDE = Shown("–", N_("Set aside"), "neutral")
NOTHING_APPLIED = Shown("–", N_("No item applied"), "neutral")
DELETED = Shown("✕", N_("Deleted"), "neutral")
CSV_HEADER = ("call", "external_id", "stratum", "place", "how", "probability", "state")


@dataclass(frozen=True)
class StratumRow:
    """A stratum: how many calls it has, how many were drawn, and what came of these."""

    name: str
    calls: int
    drawn: int
    reviewed: int
    set_aside: int
    passed: int
    probability: str


@dataclass(frozen=True)
class DrawnRow:
    """A call of the sample and how far it has come; without an address, one that the person does not see."""

    url: str
    agent: str
    started: Moment | None
    stratum: str
    place: int
    replaces: bool
    state: Shown


@dataclass(frozen=True)
class DrawPage:
    """What one draw says, and how it came about."""

    template: ClassVar[str] = "sampling/draw.html"
    least: ClassVar[int] = LEAST_CALLS
    id: int
    plan: str
    plan_url: str
    days: str
    estimate: EstimateView
    target: str
    population: int
    in_scope: str
    left_out: int
    came_later: int
    drawn: int
    reviewed: int
    set_aside: int
    waiting: int
    deleted: int
    size: str
    by: str
    seed: int
    hash: str
    drawn_by: str
    drawn_at: Moment
    strata: tuple[StratumRow, ...]
    rows: tuple[DrawnRow, ...]
    further: str
    first: str
    verified: bool | None = None


@router.get("/sampling/draws/{draw_id}")
def show_draw(
    request: Request,
    draw_id: RowId,
    session: SessionDep,
    user: Viewer,
    after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    verify: bool = False,
) -> Response:
    page = _page(session, user, draw_id, after, names(session, words_for(request)))
    made, _ = queries.draw(session, user, draw_id)
    return render(request, replace(page, verified=service.verified(session, made) if verify else None))


@router.get("/sampling/draws/{draw_id}/calls.csv")
def save_draw(draw_id: RowId, session: SessionDep, user: Viewer) -> Response:
    queries.draw(session, user, draw_id)
    found = sample_queries.sample(session, draw_id)
    headers = {"Content-Disposition": f'attachment; filename="draw-{draw_id}.csv"'}
    text = csv_text(CSV_HEADER, _cells(session, user, found), byte_order_mark=True)
    return Response(text, media_type="text/csv", headers=headers)


def _page(session: Session, user: User, draw_id: int, after: int, named: Names) -> DrawPage:
    made, plan = queries.draw(session, user, draw_id)
    (found,), words = results(session, user, [made]), named.words
    listed = sample_queries.sample(session, draw_id, after, SHOWN + 1)
    here = f"/sampling/draws/{draw_id}"
    return DrawPage(
        id=draw_id,
        plan=plan.name,
        plan_url=f"/sampling/plans/{plan.id}",
        days=days(made.first_day, made.last_day),
        estimate=estimate_view(found.rate, plan.target, words),
        target="" if plan.target is None else f"{100 * plan.target:g}",
        population=made.population,
        in_scope=f"{found.rate.in_scope:,.0f}",
        left_out=made.left_out,
        came_later=queries.came_later(session, plan, made),
        drawn=found.drawn,
        reviewed=found.rate.n,
        set_aside=found.rate.set_aside,
        waiting=found.rate.waiting,
        deleted=found.deleted,
        size=size(plan, words),
        by=by_what(plan, words),
        seed=made.seed,
        hash=made.population_hash,
        drawn_by=made.drawn_by,
        drawn_at=moment(made.drawn_at, zone_of(session, user)),
        strata=tuple(_stratum(one, plan, named) for one in found.strata),
        rows=_drawn(session, user, plan, found, listed[:SHOWN], named),
        further=f"{here}?after={listed[SHOWN - 1][0].id}#calls" if len(listed) > SHOWN else "",
        first=f"{here}#calls" if after else "",
    )


def _stratum(one: StratumResult, plan: SamplingPlan, named: Names) -> StratumRow:
    return StratumRow(
        name=named.stratum(plan, one.keys),
        calls=one.calls,
        drawn=one.drawn,
        reviewed=one.came.in_scope,
        set_aside=one.came.set_aside,
        passed=one.came.passed,
        probability=f"{100 * one.drawn / one.calls:.{0 if 10 * one.drawn >= one.calls else 1}f} %",
    )


def _drawn(
    session: Session,
    user: User,
    plan: SamplingPlan,
    found: SampleResult,
    listed: Sequence[tuple[DrawnCall, Call, Review | None]],
    named: Names,
) -> tuple[DrawnRow, ...]:
    seen = calls.some(session, user, [id_of(call) for _, call, _ in listed])
    frame, ids = Frame(session, user, seen), {call.id for call in seen}
    known = unannounced.of_calls(session, user, [id_of(call) for _, call, _ in listed])
    strata = {one.name: named.stratum(plan, one.keys) for one in found.strata}
    words, rows = named.words, []
    for one, call, review in listed:
        state = _state(one, call, review, known.get(id_of(call)))
        rows.append(
            DrawnRow(
                url=f"/calls/{call.id}" if call.id in ids else "",
                agent=(frame.agent(call) or words.gettext("Unknown agent")) if call.id in ids else "",
                started=frame.started(call) if call.id in ids else None,
                stratum=strata[one.stratum],
                place=one.place,
                replaces=one.how == How.REPLACEMENT,
                state=state._replace(word=words.gettext(state.word)),
            )
        )
    return tuple(rows)


def _cells(
    session: Session, user: User, found: Sequence[tuple[DrawnCall, Call, Review | None]]
) -> list[tuple[Cell, ...]]:
    call_ids = [id_of(call) for _, call, _ in found]
    known = unannounced.of_calls(session, user, call_ids)
    seen = {call.id for call in calls.some(session, user, call_ids)}
    return [
        (
            call.id,
            call.external_id if call.id in seen else None,
            one.stratum,
            one.place,
            one.how.value,
            one.probability,
            _state(one, call, review, known.get(id_of(call))).word,
        )
        for one, call, review in found
    ]


def _state(one: DrawnCall, call: Call, review: Review | None, known: Review | None) -> Shown:
    """How far a drawn call has come, as far as this person may know of it."""
    if call.state == CallState.DELETED:
        return DELETED
    if review is None:
        return WAITS if one.offered_at else NOT_IN_QUEUE
    if review.state == ReviewState.SET_ASIDE:
        return ASIDE
    if not review.counts or known is None or known.id != review.id:
        return WAITS
    if review.passed is None:
        return NOTHING_APPLIED
    return PASSED if review.passed else FAILED
