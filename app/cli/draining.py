"""The web server, which can be told to stop without any request being refused."""

import asyncio
import threading
from types import FrameType

import uvicorn

# How long requests that are under way may take once it stops, in seconds.
LAST_REQUESTS_SECONDS = 30


class DrainingServer(uvicorn.Server):
    """Goes on for so many seconds after it is told to stop: whoever sends it requests must notice first."""

    def __init__(
        self, app: object, protocol: type[asyncio.Protocol], stopping: threading.Event, seconds: float
    ) -> None:
        config = uvicorn.Config(
            app,  # type: ignore[arg-type]  # an ASGI application
            http=protocol,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=LAST_REQUESTS_SECONDS,
        )
        super().__init__(config)
        self._stopping, self._seconds = stopping, seconds

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # Told twice, it goes at once.
        if self._stopping.is_set() or not self._seconds:
            self._stopping.set()
            super().handle_exit(sig, frame)
            return
        self._stopping.set()
        threading.Timer(self._seconds, super().handle_exit, (sig, frame)).start()
