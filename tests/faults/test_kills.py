"""Whatever moment a worker is killed at, every call is scored, and scored once; on both databases."""

import os
import random
import signal
from collections.abc import Iterator
from functools import partial
from itertools import count

import pytest
from dbos import DBOS
from sqlalchemy import Engine, event
from sqlmodel import Session, col, select, update

from app.calls.models import CallState
from app.calls.service import job_id
from app.calls.stranded import KilledWorker
from app.evaluations.models import Evaluation
from app.evaluations.service import rules_version
from app.kit import db
from app.kit.db import id_of
from app.kit.queue import JobState
from app.kit.working import RUNS
from app.ledger.queries import last_entry
from app.ledger.service import Actor
from app.reviews import rescoring
from app.settings import Settings
from app.transcription.engines import ENGINES
from app.worker import work
from tests.bar import Bar
from tests.cast import make_cast
from tests.faults.processes import kill, start_worker, until, worker
from tests.faults.scripted import recording, work_scripted
from tests.faults.service import Service, service, transcript
from tests.stored import NOW, scored

STEPS = ("transcribe", "evaluate", "offer for review")
# No step asks its databases much oftener; one that asks less often ends first, and is tried again.
MOMENTS = 12


@pytest.fixture
def running(settings: Settings) -> Iterator[Service]:
    with service(settings) as opened:
        yield opened


def work_until_commit(job: str, number: int, settings: Settings) -> None:
    """A worker that dies before the commit of this number in this job: all that can be seen happens at commits."""
    commits = count(1)

    def die_in_time(connection: object) -> None:
        if DBOS.workflow_id == job and next(commits) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "commit", die_in_time)
    work(settings)


def work_until_moment(job: str, step: int, moment: int, settings: Settings) -> None:
    """A worker that dies in a step of this job, before its question to a database, or commit, of this number."""
    moments = count(1)

    def die_in_time(*_: object) -> None:
        if DBOS.workflow_id == job and (DBOS.step_id or 0) >= step and next(moments) >= moment:
            os.kill(os.getpid(), signal.SIGKILL)

    for name in ("before_cursor_execute", "commit"):
        event.listen(Engine, name, die_in_time)
    work_scripted(settings)


def work_with_an_engine_that_kills(settings: Settings) -> None:
    ENGINES["faster-whisper"] = f"{__name__}:KillingEngine"
    work(settings)


class KillingEngine:
    """A recogniser that takes its process down, as a fault in a compiled library would."""

    def __init__(self, settings: Settings) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.bar(row=1, full=100, quick=3)
@pytest.mark.parametrize("step", STEPS)
def test_a_worker_killed_at_any_moment_of_a_step_loses_no_call_and_scores_none_twice(
    running: Service, step: str, bar: Bar
) -> None:
    lots, at, deaths, ended = random.Random(step), STEPS.index(step) + 1, 0, 0
    while deaths < bar.times:
        number = deaths + ended
        # One in four is a recording, whose steps are longer.
        content, name = (recording(number), "call.wav") if number % 4 == 0 else (transcript(number), "call.json")
        call_id = running.add(content, name)
        doomed = partial(work_until_moment, job_id(call_id, 1), at, lots.randint(1, MOMENTS))
        # It first ends the call that its forerunner left behind.
        process = start_worker(running.settings, doomed)
        until(lambda process=process: not process.is_alive() or running.all_ended(), every=0.1)
        if process.is_alive():
            # The step was over before its moment came.
            ended += 1
            kill(process)
        else:
            deaths += 1
    with worker(running.settings, work_scripted):
        until(running.all_ended)
    assert running.faults() == []
    calls = running.calls()
    assert len(calls) == deaths + ended
    bar.found(f"{step}: {deaths} kills, {len(calls)} calls, 0 lost, 0 scored twice")


def test_a_call_whose_worker_is_killed_before_any_of_its_commits_is_scored_once(running: Service) -> None:
    for number in count(1):
        call_id = running.add(transcript(number), "call.json")
        # It first ends the call that its forerunner left behind.
        process = start_worker(running.settings, partial(work_until_commit, job_id(call_id, 1), number))
        until(lambda process=process: not process.is_alive() or running.all_ended())
        died = not process.is_alive()
        kill(process)
        if not died:
            break
    assert number > 6, "a call takes more commits than that"
    assert running.faults() == []
    assert len(running.calls()) == number


@pytest.mark.bar(row=3, full=20, quick=1)
def test_a_call_that_kills_its_worker_is_set_aside_with_the_reason(running: Service, bar: Bar) -> None:
    killers = [running.add(recording(number), "call.wav") for number in range(bar.times)]
    others = [running.add(transcript(number), "call.json") for number in range(3 * bar.times)]
    jobs, deaths = [job_id(killer, 1) for killer in killers], 0

    def are_set_aside() -> bool:
        return set(running.queue.states(jobs).values()) == {JobState.SET_ASIDE}

    while not are_set_aside():
        process = start_worker(running.settings, work_with_an_engine_that_kills)
        until(lambda process=process: not process.is_alive() or are_set_aside())
        deaths += not process.is_alive()
        kill(process)
    assert deaths <= RUNS * bar.times
    with worker(running.settings, work_with_an_engine_that_kills):
        until(lambda: all(running.call(other).state == CallState.SCORED for other in others))
    # A worker sweeps when it starts, and every half minute afterwards.
    with worker(running.settings, work_with_an_engine_that_kills):
        until(running.all_ended)
    for call in map(running.call, killers):
        assert (call.state, call.error_code) == (CallState.FAILED, KilledWorker.code)
        assert call.error_message == KilledWorker().message
        assert running.blobs.has(call.blob)
    bar.found(
        f"{bar.times} such calls, set aside after {deaths} runs in all, reason shown; {len(others)} others scored"
    )


def work_that_a_call_kills(call_id: int, settings: Settings) -> None:
    """A worker that dies each time it judges this call."""

    def die(mapper: object, connection: object, judged: Evaluation) -> None:
        if judged.call_id == call_id:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Evaluation, "before_insert", die)
    work(settings)


def test_scoring_again_goes_on_past_a_call_that_kills_its_worker(running: Service) -> None:
    with Session(running.engine, expire_on_commit=False) as session:
        ada = make_cast(session).ada
        known = [id_of(scored(session, customer_name=name)[0]) for name in "abc"]
        session.execute(update(Evaluation).values(rules_version="yesterday"))
        session.commit()
    with db.session(running.engine) as session:
        rescoring.rescore_all(session, running.queue, ada, Actor("Ada", NOW, ada.id))

    def finished() -> bool:
        with db.session(running.engine, reads_only=True) as session:
            told = last_entry(session, rescoring.stream(id_of(ada)))
        return told is not None and told.event == rescoring.FINISHED

    while not finished():
        process = start_worker(running.settings, partial(work_that_a_call_kills, known[1]))
        until(lambda process=process: not process.is_alive() or finished())
        kill(process)
    with db.session(running.engine, reads_only=True) as session:
        today = select(Evaluation.call_id).where(col(Evaluation.current), Evaluation.rules_version == rules_version())
        assert set(session.exec(today)) == {known[0], known[2]}
