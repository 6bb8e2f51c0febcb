"""Legal holds: calls that nothing removes until the hold is lifted."""

from datetime import date
from typing import Annotated

from fastapi import Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Scope
from app.accounts.policies import may_hold
from app.api.parameters import PLAIN, Cursor, Moment, PageOut, PageSize, RowId, username, wrong
from app.api.routing import api_router
from app.kit.db import id_of
from app.kit.pagination import PAGE_SIZE
from app.request import Client, KeyFor, SessionDep
from app.retention import holds, queries
from app.retention.holds import LONGEST_REASON, MOST_CALLS, Meant
from app.retention.models import LegalHold

router = api_router("/legal-holds", ["retention"])

Administrator = Annotated[Client, KeyFor(may_hold, Scope.ADMIN)]
Reason = Annotated[
    str, Field(min_length=1, max_length=LONGEST_REASON, pattern=PLAIN, description="Why.", examples=["Case 2026-17"])
]


class LegalHoldIn(BaseModel):
    """Which calls are put on hold: these, or those of an agent, a team, a customer, a period; all of it narrows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: Reason
    calls: list[Annotated[int, Field(ge=1, lt=2**31, strict=True)]] = Field(
        default=[], max_length=MOST_CALLS, description="Ids of calls.", examples=[[17, 23]]
    )
    agent: str | None = Field(
        None, max_length=100, pattern=PLAIN, description="User name of the agent.", examples=["mei"]
    )
    team: str | None = Field(None, max_length=100, pattern=PLAIN, description="Name of the team.", examples=["Team A"])
    customer: str = Field(
        "", max_length=100, pattern=PLAIN, description="The customer's name, as a whole.", examples=["Li Na"]
    )
    first_day: date | None = Field(None, description="From this day of calls on.", examples=["2026-10-01"])
    last_day: date | None = Field(None, description="Up to this day of calls.", examples=["2026-10-31"])


class LiftIn(BaseModel):
    """Why a hold is lifted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: Reason


class LegalHoldOut(BaseModel):
    """A hold on some calls."""

    id: int = Field(description="The id that Callmark gave.", examples=[2])
    reason: str = Field(description="Why; empty once a call of it was erased.", examples=["Case 2026-17"])
    calls: int = Field(description="On how many calls it is.", examples=[2])
    put_by: str | None = Field(description="User name of who put it.", examples=["ada"])
    put_at: Moment = Field(description="When it was put (RFC 3339).", examples=["2026-10-01T02:00:00Z"])
    lifted_by: str | None = Field(description="User name of who lifted it; null: it stands.", examples=[None])
    lifted_at: Moment | None = Field(description="When it was lifted (RFC 3339); null: it stands.", examples=[None])
    lift_reason: str = Field(description="Why it was lifted.", examples=[""])


class LegalHoldWithCallsOut(LegalHoldOut):
    """A hold with its calls."""

    call_ids: list[int] = Field(description="The ids of its calls.", examples=[[17, 23]])


@router.get("")
def list_holds(
    client: Administrator,
    session: SessionDep,
    standing: Annotated[bool | None, Query(description="Only those that stand, or not.", examples=[True])] = None,
    cursor: Cursor = None,
    limit: PageSize = PAGE_SIZE,
) -> PageOut[LegalHoldOut]:
    """All holds, the newest first."""
    found = queries.holds_page(session, standing, cursor=cursor, size=limit)
    items = [_shown(session, one) for one in found.items]
    return PageOut(items=items, next_cursor=found.next_cursor, total=found.total)


@router.post("", status_code=201)
def put_hold(
    given: LegalHoldIn, response: Response, client: Administrator, session: SessionDep
) -> LegalHoldWithCallsOut:
    """Put calls on hold, at most 5,000 at once: no policy, nobody and no request removes them."""
    meant = Meant(
        call_ids=tuple(given.calls),
        agent_id=_agent(session, given.agent),
        team_id=_team(session, given.team),
        customer=given.customer,
        first_day=given.first_day,
        last_day=given.last_day,
    )
    made = holds.put(session, meant, given.reason, client.user, client.actor)
    response.headers["Location"] = f"/api/v1/legal-holds/{made.id}"
    return _with_calls(session, made)


@router.get("/{hold_id}")
def get_hold(hold_id: RowId, client: Administrator, session: SessionDep) -> LegalHoldWithCallsOut:
    """One hold, with its calls."""
    return _with_calls(session, queries.hold(session, hold_id))


@router.post("/{hold_id}/lift")
def lift_hold(hold_id: RowId, given: LiftIn, client: Administrator, session: SessionDep) -> LegalHoldWithCallsOut:
    """Lift a hold; what is kept for too long by then is removed within a minute."""
    return _with_calls(session, holds.lift(session, hold_id, given.reason, client.user, client.actor))


def _with_calls(session: Session, one: LegalHold) -> LegalHoldWithCallsOut:
    ids = list(queries.calls_on(session, id_of(one), MOST_CALLS))
    return LegalHoldWithCallsOut(**_shown(session, one).model_dump(), call_ids=ids)


def _shown(session: Session, one: LegalHold) -> LegalHoldOut:
    told = one.model_dump(include={"id", "reason", "calls", "put_at", "lifted_at", "lift_reason"})
    return LegalHoldOut(
        **told,
        put_by=username(session, one.put_by),
        lifted_by=username(session, one.lifted_by) if one.lifted_by else None,
    )


def _agent(session: Session, name: str | None) -> int | None:
    found = accounts.user_named(session, name) if name else None
    if name and found is None:
        raise wrong("agent", f"there is no agent {name!r}", "body")
    return found.id if found else None


def _team(session: Session, name: str | None) -> int | None:
    found = accounts.team_named(session, name) if name else None
    if name and found is None:
        raise wrong("team", f"there is no team {name!r}", "body")
    return found.id if found else None
