"""Who sends too much, too slowly, or not what was declared, is cut off; he takes little memory, and nobody waits."""

import socket
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import cycle, islice, repeat

import pytest

from app.request import SESSION_COOKIE
from app.settings import Settings
from tests.bar import IS_FULL, Bar
from tests.databases import SqliteDatabases
from tests.faults.processes import PATIENCE, until
from tests.faults.server import Server, server
from tests.faults.service import transcript

MEGABYTE = 1 << 20
# A letter goes out when so many seconds have brought no answer.
PACE = 0.05
CLOSED = 0
MOST_MEGABYTES = 2

Sending = Iterator[bytes]


@dataclass(frozen=True)
class Attack:
    """What is sent, and how it may end: a status, or CLOSED."""

    sends: Callable[[Server], Sending]
    ends: frozenset[int]
    hangs_up: bool = False


def head(server: Server, path: str, *lines: str, secret: bool = True) -> bytes:
    known = [f"Authorization: Bearer {server.key}", f"Cookie: {SESSION_COOKIE}={server.token}"] if secret else []
    kind = "Content-Type: multipart/form-data; boundary=b" if "calls" in path or "uploads" in path else ""
    told = ["Host: localhost", "Sec-Fetch-Site: same-origin", *known, *([kind] if kind else []), *lines]
    return f"POST {path} HTTP/1.1\r\n".encode() + "\r\n".join([*told, "", ""]).encode()


def form(content: bytes, field: str = "file") -> bytes:
    return (
        f'--b\r\nContent-Disposition: form-data; name="{field}"; filename="call.json"\r\n\r\n'.encode()
        + content
        + b"\r\n--b--\r\n"
    )


def chunked(pieces: Iterator[bytes]) -> Sending:
    return (f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces)


def letters() -> Sending:
    """A letter now and then, for ever."""
    return repeat(b"x")


def at_once(*pieces: bytes) -> Sending:
    return iter((b"".join(pieces),))


def slow_body(path: str, field: str = "file") -> Callable[[Server], Sending]:
    """A megabyte in one go, then a letter now and then."""

    def sends(server: Server) -> Sending:
        yield head(server, path, f"Content-Length: {100 * MEGABYTE}") + form(bytes(MEGABYTE), field)[:-10]
        yield from letters()

    return sends


def slow_head(server: Server) -> Sending:
    yield b"POST /calls HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
    yield from letters()


def slow_second_head(server: Server) -> Sending:
    yield b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\nGET /nowhere HTTP/1.1\r\nX-Slow: "
    yield from letters()


def nothing(server: Server) -> Sending:
    return repeat(b"")


def too_large(server: Server) -> Sending:
    return at_once(head(server, "/api/v1/calls", f"Content-Length: {10**12}"))


def endless(path: str, secret: bool = True) -> Callable[[Server], Sending]:
    def sends(server: Server) -> Sending:
        yield head(server, path, "Transfer-Encoding: chunked", secret=secret)
        yield from chunked(iter([form(b"")[:-9]]))
        yield from chunked(repeat(bytes(MEGABYTE // 4)))

    return sends


def a_stranger(server: Server) -> Sending:
    yield head(server, "/api/v1/complaints", f"Content-Length: {11 * MEGABYTE}", secret=False)
    yield from repeat(bytes(MEGABYTE // 4), 44)


def less_than_declared(server: Server) -> Sending:
    return at_once(head(server, "/api/v1/calls", "Content-Length: 5000"), form(transcript(0))[:100])


def more_than_declared(server: Server) -> Sending:
    body = form(transcript(1))
    return at_once(head(server, "/api/v1/calls", f"Content-Length: {len(body)}"), body, b"and more\r\n" * 50)


def two_lengths(server: Server) -> Sending:
    return at_once(head(server, "/calls", "Content-Length: 5", "Content-Length: 6"), b"12345")


def no_length(server: Server) -> Sending:
    return at_once(head(server, "/calls", "Content-Length: -1"), b"12345")


def endless_head(server: Server) -> Sending:
    return iter([b"GET / HTTP/1.1\r\nHost: localhost\r\n", *repeat(b"X-Long: " + b"y" * 4000 + b"\r\n", 40)])


SLOW: Mapping[str, Attack] = {
    "a slow body of an upload": Attack(slow_body("/api/v1/calls"), frozenset({408})),
    "a slow body of a form": Attack(slow_body("/calls", "files"), frozenset({408})),
    "a slow piece of a large file": Attack(slow_body("/uploads", "piece"), frozenset({408})),
    "a slow list": Attack(slow_body("/api/v1/imports?kind=contacts"), frozenset({408})),
}
OTHERS: Mapping[str, Attack] = {
    "a slow head": Attack(slow_head, frozenset({408, CLOSED})),
    "a slow second head": Attack(slow_second_head, frozenset({404})),
    "nothing at all": Attack(nothing, frozenset({408})),
    "too large, declared": Attack(too_large, frozenset({413})),
    "too large, in pieces": Attack(endless("/api/v1/calls"), frozenset({413, CLOSED})),
    "too large a form": Attack(endless("/calls"), frozenset({413, CLOSED})),
    "a slow sign-in": Attack(slow_body("/sign-in"), frozenset({413})),
    "too large for what is no file": Attack(endless("/api/v1/complaints"), frozenset({413, CLOSED})),
    "much from a stranger": Attack(a_stranger, frozenset({401, CLOSED})),
    "less than declared": Attack(less_than_declared, frozenset({400, CLOSED}), hangs_up=True),
    "more than declared": Attack(more_than_declared, frozenset({200, 201})),
    "two lengths": Attack(two_lengths, frozenset({400})),
    "a length below nothing": Attack(no_length, frozenset({400})),
    "an endless head": Attack(endless_head, frozenset({400, CLOSED})),
}


def suffered(server: Server, attack: Attack) -> int:
    """The status of the first answer, once the line is closed by the server; CLOSED where there was none."""
    answer, sending = b"", attack.sends(server)
    with socket.create_connection(server.address, timeout=PATIENCE) as line, suppress(ConnectionError):
        while True:
            piece = next(sending, None)
            if piece:
                line.settimeout(PATIENCE)
                line.sendall(piece)
            elif piece is None and attack.hangs_up:
                line.shutdown(socket.SHUT_WR)
            line.settimeout(PATIENCE if piece is None else PACE if len(piece) <= 1 or answer else 0.001)
            with suppress(TimeoutError):
                got = line.recv(65536)
                if not got:
                    break
                answer += got
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/") else CLOSED


@pytest.fixture(scope="module")
def attacked(sqlite: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder, patience = tmp_path_factory.mktemp("attacked"), 4.0 if IS_FULL else 1.5
    with sqlite.fresh(folder) as url:
        settings = Settings(
            data_dir=folder, database_url=url, max_upload_mb=200, request_seconds=patience, api_per_minute=0
        )
        with server(settings, folder / "serve.log") as running:
            yield running


@pytest.mark.skipif(sys.platform != "linux", reason="how much memory is taken is read as Linux tells it")
@pytest.mark.bar(row=13, full=50, quick=8)
def test_slow_uploads_are_cut_off_take_little_memory_and_nobody_waits(attacked: Server, bar: Bar) -> None:
    attacks = list(islice(cycle(SLOW.values()), bar.times))
    ended, asked = threading.Event(), Counter[int]()

    def ask() -> None:
        with attacked.program() as client:
            while not ended.is_set():
                asked[client.get("/calls", params={"limit": 1}).status_code] += 1

    with ThreadPoolExecutor(bar.times + 1) as pool:
        # What is loaded with the first such request is not what it holds.
        list(pool.map(lambda attack: suffered(attacked, attack), SLOW.values()))
        before, asking = attacked.memory(), pool.submit(ask)
        peaks = [before]
        lines = [pool.submit(suffered, attacked, attack) for attack in attacks]
        until(lambda: not peaks.append(attacked.memory()) and all(line.done() for line in lines))
        ended.set()
        asking.result()
    assert Counter(line.result() for line in lines) == {408: bar.times}
    assert set(asked) == {200}
    held = max(peaks) - before
    assert held <= MOST_MEGABYTES * bar.times
    bar.found(
        f"{bar.times} slow uploads of 1 MB and more at once: 408 each, {held:.1f} MB held by all of them together, "
        f"{asked[200]:,} other requests answered meanwhile"
    )


@pytest.mark.bar(row=13, full=20, quick=1)
def test_requests_too_large_too_slow_or_lying_are_refused(attacked: Server, bar: Bar) -> None:
    wanted = [(name, attack) for name, attack in OTHERS.items() for _ in range(bar.times)]
    with ThreadPoolExecutor(len(wanted)) as pool:
        found = list(pool.map(lambda one: (one[0], suffered(attacked, one[1]) in one[1].ends), wanted))
    assert [name for name, as_wanted in found if not as_wanted] == []
    with attacked.program() as client:
        # Only what came whole is a call.
        assert client.get("/calls").json()["total"] == 1
    assert "Traceback" not in attacked.said()
    bar.found(
        f"{len(wanted)} requests of {len(OTHERS)} kinds too large, too slow or lying: refused, 1 call of those that came whole"
    )
