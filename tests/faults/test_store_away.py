"""An object store that is out of reach: whoever works waits for it, whoever asks is told so, and nothing is given up."""

import io
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from app.accounts.models import Scope
from app.accounts.service import add_api_key, open_session
from app.calls import queries as calls
from app.calls.models import CallState
from app.imports import lists
from app.imports.models import ImportKind, ImportState, ListImport
from app.kit import clock, db
from app.kit.blobs import Blobs, StoreUnavailable, open_blobs
from app.kit.db import id_of
from app.main import create_app
from app.request import SESSION_COOKIE
from app.settings import Settings
from tests.cast import make_cast
from tests.databases import SqliteDatabases
from tests.faults.processes import until, worker
from tests.faults.service import LIMIT, Service, beep, service, transcript
from tests.lines import Line, closed_port, line_to_store, over
from tests.object_store import ObjectStores

# Far less than Prometheus waits for an answer, in seconds.
TOLD_WITHIN = 8.0
SOUND = bytes(range(256)) * 40_000
TOKEN = "a token for tests"
KEY = "ab/ab12"
ANYTIME = datetime(2100, 1, 1, tzinfo=UTC)

ASKED: dict[str, Callable[[Blobs], object]] = {
    "put": lambda blobs: blobs.put([SOUND], LIMIT),
    "has": lambda blobs: blobs.has(KEY),
    "size": lambda blobs: blobs.size(KEY),
    "read": lambda blobs: list(blobs.read(KEY)),
    "read a part": lambda blobs: list(blobs.read(KEY, 0, 10)),
    "fetched": lambda blobs: blobs.fetched(KEY).__enter__(),
    "keep_piece": lambda blobs: blobs.keep_piece("a", 0, io.BytesIO(b"one")),
    "arrived": lambda blobs: blobs.arrived("a"),
    "put_together": lambda blobs: blobs.put_together("a", LIMIT),
    "is_put_together": lambda blobs: blobs.is_put_together("a"),
    "forget_arrivals": lambda blobs: blobs.forget_arrivals(ANYTIME),
    "delete": lambda blobs: blobs.delete(KEY),
    "older": lambda blobs: blobs.older("ab", ANYTIME),
    "set_aside": lambda blobs: blobs.set_aside(KEY),
    "aside": lambda blobs: blobs.aside(ANYTIME),
    "bring_back": lambda blobs: blobs.bring_back(KEY),
    "forget_aside": lambda blobs: blobs.forget_aside(KEY),
}


@pytest.fixture
def store(s3: ObjectStores, tmp_path: Path) -> Iterator[tuple[Line, str]]:
    """A line to a real store, and the URL of an empty place in it."""
    with s3.fresh() as url, line_to_store(s3.environment) as line:
        yield line, url


@pytest.fixture
def settings(sqlite: SqliteDatabases, tmp_path: Path, store: tuple[Line, str]) -> Iterator[Settings]:
    with sqlite.fresh(tmp_path) as url:
        yield Settings(data_dir=tmp_path, database_url=url, blobs_url=store[1], blind_share=0, double_share=0)


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_whatever_is_asked_of_a_store_that_is_away_is_told_as_such(s3: ObjectStores, tmp_path: Path, ask) -> None:
    with closed_port() as port, over(s3.environment, port), pytest.raises(StoreUnavailable) as told:
        ask(open_blobs(Settings(data_dir=tmp_path, blobs_url="s3://callmark/away")))
    assert told.value.status == 503
    assert told.value.message.endswith("try again in a minute.")


def test_a_store_that_vanishes_while_it_is_read_is_told_as_away(store: tuple[Line, str], tmp_path: Path) -> None:
    line, url = store
    blobs = open_blobs(Settings(data_dir=tmp_path, blobs_url=url))
    blob = blobs.put([SOUND], LIMIT)
    coming = blobs.read(blob.key)
    next(coming)
    line.cut()
    with pytest.raises(StoreUnavailable):
        list(coming)


def waits(settings: Settings, step: str) -> int:
    """How often a worker has said that a step waits for the store."""
    log = settings.data_dir / "worker.log"
    return log.read_text().count(f"{step} waits (store_unavailable)") if log.exists() else 0


def call_of(running: Service, content: bytes, name: str) -> Callable[[], bool]:
    """Whether a call that came in just now is scored."""
    call = running.add(content, name)
    return lambda: running.call(call).state == CallState.SCORED


def list_of(running: Service) -> Callable[[], bool]:
    """Whether a list that came in just now was read."""
    stored = running.blobs.put([b"[]"], LIMIT)
    with db.session(running.engine) as session:
        added = ListImport(
            kind=ImportKind.ANSWERS,
            state=ImportState.WAITING,
            file_name="answers.csv",
            mapping="",
            blob=stored.key,
            size_bytes=stored.size,
            bad_rows=[],
            asked_by=id_of(make_cast(session).ada),
            asked_at=clock.now(),
        )
        session.add(added)
        session.flush()
        of = id_of(added)
    lists.enqueue(running.queue, of)

    def is_read() -> bool:
        with db.session(running.engine, reads_only=True) as session:
            one = session.get_one(ListImport, of)
            return one.ended_at is not None and one.error_code != lists.ImportBrokeOff.code

    return is_read


BEGUN = {
    "transcribe": lambda running: call_of(running, transcript(1), "call.json"),
    "read the list": list_of,
}


@pytest.mark.parametrize("step", BEGUN)
def test_a_worker_waits_for_a_store_that_is_away_and_goes_on_once_it_is_back(
    settings: Settings, store: tuple[Line, str], step: str
) -> None:
    line, _ = store
    with service(settings) as running:
        is_done = BEGUN[step](running)
        line.cut()
        with worker(settings):
            # Longer than a fault that nobody foresaw is given.
            until(lambda: waits(settings, step) > 5)
            assert not any(call.state == CallState.FAILED for call in running.calls())
            line.mend()
            until(is_done)


def test_uploads_and_players_are_told_that_the_store_is_away(settings: Settings, store: tuple[Line, str]) -> None:
    line, _ = store
    with service(settings) as running:
        call = running.add(beep(), "beep.wav")
        with db.session(running.engine) as session:
            row, owner = calls.lock(session, call), make_cast(session).ada
            row.playback = row.peaks = row.blob
            key = add_api_key(session, name="test", scopes=[Scope.ADMIN], owner=owner, now=clock.now())
            browser = {"accept": "text/html", "cookie": f"{SESSION_COOKIE}={open_session(session, owner, clock.now())}"}
        line.cut()
        with TestClient(create_app(settings), headers={"sec-fetch-site": "same-origin"}) as client:
            file = {"file": ("call.json", transcript(2), "application/json")}
            sent = client.post("/api/v1/calls", files=file, headers={"authorization": f"Bearer {key}"})
            assert (sent.status_code, sent.json()["code"]) == (503, StoreUnavailable.code)
            for part in ("audio", "peaks"):
                heard = client.get(f"/calls/{call}/{part}", headers=browser)
                assert heard.status_code == 503
                assert StoreUnavailable().message in heard.text
            assert client.get(f"/calls/{call}", headers=browser).status_code == 200
            line.mend()
            assert client.get(f"/calls/{call}/audio", headers=browser).status_code == 200


def test_measures_tell_in_good_time_that_a_store_is_away_which_never_answers(
    settings: Settings, store: tuple[Line, str]
) -> None:
    line, _ = store
    line.hush()
    asked, began = settings.model_copy(update={"metrics_token": SecretStr(TOKEN)}), time.monotonic()
    with TestClient(create_app(asked)) as client:
        told = client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"}).text
    assert time.monotonic() - began < TOLD_WITHIN
    up = next(one for one in text_string_to_metric_families(told) if one.name == "callmark_up")
    assert {one.labels["part"]: one.value for one in up.samples} == {"database": 1, "jobs": 1, "store": 0}
