"""Every request in the log and in the measures."""

import logging
import time

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.kit import measures
from app.kit.logs import FACTS, about
from app.kit.probes import PATHS
from app.request import request_id
from app.web.assets import URL

log = logging.getLogger("app.requests")

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
# Asked all the time, by programs.
UNTOLD = (URL, *PATHS)


class Observed:
    """Tells of every request in the log and in the measures: by its route, for an address may hold what was sought."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request, began, status = Request(scope), time.perf_counter(), 500

        async def noticed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with about(request=request_id(request)):
            try:
                await self.app(scope, receive, noticed)
            finally:
                _tell(request, status, time.perf_counter() - began)


def _tell(request: Request, status: int, seconds: float) -> None:
    route = _route(request)
    measures.REQUESTS.labels(_method(request), route, status).observe(seconds)
    if route not in UNTOLD:
        user = getattr(request.state, "user", None)
        facts = {"method": request.method, "route": route, "status": status, "ms": round(1000 * seconds)}
        told = facts if user is None else {**facts, "user": user.id}
        log.info("%s %s answered %s in %s ms", *facts.values(), extra={FACTS: told})


def _route(request: Request) -> str:
    """By which route a request was answered; of files of the pages and unknown addresses only that they are such."""
    if request.url.path.startswith(URL):
        return URL
    return getattr(request.scope.get("route"), "path", "none")


def _method(request: Request) -> str:
    """The method, if it is one there is: anybody may send any word, and each would be counted by itself."""
    return request.method if request.method in METHODS else "other"
