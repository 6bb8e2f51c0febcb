"""Many workers and servers on one PostgreSQL: what one of them, or the database, does not survive, the others do."""

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from app.accounts.models import Scope
from app.accounts.service import add_api_key
from app.calls.models import CallState
from app.kit import clock, db
from app.kit.db import id_of
from app.settings import Settings
from app.transcription.engines import ENGINES
from app.worker import work
from tests.bar import Bar
from tests.cast import make_cast
from tests.databases import PostgresqlDatabases
from tests.faults.processes import kill, start_worker, until, worker
from tests.faults.scripted import ScriptedEngine, recording, work_scripted
from tests.faults.served import Served, serve
from tests.faults.service import Service, service, transcript

# In seconds, as the bar has them.
TAKEN_OVER_WITHIN, RECOVERS_WITHIN = 60, 10
WORKERS = 3


class StuckEngine(ScriptedEngine):
    """Says that it was begun, and never ends."""

    def transcribe(self, *_: object) -> list[tuple[()]]:
        (Path(os.environ["CALLMARK_DATA_DIR"]) / "begun").touch()
        while True:
            signal.pause()


def work_stuck(settings: Settings) -> None:
    os.environ["CALLMARK_DATA_DIR"] = str(settings.data_dir)
    ENGINES["faster-whisper"] = f"{__name__}:StuckEngine"
    work(settings)


def with_id(settings: Settings, worker_id: str) -> Settings:
    return settings.model_copy(update={"worker_id": worker_id})


@pytest.mark.bar(row=2, full=20, quick=1)
def test_the_call_of_a_worker_that_never_comes_back_is_taken_over(settings: Settings, bar: Bar) -> None:
    took, begun = [], settings.data_dir / "begun"
    with service(settings) as running:
        for number in range(bar.times):
            gone = start_worker(with_id(settings, f"gone-{number}"), work_stuck)
            call = running.add(recording(number), "call.wav")
            until(begun.exists)
            with worker(with_id(settings, f"another-{number}"), work_scripted):
                other = running.add(transcript(number), "call.json")
                until(lambda other=other: running.call(other).state == CallState.SCORED)
                assert running.call(call).state == CallState.TRANSCRIBING
                kill(gone)
                at = time.monotonic()
                until(lambda call=call: running.call(call).state == CallState.SCORED, TAKEN_OVER_WITHIN)
                took.append(time.monotonic() - at)
                until(running.all_ended)
            begun.unlink()
        assert running.faults() == []
    bar.found(
        f"{bar.times} workers gone for good, their calls scored by another after {max(took):.1f} s at most, 0 lost"
    )


def under_fire(running: Service, workers: int, kills: int, lots: random.Random) -> float:
    """Let so many workers end all calls, and kill one of them so many times meanwhile; how long it took, in seconds."""
    ids = [with_id(running.settings, f"worker-{place}") for place in range(workers)]
    at_work, began = [start_worker(one, work_scripted) for one in ids], time.monotonic()
    calls, done = len(running.calls()), 0
    # Spread over the whole run: the next one once so many more calls are done.
    while not running.all_ended():
        if done < kills and running.scored() >= done * calls / (kills + 1):
            # Not all at the same moment of a call.
            time.sleep(lots.uniform(0, 0.3))
            place = lots.randrange(workers)
            kill(at_work[place])
            at_work[place] = start_worker(ids[place], work_scripted)
            done += 1
        time.sleep(0.1)
    took = time.monotonic() - began
    for process in at_work:
        kill(process)
    assert done == kills
    return took


@pytest.mark.bar(row=1, full=3000, quick=30)
def test_many_workers_under_fire_lose_no_call_and_score_none_twice(
    postgresql: PostgresqlDatabases, tmp_path: Path, bar: Bar
) -> None:
    kills = bar.times // 30
    with postgresql.fresh(tmp_path) as url:
        settings = Settings(data_dir=tmp_path, database_url=url, blind_share=0, double_share=0)
        with service(settings) as running:
            for number in range(bar.times):
                running.add(recording(number), "call.wav")
            took = under_fire(running, WORKERS, kills, random.Random(bar.times))
            assert running.faults() == []
            assert len(running.calls()) == bar.times
    bar.found(
        f"PostgreSQL, {WORKERS} workers: {bar.times:,} recordings, {kills} kills, 0 lost, 0 doubled, {took:.0f} s"
    )


@pytest.mark.bar(row=4, full=20, quick=2)
def test_a_database_that_is_restarted_under_load_loses_nothing_and_nobody_sees_a_traceback(
    postgresql: PostgresqlDatabases, tmp_path: Path, bar: Bar
) -> None:
    took: list[float] = []
    with postgresql.fresh(tmp_path) as url:
        settings = Settings(data_dir=tmp_path, database_url=url, blind_share=0, double_share=0, api_per_minute=0)
        with (
            service(settings) as running,
            serve(settings, "--no-worker", CALLMARK_API_PER_MINUTE="0") as served,
            worker(settings),
        ):
            load = Load(served, key(running))
            for _ in range(bar.times):
                before = load.kept()
                until(lambda before=before: load.kept() > before)
                postgresql.restart()
                at, known = time.monotonic(), load.kept()
                until(lambda known=known: load.kept() > known, RECOVERS_WITHIN)
                took.append(time.monotonic() - at)
            load.stop()
            until(running.all_ended)
            assert running.faults() == []
            known_calls = {id_of(call) for call in running.calls()}
            assert load.calls <= known_calls
            assert set(load.answers) <= {200, 201, 503}
            assert not load.unreadable
            assert "Traceback" not in served.log
    counted = ", ".join(f"{count:,} × {status}" for status, count in sorted(load.answers.items()))
    bar.found(
        f"PostgreSQL: {bar.times} restarts, {counted}; {len(load.calls)} calls taken in, 0 lost, 0 tracebacks, "
        f"uploads accepted again after {max(took):.1f} s at most"
    )


def key(running: Service) -> str:
    with db.session(running.engine) as session:
        owner = make_cast(session).ada
        return add_api_key(session, name="load", scopes=list(Scope), owner=owner, now=clock.now())


class Load:
    """Clients that send calls and read rates all the time, and write down what they are answered."""

    def __init__(self, served: Served, secret: str) -> None:
        self.answers: Counter[int] = Counter()
        self.calls: set[int] = set()
        self.unreadable: list[str] = []
        self._stopping = threading.Event()
        self._client = httpx.Client(
            base_url=f"{served.url}/api/v1", headers={"authorization": f"Bearer {secret}"}, timeout=60
        )
        self._threads = [threading.Thread(target=act) for act in (self._send, self._read, self._read)]
        for thread in self._threads:
            thread.start()

    def kept(self) -> int:
        """How many calls the server says it has taken in."""
        return len(self.calls)

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _send(self) -> None:
        number = 0
        while not self._stopping.is_set():
            number += 1
            files = {"file": ("call.json", transcript(number), "application/json")}
            answer = self._noted(lambda files=files: self._client.post("/calls", files=files))
            if answer.status_code in (200, 201):
                self.calls.add(answer.json()["id"])

    def _read(self) -> None:
        while not self._stopping.is_set():
            self._noted(lambda: self._client.get("/metrics/pass-rate"))

    def _noted(self, ask: Callable[[], httpx.Response]) -> httpx.Response:
        answer = ask()
        self.answers[answer.status_code] += 1
        if answer.status_code >= 500 and answer.headers["content-type"] != "application/problem+json":
            self.unreadable.append(answer.text)
        return answer
