"""Teams and their clocks, for administrators."""

from dataclasses import dataclass
from typing import Annotated, ClassVar
from zoneinfo import available_timezones

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts import queries, service
from app.kit.db import id_of
from app.kit.errors import AppError
from app.ledger.service import record_account
from app.request import SessionDep, actor
from app.web.people import Administrator
from app.web.rendering import render, see_other, words_for

router = APIRouter(prefix="/admin/teams")


@dataclass(frozen=True)
class TeamRow:
    """A team, its clock, and how many people are in it."""

    id: int
    name: str
    time_zone: str
    people: int


@dataclass(frozen=True)
class TeamsPage:
    """The teams, and the form that adds one."""

    template: ClassVar[str] = "people/teams.html"
    teams: tuple[TeamRow, ...]
    zones: tuple[str, ...]
    name: str = ""
    time_zone: str = ""
    error: str = ""


@router.get("")
def list_teams(request: Request, session: SessionDep, user: Administrator) -> Response:
    return render(request, _teams(session))


@router.post("")
def add_team(
    request: Request,
    session: SessionDep,
    user: Administrator,
    name: Annotated[str, Form(max_length=100)] = "",
    time_zone: Annotated[str, Form(max_length=100)] = "UTC",
) -> Response:
    try:
        team = service.add_team(session, name, time_zone)
        record_account(session, actor(user), "team.added", team_id=team.id, name=team.name, time_zone=time_zone)
    except AppError as error:
        session.rollback()
        page = _teams(session, name, time_zone, words_for(request).gettext(error.message))
        return render(request, page, error.status)
    return see_other("/admin/teams", "added")


def _teams(session: Session, name: str = "", time_zone: str = "", error: str = "") -> TeamsPage:
    members = queries.team_sizes(session)
    return TeamsPage(
        teams=tuple(
            TeamRow(id_of(team), team.name, team.time_zone, members.get(id_of(team), 0))
            for team in queries.teams(session)
        ),
        zones=tuple(sorted(available_timezones())),
        name=name,
        time_zone=time_zone,
        error=error,
    )
