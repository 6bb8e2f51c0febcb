"""`callmark serve` and its workers: each outlives the other's accidents, and none is left behind."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from app.calls.models import CallState
from app.kit.worker_ids import worker_ids
from app.settings import Settings
from tests.faults.processes import PATIENCE, until
from tests.faults.served import Served, serve
from tests.faults.service import service, transcript

# Two workers, each a process of its own.
IDS = ("worker-1.1", "worker-1.2")


def workers(served: Served) -> list[int]:
    """The processes that hold a worker's id."""
    with closing(worker_ids(served.settings.jobs)) as ids:
        held = [one for one in IDS if not ids.take(one)]
    return [int((served.settings.data_dir / f"jobs.db.{one}.lock").read_text()) for one in held]


@contextmanager
def with_workers(folder: Path) -> Iterator[Served]:
    with serve(Settings(data_dir=folder), CALLMARK_WORKER_CONCURRENCY=str(len(IDS))) as served:
        until(lambda: len(workers(served)) == len(IDS), every=0.5)
        yield served
    until(lambda: not workers(served))


def test_a_worker_that_dies_is_begun_again_and_all_end_together(tmp_path: Path) -> None:
    with with_workers(tmp_path) as served, service(served.settings) as running:
        killed, other = workers(served)
        os.kill(killed, signal.SIGKILL)
        call = running.add(transcript(1), "call.json")
        until(lambda: running.call(call).state == CallState.SCORED)
        until(lambda: len(set(workers(served)) - {killed}) == len(IDS))
        assert other in workers(served)
        assert served.answers()
        served.process.terminate()
        assert served.process.wait(PATIENCE) == 0
        assert workers(served) == []
        assert not served.answers()


def test_no_worker_outlives_a_server_that_is_killed(tmp_path: Path) -> None:
    with with_workers(tmp_path) as served:
        served.process.kill()
        served.process.wait()
        until(lambda: not workers(served))


def test_a_server_without_a_worker_takes_calls_in_and_leaves_them_to_the_workers(tmp_path: Path) -> None:
    with serve(Settings(data_dir=tmp_path), "--no-worker") as served:
        assert not list(tmp_path.glob("jobs.db.*.lock"))
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(PATIENCE) == 0


def test_a_server_told_to_stop_ends_what_it_has_begun_and_says_meanwhile_that_it_is_not_ready(tmp_path: Path) -> None:
    halves = threading.Event()

    def slowly() -> Iterator[bytes]:
        yield b"username=a"
        halves.wait(PATIENCE)
        yield b"&password=b"

    with serve(Settings(data_dir=tmp_path), "--no-worker", CALLMARK_DRAIN_SECONDS="3") as served:
        answers: list[int] = []
        kind = {"content-type": "application/x-www-form-urlencoded"}
        sending = threading.Thread(
            target=lambda: answers.append(
                httpx.post(f"{served.url}/sign-in", content=slowly(), headers=kind, timeout=PATIENCE).status_code
            )
        )
        sending.start()
        served.process.terminate()
        until(lambda: served.status("/ready") == 503)
        assert served.status("/health") == 200
        halves.set()
        sending.join()
        assert served.process.wait(PATIENCE) == 0
        assert answers
        assert answers[0] < 500


def test_on_a_database_that_many_share_nothing_begins_before_it_is_migrated(postgresql, tmp_path: Path) -> None:
    with (
        postgresql.empty() as url,
        pytest.raises(AssertionError, match="callmark migrate"),
        serve(Settings(data_dir=tmp_path, database_url=url), "--no-worker"),
    ):
        pass
