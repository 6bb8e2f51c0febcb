"""`callmark serve` and its worker: each outlives the other's accidents, and neither is left behind."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.calls.models import CallState
from app.kit.worker_names import worker_names
from app.settings import Settings
from tests.faults.processes import until
from tests.faults.service import service, transcript

SECONDS = 60


@dataclass(frozen=True)
class Served:
    """A running `callmark serve`."""

    process: subprocess.Popen[bytes]
    settings: Settings

    def answers(self) -> bool:
        with socket.socket() as asking:
            return asking.connect_ex(("127.0.0.1", self.settings.port)) == 0

    def has_a_worker(self) -> bool:
        """Whether a process holds the worker's name."""
        names = worker_names(self.settings.jobs)
        free = names.take(self.settings.worker_name)
        names.close()
        return not free

    def worker(self) -> int:
        """The worker's process."""
        lock = self.settings.data_dir / f"jobs.db.{self.settings.worker_name}.lock"
        return int(lock.read_text())


@contextmanager
def serve(folder: Path) -> Iterator[Served]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        settings = Settings(data_dir=folder, port=free.getsockname()[1])
    command = [sys.executable, "-c", "from app.cli import run; run()", "serve", "--port", str(settings.port)]
    variables = {**os.environ, "CALLMARK_DATA_DIR": str(folder)}
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, env=variables, stdout=log, stderr=log)
    served = Served(process, settings)
    try:
        until(lambda: served.answers() and served.has_a_worker(), SECONDS, every=0.5)
        yield served
    finally:
        process.kill()
        process.wait()
        until(lambda: not served.has_a_worker(), SECONDS)


def test_a_worker_that_dies_is_begun_again_and_both_end_together(tmp_path: Path) -> None:
    with serve(tmp_path) as served, service(served.settings) as running:
        first = served.worker()
        os.kill(first, signal.SIGKILL)
        call = running.add(transcript(1), "call.json")
        until(lambda: running.call(call).state == CallState.SCORED, SECONDS)
        assert served.worker() != first
        assert served.answers()
        served.process.terminate()
        assert served.process.wait(SECONDS) == 0
        assert not served.has_a_worker()
        assert not served.answers()


def test_a_worker_does_not_outlive_a_server_that_is_killed(tmp_path: Path) -> None:
    with serve(tmp_path) as served:
        served.process.kill()
        served.process.wait()
        until(lambda: not served.has_a_worker(), SECONDS)
