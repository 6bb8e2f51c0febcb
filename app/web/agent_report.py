"""The individual report of an agent: all that is known of their days, on one page that can be printed and saved."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_see_agents, may_see_performance
from app.contacts.queries import Chosen
from app.domain.metrics import INDICATORS
from app.domain.metrics.weak_topics import ENOUGH_CALLS
from app.kit import clock
from app.kit.csv_files import csv_text
from app.kit.i18n import Translator
from app.kit.xlsx_files import MEDIA_TYPE, xlsx_bytes
from app.reports import agent_queries
from app.reports.indicator_asked import By, known_by
from app.reports.indicator_past import own_pasts
from app.reports.indicators import State, measured
from app.request import Allow, SessionDep
from app.web.agent_report_files import in_one, report_tables
from app.web.agent_report_views import (
    ReportPage,
    complaint_rows,
    fact_rows,
    month_rows,
    note_rows,
    reviewed,
    skill_rows,
)
from app.web.coaching_topics import LIMIT
from app.web.downloads import download
from app.web.indicator_filter import Days
from app.web.indicator_views import grouped, lines_of
from app.web.note_views import today_on_site
from app.web.rendering import render, words_for
from app.web.row_ids import RowId

router = APIRouter()

Viewer = Annotated[User, Allow(may_see_agents)]
Asked = Annotated[Days, Query()]
# What one agent can be told of.
OF_AGENTS = [one.id for one in INDICATORS.values() if By.AGENT in known_by(one)]


@router.get("/agents/{agent_id}/report")
def show_report(request: Request, agent_id: RowId, session: SessionDep, user: Viewer, asked: Asked) -> Response:
    return render(request, _page(session, user, agent_id, asked, words_for(request)))


@router.get("/agents/{agent_id}/report.csv")
def save_report(request: Request, agent_id: RowId, session: SessionDep, user: Viewer, asked: Asked) -> Response:
    words = words_for(request)
    page = _page(session, user, agent_id, asked, words)
    table = in_one(page, words)
    content = csv_text(table.header, table.rows, byte_order_mark=True).encode()
    return download(content, f"{page.name} {page.first} {page.last}.csv", "text/csv; charset=utf-8")


@router.get("/agents/{agent_id}/report.xlsx")
def save_report_workbook(
    request: Request, agent_id: RowId, session: SessionDep, user: Viewer, asked: Asked
) -> Response:
    words = words_for(request)
    page = _page(session, user, agent_id, asked, words)
    return download(xlsx_bytes(report_tables(page, words)), f"{page.name} {page.first} {page.last}.xlsx", MEDIA_TYPE)


def _page(session: Session, user: User, agent_id: int, asked: Days, words: Translator) -> ReportPage:
    """All that this person may know of the agent's days."""
    agent = agent_queries.agent(session, user, agent_id)
    team = accounts.team(session, agent.team_id) if agent.team_id is not None else None
    first, last = asked.within(today_on_site(session, user, clock.now()))
    days = (first, last)
    chosen = Chosen(first, last + timedelta(days=1), agent_id=agent_id)
    told = measured(session, user, OF_AGENTS, (), chosen).total.values
    read = [one for one in told if one.state != State.NOT_YOURS]
    lines = lines_of(read, own_pasts(session, user, [one.indicator.id for one in read], chosen, last), user, words)
    scores = may_see_performance(user)
    return ReportPage(
        id=agent_id,
        name=agent.name,
        team=team.name if team else "",
        mine=agent.id == user.id,
        first=first,
        last=last,
        groups=grouped([one for one in lines if one.value], words),
        without=tuple(one for one in lines if not one.value),
        reviewed=reviewed(session, user, agent_id, *days),
        skills=skill_rows(session, user, agent_id, *days, words),
        limit=f"{LIMIT:g}",
        enough=ENOUGH_CALLS,
        complaints=complaint_rows(session, user, agent_id, *days, words),
        notes=note_rows(session, user, agent_id, *days, words),
        months=month_rows(session, user, agent, *days) if scores else None,
        facts=fact_rows(session, agent_id, *days, words) if scores else None,
        csv_url=asked.address(f"/agents/{agent_id}/report.csv"),
        workbook_url=asked.address(f"/agents/{agent_id}/report.xlsx"),
    )
