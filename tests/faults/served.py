"""`callmark serve` as a process of its own."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from app.settings import Settings
from tests.faults.processes import until


@dataclass(frozen=True)
class Served:
    """A running server; what it has to say stands in serve.log."""

    process: subprocess.Popen[bytes]
    settings: Settings

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    @property
    def log(self) -> str:
        return _log(self.settings.data_dir).read_text()

    def answers(self) -> bool:
        with socket.socket() as asking:
            return asking.connect_ex(("127.0.0.1", self.settings.port)) == 0

    def status(self, path: str) -> int:
        """What it answers to this; 0 where it does not."""
        try:
            return httpx.get(self.url + path, timeout=10).status_code
        except httpx.HTTPError:
            return 0


@contextmanager
def serve(settings: Settings, *options: str, **variables: str) -> Iterator[Served]:
    """The server for as long as this lasts, with these options and these variables of the environment beside it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        settings = settings.model_copy(update={"port": free.getsockname()[1]})
    command = [sys.executable, "-c", "from app.cli import run; run()", "serve", "--port", str(settings.port), *options]
    of_its_own = {"CALLMARK_DATA_DIR": str(settings.data_dir), "CALLMARK_DATABASE_URL": settings.database}
    with _log(settings.data_dir).open("ab") as log:
        process = subprocess.Popen(command, env={**os.environ, **of_its_own, **variables}, stdout=log, stderr=log)
    served = Served(process, settings)
    try:
        until(lambda: served.status("/ready") == 200 or process.poll() is not None, every=0.2)
        assert process.poll() is None, served.log
        yield served
    finally:
        process.kill()
        process.wait()


def _log(folder: Path) -> Path:
    return folder / "serve.log"
