"""A line to a server that tests can cut, hush and slow down, as networks do."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest

PIECE = 64 * 1024


@dataclass
class Line:
    """A port of this machine that leads on to a server as long as the line is whole."""

    _listener: socket.socket
    _to: tuple[str, int] | str
    _open: list[socket.socket] = field(default_factory=list)
    _is_cut: bool = False
    _speaks: threading.Event = field(default_factory=threading.Event)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def cut(self) -> None:
        """End every connection, and each new one at once."""
        self._is_cut = True
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def hush(self) -> None:
        """Take connections from now on, and pass nothing on of what is said."""
        self._speaks.clear()

    def mend(self) -> None:
        """Let everything through again."""
        self._is_cut = False
        self._speaks.set()

    def carry(self) -> None:
        """Lead on whoever comes, until the port is closed."""
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                threading.Thread(target=self._lead_on, args=(near,), daemon=True).start()

    def _lead_on(self, near: socket.socket) -> None:
        if self._is_cut:
            near.close()
            return
        far = socket.socket(socket.AF_UNIX if isinstance(self._to, str) else socket.AF_INET)
        with near, far, suppress(OSError):
            far.connect(self._to)
            self._open += [near, far]
            back = threading.Thread(target=self._pass_on, args=(far, near), daemon=True)
            back.start()
            self._pass_on(near, far)
            back.join()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(PIECE):
                self._speaks.wait()
                target.sendall(piece)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)


@contextmanager
def line(to: tuple[str, int] | str) -> Iterator[Line]:
    """A whole line to the server at this address, or at this socket in a folder."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        laid = Line(listener, to)
        laid.mend()
        threading.Thread(target=laid.carry, daemon=True).start()
        yield laid
        laid.mend()
        laid.cut()
        # Closed alone, it would go on waiting for the next one.
        listener.shutdown(socket.SHUT_RDWR)


@contextmanager
def line_to_store(environment: Mapping[str, str]) -> Iterator[Line]:
    """A line to the object store that is reached so; meanwhile the environment says that it is reached over the line."""
    there = urlsplit(environment["AWS_ENDPOINT_URL"])
    with line((str(there.hostname), int(there.port or 0))) as laid, over(environment, laid.port):
        yield laid


@contextmanager
def over(environment: Mapping[str, str], port: int) -> Iterator[None]:
    """Meanwhile the environment says that the object store is reached at this port."""
    with pytest.MonkeyPatch.context() as patched:
        for name, value in {**environment, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}.items():
            patched.setenv(name, value)
        yield


@contextmanager
def closed_port() -> Iterator[int]:
    """A port at which nobody listens, nor anybody will meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
