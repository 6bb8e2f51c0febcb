"""Where requests come in: how large they may be, how slowly they may come, and how many are worked on at once."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from fastapi.security import HTTPAuthorizationCredentials
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.kit import db
from app.kit.blobs import UploadTooLarge
from app.kit.errors import AppError
from app.kit.probes import PATHS
from app.request import NotSignedIn, known_client, recognise, services

# Room for the other fields of an upload's form.
FORM_BYTES = 1 << 20
# Where recordings and long lists are sent to; their bodies are read only once it is known who sends them, into a file.
UPLOADS = ("/calls", "/uploads", "/imports", "/api/v1/calls", "/api/v1/imports")
# Any other body is in memory before anybody is known; the largest is a register of complaints.
ORDINARY_BYTES = 12 << 20
# So much of it is taken from anybody; for more one must have signed in, or have a key.
STRANGERS_BYTES = 1 << 20
# A line that brings fewer bytes in a second is cut off when patience with it is used up.
LEAST_RATE = 2000
# Fewer than there are threads: who holds the database must always find one to go on with, whoever waits for it.
AT_ONCE = 16


class RequestTooSlow(AppError):
    """The request came too slowly and was cut off; send it again over a better line."""

    code = "too_slow"
    status = 408


class Door:
    """Lets requests in, a few at a time; refuses those whose body is too large or comes too slowly."""

    def __init__(
        self, app: ASGIApp, largest_upload: int, patience: float, answer: Callable[[Request, AppError], Response]
    ) -> None:
        self.app, self.largest_upload, self.patience, self.answer = app, largest_upload, patience, answer
        self.places = asyncio.Semaphore(AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in PATHS:
            # Who asks how the server is must not wait for it.
            await self.app(scope, receive, send)
            return
        is_upload = scope["method"] == "POST" and scope["path"] in UPLOADS
        turn = Turn(self.places)
        body = Body(receive, turn, self.largest_upload + FORM_BYTES if is_upload else ORDINARY_BYTES, self.patience)
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > body.most:
            await self.answer(Request(scope), UploadTooLarge())(scope, receive, send)
            return
        if not is_upload:
            body.check = partial(run_in_threadpool, _check_known, Request(scope))

        async def sent(message: Message) -> None:
            # All is done; how long the answer takes on its way is nobody else's business.
            turn.end()
            await send(message)

        await turn.take()
        try:
            await self.app(scope, body.next, sent)
        finally:
            turn.end()


class Turn:
    """A request's place among those that are worked on; whoever waits for its body takes none."""

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places, self._is_held, self._has_ended = places, False, False

    async def take(self) -> None:
        if not self._is_held and not self._has_ended:
            await self._places.acquire()
            self._is_held = True

    def give(self) -> None:
        if self._is_held:
            self._is_held = False
            self._places.release()

    def end(self) -> None:
        self._has_ended = True
        self.give()


class Body:
    """A body as it comes in: at most `most` bytes, and so many in `patience` seconds of waiting as any line brings.

    `check`, where it is set, is asked once before more than a little of it is taken into memory.
    """

    def __init__(self, receive: Receive, turn: Turn, most: int, patience: float) -> None:
        self.receive, self.turn, self.most, self.patience = receive, turn, most, patience
        self.check: Callable[[], Awaitable[None]] | None = None
        self.came, self.is_whole = 0, False
        # What came since, and how long was waited for it.
        self.lately, self.waited = 0, 0.0

    async def next(self) -> Message:
        """The next piece; once it is whole, what the server has to say, however long that takes."""
        if self.is_whole:
            return await self.receive()
        self.turn.give()
        try:
            message = await self._awaited()
        finally:
            await self.turn.take()
        size = len(message.get("body", b""))
        self.came, self.lately = self.came + size, self.lately + size
        self.is_whole = not message.get("more_body", False)
        if self.came > self.most:
            raise UploadTooLarge
        if self.check is not None and self.came > STRANGERS_BYTES:
            check, self.check = self.check, None
            await check()
        return message

    async def _awaited(self) -> Message:
        while True:
            began = time.monotonic()
            try:
                async with asyncio.timeout(self.patience - self.waited):
                    return await self.receive()
            except TimeoutError:
                if self.lately < LEAST_RATE * self.patience:
                    raise RequestTooSlow from None
                self.lately, self.waited = 0, 0.0
                began = time.monotonic()
            finally:
                self.waited += time.monotonic() - began


def _check_known(request: Request) -> None:
    """Refuse what is sent by somebody who has no key, or is not signed in."""
    if not request.url.path.startswith("/api/"):
        recognise(request)
        if not hasattr(request.state, "user"):
            raise NotSignedIn
        return
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    shared = services(request)
    with db.session(shared.engine, reads_only=True) as session:
        known_client(HTTPAuthorizationCredentials(scheme=scheme, credentials=key.strip()), session, shared)
