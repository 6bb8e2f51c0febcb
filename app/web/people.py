"""People and teams, for administrators."""

from dataclasses import dataclass
from typing import Annotated, ClassVar
from zoneinfo import available_timezones

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts import queries, service
from app.accounts.models import Role, User
from app.accounts.policies import may_manage_people
from app.kit import clock
from app.kit.db import id_of
from app.kit.errors import AppError, NotFound
from app.kit.i18n import LANGUAGES, N_, Translator
from app.request import Allow, SessionDep
from app.web.rendering import render, see_other, words_for
from app.web.row_ids import RowId

router = APIRouter(prefix="/admin")

Administrator = Annotated[User, Allow(may_manage_people)]

ROLES = {
    Role.AGENT: N_("Agent"),
    Role.REVIEWER: N_("Reviewer"),
    Role.SUPERVISOR: N_("Supervisor"),
    Role.ADMIN: N_("Administrator"),
}


@dataclass(frozen=True)
class Option:
    """One entry of a drop-down."""

    value: str
    label: str


@dataclass(frozen=True)
class PersonRow:
    """One person as the list shows them."""

    id: int
    name: str
    username: str
    role: Role
    role_name: str
    team_id: int | None
    team: str
    active: bool
    signs_in: bool
    is_me: bool


@dataclass(frozen=True)
class PeoplePage:
    """Everybody, and the form that adds somebody."""

    template: ClassVar[str] = "people/users.html"
    people: tuple[PersonRow, ...]
    roles: tuple[Option, ...]
    teams: tuple[Option, ...]
    languages: dict[str, str]
    username: str = ""
    name: str = ""
    error: str = ""


@dataclass(frozen=True)
class PersonPage:
    """One person: name, role, team, password, access."""

    template: ClassVar[str] = "people/user.html"
    person: PersonRow
    roles: tuple[Option, ...]
    teams: tuple[Option, ...]
    error: str = ""


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


@router.get("/users")
def list_people(request: Request, session: SessionDep, user: Administrator) -> Response:
    return render(request, _people(session, user, words_for(request)))


@router.post("/users")
def add_person(
    request: Request,
    session: SessionDep,
    user: Administrator,
    username: Annotated[str, Form(max_length=100)] = "",
    name: Annotated[str, Form(max_length=100)] = "",
    role: Annotated[Role, Form()] = Role.AGENT,
    team: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    language: Annotated[str, Form(pattern="^(en|zh|ja)$")] = "en",
) -> Response:
    try:
        service.add_user(
            session,
            username=username,
            name=name,
            role=role,
            now=clock.now(),
            password=password or None,
            team_id=_team_id(session, team),
            language=language,
        )
    except AppError as error:
        session.rollback()
        words = words_for(request)
        page = _people(session, user, words, username, name, words.gettext(error.message))
        return render(request, page, error.status)
    return see_other("/admin/users", "added")


@router.get("/users/{user_id}")
def show_person(request: Request, user_id: RowId, session: SessionDep, user: Administrator) -> Response:
    return render(request, _person(session, user, user_id, words_for(request)))


@router.post("/users/{user_id}")
def change_person(
    request: Request,
    user_id: RowId,
    session: SessionDep,
    user: Administrator,
    role: Annotated[Role, Form()],
    name: Annotated[str, Form(max_length=100)] = "",
    team: Annotated[str, Form()] = "",
) -> Response:
    try:
        service.change_person(
            session, _known(session, user_id), name=name, role=role, team_id=_team_id(session, team), by=user
        )
    except AppError as error:
        return _refused(request, session, user, user_id, error)
    return see_other("/admin/users", "saved")


@router.post("/users/{user_id}/password")
def set_password(
    request: Request, user_id: RowId, session: SessionDep, user: Administrator, password: Annotated[str, Form()] = ""
) -> Response:
    try:
        service.set_password(session, _known(session, user_id), password)
    except AppError as error:
        return _refused(request, session, user, user_id, error)
    return see_other("/admin/users", "saved")


@router.post("/users/{user_id}/access")
def set_access(
    request: Request, user_id: RowId, session: SessionDep, user: Administrator, active: Annotated[bool, Form()]
) -> Response:
    try:
        service.set_active(session, _known(session, user_id), active, user)
    except AppError as error:
        return _refused(request, session, user, user_id, error)
    return see_other("/admin/users", "saved")


@router.get("/teams")
def list_teams(request: Request, session: SessionDep, user: Administrator) -> Response:
    return render(request, _teams(session))


@router.post("/teams")
def add_team(
    request: Request,
    session: SessionDep,
    user: Administrator,
    name: Annotated[str, Form(max_length=100)] = "",
    time_zone: Annotated[str, Form(max_length=100)] = "UTC",
) -> Response:
    try:
        service.add_team(session, name, time_zone)
    except AppError as error:
        session.rollback()
        page = _teams(session, name, time_zone, words_for(request).gettext(error.message))
        return render(request, page, error.status)
    return see_other("/admin/teams", "added")


def _known(session: Session, user_id: int) -> User:
    found = queries.user(session, user_id)
    if found is None:
        raise NotFound
    return found


def _team_id(session: Session, given: str) -> int | None:
    """The team that was chosen in a drop-down; nothing, where none was."""
    if not given:
        return None
    return next((team.id for team in queries.teams(session) if str(team.id) == given), None)


def _refused(request: Request, session: Session, user: User, user_id: int, error: AppError) -> Response:
    """The page of a person again, with the reason why nothing was changed."""
    session.rollback()
    words = words_for(request)
    page = _person(session, user, user_id, words, words.gettext(error.message))
    return render(request, page, error.status)


def _people(
    session: Session, user: User, words: Translator, username: str = "", name: str = "", error: str = ""
) -> PeoplePage:
    teams = {team.id: team.name for team in queries.teams(session)}
    return PeoplePage(
        people=tuple(_row(one, teams, user, words) for one in queries.users(session)),
        roles=_roles(words),
        teams=tuple(Option(str(team), label) for team, label in teams.items()),
        languages=LANGUAGES,
        username=username,
        name=name,
        error=error,
    )


def _person(session: Session, user: User, user_id: int, words: Translator, error: str = "") -> PersonPage:
    teams = {team.id: team.name for team in queries.teams(session)}
    return PersonPage(
        person=_row(_known(session, user_id), teams, user, words),
        roles=_roles(words),
        teams=tuple(Option(str(team), label) for team, label in teams.items()),
        error=error,
    )


def _row(one: User, teams: dict[int | None, str], user: User, words: Translator) -> PersonRow:
    return PersonRow(
        id=id_of(one),
        name=one.name,
        username=one.username,
        role=one.role,
        role_name=words.gettext(ROLES[one.role]),
        team_id=one.team_id,
        team=teams.get(one.team_id, ""),
        active=one.active,
        signs_in=one.password_hash is not None,
        is_me=one.id == user.id,
    )


def _roles(words: Translator) -> tuple[Option, ...]:
    return tuple(Option(role.value, words.gettext(label)) for role, label in ROLES.items())


def _teams(session: Session, name: str = "", time_zone: str = "", error: str = "") -> TeamsPage:
    members = [user.team_id for user in queries.users(session) if user.active]
    return TeamsPage(
        teams=tuple(
            TeamRow(id_of(team), team.name, team.time_zone, members.count(team.id)) for team in queries.teams(session)
        ),
        zones=tuple(sorted(available_timezones())),
        name=name,
        time_zone=time_zone,
        error=error,
    )
