"""Another system, in a thread of the test's own process: it keeps what it is sent, and answers as it is told."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Came:
    """One thing that came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What came, and what is answered: the statuses in turn, the last one for ever."""

    statuses: list[int] = field(default_factory=lambda: [200])
    answer: bytes = b"ok"
    headers: dict[str, str] = field(default_factory=dict)
    came: list[Came] = field(default_factory=list)
    names_asked: list[str | None] = field(default_factory=list)
    drips: threading.Event | None = None
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/hook"

    def status(self) -> int:
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]


@contextmanager
def receiver(context: ssl.SSLContext | None = None, port: int = 0) -> Iterator[Receiver]:
    """A system that listens while this lasts; encrypted, if it is given with what."""
    known = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            known.came.append(Came(self.path, dict(self.headers), body))
            if known.drips is not None:
                # One byte after the other, and never a whole line.
                while not known.drips.wait(0.02):
                    self.wfile.write(b"H")
                return
            self.send_response(known.status())
            for name, value in known.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(known.answer)))
            self.end_headers()
            self.wfile.write(known.answer)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            pass

    server = Server((HOST, port), Handler)
    if context is not None:
        context.sni_callback = lambda _, name, __: known.names_asked.append(name)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    known.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield known
    finally:
        if known.drips is not None:
            known.drips.set()
        server.shutdown()
        server.server_close()
        thread.join()
