"""Signing in and out, and the first administrator."""

import logging
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts import guessing, queries, service
from app.accounts.browsers import browser_named
from app.accounts.models import User
from app.accounts.policies import may_review, may_sign_in
from app.accounts.service import AlreadySetUp, TooManyAttempts, WrongPassword
from app.kit import clock, db
from app.kit.errors import AppError
from app.ledger.service import record_account
from app.request import SESSION_COOKIE, Allow, Services, ServicesDep, SessionDep, actor, check_same_site
from app.web.rendering import render, see_other, within, words_for

log = logging.getLogger(__name__)

router = APIRouter()

BEGIN_SIGN_IN = "/sign-in/provider"
END_SIGN_IN = "/sign-in/provider/end"


@dataclass(frozen=True)
class SignInPage:
    """Where one signs in; `next` is where one wanted to go, `ended` whether a session ended on the way there.

    `provider` is what people call the identity provider, where there is one; `left` whether one has just signed out.
    """

    template: ClassVar[str] = "accounts/sign_in.html"
    next: str
    provider: str
    takes_password: bool
    ended: bool = False
    left: bool = False
    username: str = ""
    error: str = ""


@dataclass(frozen=True)
class SetUpPage:
    """Where the first administrator of an empty installation is made."""

    template: ClassVar[str] = "accounts/set_up.html"
    username: str = ""
    name: str = ""
    error: str = ""


@router.get("/")
def start_page(user: Annotated[User, Allow(may_sign_in)]) -> Response:
    """Where a person's work begins."""
    return see_other("/queue" if may_review(user) else "/calls")


@router.get("/sign-in")
def sign_in_page(
    request: Request, shared: ServicesDep, session: SessionDep, next: str = "/", by: str = "", left: str = ""
) -> Response:
    if takes_passwords(shared) and not queries.has_people(session):
        return see_other("/set-up")
    ended = SESSION_COOKIE in request.cookies
    page = sign_in_form(shared, next, ended=ended, left=bool(left), takes_password=by == "password")
    return render(request, page)


@router.post("/sign-in")
def sign_in(
    request: Request,
    shared: ServicesDep,
    username: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    check_same_site(request)
    with db.session(shared.engine) as session:
        attempt = guessing.begin(session, username, address_of(request), clock.now())
    try:
        with db.session(shared.engine) as session:
            guessing.check(session, attempt, clock.now())
            token = service.sign_in(
                session,
                username,
                password,
                clock.now(),
                admins_only=not takes_passwords(shared),
                browser=browser_of(request),
                length=shared.settings.session_length,
                counted=attempt.of_name,
            )
            # What this browser was before, it is no more.
            service.sign_out(session, request.cookies.get(SESSION_COOKIE, ""))
            guessing.take_back(session, attempt)
    except (WrongPassword, TooManyAttempts) as error:
        # Without the name: some type their password there.
        log.warning("a sign-in from %s was refused: %s", address_of(request), error.code)
        if isinstance(error, TooManyAttempts):
            with db.session(shared.engine) as session:
                guessing.take_back(session, attempt)
        said = words_for(request).gettext(error.message)
        page = sign_in_form(shared, next, username=username, error=said, takes_password=True)
        return render(request, page, error.status)
    return signed_in(request, shared, token, within(next))


@router.get("/set-up")
def set_up_page(request: Request, shared: ServicesDep, session: SessionDep) -> Response:
    if queries.has_people(session) or not takes_passwords(shared):
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
        if not takes_passwords(shared):
            raise AlreadySetUp
        with db.session(shared.engine) as session:
            admin = service.set_up(session, username=username, name=name, password=password, now=clock.now())
            told: dict[str, Any] = {"name": admin.name, "username": admin.username, "role": admin.role}
            record_account(session, actor(admin), "user.added", user_id=admin.id, **told)
            token = session_of(session, request, shared, admin)
    except AppError as error:
        page = SetUpPage(username, name, words_for(request).gettext(error.message))
        return render(request, page, error.status)
    return signed_in(request, shared, token, "/")


@router.post("/sign-out")
def sign_out(request: Request, session: SessionDep, user: Annotated[User, Allow(may_sign_in)]) -> Response:
    service.sign_out(session, request.cookies.get(SESSION_COOKIE, ""))
    response = see_other("/sign-in?left=1")
    response.delete_cookie(SESSION_COOKIE)
    return response


def takes_passwords(shared: Services) -> bool:
    """Whether people sign in with passwords; where they do not, administrators still may."""
    return shared.settings.password_sign_in == "on"


def sign_in_form(
    shared: Services,
    goes_on: str,
    *,
    ended: bool = False,
    left: bool = False,
    username: str = "",
    error: str = "",
    takes_password: bool = False,
) -> SignInPage:
    """The page where one signs in, by what this installation offers."""
    return SignInPage(
        next=within(goes_on),
        provider=shared.settings.oidc_name if shared.identity_provider else "",
        takes_password=takes_password or takes_passwords(shared),
        ended=ended and not left,
        left=left,
        username=username,
        error=error,
    )


def address_of(request: Request) -> str:
    """Where a request comes from, as the server sees it; behind a proxy, as a trusted one says it."""
    return request.client.host if request.client else ""


def browser_of(request: Request) -> str:
    """What the browser calls itself, in short."""
    return browser_named(request.headers.get("user-agent", ""))


def session_of(session: Session, request: Request, shared: Services, user: User) -> str:
    """The token of a new session in this browser; one that it had before ends."""
    service.sign_out(session, request.cookies.get(SESSION_COOKIE, ""))
    length = shared.settings.session_length
    return service.open_session(session, user, clock.now(), browser_of(request), length)


def signed_in(request: Request, shared: Services, token: str, url: str) -> Response:
    """Go on as whoever this session is of."""
    response = see_other(url)
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=int(shared.settings.session_length.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=is_https(request, shared),
    )
    return response


def is_https(request: Request, shared: Services) -> bool:
    """Whether people reach the product by https, here or at a proxy before it: then cookies are sent no other way."""
    return "https" in (request.url.scheme, urlsplit(shared.settings.public_url or "").scheme)
