"""`callmark serve` as a process of its own, with the settings of a test, and programs that talk to it."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx

from app.accounts.models import Scope
from app.accounts.service import add_api_key, open_session
from app.kit import clock, db
from app.request import SESSION_COOKIE
from app.settings import Settings
from tests.cast import Cast, make_cast
from tests.faults.processes import PATIENCE, until


@dataclass(frozen=True)
class Server:
    """A running server; `key` and `token` are Ada's, who may do everything."""

    process: subprocess.Popen[bytes]
    address: tuple[str, int]
    log: Path
    cast: Cast
    key: str
    token: str

    @property
    def url(self) -> str:
        return f"http://{self.address[0]}:{self.address[1]}"

    def program(self, **more: object) -> httpx.Client:
        """A program with a key."""
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=PATIENCE, **more)  # type: ignore[arg-type]

    def browser(self) -> httpx.Client:
        """Ada's browser."""
        headers = {"sec-fetch-site": "same-origin", "cookie": f"{SESSION_COOKIE}={self.token}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=PATIENCE)

    def memory(self) -> float:
        """What the web process holds in memory at this moment, in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024

    def said(self) -> str:
        return self.log.read_text(errors="replace")


@contextmanager
def server(settings: Settings, log: Path, environment: Mapping[str, str] = os.environ) -> Iterator[Server]:
    """A server with these settings, and one worker beside it; what it says stands in the log."""
    engine = db.make_engine(settings.database)
    with db.session(engine) as session:
        cast, now = make_cast(session), clock.now()
        key = add_api_key(session, name="test", scopes=[Scope.ADMIN], owner=cast.ada, now=now, length=timedelta(days=1))
        token = open_session(session, cast.ada, now)
    engine.dispose()
    with process(settings, log, environment) as (running, address):
        yield Server(running, address, log, cast, key, token)


@contextmanager
def process(
    settings: Settings, log: Path, environment: Mapping[str, str] = os.environ
) -> Iterator[tuple[subprocess.Popen[bytes], tuple[str, int]]]:
    """The process alone, and where it listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = free.getsockname()
    given = {f"CALLMARK_{name.upper()}": str(getattr(settings, name)) for name in settings.model_fields_set}
    command = [sys.executable, "-c", "from app.cli import run; run()", "serve", "--port", str(address[1])]
    with log.open("ab") as written:
        running = subprocess.Popen(command, env={**environment, **given}, stdout=written, stderr=written)
    try:
        until(lambda: _answers(address) or running.poll() is not None, every=0.2)
        assert running.poll() is None, log.read_text(errors="replace")[-3000:]
        yield running, address
    finally:
        running.terminate()
        with suppress(subprocess.TimeoutExpired):
            running.wait(PATIENCE)
        running.kill()
        running.wait()


def _answers(address: tuple[str, int]) -> bool:
    # It listens long before it answers.
    try:
        return httpx.get(f"http://{address[0]}:{address[1]}/sign-in", timeout=PATIENCE).status_code < 500
    except httpx.TransportError:
        return False
