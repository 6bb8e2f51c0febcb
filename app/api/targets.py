"""Targets: what indicators are to reach, for whom and when; what was set, and what holds."""

from datetime import date
from typing import Annotated, Literal

from fastapi import Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Scope
from app.accounts.policies import may_see_targets, may_set_targets
from app.api.complaints import CsvBody
from app.api.conditional import IfMatch
from app.api.parameters import (
    CSV_TOO,
    PLAIN,
    ByteOrderMark,
    CsvWanted,
    Cursor,
    Moment,
    PageOut,
    PageSize,
    RowId,
    WhoseDep,
    team_name,
    username,
)
from app.api.problems import problems
from app.api.routing import api_router
from app.kit import clock
from app.kit.errors import NotFound
from app.kit.pagination import PAGE_SIZE
from app.request import Client, KeyFor, SessionDep
from app.targets import queries, service
from app.targets.holding import Origin, Target
from app.targets.models import SetTarget
from app.targets.service import TargetFacts
from app.targets.target_file import TeamUnknown, take_targets, targets_csv

router = api_router("/targets", ["targets"])

TargetReader = Annotated[Client, KeyFor(may_see_targets, Scope.SCORES_READ)]
TargetSetter = Annotated[Client, KeyFor(may_set_targets, Scope.SCORES_WRITE)]

Direction = Literal["inbound", "outbound", ""]
EXAMPLE = "indicator,team,queue,direction,from,until,value,note\r\ncsat,Team A,,,2026-11-01,,0.9,\r\n"


class TargetIn(BaseModel):
    """What an indicator is to reach; the target of the same indicator, team, queue, direction and day is replaced."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    indicator: str = Field(max_length=64, pattern=PLAIN, description="Id of the indicator.", examples=["csat"])
    team: str | None = Field(
        None, max_length=100, pattern=PLAIN, description="Name of the team; null: all.", examples=["Team A"]
    )
    queue: str = Field("", max_length=100, pattern=PLAIN, description="Queue or project; empty: all.", examples=[""])
    direction: Direction = Field("", description="Empty: both together.", examples=["inbound"])
    from_: date = Field(alias="from", description="The day from which on it holds.", examples=["2026-11-01"])
    until: date | None = Field(
        None, description="The last day on which it holds; null: until a newer one does.", examples=["2026-12-31"]
    )
    value: float = Field(
        strict=True, description="In the indicator's unit: shares are 0-1, times are seconds.", examples=[0.9]
    )
    note: str = Field("", max_length=500, pattern=PLAIN, description="Why.", examples=["For the autumn."])


class TargetOut(BaseModel):
    """A target that somebody has set."""

    id: int = Field(description="The id that Callmark gave.", examples=[3])
    indicator: str = Field(description="Id of the indicator.", examples=["csat"])
    team: str | None = Field(description="Name of the team; null: all.", examples=["Team A"])
    queue: str = Field(description="Queue or project; empty: all.", examples=[""])
    direction: str = Field(description="inbound, outbound; empty: both together.", examples=["inbound"])
    from_: date = Field(alias="from", description="The day from which on it holds.", examples=["2026-11-01"])
    until: date | None = Field(description="The last day on which it holds; null: no end.", examples=["2026-12-31"])
    value: float = Field(description="In the indicator's unit.", examples=[0.9])
    note: str = Field(description="Why.", examples=["For the autumn."])
    set_by: str | None = Field(description="User name of who set it.", examples=["bob"])
    set_at: Moment = Field(description="When it was set (RFC 3339).", examples=["2026-10-28T07:00:00Z"])


class HeldOut(BaseModel):
    """The target of an indicator that holds, wherever it comes from."""

    indicator: str = Field(description="Id of the indicator.", examples=["csat"])
    value: float = Field(description="In the indicator's unit.", examples=[0.9])
    origin: Origin = Field(
        description="set: by people; shipped: nobody set one, and sources agree on this.", examples=[Origin.SET]
    )
    team: str | None = Field(description="For which team it was set; null: for all.", examples=["Team A"])
    queue: str = Field(description="For which queue; empty: for all.", examples=[""])
    direction: str = Field(description="For which direction; empty: for both together.", examples=["inbound"])
    from_: date | None = Field(alias="from", description="Since when; null: always.", examples=["2026-11-01"])
    until: date | None = Field(description="The last day; null: no end.", examples=["2026-12-31"])


class BadTargetOut(BaseModel):
    """A row that was left out."""

    line: int = Field(description="On which line of the file it begins; the header is line 1.", examples=[7])
    field: str = Field(description="The column at fault.", examples=["value"])
    message: str = Field(description="Why.", examples=["Give seconds, from 0 to 1,000,000."])


class TargetsImportedOut(BaseModel):
    """What became of a file's rows."""

    entered: int = Field(description="Rows that said anything new.", examples=[12])
    unchanged: int = Field(description="Rows that said what was known.", examples=[3])
    bad_rows: list[BadTargetOut] = Field(description="Rows that were left out; the others are kept.")


IndicatorId = Annotated[
    str | None, Query(max_length=64, pattern=PLAIN, description="Only of this indicator.", examples=["csat"])
]
Queue = Annotated[
    str | None, Query(max_length=100, pattern=PLAIN, description="Queue or project.", examples=["support"])
]
On = Annotated[date | None, Query(description="The day that is meant.", examples=["2026-11-15"])]
AskedDirection = Annotated[
    Literal["inbound", "outbound"] | None, Query(description="Of which direction.", examples=["inbound"])
]


@router.get("", response_model=PageOut[TargetOut], responses=CSV_TOO)
def list_targets(
    client: TargetReader,
    session: SessionDep,
    whose: WhoseDep,
    csv: CsvWanted,
    indicator: IndicatorId = None,
    queue: Queue = None,
    direction: AskedDirection = None,
    on: On = None,
    cursor: Cursor = None,
    limit: PageSize = PAGE_SIZE,
    bom: ByteOrderMark = False,
) -> PageOut[TargetOut] | Response:
    """What was set, the last first; with `on`, what has begun and not ended that day. CSV is what an import reads."""
    found = queries.page(
        session,
        indicator_id=indicator,
        team_id=whose.team_id,
        queue=queue,
        direction=direction,
        day=on,
        cursor=cursor,
        size=limit,
    )
    if csv:
        headers = {"X-Next-Cursor": found.next_cursor} if found.next_cursor else {}
        return Response(targets_csv(session, found.items, bom), headers=headers, media_type="text/csv; charset=utf-8")
    items = [_shown(session, one) for one in found.items]
    return PageOut(items=items, next_cursor=found.next_cursor, total=found.total)


@router.get("/current")
def list_current_targets(
    client: TargetReader,
    session: SessionDep,
    whose: WhoseDep,
    queue: Queue = None,
    direction: AskedDirection = None,
    on: On = None,
) -> PageOut[HeldOut]:
    """The target of each indicator that holds on a day (else today, in UTC) for a team, a queue and a direction.

    That of a queue holds before that of a team, and that before the one for all. Indicators without one are left out.
    """
    known, day = queries.all_targets(session), on or clock.now().date()
    asked = (
        known.at(one, day=day, team_id=whose.team_id, queue=queue, direction=direction) for one in known.indicators
    )
    items = [_held(session, one) for one in asked if one is not None]
    return PageOut(items=items, next_cursor=None, total=len(items))


@router.put("", responses={201: {"model": TargetOut, "description": "The target, which is new."}})
def set_target(given: TargetIn, client: TargetSetter, session: SessionDep, response: Response) -> TargetOut:
    """Set a target; that of the same indicator, team, queue, direction and first day is replaced."""
    team = accounts.team_named(session, given.team) if given.team else None
    if given.team and team is None:
        raise TeamUnknown(field="team")
    facts = TargetFacts(
        indicator=given.indicator,
        value=given.value,
        holds_from=given.from_,
        holds_until=given.until,
        team_id=team.id if team else None,
        queue=given.queue,
        direction=given.direction,
        note=given.note,
    )
    before = queries.row_of(session, facts.indicator, facts.team_id, facts.queue, facts.direction, facts.holds_from)
    target, _ = service.set_target(session, client.user, facts, client.actor)
    response.status_code = 201 if before is None else 200
    response.headers["Location"] = f"/api/v1/targets/{target.id}"
    return _shown(session, target)


@router.post(
    "/import",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"text/csv": {"schema": {"type": "string", "examples": [EXAMPLE], "description": "The file."}}},
        }
    },
    responses=problems(415),
)
def import_targets(client: TargetSetter, session: SessionDep, content: CsvBody) -> TargetsImportedOut:
    """Set the targets of a CSV file, as the list gives it out: every good row is kept, every bad one named.

    Only indicator, from and value must be there. At most 10 MB, in UTF-8.
    """
    done = take_targets(session, client.user, content, "en", client.actor)
    bad = [BadTargetOut(line=one.line, field=one.column, message=one.message) for one in done.bad]
    return TargetsImportedOut(entered=done.entered, unchanged=done.known, bad_rows=bad)


@router.get("/{target_id}")
def get_target(target_id: RowId, client: TargetReader, session: SessionDep) -> TargetOut:
    """One target that was set."""
    found = queries.row(session, target_id)
    if found is None:
        raise NotFound
    return _shown(session, found)


@router.delete("/{target_id}", status_code=204)
def remove_target(target_id: RowId, client: TargetSetter, session: SessionDep, if_match: IfMatch) -> None:
    """Take a target back: what held before it, or what is shipped, holds again."""
    if_match.check(_shown(session, queries.lock(session, target_id)))
    service.remove_target(session, client.user, target_id, client.actor)


def _shown(session: Session, target: SetTarget) -> TargetOut:
    return TargetOut.model_validate(
        {
            **target.model_dump(include={"id", "indicator", "queue", "direction", "value", "note", "set_at"}),
            "team": team_name(session, target.team_id),
            "from": target.holds_from,
            "until": target.holds_until,
            "set_by": username(session, target.set_by),
        }
    )


def _held(session: Session, target: Target) -> HeldOut:
    return HeldOut.model_validate(
        {
            "indicator": target.indicator,
            "value": target.value,
            "origin": target.origin,
            "team": team_name(session, target.team_id),
            "queue": target.queue,
            "direction": target.direction,
            "from": target.holds_from,
            "until": target.holds_until,
        }
    )
