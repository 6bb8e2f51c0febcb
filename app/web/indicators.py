"""All indicators against their targets and their own past, one of them in full, and both as files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts.models import User
from app.accounts.policies import may_see_team
from app.contacts.queries import Chosen
from app.domain.metrics import INDICATORS
from app.kit import clock
from app.kit.csv_files import csv_text
from app.kit.i18n import Translator
from app.kit.xlsx_files import MEDIA_TYPE, xlsx_bytes
from app.reports.indicator_asked import By
from app.reports.indicator_past import own_pasts
from app.reports.indicator_trends import FEWEST, Missed, missed_by_most
from app.reports.indicators import MeasuredGroup, measured
from app.request import Allow, SessionDep
from app.web.choices import Choice
from app.web.downloads import download
from app.web.indicator_files import indicator_tables, list_tables, one_table
from app.web.indicator_filter import IndicatorFilter, agent_choices, direction_choices, leads_all, team_choices
from app.web.indicator_page import indicator_page
from app.web.indicator_views import IndicatorLine, LineGroup, grouped, lines_of
from app.web.note_views import today_on_site
from app.web.rendering import render, words_for
from app.web.target_views import DIRECTIONS, words_of

router = APIRouter()

Viewer = Annotated[User, Allow(may_see_team)]
IndicatorId = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]*$", max_length=100)]
Asked = Annotated[IndicatorFilter, Query()]
# Made score by score, of every agent: of many agents their months are told on its own page alone.
SLOW = "performance_score"


@dataclass(frozen=True)
class MissedLine:
    """A target that most miss, and of whom: agents or teams."""

    id: str
    name: str
    told: str


@dataclass(frozen=True)
class IndicatorsPage:
    """Every indicator; `own_team`: the person sees one team alone."""

    template: ClassVar[str] = "indicators/list.html"
    groups: tuple[LineGroup, ...]
    missed: tuple[MissedLine, ...]
    teams: tuple[Choice, ...]
    agents: tuple[Choice, ...]
    directions: tuple[Choice, ...]
    queue: str
    first: date
    last: date
    query: str
    csv_url: str
    workbook_url: str

    @property
    def lines(self) -> tuple[IndicatorLine, ...]:
        return tuple(line for group in self.groups for line in group.lines)


@router.get("/indicators")
def list_indicators(request: Request, session: SessionDep, user: Viewer, asked: Asked) -> Response:
    return render(request, list_page(session, user, asked, words_for(request)))


@router.get("/indicators.csv")
def save_indicators(request: Request, session: SessionDep, user: Viewer, asked: Asked) -> Response:
    words = words_for(request)
    page = list_page(session, user, asked, words)
    table = list_tables(page.lines, page.first, page.last, words)[0]
    content = csv_text(table.header, table.rows, byte_order_mark=True).encode()
    return download(content, f"indicators {page.first} {page.last}.csv", "text/csv; charset=utf-8")


@router.get("/indicators.xlsx")
def save_indicators_workbook(request: Request, session: SessionDep, user: Viewer, asked: Asked) -> Response:
    words = words_for(request)
    page = list_page(session, user, asked, words)
    content = xlsx_bytes(list_tables(page.lines, page.first, page.last, words))
    return download(content, f"indicators {page.first} {page.last}.xlsx", MEDIA_TYPE)


@router.get("/indicators/{indicator_id}.csv")
def save_indicator(
    request: Request, indicator_id: IndicatorId, session: SessionDep, user: Viewer, asked: Asked
) -> Response:
    words = words_for(request)
    page = indicator_page(session, user, indicator_id, asked, words)
    table = one_table(indicator_tables(session, user, page, asked, words), words)
    content = csv_text(table.header, table.rows, byte_order_mark=True).encode()
    return download(content, f"{indicator_id} {page.first} {page.last}.csv", "text/csv; charset=utf-8")


@router.get("/indicators/{indicator_id}.xlsx")
def save_indicator_workbook(
    request: Request, indicator_id: IndicatorId, session: SessionDep, user: Viewer, asked: Asked
) -> Response:
    words = words_for(request)
    page = indicator_page(session, user, indicator_id, asked, words)
    content = xlsx_bytes([one.sheet for one in indicator_tables(session, user, page, asked, words)])
    return download(content, f"{indicator_id} {page.first} {page.last}.xlsx", MEDIA_TYPE)


@router.get("/indicators/{indicator_id}")
def show_indicator(
    request: Request, indicator_id: IndicatorId, session: SessionDep, user: Viewer, asked: Asked
) -> Response:
    return render(request, indicator_page(session, user, indicator_id, asked, words_for(request)))


def list_page(session: Session, user: User, asked: IndicatorFilter, words: Translator) -> IndicatorsPage:
    """All that is shown of all indicators: a fixed number of questions, however many there are."""
    today = today_on_site(session, user, clock.now())
    chosen, (first, last) = asked.chosen(today, user), asked.within(today)
    found = measured(session, user, list(INDICATORS), (), chosen).total
    beside = [one for one in INDICATORS if one != SLOW or asked.agent is not None]
    pasts = own_pasts(session, user, beside, chosen, last)
    query = asked.address("", **asked.whose())
    return IndicatorsPage(
        groups=grouped(lines_of(found.values, pasts, user, words), words),
        missed=_missed(session, user, found, chosen, words),
        teams=team_choices(session, user, asked.team),
        agents=agent_choices(session, user, asked.agent),
        directions=direction_choices(asked.direction, words),
        queue=asked.queue or "",
        first=first,
        last=last,
        query=query,
        csv_url=f"/indicators.csv{query}",
        workbook_url=f"/indicators.xlsx{query}",
    )


def _missed(
    session: Session, user: User, found: MeasuredGroup, chosen: Chosen, words: Translator
) -> tuple[MissedLine, ...]:
    """The targets that most agents, or most teams, miss."""
    judged = [one.indicator.id for one in found.values if one.target and one.rate and one.indicator.id != SLOW]
    if chosen.agent_id is not None or not judged:
        return ()
    lines = _told(missed_by_most(measured(session, user, judged, (By.AGENT,), chosen)), By.AGENT, words)
    if leads_all(user) and chosen.team_id is None and len(team_choices(session, user, None)) >= FEWEST:
        lines += _told(missed_by_most(measured(session, user, judged, (By.TEAM,), chosen)), By.TEAM, words)
    return tuple(lines)


def _told(missed: Sequence[Missed], by: By, words: Translator) -> list[MissedLine]:
    found = []
    for one in missed:
        name = words_of(one.indicator.name, words.language)
        if one.direction:
            name += f" ({words.gettext(DIRECTIONS[one.direction])})"
        of = {"missed": one.missed, "judged": one.judged}
        told = words.gettext("missed by %(missed)s of %(judged)s agents of whom enough is known") % of
        if by == By.TEAM:
            told = words.gettext("missed by %(missed)s of %(judged)s teams of which enough is known") % of
        found.append(MissedLine(one.indicator.id, name, told))
    return found
