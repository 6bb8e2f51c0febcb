"""Builds the web application: its routers, its middleware, its error pages."""

import logging
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartParser
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import api, web
from app.accounts.identity_provider import IdentityProvider
from app.api.problems import described
from app.api.rate_limit import Buckets
from app.door import Door
from app.kit.blobs import open_blobs
from app.kit.db import make_engine
from app.kit.errors import AppError, NotFound, where
from app.kit.queue import Queue
from app.observed import Observed
from app.request import Services, invalid, recognise, request_id
from app.scorecards.active import judge_by
from app.settings import Settings
from app.web.assets import DIST, URL
from app.web.errors import answer

log = logging.getLogger(__name__)

# Of an upload so many bytes wait in memory, the rest in a file.
SPOOLED_BYTES = 64 << 10

# Nothing comes from elsewhere, nothing stands in the page itself, and text becomes markup in one place alone
# (frontend/src/trusted.ts).
POLICY = (
    *("default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "font-src 'self'"),
    *("media-src 'self'", "connect-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"),
    *("require-trusted-types-for 'script'", "trusted-types callmark"),
)
HEADERS = {
    "Content-Security-Policy": "; ".join(POLICY),
    "X-Content-Type-Options": "nosniff",
    # For browsers that do not know frame-ancestors.
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), usb=()",
}
# Where people reach the product by https, their browsers ask no other way for a year.
ONLY_HTTPS = {"Strict-Transport-Security": "max-age=31536000"}


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
    largest = settings.max_upload_mb << 20
    app.add_middleware(Door, largest_upload=largest, patience=settings.request_seconds, answer=answer)
    MultiPartParser.spool_max_size = SPOOLED_BYTES
    is_https = (settings.public_url or "").startswith("https://")
    app.add_middleware(AnswerHeaders, headers=HEADERS | (ONLY_HTTPS if is_https else {}))
    app.add_middleware(Observed)
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


class AnswerHeaders:
    """Gives every answer the headers that all have, and an answer to what nobody else has answered."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self.app, self.headers = app, headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request, begun = Request(scope), False

        async def with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                _add_headers(request, MutableHeaders(scope=message), self.headers)
            await send(message)

        try:
            await self.app(scope, receive, with_headers)
        except ClientDisconnect:
            # Gone before all of the request was here: there is nobody to answer.
            return
        except Exception as error:
            if begun:
                raise
            # Caught here and not by a handler of its own, which would answer without these headers.
            log.error("a request failed\n%s", where(error))
            await answer(request, ServerFault())(scope, receive, with_headers)


def _add_headers(request: Request, headers: MutableHeaders, common: Mapping[str, str]) -> None:
    for name, value in common.items():
        headers.setdefault(name, value)
    headers["X-Request-Id"] = request_id(request)
    headers.update(getattr(request.state, "answer_headers", {}))
    if not request.url.path.startswith(URL):
        # Pages and answers are one person's; a shared computer must not keep them.
        headers.setdefault("Cache-Control", "no-store")


def _app_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AppError)  # noqa: S101 (registered for it)
    if error.status == 403:
        # Whoever tries doors shows in the log; an address of a page might itself open something, so it does not.
        log.warning("request %s %s refused: %s", request.method, request_id(request), error.code)
    return answer(request, error)


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 (registered for it)
    if not request.url.path.startswith("/api/") and any(fault["loc"][0] == "path" for fault in error.errors()):
        # To a reader, a page whose address cannot be is a page that is not there.
        return answer(request, NotFound())
    return answer(request, invalid(error))


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 (registered for it)
    if isinstance(error.__cause__, AppError):
        # What was wrong with a body that was being read.
        return answer(request, error.__cause__)
    if not request.url.path.startswith("/api/"):
        recognise(request)
    known: dict[int, type[AppError]] = {404: NotFound, 405: MethodNotAllowed}
    return answer(request, known.get(error.status_code, RequestUnreadable)())
