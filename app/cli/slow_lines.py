"""Lines on which a request never comes, or comes a letter at a time, are not kept open."""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_TIMEOUT = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class ImpatientProtocol(H11Protocol):
    """HTTP as the server speaks it, which by itself waits for ever for a request's head.

    While nobody works on a request, a line has `seconds` to bring the next one; the rest of a body that was refused
    counts as nothing. A body that somebody waits for is looked after by the application (`app.door.Body`).
    """

    seconds = 30.0

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._ending: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._look()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._forget()

    def _look(self) -> None:
        """Begin to wait, go on waiting, or stop."""
        if self.cycle and not self.cycle.response_complete:
            self._forget()
        elif self._ending is None and not self.transport.is_closing():
            self._ending = self.loop.call_later(self.seconds, self._end)

    def _forget(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None

    def _end(self) -> None:
        # Whoever was answered already, and goes on sending what nobody wants, knows why.
        if not self.cycle and not self.transport.is_closing():
            self.transport.write(REQUEST_TIMEOUT)
        self.transport.close()


def patient_for(seconds: float) -> type[ImpatientProtocol]:
    """The protocol with this patience."""
    return type("Patient", (ImpatientProtocol,), {"seconds": seconds})
