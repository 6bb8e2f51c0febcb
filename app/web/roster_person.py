"""One person's place in the roster: their teams by day, languages, absence, last day."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts import leaving, membership, queries
from app.accounts.membership import BEGINNING
from app.accounts.models import Team, User
from app.accounts.policies import may_manage_people, may_review
from app.domain.language import LANGUAGES
from app.kit import clock
from app.kit.db import id_of
from app.kit.errors import AppError, NotFound
from app.kit.i18n import N_, Translator
from app.request import Allow, ServicesDep, SessionDep, actor
from app.reviews import assignment, assignment_queries
from app.web.choices import Choice
from app.web.rendering import render, see_other, words_for
from app.web.roster_record import record_absence, record_languages, record_leaving, record_team, record_withdrawn
from app.web.row_ids import RowId

router = APIRouter(prefix="/roster")

Administrator = Annotated[User, Allow(may_manage_people)]
Day = Annotated[str, Form(max_length=10)]

LANGUAGE_NAMES = {"en": N_("English"), "zh": N_("Chinese"), "ja": N_("Japanese")}


class DayUnreadable(AppError):
    """A day is written as 2026-10-31."""

    code = "day_unreadable"
    status = 422


@dataclass(frozen=True)
class Away:
    """Whether a person is there, as a badge tells it."""

    glyph: str
    tone: str
    words: str


@dataclass(frozen=True)
class Stay:
    """A team of a person and the day on which they came to it; `is_first` cannot be taken back."""

    team: str
    since: str
    is_first: bool
    is_coming: bool


@dataclass(frozen=True)
class RosterPersonPage:
    """One person's place in the roster."""

    template: ClassVar[str] = "roster/person.html"
    id: int
    name: str
    away: Away
    stays: tuple[Stay, ...]
    settling: bool
    teams: tuple[Choice, ...]
    today: str
    languages: tuple[Choice, ...]
    reviews: bool
    absent_from: str
    absent_until: str
    left_on: str
    open_reviews: int
    is_me: bool
    error: str = ""


@router.get("/{user_id}")
def show_person(request: Request, user_id: RowId, session: SessionDep, user: Administrator) -> Response:
    return render(request, _page(session, user, _known(session, user_id), words_for(request)))


@router.post("/{user_id}/team")
def change_team(
    request: Request,
    user_id: RowId,
    session: SessionDep,
    user: Administrator,
    team: Annotated[int, Form(ge=0, lt=2**31)] = 0,
    since: Day = "",
) -> Response:
    person, by = _known(session, user_id), actor(user)
    try:
        to = queries.team(session, team) if team else None
        day = _day(since) or membership.today(to, by.at)
        membership.join(session, person, to, by.at, day)
    except AppError as error:
        return _refused(request, session, user, user_id, error)
    record_team(session, by, person, to.name if to else "", day)
    return see_other(f"/roster/{user_id}", "team_noted")


@router.post("/{user_id}/team/withdraw")
def withdraw_team(user_id: RowId, session: SessionDep, user: Administrator, since: Day = "") -> Response:
    person, by, day = _known(session, user_id), actor(user), _day(since)
    if day is None:
        raise NotFound
    membership.withdraw(session, person, day, by.at)
    record_withdrawn(session, by, person, day)
    return see_other(f"/roster/{user_id}", "team_noted")


@router.post("/{user_id}/languages")
def change_languages(
    user_id: RowId, session: SessionDep, user: Administrator, languages: Annotated[list[str] | None, Form()] = None
) -> Response:
    person = _known(session, user_id)
    before, wanted = person.languages, sorted(set(languages or ()) & set(LANGUAGES))
    leaving.set_languages(session, person, wanted)
    if before != wanted:
        record_languages(session, actor(user), person, before)
    return see_other(f"/roster/{user_id}", "saved")


@router.post("/{user_id}/absence")
def change_absence(
    request: Request, user_id: RowId, session: SessionDep, user: Administrator, first: Day = "", last: Day = ""
) -> Response:
    person = _known(session, user_id)
    try:
        leaving.set_absent(session, person, _day(first), _day(last))
    except AppError as error:
        return _refused(request, session, user, user_id, error)
    record_absence(session, actor(user), person)
    return see_other(f"/roster/{user_id}", "saved")


@router.post("/{user_id}/leaving")
def change_leaving(
    request: Request, user_id: RowId, session: SessionDep, user: Administrator, left_on: Day = ""
) -> Response:
    person = _known(session, user_id)
    try:
        leaving.set_left(session, person, _day(left_on), user)
    except AppError as error:
        return _refused(request, session, user, user_id, error)
    record_leaving(session, actor(user), person)
    return see_other(f"/roster/{user_id}", "saved")


@router.post("/{user_id}/hand-over")
def hand_over(user_id: RowId, session: SessionDep, shared: ServicesDep, user: Administrator) -> Response:
    assignment.hand_over(session, _known(session, user_id), None, actor(user), shared.settings.most_open)
    return see_other(f"/roster/{user_id}", "saved")


def away(one: User, teams: dict[int | None, Team], now: datetime, words: Translator) -> Away:
    """Whether a person is there today, and what is known of the days to come."""
    if not one.active:
        on = words.gettext("Left on %(day)s") % {"day": one.left_on} if one.left_on else words.gettext("Kept out")
        return Away("✕", "neutral", on)
    if assignment_queries.is_absent(one, teams, now):
        until = words.gettext("Away until %(day)s") % {"day": one.absent_until}
        return Away("–", "caution", until if one.absent_until else words.gettext("Away until further notice"))
    if one.left_on is not None:
        return Away("→", "caution", words.gettext("Leaves after %(day)s") % {"day": one.left_on})
    if one.absent_from is not None and one.absent_from > membership.today(teams.get(one.team_id), now):
        return Away("→", "neutral", words.gettext("Away from %(day)s") % {"day": one.absent_from})
    return Away("✓", "pass", words.gettext("Present"))


def _page(session: Session, user: User, one: User, words: Translator, error: str = "") -> RosterPersonPage:
    teams: dict[int | None, Team] = {team.id: team for team in queries.teams(session)}
    now = clock.now()
    return RosterPersonPage(
        id=id_of(one),
        name=one.name,
        away=away(one, teams, now, words),
        stays=_stays(session, one, teams, now, words),
        settling=id_of(one) in membership.unsettled(session, now),
        teams=tuple(Choice(str(team.id), team.name, team.id == one.team_id) for team in teams.values()),
        today=membership.today(teams.get(one.team_id), now).isoformat(),
        languages=tuple(Choice(code, words.gettext(LANGUAGE_NAMES[code]), code in one.languages) for code in LANGUAGES),
        reviews=may_review(one),
        absent_from=_written(one.absent_from),
        absent_until=_written(one.absent_until),
        left_on=_written(one.left_on),
        open_reviews=len(assignment_queries.assigned_to(session, id_of(one))),
        is_me=one.id == user.id,
        error=error,
    )


def _stays(
    session: Session, one: User, teams: dict[int | None, Team], now: datetime, words: Translator
) -> tuple[Stay, ...]:
    """The teams of a person, the last one first."""
    found = queries.memberships(session, id_of(one))
    stays = []
    for place, stay in enumerate(found):
        team = teams.get(stay.team_id)
        is_coming = stay.since > membership.today(team, now)
        since = words.gettext("from the beginning") if stay.since == BEGINNING else stay.since.isoformat()
        name = team.name if team else words.gettext("No team")
        stays.append(Stay(name, since, place == 0, is_coming))
    return tuple(reversed(stays))


def _refused(request: Request, session: Session, user: User, user_id: int, error: AppError) -> Response:
    session.rollback()
    words = words_for(request)
    page = _page(session, user, _known(session, user_id), words, words.gettext(error.message))
    return render(request, page, error.status)


def _known(session: Session, user_id: int) -> User:
    found = queries.user(session, user_id)
    if found is None:
        raise NotFound
    return found


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written) if written else None
    except ValueError as error:
        raise DayUnreadable from error


def _written(day: date | None) -> str:
    return "" if day is None else day.isoformat()
