"""The list of people, for administrators."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlmodel import Session

from app.accounts import people_queries, queries
from app.accounts.models import Role, User
from app.accounts.people_queries import Listed, Standing, Wanted
from app.accounts.policies import may_manage_people
from app.kit import clock
from app.kit.db import id_of
from app.kit.i18n import LANGUAGES, N_, Translator
from app.request import Allow, SessionDep
from app.web.choices import Choice
from app.web.rendering import render, words_for
from app.web.times import Moment, moment, zone_of

router = APIRouter(prefix="/admin/users")

Administrator = Annotated[User, Allow(may_manage_people)]

ROLES = {
    Role.AGENT: N_("Agent"),
    Role.REVIEWER: N_("Reviewer"),
    Role.SUPERVISOR: N_("Supervisor"),
    Role.ADMIN: N_("Administrator"),
}
STANDINGS = {
    Standing.SIGNS_IN: N_("Signs in"),
    Standing.INVITED: N_("Invited"),
    Standing.NO_PASSWORD: N_("No access yet"),
    Standing.LOCKED: N_("Locked for a while"),
    Standing.LEFT: N_("Kept out"),
}
TONES = {
    Standing.SIGNS_IN: ("pass", "✓"),
    Standing.INVITED: ("caution", "…"),
    Standing.NO_PASSWORD: ("neutral", "–"),
    Standing.LOCKED: ("caution", "⚠"),
    Standing.LEFT: ("fail", "✕"),
}


class PeopleFilter(BaseModel):
    """What the address of the list says about who is wanted."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    q: str = Field("", max_length=100, pattern=r"^[^\x00]*$")
    role: Role | None = None
    team: int | None = Field(None, ge=1, lt=2**31)
    standing: Standing | None = None
    after: int | None = Field(None, ge=1, lt=2**31)

    @model_validator(mode="before")
    @classmethod
    def empty_is_not_chosen(cls, given: Any) -> Any:
        return {name: value for name, value in given.items() if value != ""} if isinstance(given, dict) else given

    def address(self, after: int | None = None) -> str:
        """The address of this list from there on."""
        told = self.model_dump(mode="json", exclude_none=True, exclude_defaults=True, exclude={"after"})
        query = urlencode(told | ({"after": after} if after else {}))
        return f"/admin/users?{query}" if query else "/admin/users"


@dataclass(frozen=True)
class Option:
    """One entry of a drop-down."""

    value: str
    label: str


@dataclass(frozen=True)
class StandingView:
    """How a person stands, as it is read."""

    tone: str
    glyph: str
    word: str


@dataclass(frozen=True)
class PersonRow:
    """One person as the list shows them; `link_until`: until when a link to choose a password is open."""

    id: int
    name: str
    username: str
    email: str
    role: Role
    role_name: str
    team_id: int | None
    team: str
    standing: StandingView
    link_until: Moment | None
    last_seen: Moment | None
    is_me: bool


@dataclass(frozen=True)
class PeoplePage:
    """People, those who fit the filter, and the form that adds somebody."""

    template: ClassVar[str] = "people/users.html"
    people: tuple[PersonRow, ...]
    total: int
    query: str
    narrows: bool
    filter_roles: tuple[Choice, ...]
    filter_teams: tuple[Choice, ...]
    filter_standings: tuple[Choice, ...]
    first: str
    next: str
    roles: tuple[Option, ...]
    teams: tuple[Option, ...]
    languages: dict[str, str]
    username: str = ""
    name: str = ""
    email: str = ""
    error: str = ""


@router.get("")
def list_people(
    request: Request, session: SessionDep, user: Administrator, wanted: Annotated[PeopleFilter, Query()]
) -> Response:
    return render(request, people_page(session, user, words_for(request), wanted))


def chosen_team(session: Session, given: str) -> int | None:
    """The team that was chosen in a drop-down; nothing, where none was."""
    if not given:
        return None
    return next((team.id for team in queries.teams(session) if str(team.id) == given), None)


def person_row(one: Listed, teams: dict[int, str], user: User, zone: ZoneInfo, words: Translator) -> PersonRow:
    """A person as they are shown to an administrator, on the administrator's clock."""
    person = one.user
    tone, glyph = TONES[one.standing]
    return PersonRow(
        id=id_of(person),
        name=person.name,
        username=person.username,
        email=person.email or "",
        role=person.role,
        role_name=words.gettext(ROLES[person.role]),
        team_id=person.team_id,
        team=teams.get(person.team_id or 0, ""),
        standing=StandingView(tone, glyph, words.gettext(STANDINGS[one.standing])),
        link_until=moment(one.link_until, zone) if one.link_until else None,
        last_seen=moment(person.last_seen_at, zone) if person.last_seen_at else None,
        is_me=person.id == user.id,
    )


def role_options(words: Translator) -> tuple[Option, ...]:
    return tuple(Option(role.value, words.gettext(label)) for role, label in ROLES.items())


def people_page(
    session: Session,
    user: User,
    words: Translator,
    chosen: PeopleFilter,
    username: str = "",
    name: str = "",
    email: str = "",
    error: str = "",
) -> PeoplePage:
    """The list by this filter; with an error, what was typed into the form stands in it again."""
    teams = {id_of(team): team.name for team in queries.teams(session)}
    wanted = Wanted(chosen.q, chosen.role, chosen.team, chosen.standing, chosen.after)
    found, zone = people_queries.listed(session, wanted, clock.now()), zone_of(session, user)
    return PeoplePage(
        people=tuple(person_row(one, teams, user, zone, words) for one in found.people),
        total=found.total,
        query=chosen.q,
        narrows=chosen.address() != "/admin/users",
        filter_roles=tuple(Choice(one.value, words.gettext(label), one == chosen.role) for one, label in ROLES.items()),
        filter_teams=tuple(Choice(str(one), label, one == chosen.team) for one, label in teams.items()),
        filter_standings=tuple(
            Choice(one.value, words.gettext(label), one == chosen.standing) for one, label in STANDINGS.items()
        ),
        first=chosen.address() if chosen.after else "",
        next=chosen.address(id_of(found.people[-1].user)) if found.has_more else "",
        roles=role_options(words),
        teams=tuple(Option(str(team), label) for team, label in teams.items()),
        languages=LANGUAGES,
        username=username,
        name=name,
        email=email,
        error=error,
    )
