"""The teams, and one of them: its rates, each with its count, its interval and what may be said of its target."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, ClassVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Role, Team, User
from app.accounts.policies import may_see_team
from app.kit import clock
from app.kit.csv_files import csv_text
from app.kit.errors import NotFound
from app.kit.i18n import Translator
from app.kit.xlsx_files import MEDIA_TYPE, xlsx_bytes
from app.reports import rates
from app.reports.queries import Filter, Source
from app.reports.team_report import Period, TeamReport, team_report
from app.request import Allow, SessionDep
from app.web.downloads import download
from app.web.rendering import render, see_other, words_for
from app.web.row_ids import RowId
from app.web.team_goals import goals, known_targets
from app.web.team_measures import measure_lines
from app.web.team_page import Shell, TeamPage, team_page
from app.web.team_rates import RateView, by_machine, share_of
from app.web.team_tables import TeamTable, about, team_tables

router = APIRouter()

DAYS = 30
# Days beyond these are slips of the pen, and no calendar goes on for ever. No call counted before 1970.
EARLIEST, LATEST = date(1970, 1, 2), date(2200, 12, 31)
_SOURCES: tuple[Source, Source] = ("final", "machine")

Viewer = Annotated[User, Allow(may_see_team)]
Day = Annotated[date, Field(ge=EARLIEST, le=LATEST)]


class Range(BaseModel):
    """What the address says: the days (both counted), the target in percent, the limit per 1,000.

    `as_of` is the day at whose end, on the team's clock, the calls are to have counted so.
    """

    model_config = ConfigDict(frozen=True)

    first: Day | None = None
    last: Day | None = None
    as_of: date | None = None
    target: float | None = Field(None, ge=0, le=100)
    limit: float | None = Field(None, gt=0, le=1000)

    @field_validator("*", mode="before")
    @classmethod
    def empty_is_none(cls, given: object) -> object:
        return None if given == "" else given

    def within(self, today: date) -> Period:
        """The days that are meant; without any, the last thirty."""
        last = self.last or max(today, self.first or today)
        return Period(self.first or max(EARLIEST, last - timedelta(days=DAYS - 1)), last)

    def chosen(self, today: date, team: Team) -> Filter:
        """The calls that are meant, as the rates want it."""
        period = self.within(today)
        end = period.last + timedelta(days=1)
        return Filter(first_day=period.first, end_day=end, team_id=team.id, as_of=self.then(today, team))

    def then(self, today: date, team: Team) -> datetime | None:
        """The last moment of the day as of which the rates are to be told; None: as of now."""
        if self.as_of is None or not EARLIEST <= self.as_of < today:
            return None
        midnight = datetime.combine(self.as_of + timedelta(days=1), time(), ZoneInfo(team.time_zone))
        return midnight.astimezone(UTC) - timedelta(microseconds=1)

    @property
    def query(self) -> str:
        """The same, as it stands in an address."""
        return urlencode(self.model_dump(mode="json", exclude_none=True))


@dataclass(frozen=True)
class TeamLine:
    """One team in the list of teams."""

    id: int
    name: str
    final: RateView
    machine: RateView


@dataclass(frozen=True)
class AskedTarget:
    """The target that was asked for of all teams; empty where each is held against its own."""

    asked: str
    told: str = ""


@dataclass(frozen=True)
class TeamsPage:
    """The teams, by name."""

    template: ClassVar[str] = "teams/list.html"
    teams: tuple[TeamLine, ...]
    first: date
    last: date
    target: AskedTarget
    query: str


@router.get("/teams")
def list_teams(request: Request, session: SessionDep, user: Viewer, asked: Annotated[Range, Query()]) -> Response:
    teams, words = _visible(session, user), words_for(request)
    if len(teams) == 1:
        return see_other(f"/teams/{teams[0].id}")
    period = asked.within(clock.now().date())
    target = AskedTarget(f"{asked.target:g}" if asked.target is not None else "")
    return render(
        request,
        TeamsPage(_lines(session, user, teams, asked, words), period.first, period.last, target, asked.query),
    )


@router.get("/teams/{team_id}")
def show_team(
    request: Request, team_id: RowId, session: SessionDep, user: Viewer, asked: Annotated[Range, Query()]
) -> Response:
    page, _ = _page(session, user, team_id, asked, words_for(request))
    return render(request, page)


@router.get("/teams/{team_id}/report.csv")
def save_table(
    request: Request,
    team_id: RowId,
    session: SessionDep,
    user: Viewer,
    asked: Annotated[Range, Query()],
    table: TeamTable = TeamTable.AGENTS,
) -> Response:
    words = words_for(request)
    page, found = _page(session, user, team_id, asked, words)
    wanted = team_tables(session, page, found, words)[table]
    content = csv_text(wanted.header, wanted.rows, byte_order_mark=True).encode()
    return download(content, f"{page.name} {page.first} {page.last} {table}.csv", "text/csv; charset=utf-8")


@router.get("/teams/{team_id}/report.xlsx")
def save_workbook(
    request: Request, team_id: RowId, session: SessionDep, user: Viewer, asked: Annotated[Range, Query()]
) -> Response:
    words = words_for(request)
    page, found = _page(session, user, team_id, asked, words)
    tables = team_tables(session, page, found, words).values()
    content = xlsx_bytes([about(page, words), *tables])
    return download(content, f"{page.name} {page.first} {page.last}.xlsx", MEDIA_TYPE)


def _visible(session: Session, user: User) -> Sequence[Team]:
    """The teams whose rates a person sees: team staff their own, others all."""
    teams = accounts.teams(session)
    if user.role == Role.ADMIN or user.team_id is None:
        return teams
    return [team for team in teams if team.id == user.team_id]


def _today(team: Team) -> date:
    return clock.now().astimezone(ZoneInfo(team.time_zone)).date()


def _lines(
    session: Session, user: User, teams: Sequence[Team], asked: Range, words: Translator
) -> tuple[TeamLine, ...]:
    known = known_targets(session)
    lines = []
    for team in teams:
        chosen = asked.chosen(_today(team), team)
        target = goals(known, team, asked.within(_today(team)).last, asked.target, asked.limit).target.value
        final, machine = (rates.pass_rates(session, user, source, (), chosen).total for source in _SOURCES)
        lines.append(
            TeamLine(team.id or 0, team.name, share_of(final.rate, target, words), by_machine(machine, target, words))
        )
    return tuple(lines)


def _page(session: Session, user: User, team_id: int, asked: Range, words: Translator) -> tuple[TeamPage, TeamReport]:
    """What is shown of a team, and the report it is made from."""
    teams = _visible(session, user)
    team = next((one for one in teams if one.id == team_id), None)
    if team is None:
        raise NotFound
    today = _today(team)
    chosen, period = asked.chosen(today, team), asked.within(today)
    found = team_report(session, user, chosen, period)
    held = goals(known_targets(session), team, period.last, asked.target, asked.limit)
    shell = Shell(
        team=team,
        several=len(teams) > 1,
        goals=held,
        query=asked.query,
        as_of=asked.as_of if chosen.as_of else None,
        measures=measure_lines(session, user, team, found, held, words),
    )
    return team_page(session, found, shell, words), found
