"""`callmark serve` and its workers: each outlives the other's accidents, and none is left behind."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.calls.models import CallState
from app.kit.worker_names import worker_names
from app.settings import Settings
from tests.faults.processes import PATIENCE, until
from tests.faults.service import service, transcript

# Two workers, each a process of its own.
NAMES = ("worker-1.1", "worker-1.2")


@dataclass(frozen=True)
class Served:
    """A running `callmark serve`."""

    process: subprocess.Popen[bytes]
    settings: Settings

    def answers(self) -> bool:
        with socket.socket() as asking:
            return asking.connect_ex(("127.0.0.1", self.settings.port)) == 0

    def workers(self) -> list[int]:
        """The processes that hold a worker's name."""
        with closing(worker_names(self.settings.jobs)) as names:
            held = [name for name in NAMES if not names.take(name)]
        return [int((self.settings.data_dir / f"jobs.db.{name}.lock").read_text()) for name in held]


@contextmanager
def serve(folder: Path) -> Iterator[Served]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        settings = Settings(data_dir=folder, port=free.getsockname()[1])
    command = [sys.executable, "-c", "from app.cli import run; run()", "serve", "--port", str(settings.port)]
    variables = {**os.environ, "CALLMARK_DATA_DIR": str(folder), "CALLMARK_WORKER_CONCURRENCY": str(len(NAMES))}
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, env=variables, stdout=log, stderr=log)
    served = Served(process, settings)
    try:
        until(lambda: served.answers() and len(served.workers()) == len(NAMES), every=0.5)
        yield served
    finally:
        process.kill()
        process.wait()
        until(lambda: not served.workers())


def test_a_worker_that_dies_is_begun_again_and_all_end_together(tmp_path: Path) -> None:
    with serve(tmp_path) as served, service(served.settings) as running:
        killed, other = served.workers()
        os.kill(killed, signal.SIGKILL)
        call = running.add(transcript(1), "call.json")
        until(lambda: running.call(call).state == CallState.SCORED)
        until(lambda: len(set(served.workers()) - {killed}) == len(NAMES))
        assert other in served.workers()
        assert served.answers()
        served.process.terminate()
        assert served.process.wait(PATIENCE) == 0
        assert served.workers() == []
        assert not served.answers()


def test_no_worker_outlives_a_server_that_is_killed(tmp_path: Path) -> None:
    with serve(tmp_path) as served:
        served.process.kill()
        served.process.wait()
        until(lambda: not served.workers())
