"""What programs ask of a process: is it alive, can it work, and how is it doing; and a server for those without one."""

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from pydantic import SecretStr

from app.kit.errors import AppError
from app.kit.measures import FORMAT
from app.kit.readiness import READY

# They say nothing of any call and ask for no sign-in; measures ask for a token.
HEALTH, READINESS, MEASURES = PATHS = ("/health", "/ready", "/metrics")
# Whoever asks and then says nothing is not waited for longer, in seconds.
PATIENCE = 10


class ProbePortTaken(AppError):
    """The port on which a worker tells how it is (CALLMARK_WORKER_PORT) cannot be listened on; another program has it,
    or the address is not this machine's."""

    code = "port_taken"


def permitted(sent: str, token: SecretStr | None) -> bool:
    """Whether the token was sent with a request; nobody is told anything while there is none."""
    return token is not None and secrets.compare_digest(sent.encode(), f"Bearer {token.get_secret_value()}".encode())


@contextmanager
def answering(
    host: str,
    port: int | None,
    ready: Callable[[], Mapping[str, str]],
    measures: Callable[[], bytes],
    token: SecretStr | None,
) -> Iterator[None]:
    """While this lasts, a process that has no other server answers there; without a port, nowhere."""
    if port is None:
        yield
        return

    class Answers(BaseHTTPRequestHandler):
        timeout = PATIENCE

        def do_GET(self) -> None:
            if self.path == HEALTH:
                self._send(200, b"ok")
            elif self.path == READINESS:
                found = ready()
                self._send(200 if set(found.values()) == {READY} else 503, json.dumps(found).encode())
            elif self.path == MEASURES and permitted(self.headers.get("Authorization", ""), token):
                self._send(200, measures(), FORMAT)
            else:
                self._send(404, b"")

        def _send(self, status: int, body: bytes, kind: str = "text/plain; charset=utf-8") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def version_string(self) -> str:
            return "callmark"

        def log_message(self, *_: object) -> None:
            """Asked all the time: nobody wants to read of it."""

    try:
        server = ThreadingHTTPServer((host, port), Answers)
    except OSError as error:
        raise ProbePortTaken from error
    Thread(target=server.serve_forever, name="probes", daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
