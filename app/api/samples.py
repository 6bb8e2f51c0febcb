"""Samples: plans, what they drew, and what the draws say of all calls."""

import secrets
from datetime import date
from typing import Annotated, Literal

from fastapi import Query, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Scope, User
from app.accounts.policies import may_plan_samples, may_see_samples
from app.api.conditional import IfMatch
from app.api.csv_pages import csv_page
from app.api.parameters import (
    CSV_TOO,
    EARLIEST_YEAR,
    LATEST_YEAR,
    PLAIN,
    ByteOrderMark,
    CsvWanted,
    Cursor,
    PageOut,
    PageSize,
    RowId,
    wrong,
)
from app.api.routing import api_router
from app.api.sample_answers import DrawnCallOut, DrawnState, DrawOut, PlanOut, draw_out, plan_out
from app.calls import queries as calls
from app.calls.models import Call, CallState
from app.domain.lifecycle import ReviewState
from app.domain.sampling import LEAST_DRAWN
from app.kit.db import id_of
from app.kit.pagination import LARGEST_ID, PAGE_SIZE, CursorInvalid, Page
from app.reports import sample_queries
from app.reports.samples import results
from app.request import Client, KeyFor, SessionDep
from app.reviews import unannounced
from app.reviews.models import Review
from app.sampling import queries, service
from app.sampling.models import Dimension, DrawnCall, Period
from app.sampling.service import MOST, MOST_NAME
from app.sampling.stratifying import PlanFacts

router = api_router("/samples", ["samples"])

Viewer = Annotated[Client, KeyFor(may_see_samples, Scope.SCORES_READ)]
Planner = Annotated[Client, KeyFor(may_plan_samples, Scope.SCORES_WRITE)]
LARGEST_SEED = 2**31 - 1
SHARE = Field(ge=0, le=1)
COLUMNS = tuple(DrawnCallOut.model_fields)


class PlanIn(BaseModel):
    """A plan that is to be kept; it never changes, but can be stopped."""

    name: str = Field(
        min_length=1, max_length=MOST_NAME, pattern=PLAIN, description="What it is called.", examples=["Weekly"]
    )
    period: Period = Field(description="once, or every day, week (from Monday) or month.", examples=[Period.WEEK])
    first_day: date = Field(
        ge=date(EARLIEST_YEAR, 1, 1),
        lt=date(LATEST_YEAR, 1, 1),
        description="First day it draws from.",
        examples=["2026-10-05"],
    )
    last_day: date | None = Field(
        None,
        ge=date(EARLIEST_YEAR, 1, 1),
        lt=date(LATEST_YEAR, 1, 1),
        description="Last day, of a plan that draws once.",
        examples=[None],
    )
    size: int = Field(ge=LEAST_DRAWN, le=MOST, description="How many calls: in all, or of each agent.", examples=[60])
    of_each_agent: bool = Field(False, description="Whether `size` is that of each agent.", examples=[False])
    seed: int | None = Field(None, ge=0, le=LARGEST_SEED, description="The seed; else one by chance.", examples=[4711])
    teams: list[str] = Field([], max_length=200, description="Names of teams; empty: all.", examples=[["Team A"]])
    queues: list[Annotated[str, Field(max_length=100, pattern=PLAIN)]] = Field(
        [], max_length=200, description="Queues; empty: all.", examples=[["support"]]
    )
    directions: list[Literal["inbound", "outbound"]] = Field(
        [], max_length=2, description="inbound, outbound; empty: both.", examples=[["inbound"]]
    )
    languages: list[Literal["en", "zh", "ja"]] = Field(
        [], max_length=3, description="Languages; empty: all.", examples=[["zh"]]
    )
    strata: list[Dimension] = Field(
        [], max_length=len(Dimension), description="By what to stratify.", examples=[[Dimension.AGENT]]
    )
    expected: float = Field(0.9, ge=0, le=1, description="Pass rate you expect, 0-1.", examples=[0.9])
    target: float | None = Field(None, ge=0, le=1, description="Pass rate to be reached, 0-1.", examples=[0.95])


class PlanChangeIn(BaseModel):
    """What can be changed of a plan."""

    active: bool = Field(description="false stops it, true lets it draw again.", examples=[False])


class VerifiedOut(BaseModel):
    """Whether the stored seed and population give the same sample again."""

    draw_id: int = Field(description="The draw.", examples=[9])
    verified: bool = Field(description="Whether they do.", examples=[True])


@router.get("/plans")
def list_plans(client: Viewer, session: SessionDep) -> PageOut[PlanOut]:
    """The plans you may see, those that draw first; they are few, so all are on one page."""
    found = [plan_out(session, one) for one in queries.plans(session, client.user)]
    return PageOut(items=found, next_cursor=None, total=len(found))


@router.post("/plans", status_code=201)
def make_plan(given: PlanIn, client: Planner, session: SessionDep, response: Response) -> PlanOut:
    """Keep a plan; it draws by itself once a period is over. Team staff plan for their own team."""
    plan = service.make_plan(session, client.user, _facts(session, client.user, given), client.actor)
    response.headers["Location"] = f"/api/v1/samples/plans/{plan.id}"
    return plan_out(session, plan)


@router.get("/plans/{plan_id}")
def get_plan(plan_id: RowId, client: Viewer, session: SessionDep) -> PlanOut:
    """One plan."""
    return plan_out(session, queries.plan(session, client.user, plan_id))


@router.patch("/plans/{plan_id}")
def change_plan(plan_id: RowId, change: PlanChangeIn, client: Planner, session: SessionDep, when: IfMatch) -> PlanOut:
    """Stop a plan, or let it draw again; what it drew stays."""
    queries.plan(session, client.user, plan_id)
    when.check(plan_out(session, queries.lock_plan(session, plan_id)))
    service.set_active(session, plan_id, change.active, client.actor)
    return plan_out(session, queries.plan(session, client.user, plan_id))


@router.post("/plans/{plan_id}/draw", status_code=201)
def draw_plan(plan_id: RowId, client: Planner, session: SessionDep, response: Response) -> DrawOut:
    """Draw from the days of a plan that draws once, when they are over; drawn before, it is that draw."""
    queries.plan(session, client.user, plan_id)
    made = service.draw_once(session, plan_id, client.actor)
    response.headers["Location"] = f"/api/v1/samples/draws/{made.id}"
    return _draw(session, client.user, id_of(made))


@router.get("/draws")
def list_draws(
    client: Viewer,
    session: SessionDep,
    plan: Annotated[int | None, Query(ge=1, lt=2**31, description="Only of this plan.", examples=[2])] = None,
    cursor: Cursor = None,
    limit: PageSize = PAGE_SIZE,
) -> PageOut[DrawOut]:
    """What plans drew, the latest draw first, each with its estimate."""
    page = queries.draws_page(session, client.user, plan, cursor=cursor, size=limit)
    plans = {id_of(one): one for one in queries.plans(session, client.user)}
    found = results(session, client.user, page.items)
    shown = [draw_out(session, one, plans[one.draw.plan_id]) for one in found]
    return PageOut(items=shown, next_cursor=page.next_cursor, total=page.total)


@router.get("/draws/{draw_id}")
def get_draw(draw_id: RowId, client: Viewer, session: SessionDep) -> DrawOut:
    """One draw: what it says of all calls of its period, and what came of each stratum."""
    return _draw(session, client.user, draw_id)


@router.get("/draws/{draw_id}/verification")
def verify_draw(draw_id: RowId, client: Viewer, session: SessionDep) -> VerifiedOut:
    """Draw again from the stored seed and population, and say whether it is the same sample."""
    made, _ = queries.draw(session, client.user, draw_id)
    return VerifiedOut(draw_id=draw_id, verified=service.verified(session, made))


@router.get("/draws/{draw_id}/calls", response_model=PageOut[DrawnCallOut], responses=CSV_TOO)
def list_drawn_calls(
    draw_id: RowId,
    client: Viewer,
    session: SessionDep,
    csv: CsvWanted,
    cursor: Cursor = None,
    limit: PageSize = PAGE_SIZE,
    bom: ByteOrderMark = False,
) -> PageOut[DrawnCallOut] | Response:
    """The calls of a sample, in the order in which they came into it."""
    queries.draw(session, client.user, draw_id)
    found = sample_queries.sample(session, draw_id, _after(cursor), limit + 1)
    call_ids = [id_of(call) for _, call, _ in found]
    known = unannounced.of_calls(session, client.user, call_ids)
    seen = {call.id for call in calls.some(session, client.user, call_ids)}
    shown = [
        DrawnCallOut(
            call_id=one.call_id,
            external_id=call.external_id if call.id in seen else None,
            state=_state(one, call, review, known.get(id_of(call))),
            **one.model_dump(include={"stratum", "place", "how", "probability"}),
        )
        for one, call, review in found[:limit]
    ]
    after = str(found[limit - 1][0].id) if len(found) > limit else None
    page = Page(shown, after, queries.drawn_count(session, draw_id))
    if csv:
        return csv_page(COLUMNS, page, bom)
    return PageOut(items=shown, next_cursor=after, total=page.total)


def _draw(session: Session, user: User, draw_id: int) -> DrawOut:
    made, plan = queries.draw(session, user, draw_id)
    (found,) = results(session, user, [made])
    return draw_out(session, found, plan)


def _facts(session: Session, user: User, given: PlanIn) -> PlanFacts:
    """The plan that a client means; its teams by their ids."""
    teams = []
    for name in given.teams:
        team = accounts.team_named(session, name)
        if team is None:
            raise wrong("teams", f"there is no team {name!r}", "body")
        teams.append(id_of(team))
    return PlanFacts(
        **given.model_dump(include={"name", "period", "first_day", "last_day", "size", "of_each_agent", "expected"}),
        target=given.target,
        seed=given.seed if given.seed is not None else secrets.randbelow(LARGEST_SEED),
        teams=tuple(dict.fromkeys(teams)) if user.team_id is None else (user.team_id,),
        queues=tuple(dict.fromkeys(given.queues)),
        directions=tuple(dict.fromkeys(given.directions)),
        languages=tuple(dict.fromkeys(given.languages)),
        strata=tuple(one for one in Dimension if one in given.strata),
    )


def _state(one: DrawnCall, call: Call, review: Review | None, known: Review | None) -> DrawnState:
    """How far a drawn call has come, as far as this person may know of it."""
    if call.state == CallState.DELETED:
        return DrawnState.DELETED
    if review is None:
        return DrawnState.WAITING if one.offered_at else DrawnState.NOT_IN_QUEUE
    if review.state == ReviewState.SET_ASIDE:
        return DrawnState.SET_ASIDE
    if not review.counts or known is None or known.id != review.id:
        return DrawnState.WAITING
    if review.passed is None:
        return DrawnState.NOTHING_APPLIED
    return DrawnState.PASSED if review.passed else DrawnState.FAILED


def _after(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not cursor.isascii() or not cursor.isdigit() or int(cursor) > LARGEST_ID:
        raise CursorInvalid
    return int(cursor)
