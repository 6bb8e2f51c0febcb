"""Sends one thing to one address: to the machine that was checked and to no other, following nobody elsewhere."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from app.kit.errors import AppError
from app.webhooks.addresses import IpAddress, Rules, Target, target

# For each step (connect, send, an answer's next part), and for all of it, in seconds.
TIMEOUT_SECONDS = 10.0
DEADLINE_SECONDS = 20.0
# So much of an answer is read, in bytes, and so much kept of one that is no yes, in characters.
MOST_BYTES, LONGEST_EXCERPT = 4096, 200
# How many machines of one name are tried, where one after the other cannot be reached.
MOST_ADDRESSES = 3


class Unreachable(AppError):
    """The other system could not be reached."""

    code = "unreachable"


class TimedOut(AppError):
    """The other system did not answer in time."""

    code = "timed_out"


class NotTrusted(AppError):
    """The other system has no certificate that fits its name and is trusted here."""

    code = "not_trusted"


class NoAnswer(AppError):
    """What the other system answered is no HTTP."""

    code = "no_answer"


@dataclass(frozen=True)
class Answer:
    """What came back: the HTTP status, and how an answer began that is no yes."""

    status: int
    excerpt: str = ""

    @property
    def is_yes(self) -> bool:
        return 200 <= self.status < 300


@cache
def trusted() -> ssl.SSLContext:
    """Whom this machine trusts, as it was when this was asked first: reading it takes longer than sending."""
    return ssl.create_default_context()


@dataclass(frozen=True)
class Door:
    """What is needed to send: which addresses are allowed, whose certificates are trusted, and how long one waits."""

    rules: Rules = Rules()  # noqa: RUF009 (it is frozen)
    trusted: Callable[[], ssl.SSLContext] = trusted
    timeout: float = TIMEOUT_SECONDS
    deadline: float = DEADLINE_SECONDS

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send it, and say what was answered."""
        found = target(url, self.rules)
        *spare, last = found.addresses[:MOST_ADDRESSES]
        for address in spare:
            with contextlib.suppress(Unreachable):
                return self._send(found, address, headers, body)
        return self._send(found, last, headers, body)

    def _send(self, to: Target, address: IpAddress, headers: Mapping[str, str], body: bytes) -> Answer:
        import httpx2

        watch = _Watch(self.deadline)
        # No proxy and no certificate that the environment names, no cookies, no redirects.
        transport = httpx2.HTTPTransport(verify=self.trusted(), trust_env=False)
        with watch, httpx2.Client(transport=transport, trust_env=False, timeout=self.timeout) as client:
            asked = client.build_request(
                "POST",
                to.url.copy_with(host=str(address)),
                # Whoever answers there is to know, and to prove, which name is meant.
                headers={"Host": to.url.netloc.decode("ascii"), **headers, "Accept-Encoding": "identity"},
                content=body,
                extensions={"sni_hostname": to.url.raw_host.decode("ascii").strip("[]"), "trace": watch.look},
            )
            try:
                answer = client.send(asked, stream=True, follow_redirects=False)
                excerpt = "" if answer.is_success else _excerpt(answer.iter_raw())
            except httpx2.TimeoutException as error:
                raise TimedOut from error
            except httpx2.ConnectError as error:
                raise (NotTrusted if _is_of_tls(error) else Unreachable) from error
            except httpx2.HTTPError as error:
                raise (TimedOut if watch.is_over else NoAnswer) from error
            return Answer(answer.status_code, excerpt)


@dataclass
class _Watch:
    """Ends a connection when all of it takes too long, however steadily the other side drips."""

    seconds: float
    is_over: bool = False
    _held: list[socket.socket] = field(default_factory=list)
    _timer: threading.Timer | None = None

    def look(self, event: str, info: Mapping[str, Any]) -> None:
        """Take note of the connection as soon as there is one."""
        if event == "connection.connect_tcp.complete":
            # Encryption takes the socket over; what is ended through this one is ended for both.
            self._held.append(info["return_value"].get_extra_info("socket").dup())

    def __enter__(self) -> None:
        self._timer = threading.Timer(self.seconds, self._end)
        self._timer.daemon = True
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()
        for one in self._held:
            one.close()

    def _end(self) -> None:
        self.is_over = True
        for one in self._held:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


def _excerpt(parts: Iterator[bytes]) -> str:
    """How an answer begins, as one line of what can be printed."""
    read = b""
    for part in parts:
        read += part
        if len(read) >= MOST_BYTES:
            break
    shown = "".join(one if one.isprintable() else " " for one in read[:MOST_BYTES].decode("utf-8", "replace"))
    return " ".join(shown.split())[:LONGEST_EXCERPT]


def _is_of_tls(error: BaseException | None) -> bool:
    """Whether it was the encryption that failed, not the way there."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
