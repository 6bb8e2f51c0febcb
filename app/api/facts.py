"""What no switch knows: results of agents (exam, training, discipline, conduct) and costs."""

from datetime import date
from typing import Annotated

from fastapi import Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Role, Scope, User
from app.accounts.policies import may_enter_facts, may_see_performance
from app.api.complaints import CsvBody
from app.api.csv_pages import csv_page
from app.api.parameters import (
    CSV_TOO,
    PLAIN,
    ByteOrderMark,
    CsvWanted,
    Cursor,
    DaysDep,
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
from app.kit.errors import NotFound
from app.kit.pagination import PAGE_SIZE, Page
from app.operations import cost_entry, queries, service
from app.operations.cost_entry import CostFacts
from app.operations.cost_list import COLUMNS as COST_COLUMNS
from app.operations.cost_list import CostRowUnusable, take_costs
from app.operations.fact_list import COLUMNS as FACT_COLUMNS
from app.operations.fact_list import FactsTaken, NoSuchAgent, month_of, take_facts
from app.operations.models import AgentFact, Cost, FactKind
from app.request import Client, KeyFor, SessionDep

router = api_router("", ["facts"])

FactReader = Annotated[Client, KeyFor(may_see_performance, Scope.SCORES_READ)]
CostReader = Annotated[Client, KeyFor(may_enter_facts, Scope.SCORES_READ)]
Enterer = Annotated[Client, KeyFor(may_enter_facts, Scope.SCORES_WRITE)]

MONTH = r"^\d{4}-(0[1-9]|1[0-2])$"
Part = Annotated[FactKind | None, Query(description="Only of this part.", examples=["exam"])]


class FactIn(BaseModel):
    """What an agent got in a month, in points of 100."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    agent: str = Field(max_length=100, pattern=PLAIN, description="User name of the agent.", examples=["mei"])
    month: str = Field(pattern=MONTH, description="The month.", examples=["2026-11"])
    part: FactKind = Field(description="Which result it is.", examples=[FactKind.EXAM])
    points: float = Field(strict=True, ge=0, le=100, description="Points of 100.", examples=[83])
    note: str = Field("", max_length=500, pattern=PLAIN, description="The agent reads it.", examples=["second try"])


class FactOut(BaseModel):
    """What was entered of an agent for a month."""

    id: int = Field(description="The id that Callmark gave.", examples=[3])
    agent: str | None = Field(description="User name of the agent.", examples=["mei"])
    month: str = Field(description="The month.", examples=["2026-11"])
    part: FactKind = Field(description="Which result it is.", examples=[FactKind.EXAM])
    points: float = Field(description="Points of 100.", examples=[83])
    note: str = Field(description="What was noted beside it.", examples=["second try"])
    entered_by: str | None = Field(description="User name of who entered it.", examples=["bob"])
    entered_at: Moment = Field(description="When it was entered (RFC 3339).", examples=["2026-11-20T07:00:00Z"])


class CostIn(BaseModel):
    """What a month cost, of a team, a queue, or all together."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    month: str = Field(pattern=MONTH, description="The month.", examples=["2026-11"])
    team: str | None = Field(
        None, max_length=100, pattern=PLAIN, description="Name of the team; null: all.", examples=["Team A"]
    )
    queue: str = Field("", max_length=100, pattern=PLAIN, description="Queue or project; empty: all.", examples=[""])
    amount: float = Field(
        strict=True, ge=0, le=1e12, description="At most two digits behind the point.", examples=[152000.5]
    )
    currency: str = Field(pattern="^[A-Za-z]{3}$", description="Three letters (ISO 4217).", examples=["CNY"])
    note: str = Field("", max_length=500, pattern=PLAIN, description="What is in it.", examples=["without rent"])


class CostOut(BaseModel):
    """What a month cost."""

    id: int = Field(description="The id that Callmark gave.", examples=[3])
    month: str = Field(description="The month.", examples=["2026-11"])
    team: str | None = Field(description="Name of the team; null: all.", examples=["Team A"])
    queue: str = Field(description="Queue or project; empty: all.", examples=[""])
    amount: float = Field(description="In whole units of the currency.", examples=[152000.5])
    currency: str = Field(description="Three letters (ISO 4217).", examples=["CNY"])
    note: str = Field(description="What is in it.", examples=["without rent"])
    entered_by: str | None = Field(description="User name of who entered it.", examples=["bob"])
    entered_at: Moment = Field(description="When it was entered (RFC 3339).", examples=["2026-11-20T07:00:00Z"])


class BadFactOut(BaseModel):
    """A row that was left out."""

    line: int = Field(description="On which line of the file it begins; the header is line 1.", examples=[7])
    field: str = Field(description="The column at fault.", examples=["points"])
    message: str = Field(description="Why.", examples=["is no number"])


class FactsImportedOut(BaseModel):
    """What became of a file's rows."""

    entered: int = Field(description="Rows that said anything new.", examples=[12])
    unchanged: int = Field(description="Rows that said what was known.", examples=[3])
    bad_rows: list[BadFactOut] = Field(description="Rows that were left out; the others are kept.")


def _csv_file(example: str) -> dict[str, object]:
    told = {"schema": {"type": "string", "examples": [example], "description": "The file."}}
    return {"requestBody": {"required": True, "content": {"text/csv": told}}}


@router.get("/facts", response_model=PageOut[FactOut], responses=CSV_TOO)
def list_facts(
    client: FactReader,
    session: SessionDep,
    days: DaysDep,
    whose: WhoseDep,
    csv: CsvWanted,
    part: Part = None,
    cursor: Cursor = None,
    limit: PageSize = PAGE_SIZE,
    bom: ByteOrderMark = False,
) -> PageOut[FactOut] | Response:
    """Results of the agents you may know, the last entered first; a month counts by its first day."""
    found = queries.fact_rows(
        session,
        client.user,
        agent_id=whose.agent_id,
        team_id=whose.team_id,
        kind=part,
        first=days.first_day,
        last=days.last_day,
        cursor=cursor,
        size=limit,
    )
    page = found.of(lambda one: _fact(session, one))
    if csv:
        return csv_page(FACT_COLUMNS, page, bom)
    return PageOut(items=list(page.items), next_cursor=page.next_cursor, total=page.total)


@router.put("/facts", responses={201: {"model": FactOut, "description": "The result, which is new."}})
def enter_fact(given: FactIn, client: Enterer, session: SessionDep, response: Response) -> FactOut:
    """Enter what an agent got in a month; what was entered of the same part is replaced."""
    agent, month = _agent(session, client.user, given.agent), _month(given.month)
    of = agent.id or 0
    before = queries.fact(session, of, month, given.part)
    service.enter_fact(session, of, month, given.part, given.points, given.note, client.actor)
    kept = queries.fact(session, of, month, given.part)
    if kept is None:
        raise NotFound
    response.status_code = 201 if before is None else 200
    return _fact(session, kept)


@router.post(
    "/facts/import",
    openapi_extra=_csv_file("agent,month,part,points\r\nmei,2026-11,exam,83\r\n"),
    responses=problems(415),
)
def import_facts(client: Enterer, session: SessionDep, content: CsvBody) -> FactsImportedOut:
    """Enter the results of a CSV file (agent, month, part, points, note): good rows are kept, bad ones named."""
    agents = {one.username.lower(): one for one in accounts.agents(session, _only(client.user))}
    return _imported(take_facts(session, content, lambda name: agents.get(name.strip().lower()), "en", client.actor))


@router.delete("/facts/{fact_id}", status_code=204)
def remove_fact(fact_id: RowId, client: Enterer, session: SessionDep) -> None:
    """Take back what was entered of an agent."""
    found = queries.fact_row(session, client.user, fact_id)
    service.remove_fact(session, found.agent_id, found.month, found.kind, client.actor)


@router.get("/costs", response_model=PageOut[CostOut], responses=CSV_TOO)
def list_costs(
    client: CostReader,
    session: SessionDep,
    days: DaysDep,
    whose: WhoseDep,
    csv: CsvWanted,
    cursor: Cursor = None,
    limit: PageSize = PAGE_SIZE,
    bom: ByteOrderMark = False,
) -> PageOut[CostOut] | Response:
    """The costs you may know, the last entered first; a month counts by its first day."""
    found = queries.cost_page(
        session,
        client.user,
        team_id=whose.team_id,
        first=days.first_day,
        last=days.last_day,
        cursor=cursor,
        size=limit,
    )
    page: Page[CostOut] = found.of(lambda one: _cost(session, one))
    if csv:
        return csv_page(COST_COLUMNS, page, bom)
    return PageOut(items=list(page.items), next_cursor=page.next_cursor, total=page.total)


@router.put("/costs", responses={201: {"model": CostOut, "description": "The cost, which is new."}})
def enter_cost(given: CostIn, client: Enterer, session: SessionDep, response: Response) -> CostOut:
    """Enter what a month cost; what was entered of the same month, team and queue is replaced."""
    team = accounts.team_named(session, given.team) if given.team else None
    if given.team and team is None:
        raise CostRowUnusable("there is no team of this name", field="team")
    month, team_id = _month(given.month), team.id if team else None
    before = queries.cost(session, month, team_id, given.queue)
    facts = CostFacts(month, given.amount, given.currency, team_id, given.queue, given.note)
    cost_entry.enter_cost(session, client.user, facts, client.actor)
    kept = queries.cost(session, month, team_id, given.queue)
    if kept is None:
        raise NotFound
    response.status_code = 201 if before is None else 200
    return _cost(session, kept)


@router.post(
    "/costs/import",
    openapi_extra=_csv_file("month,team,amount,currency\r\n2026-11,Team A,152000.5,CNY\r\n"),
    responses=problems(415),
)
def import_costs(client: Enterer, session: SessionDep, content: CsvBody) -> FactsImportedOut:
    """Enter the costs of a CSV file (month, team, queue, amount, currency, note): good rows are kept, bad named."""
    return _imported(take_costs(session, client.user, content, "en", client.actor))


@router.delete("/costs/{cost_id}", status_code=204)
def remove_cost(cost_id: RowId, client: Enterer, session: SessionDep) -> None:
    """Take back what a month is said to have cost."""
    found = queries.cost_row(session, client.user, cost_id)
    cost_entry.remove_cost(session, client.user, found.month, found.team_id, found.queue, client.actor)


def _only(user: User) -> int | None:
    """The one team a supervisor speaks of; administrators, and who belongs to none, speak of all."""
    return None if user.role == Role.ADMIN else user.team_id


def _agent(session: Session, user: User, name: str) -> User:
    known = accounts.agents(session, _only(user))
    found = next((one for one in known if one.username.lower() == name.strip().lower()), None)
    if found is None:
        raise NoSuchAgent(field="agent")
    return found


def _month(written: str) -> date:
    found = month_of(written)
    if found is None:
        raise CostRowUnusable("give the month as 2026-11", field="month")
    return found


def _imported(taken: FactsTaken) -> FactsImportedOut:
    bad = [BadFactOut(line=one.line, field=one.column, message=one.message) for one in taken.bad]
    return FactsImportedOut(entered=taken.entered, unchanged=taken.known, bad_rows=bad)


def _fact(session: Session, one: AgentFact) -> FactOut:
    return FactOut(
        id=one.id or 0,
        agent=username(session, one.agent_id),
        month=f"{one.month:%Y-%m}",
        part=one.kind,
        points=one.value,
        note=one.note,
        entered_by=username(session, one.entered_by),
        entered_at=one.entered_at,
    )


def _cost(session: Session, one: Cost) -> CostOut:
    return CostOut(
        **one.model_dump(include={"queue", "amount", "currency", "note", "entered_at"}),
        id=one.id or 0,
        month=f"{one.month:%Y-%m}",
        team=team_name(session, one.team_id),
        entered_by=username(session, one.entered_by),
    )
