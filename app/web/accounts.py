"""Signing in and out, the first administrator, one's own settings."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from app.accounts import queries, service
from app.accounts.models import User
from app.accounts.policies import may_review, may_sign_in
from app.accounts.service import TooManyAttempts, WrongPassword
from app.kit import clock, db
from app.kit.db import id_of
from app.kit.errors import AppError
from app.kit.i18n import LANGUAGES
from app.request import SESSION_COOKIE, Allow, ServicesDep, SessionDep, check_same_site
from app.web.call_rows import local_time
from app.web.people import ROLES
from app.web.rendering import render, see_other, within, words_for

router = APIRouter()


@dataclass(frozen=True)
class SignInPage:
    """Where one signs in; `next` is where one wanted to go."""

    template: ClassVar[str] = "accounts/sign_in.html"
    next: str
    username: str = ""
    error: str = ""


@dataclass(frozen=True)
class SetUpPage:
    """Where the first administrator of an empty installation is made."""

    template: ClassVar[str] = "accounts/set_up.html"
    username: str = ""
    name: str = ""
    error: str = ""


@dataclass(frozen=True)
class SessionRow:
    """A browser in which one is signed in, this one or another."""

    since: str
    until: str
    is_this: bool


@dataclass(frozen=True)
class MePage:
    """One's own settings."""

    template: ClassVar[str] = "accounts/me.html"
    name: str
    username: str
    role: str
    language: str
    languages: dict[str, str]
    sessions: tuple[SessionRow, ...]


@router.get("/")
def start_page(user: Annotated[User, Allow(may_sign_in)]) -> Response:
    """Where a person's work begins."""
    return see_other("/queue" if may_review(user) else "/calls")


@router.get("/sign-in")
def sign_in_page(request: Request, session: SessionDep, next: str = "/") -> Response:
    if not queries.has_people(session):
        return see_other("/set-up")
    return render(request, SignInPage(next=within(next)))


@router.post("/sign-in")
def sign_in(
    request: Request,
    shared: ServicesDep,
    username: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    check_same_site(request)
    try:
        with db.session(shared.engine) as session:
            token = service.sign_in(session, username, password, clock.now())
    except (WrongPassword, TooManyAttempts) as error:
        if isinstance(error, WrongPassword):
            with db.session(shared.engine) as session:
                service.count_failure(session, username, clock.now())
        page = SignInPage(within(next), username, words_for(request).gettext(error.message))
        return render(request, page, error.status)
    return _signed_in(request, token, within(next))


@router.get("/set-up")
def set_up_page(request: Request, session: SessionDep) -> Response:
    if queries.has_people(session):
        return see_other("/sign-in")
    return render(request, SetUpPage())


@router.post("/set-up")
def set_up(
    request: Request,
    shared: ServicesDep,
    username: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
) -> Response:
    check_same_site(request)
    try:
        with db.session(shared.engine) as session:
            admin = service.set_up(session, username=username, name=name, password=password, now=clock.now())
            token = service.open_session(session, admin, clock.now())
    except AppError as error:
        page = SetUpPage(username, name, words_for(request).gettext(error.message))
        return render(request, page, error.status)
    return _signed_in(request, token, "/")


@router.post("/sign-out")
def sign_out(request: Request, session: SessionDep, user: Annotated[User, Allow(may_sign_in)]) -> Response:
    service.sign_out(session, request.cookies.get(SESSION_COOKIE, ""))
    response = see_other("/sign-in")
    response.delete_cookie(SESSION_COOKIE)
    return response


@router.get("/me")
def me_page(request: Request, session: SessionDep, user: Annotated[User, Allow(may_sign_in)]) -> Response:
    words, here = words_for(request), service.digest(request.cookies.get(SESSION_COOKIE, ""))
    team = queries.team(session, user.team_id) if user.team_id is not None else None
    page = MePage(
        name=user.name,
        username=user.username,
        role=words.gettext(ROLES[user.role]),
        language=user.language,
        languages=LANGUAGES,
        sessions=tuple(
            SessionRow(local_time(one.created_at, team), local_time(one.expires_at, team), one.token_hash == here)
            for one in queries.sessions(session, id_of(user), clock.now())
        ),
    )
    return render(request, page)


@router.post("/me/sessions")
def end_other_sessions(request: Request, session: SessionDep, user: Annotated[User, Allow(may_sign_in)]) -> Response:
    service.end_other_sessions(session, user, request.cookies.get(SESSION_COOKIE, ""))
    return see_other("/me", "saved")


@router.post("/me")
def change_me(
    session: SessionDep,
    user: Annotated[User, Allow(may_sign_in)],
    language: Annotated[str, Form(pattern="^(en|zh|ja)$")],
) -> Response:
    service.set_language(session, user, language)
    return see_other("/me", "saved")


def _signed_in(request: Request, token: str, url: str) -> Response:
    response = see_other(url)
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=int(service.SESSION_LENGTH.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response
