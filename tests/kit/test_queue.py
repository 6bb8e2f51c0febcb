"""Jobs are done once, whatever happens to the workers, on both databases."""

import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import make_url

from app.kit.errors import AppError
from app.kit.queue import JobState, Queue, SqliteTooOld, Unforeseen, prepare
from app.kit.worker_ids import worker_ids
from app.kit.working import RUNS, StepRefused, step, working
from app.settings import Settings
from tests.databases import PostgresqlDatabases
from tests.faults.processes import PATIENCE, kill, start_worker, until, worker


class NoGood(AppError):
    """This will never do."""

    code = "no_good"


def note(place: str, line: str) -> None:
    """Write down, for good, that something was done."""
    with Path(place).open("a") as notes:
        notes.write(f"{line}\n")
        notes.flush()
        os.fsync(notes.fileno())


def notes(place: Path) -> list[str]:
    return place.read_text().splitlines() if place.exists() else []


def die(place: str) -> None:
    note(place, "began")
    os.kill(os.getpid(), signal.SIGKILL)


def wait_for_ever(place: str) -> None:
    note(place, "began")
    threading.Event().wait()


def wait_for_word(place: str) -> None:
    """Write down that it began, and go on only when told to."""
    note(place, "began")
    until(lambda: "go on" in notes(Path(place)))


def refuse(place: str) -> None:
    note(place, "refused")
    raise NoGood


def fail(place: str) -> None:
    note(place, "failed")
    raise RuntimeError(f"the customer said: {Path(place).read_text()}")


def two_parts(place: str) -> None:
    step("first", note, place, "first")
    step("wait", wait_for_word, place)
    step("last", note, place, "last")


def told_why(act: Callable[[str], None]) -> Callable[[str], None]:
    """A job that writes down with which reason its step was refused, and waits for word before it ends."""

    def job(place: str) -> None:
        try:
            step("try", act, place)
        except StepRefused as refusal:
            note(place, f"{refusal.code}: {refusal.message}")
        step("wait", wait_for_word, place)

    return job


JOBS: dict[str, Callable[[str], None]] = {
    "note": lambda place: step("note", note, place, "done"),
    "two parts": two_parts,
    "die": lambda place: step("die", die, place),
    "wait for ever": lambda place: step("wait", wait_for_ever, place),
    "refuse": told_why(refuse),
    "fail": told_why(fail),
}


def do_jobs(settings: Settings) -> None:
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    with working(settings.jobs, settings.worker_id, JOBS):
        stopping.wait()
    os._exit(0)


@pytest.fixture
def queue(settings: Settings):
    queue = Queue(settings.jobs)
    yield queue
    queue.close()


def is_in(queue: Queue, job: str, state: JobState) -> Callable[[], bool]:
    return lambda: queue.states([job]).get(job) == state


def test_a_job_asked_for_twice_is_done_once(settings: Settings, queue: Queue, tmp_path: Path) -> None:
    for _ in range(2):
        queue.enqueue("note", "a", str(tmp_path / "a"))
    with worker(settings, do_jobs):
        until(is_in(queue, "a", JobState.DONE))
        queue.enqueue("note", "a", str(tmp_path / "a"))
        queue.enqueue("note", "b", str(tmp_path / "b"))
        until(is_in(queue, "b", JobState.DONE))
    assert notes(tmp_path / "a") == ["done"]
    assert [(job.id, job.name, job.state, job.runs, job.worker) for job in queue.recent()] == [
        ("b", "note", JobState.DONE, 1, "worker-1"),
        ("a", "note", JobState.DONE, 1, "worker-1"),
    ]


def test_after_a_kill_a_job_goes_on_with_the_step_it_was_in(settings: Settings, queue: Queue, tmp_path: Path) -> None:
    place = tmp_path / "notes"
    queue.enqueue("two parts", "a", str(place))
    with worker(settings, do_jobs):
        until(lambda: "began" in notes(place))
    note(str(place), "go on")
    with worker(settings, do_jobs):
        until(is_in(queue, "a", JobState.DONE))
    assert notes(place) == ["first", "began", "go on", "began", "last"]


def test_a_job_that_kills_its_worker_is_set_aside_and_others_are_done(
    settings: Settings, queue: Queue, tmp_path: Path
) -> None:
    killer, other = tmp_path / "killer", tmp_path / "other"
    queue.enqueue("die", "killer", str(killer))
    queue.enqueue("note", "other", str(other))
    for _ in range(RUNS):
        start_worker(settings, do_jobs).join(PATIENCE)
    with worker(settings, do_jobs):
        until(is_in(queue, "other", JobState.DONE))
        until(is_in(queue, "killer", JobState.SET_ASIDE))
    assert notes(killer) == ["began"] * RUNS
    assert notes(other) == ["done"]


def test_the_work_of_a_worker_that_never_returns_is_taken_over(
    settings: Settings, queue: Queue, tmp_path: Path
) -> None:
    place = tmp_path / "notes"
    queue.enqueue("two parts", "a", str(place))
    with worker(settings.model_copy(update={"worker_id": "gone"}), do_jobs):
        until(lambda: "began" in notes(place))
    note(str(place), "go on")
    with worker(settings.model_copy(update={"worker_id": "another"}), do_jobs):
        until(is_in(queue, "a", JobState.DONE))
    assert notes(place).count("first") == notes(place).count("last") == 1
    assert queue.recent()[0].worker == "another"


def test_the_work_of_a_living_worker_is_left_to_it(settings: Settings, queue: Queue, tmp_path: Path) -> None:
    place = tmp_path / "notes"
    queue.enqueue("wait for ever", "a", str(place))
    with worker(settings, do_jobs):
        until(lambda: "began" in notes(place))
        ids = worker_ids(settings.jobs)
        assert not ids.take(settings.worker_id)
        assert ids.take("somebody else")
        ids.close()
    assert notes(place) == ["began"]


def test_the_id_of_a_killed_worker_is_free_again(settings: Settings) -> None:
    process = start_worker(settings, do_jobs)
    ids = worker_ids(settings.jobs)
    # Its queue stands once it is at work.
    until(lambda: not _may_be_taken(settings))
    kill(process)
    until(lambda: ids.take(settings.worker_id))
    ids.close()


def _may_be_taken(settings: Settings) -> bool:
    ids = worker_ids(settings.jobs)
    try:
        return ids.take(settings.worker_id)
    finally:
        ids.close()


def test_a_worker_that_is_stopped_hands_back_what_it_cannot_end(
    settings: Settings, queue: Queue, tmp_path: Path
) -> None:
    place = tmp_path / "notes"
    queue.enqueue("two parts", "a", str(place))
    with worker(settings, do_jobs) as process:
        until(lambda: "began" in notes(place))
        process.terminate()
        process.join(PATIENCE)
        assert process.exitcode == 0
    (job,) = queue.recent()
    # Being stopped is nobody's fault: it does not count as a run.
    assert (job.state, job.runs) == (JobState.WAITING, 0)


def session_of(worker_id: str, url: str) -> tuple[int, str]:
    """The connection by which a worker holds its id, and what was asked over it last; 0 where there is none."""
    wanted = "SELECT pid, query FROM pg_stat_activity WHERE application_name = %s"
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(wanted, (f"callmark worker {worker_id}",)).fetchone() or (0, "")


def end_session(number: int, url: str) -> None:
    """Cut a connection, as a network does."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s)", (number,))


@pytest.fixture
def on_postgresql(postgresql: PostgresqlDatabases, tmp_path: Path) -> Iterator[Settings]:
    with postgresql.fresh(tmp_path) as url:
        yield Settings(data_dir=tmp_path, database_url=url)


def test_a_worker_whose_id_another_has_by_now_ends_and_leaves_it_what_was_begun(
    on_postgresql: Settings, tmp_path: Path
) -> None:
    place, url, own = tmp_path / "notes", on_postgresql.jobs, on_postgresql.worker_id
    with closing(Queue(url)) as queue, worker(on_postgresql, do_jobs) as process, psycopg.connect(url) as other:
        queue.enqueue("wait for ever", "a", str(place))
        until(lambda: "began" in notes(place))
        # It stands in the line for the id before the first one can.
        taking = threading.Thread(
            target=other.execute, args=("SELECT pg_advisory_lock(hashtextextended(%s, 0))", (f"callmark worker {own}",))
        )
        taking.start()
        with psycopg.connect(url, autocommit=True) as looking:
            until(lambda: looking.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone() is not None)
        end_session(session_of(own, url)[0], url)
        taking.join()
        process.join(PATIENCE)
        assert process.exitcode == 1
        (job,) = queue.recent()
        assert (job.state, job.worker, job.runs) == (JobState.RUNNING, own, 1)
    assert "worker_id_taken" in (tmp_path / "worker.log").read_text()


def test_workers_that_all_lost_their_connections_leave_one_another_time_to_come_back(
    on_postgresql: Settings, tmp_path: Path
) -> None:
    place, url = tmp_path / "notes", on_postgresql.jobs
    with closing(Queue(url)) as queue, closing(worker_ids(url)) as ids:
        with worker(on_postgresql, do_jobs) as process:
            queue.enqueue("wait for ever", "a", str(place))
            until(lambda: "began" in notes(place))
            kill(process)
        # The test holds the id from now on, as a worker that lives would.
        ids.take_own(on_postgresql.worker_id)
        with worker(on_postgresql.model_copy(update={"worker_id": "another"}), do_jobs):
            until(lambda: session_of("another", url)[0] != 0)
            cut = [session_of(one, url)[0] for one in (on_postgresql.worker_id, "another")]
            for number in cut:
                end_session(number, url)

            def has_looked_round() -> bool:
                number, asked = session_of("another", url)
                # Its second round over the new connection begins with this question; in the first it could have taken over.
                return number not in (0, *cut) and asked == "SELECT 1"

            until(has_looked_round)
            ids.keep()
            (job,) = queue.recent()
            assert (job.state, job.worker, job.runs) == (JobState.RUNNING, on_postgresql.worker_id, 1)


@pytest.mark.parametrize(
    ("job", "tries", "told"),
    [
        ("refuse", ["refused"], "no_good: This will never do."),
        ("fail", ["failed"] * 3, f"internal: {Unforeseen().message}"),
    ],
)
def test_a_reason_is_the_same_after_a_kill(
    settings: Settings, queue: Queue, tmp_path: Path, job: str, tries: list[str], told: str
) -> None:
    place = tmp_path / "notes"
    note(str(place), "my card number is 4111")
    queue.enqueue(job, "a", str(place))
    with worker(settings, do_jobs):
        until(lambda: "began" in notes(place))
    note(str(place), "go on")
    with worker(settings, do_jobs):
        until(is_in(queue, "a", JobState.DONE))
    assert [line for line in notes(place)[1:] if line not in ("began", "go on")] == [*tries, told, told]
    # The log says where it failed, and nothing of what was said.
    log = (tmp_path / "worker.log").read_text()
    assert "my card number" not in log
    assert ("RuntimeError" in log and "in fail" in log) == (job == "fail")


@pytest.mark.parametrize(
    ("python", "sqlite", "is_refused"), [((3, 12), (3, 40, 1), True), ((3, 11), (3, 40, 1), False)]
)
def test_a_python_whose_sqlite_is_too_old_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, python: tuple[int, int], sqlite: tuple[int, ...], is_refused: bool
) -> None:
    monkeypatch.setattr(sys, "version_info", python)
    monkeypatch.setattr(sqlite3, "sqlite_version_info", sqlite)
    url = f"sqlite:///{tmp_path / 'jobs.db'}"
    if is_refused:
        with pytest.raises(SqliteTooOld):
            prepare(url)
    else:
        prepare(url)


def test_what_a_job_said_when_it_ended_is_forgotten_and_who_is_at_work_is_waited_for(
    settings: Settings, queue: Queue, tmp_path: Path
) -> None:
    place = tmp_path / "notes"
    queue.enqueue("refuse", "a", str(place))
    assert queue.forget_jobs(["a"])
    with worker(settings, do_jobs):
        until(lambda: "began" in notes(place))
        assert not queue.forget_jobs(["a"])
        note(str(place), "go on")
        until(is_in(queue, "a", JobState.DONE))
    assert queue.forget_jobs(["a", "never asked for"])
    assert queue.states(["a"]) == {}
    assert "This will never do" not in stored(settings)


def stored(settings: Settings) -> str:
    """All that the database of jobs has, as text."""
    engine = create_engine(make_url(settings.jobs).set(drivername=_driver(settings.jobs)))
    with engine.connect() as connection:
        known = inspect(connection)
        tables = [(name, schema) for schema in known.get_schema_names() for name in known.get_table_names(schema)]
        found = [
            connection.execute(text(f'SELECT * FROM "{schema}"."{name}"')).all()
            for name, schema in tables
            if schema not in ("pg_catalog", "information_schema")
        ]
    engine.dispose()
    return str(found)


def _driver(url: str) -> str:
    return "sqlite" if url.startswith("sqlite") else "postgresql+psycopg"
