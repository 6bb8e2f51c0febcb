"""Signing in and out, and the first administrator."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from app.accounts import queries, service
from app.accounts.models import User
from app.accounts.policies import may_review, may_sign_in
from app.accounts.service import TooManyAttempts, WrongPassword
from app.kit import clock, db
from app.kit.errors import AppError
from app.request import SESSION_COOKIE, Allow, ServicesDep, SessionDep, check_same_site
from app.web.rendering import render, see_other, within, words_for

router = APIRouter()


@dataclass(frozen=True)
class SignInPage:
    """Where one signs in; `next` is where one wanted to go, `ended` whether a session ended on the way there."""

    template: ClassVar[str] = "accounts/sign_in.html"
    next: str
    ended: bool = False
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
def sign_in_page(request: Request, session: SessionDep, next: str = "/") -> Response:
    if not queries.has_people(session):
        return see_other("/set-up")
    return render(request, SignInPage(next=within(next), ended=SESSION_COOKIE in request.cookies))


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
        page = SignInPage(within(next), username=username, error=words_for(request).gettext(error.message))
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
