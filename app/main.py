"""Builds the web application: its routers, its middleware, its error pages."""

import logging
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import api, web
from app.accounts.identity_provider import IdentityProvider
from app.api.problems import described
from app.api.rate_limit import Buckets
from app.kit.blobs import UploadTooLarge, open_blobs
from app.kit.db import make_engine
from app.kit.errors import AppError, NotFound, where
from app.kit.queue import Queue
from app.request import Services, invalid, problem, recognise, request_id
from app.scorecards.active import judge_by
from app.settings import Settings
from app.web.assets import DIST, URL
from app.web.errors import show_error

log = logging.getLogger(__name__)

# Room for the other fields of an upload's form.
FORM_BYTES = 1 << 20
# Where recordings and long lists are sent to; their bodies are read only once it is known who sends them, into a file.
UPLOADS = ("/calls", "/uploads", "/imports", "/api/v1/calls", "/api/v1/imports")
# Any other body is in memory before anybody is known; the largest is a register of complaints.
ORDINARY_BYTES = 12 << 20

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class ServerFault(AppError):
    """Something went wrong on the server; nothing of this request was kept. Try again in a minute."""

    code = "internal"
    status = 500


class MethodNotAllowed(AppError):
    """This address does not take such requests."""

    code = "method_not_allowed"
    status = 405


class RequestUnreadable(AppError):
    """The request breaks off or cannot be read; send it again."""

    code = "unreadable"
    status = 400


def create_app(settings: Settings) -> FastAPI:
    """The web application with these settings; the databases must be migrated already."""
    app = Callmark(
        title="Callmark",
        version="1",
        description=api.DESCRIPTION,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    judge_by(settings.scorecard_dir)
    app.state.services = Services(
        settings,
        make_engine(settings.database),
        open_blobs(settings),
        Queue(settings.jobs),
        identity_provider(settings),
    )
    app.state.buckets = Buckets(settings.api_per_minute)
    app.router.routes.extend(_routes())
    if Path(DIST).is_dir():
        app.mount(URL, StaticFiles(directory=DIST), name="assets")
    app.add_middleware(BodyLimit, largest_upload=(settings.max_upload_mb << 20) + FORM_BYTES)
    app.add_middleware(AnswerHeaders)
    app.add_exception_handler(AppError, _app_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    return app


@cache
def _routes() -> tuple[BaseRoute, ...]:
    """Every route, the same for each application: all that they ask for takes two seconds to work out."""
    both = APIRouter()
    for router in api.ROUTERS:
        both.include_router(router, prefix="/api/v1")
    for router in web.ROUTERS:
        both.include_router(router, include_in_schema=False)
    return tuple(both.routes)


def identity_provider(settings: Settings) -> IdentityProvider | None:
    """The identity provider that people sign in by, where there is one; nobody asks it anything yet."""
    if settings.oidc_issuer is None:
        return None
    secret = settings.oidc_client_secret.get_secret_value() if settings.oidc_client_secret else None
    return IdentityProvider(settings.oidc_issuer, settings.oidc_client_id, secret, settings.oidc_scopes)


class Callmark(FastAPI):
    """The application, whose description tells the shape of errors once."""

    def openapi(self) -> dict[str, Any]:
        return self.openapi_schema or described(super().openapi())


class BodyLimit:
    """Refuses a request whose body is too large, by what it declares and by what really comes."""

    def __init__(self, app: ASGIApp, largest_upload: int) -> None:
        self.app, self.largest_upload = app, largest_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_upload = scope["method"] == "POST" and scope["path"] in UPLOADS
        most = self.largest_upload if is_upload else ORDINARY_BYTES
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > most:
            await _answer(Request(scope), UploadTooLarge())(scope, receive, send)
            return
        came = 0

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > most:
                raise UploadTooLarge
            return message

        await self.app(scope, counted, send)


class AnswerHeaders:
    """Gives every answer the headers that all have, and an answer to what nobody else has answered."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request, begun = Request(scope), False

        async def with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                _add_headers(request, MutableHeaders(scope=message))
            await send(message)

        try:
            await self.app(scope, receive, with_headers)
        except Exception as error:
            if begun:
                raise
            # Caught here and not by a handler of its own, which would answer without these headers.
            log.error("request %s %s failed\n%s", request.method, request_id(request), where(error))
            await _answer(request, ServerFault())(scope, receive, with_headers)


def _add_headers(request: Request, headers: MutableHeaders) -> None:
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    headers["X-Request-Id"] = request_id(request)
    headers.update(getattr(request.state, "answer_headers", {}))
    if not request.url.path.startswith(URL):
        # Pages and answers are one person's; a shared computer must not keep them.
        headers.setdefault("Cache-Control", "no-store")


def _answer(request: Request, error: AppError) -> Response:
    return problem(request, error) if request.url.path.startswith("/api/") else show_error(request, error)


def _app_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AppError)  # noqa: S101 (registered for it)
    return _answer(request, error)


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 (registered for it)
    if not request.url.path.startswith("/api/") and any(fault["loc"][0] == "path" for fault in error.errors()):
        # To a reader, a page whose address cannot be is a page that is not there.
        return _answer(request, NotFound())
    return _answer(request, invalid(error))


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 (registered for it)
    if not request.url.path.startswith("/api/"):
        recognise(request)
    known: dict[int, type[AppError]] = {404: NotFound, 405: MethodNotAllowed}
    return _answer(request, known.get(error.status_code, RequestUnreadable)())
