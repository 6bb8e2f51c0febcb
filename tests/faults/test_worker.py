"""What cannot be done is told, and nothing that can be done is left undone; on both databases."""

import os
from pathlib import Path

import psycopg
from sqlmodel import Session

from app.calls.models import Call, CallState
from app.calls.service import CallFacts, add_call, advance
from app.kit import clock, db
from app.kit.db import id_of
from app.kit.queue import Unforeseen
from app.ledger.service import machine
from app.settings import Settings
from app.transcription.engines import ENGINES
from app.worker import work
from tests.databases import PostgresqlDatabases
from tests.faults.processes import until, worker
from tests.faults.service import LIMIT, beep, service, transcript

RESTARTS = 3
# Four seconds are what it takes; a busy machine may be slow.
STOPPED_WITHIN = 20


class FailingEngine:
    """A recogniser with a fault of its own."""

    def __init__(self, settings: Settings) -> None:
        raise RuntimeError


def work_with_an_engine_that_fails(settings: Settings) -> None:
    ENGINES["faster-whisper"] = f"{__name__}:FailingEngine"
    work(settings)


def test_a_call_that_cannot_be_heard_fails_with_the_reason_and_the_next_is_scored(settings: Settings) -> None:
    with service(settings) as running, worker(settings, work_with_an_engine_that_fails):
        noise = running.add(os.urandom(50_000), "noise.wav")
        fault = running.add(beep(), "beep.wav")
        good = running.add(transcript(1), "call.json")
        until(running.all_ended)
        found = {call.id: call for call in running.calls()}
        assert (found[noise].state, found[noise].error_code) == (CallState.FAILED, "not_audio")
        assert (found[fault].state, found[fault].error_code) == (CallState.FAILED, "internal")
        assert found[fault].error_message == Unforeseen().message
        assert found[good].state == CallState.SCORED
        assert all(running.blobs.has(call.blob) for call in found.values())


def test_a_call_that_the_worker_was_never_told_of_is_found(settings: Settings) -> None:
    with service(settings) as running:
        stored = running.blobs.put([transcript(1)], LIMIT)
        # What a web process leaves behind that is killed after its commit: the call without its job.
        with Session(running.engine) as session:
            add_call(session, running.queue, stored, "call.json", CallFacts(), machine(clock.now()))
            session.commit()
        with worker(settings):
            until(lambda: running.calls()[0].state == CallState.SCORED)


def test_a_call_whose_job_ended_without_it_is_told_to_have_failed(settings: Settings) -> None:
    with service(settings) as running:
        with worker(settings):
            call = running.add(transcript(1), "call.json")
            until(running.all_ended)
        with db.session(running.engine) as session:
            advance(session, call, CallState.TRANSCRIBING)
        with worker(settings):
            until(lambda: running.call(call).state == CallState.FAILED)
        assert running.call(call).error_code == "internal"


def test_calls_survive_a_database_that_is_restarted(postgresql: PostgresqlDatabases, tmp_path: Path) -> None:
    with postgresql.fresh(tmp_path) as url:
        settings = Settings(data_dir=tmp_path, database_url=url, blind_share=0, double_share=0)
        with service(settings) as running, worker(settings):
            first = [running.add(transcript(number), "call.json") for number in range(4 * RESTARTS)]
            for number in range(RESTARTS):
                until(lambda done=4 * number: scored(running.calls()) > done)
                postgresql.restart()
            until(running.all_ended)
            # And it is at work again: what comes now is done at once.
            last = running.add(transcript(99), "call.json")
            until(running.all_ended)
            assert running.faults() == []
            assert [id_of(call) for call in running.calls()] == [*first, last]


def scored(calls: list[Call]) -> int:
    return sum(call.state == CallState.SCORED for call in calls)


def test_a_worker_whose_sweep_hangs_stops_when_it_is_told_to(postgresql: PostgresqlDatabases, tmp_path: Path) -> None:
    with postgresql.fresh(tmp_path) as url, psycopg.connect(url) as holding, psycopg.connect(url) as looking:
        holding.execute("LOCK TABLE call IN ACCESS EXCLUSIVE MODE")
        settings = Settings(data_dir=tmp_path, database_url=url, blind_share=0, double_share=0)
        with worker(settings) as process:
            until(lambda: looking.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone() is not None)
            process.terminate()
            process.join(STOPPED_WITHIN)
            assert process.exitcode == 0
        holding.rollback()
