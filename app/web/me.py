"""One's own settings: language, clock, look, password, the browsers one is signed in with, the keys one has."""

from dataclasses import dataclass
from functools import cache
from typing import Annotated, ClassVar
from zoneinfo import available_timezones

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts import guessing, own, queries, service
from app.accounts.models import Mail, User
from app.accounts.own import CurrentPasswordWrong
from app.accounts.policies import may_manage_people, may_sign_in
from app.accounts.service import PasswordsDiffer
from app.kit import clock, db
from app.kit.db import id_of
from app.kit.errors import AppError
from app.kit.i18n import LANGUAGES, N_
from app.ledger.service import record_account
from app.request import SESSION_COOKIE, Allow, ServicesDep, SessionDep, actor, services
from app.web.accounts import address_of
from app.web.choices import Choice
from app.web.keys import KeyRow, key_row
from app.web.people import ROLES
from app.web.rendering import THEME_COOKIE, THEMES, render, see_other, words_for
from app.web.sessions import SessionRow, session_rows
from app.web.times import Moment, moment, site_zone, zone_of

router = APIRouter()

Me = Annotated[User, Allow(may_sign_in)]

YEAR_SECONDS = 31_536_000
# Where most of those work who read this; every other zone follows below.
COMMON_ZONES = (
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Asia/Hong_Kong",
    "Asia/Taipei",
    "Asia/Singapore",
    "Asia/Manila",
    "Asia/Kolkata",
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "Australia/Sydney",
    "UTC",
)


@dataclass(frozen=True)
class ZoneGroup:
    """Time zones of one part of the world."""

    name: str
    zones: tuple[str, ...]


MAILS = {
    Mail.EACH: N_("Soon after it happens"),
    Mail.DAILY: N_("Once a day, at 8 in the morning"),
    Mail.OFF: N_("Never"),
}


@dataclass(frozen=True)
class MePage:
    """One's own settings; `zone` is the one chosen, `team_zone` that of the clock one reads without."""

    template: ClassVar[str] = "accounts/me.html"
    name: str
    username: str
    role: str
    team: str
    language: str
    languages: dict[str, str]
    zone: str
    team_zone: str
    common_zones: tuple[str, ...]
    zones: tuple[ZoneGroup, ...]
    now: Moment
    theme: str
    sessions: tuple[SessionRow, ...]
    keys: tuple[KeyRow, ...]
    manages_keys: bool
    email: str
    mail: str
    mails: tuple[Choice, ...]
    sends_mail: bool
    has_password: bool
    error: str = ""
    password_error: str = ""


@router.get("/me")
def me_page(request: Request, session: SessionDep, user: Me) -> Response:
    return render(request, _page(request, session, user))


@router.post("/me")
def change_me(
    request: Request,
    session: SessionDep,
    user: Me,
    language: Annotated[str, Form(pattern="^(en|zh|ja)$")],
    time_zone: Annotated[str, Form(max_length=100)] = "",
    theme: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    try:
        own.set_time_zone(session, user, time_zone or None)
    except AppError as error:
        page = _page(request, session, user, error=words_for(request).gettext(error.message))
        return render(request, page, error.status)
    service.set_language(session, user, language)
    response = see_other("/me", "saved")
    if theme in THEMES:
        response.set_cookie(THEME_COOKIE, theme, max_age=YEAR_SECONDS, samesite="lax")
    else:
        response.delete_cookie(THEME_COOKIE)
    return response


@router.post("/me/mail")
def change_mail(
    request: Request,
    session: SessionDep,
    user: Me,
    mail: Annotated[Mail, Form()],
    email: Annotated[str, Form(max_length=254)] = "",
) -> Response:
    try:
        own.set_mail(session, user, email, mail)
    except AppError as error:
        page = _page(request, session, user, error=words_for(request).gettext(error.message))
        return render(request, page, error.status)
    return see_other("/me", "saved")


@router.post("/me/password")
def change_password(
    request: Request,
    shared: ServicesDep,
    session: SessionDep,
    user: Me,
    current: Annotated[str, Form(max_length=1000)] = "",
    wanted: Annotated[str, Form(max_length=1000)] = "",
    again: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    # The attempt is counted in a transaction of its own, which this one would keep waiting.
    session.commit()
    with db.session(shared.engine) as counting:
        attempt = guessing.begin(counting, user.username, address_of(request), clock.now())
    try:
        if wanted != again:
            raise PasswordsDiffer
        with db.session(shared.engine) as changing:
            token, now = _token(request), clock.now()
            own.change_password(changing, user, current, wanted, token, now, counted=attempt.of_name)
            guessing.take_back(changing, attempt)
            record_account(changing, actor(user), "user.password_set", user_id=user.id, by="self")
    except AppError as error:
        if not isinstance(error, CurrentPasswordWrong):
            with db.session(shared.engine) as counting:
                guessing.take_back(counting, attempt)
        page = _page(request, session, user, password_error=words_for(request).gettext(error.message))
        return render(request, page, error.status)
    return see_other("/me", "password_changed")


@router.post("/me/sessions")
def end_sessions(
    request: Request, session: SessionDep, user: Me, reference: Annotated[str, Form(max_length=64)] = ""
) -> Response:
    if reference:
        service.end_session(session, user, reference)
    else:
        service.end_other_sessions(session, user, _token(request))
    return see_other("/me", "signed_out")


def _page(request: Request, session: Session, user: User, error: str = "", password_error: str = "") -> MePage:
    words, zone, now = words_for(request), zone_of(session, user), clock.now()
    team = queries.team(session, user.team_id) if user.team_id is not None else None
    here = service.digest(_token(request))
    theme = request.cookies.get(THEME_COOKIE, "")
    return MePage(
        name=user.name,
        username=user.username,
        role=words.gettext(ROLES[user.role]),
        team=team.name if team else "",
        language=user.language,
        languages=LANGUAGES,
        zone=user.time_zone or "",
        team_zone=site_zone(session, user).key,
        common_zones=COMMON_ZONES,
        zones=_zones(),
        now=moment(now, zone),
        theme=theme if theme in THEMES else "",
        sessions=session_rows(queries.sessions(session, id_of(user), now, services(request).settings.idle), here, zone),
        keys=tuple(key_row(key, user.name, zone, words) for key in queries.api_keys_of(session, id_of(user))),
        manages_keys=may_manage_people(user),
        email=user.email or "",
        mail=user.mail.value,
        mails=tuple(Choice(one.value, words.gettext(MAILS[one]), one == user.mail) for one in Mail),
        sends_mail=services(request).settings.smtp_url is not None,
        has_password=user.password_hash is not None,
        error=error,
        password_error=password_error,
    )


def _token(request: Request) -> str:
    return request.cookies.get(SESSION_COOKIE, "")


@cache
def _zones() -> tuple[ZoneGroup, ...]:
    """Every zone that is named after a place, by part of the world."""
    places = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
    parts = dict.fromkeys(name.split("/")[0] for name in places)
    return tuple(ZoneGroup(part, tuple(name for name in places if name.startswith(f"{part}/"))) for part in parts)
