"""Jobs are done once, whatever happens to the workers, on both databases."""

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from app.kit.errors import AppError
from app.kit.queue import RUNS, JobState, Queue, StepRefused, Unforeseen, step, working
from app.kit.worker_names import worker_names
from app.settings import Settings
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
    with working(settings.jobs, settings.worker_name, JOBS):
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
    with worker(settings.model_copy(update={"worker_name": "gone"}), do_jobs):
        until(lambda: "began" in notes(place))
    note(str(place), "go on")
    with worker(settings.model_copy(update={"worker_name": "another"}), do_jobs):
        until(is_in(queue, "a", JobState.DONE))
    assert notes(place).count("first") == notes(place).count("last") == 1
    assert queue.recent()[0].worker == "another"


def test_the_work_of_a_living_worker_is_left_to_it(settings: Settings, queue: Queue, tmp_path: Path) -> None:
    place = tmp_path / "notes"
    queue.enqueue("wait for ever", "a", str(place))
    with worker(settings, do_jobs):
        until(lambda: "began" in notes(place))
        names = worker_names(settings.jobs)
        assert not names.take(settings.worker_name)
        assert names.take("somebody else")
        names.close()
    assert notes(place) == ["began"]


def test_the_name_of_a_killed_worker_is_free_again(settings: Settings) -> None:
    process = start_worker(settings, do_jobs)
    names = worker_names(settings.jobs)
    # Its queue stands once it is at work.
    until(lambda: not _may_be_taken(settings))
    kill(process)
    until(lambda: names.take(settings.worker_name))
    names.close()


def _may_be_taken(settings: Settings) -> bool:
    names = worker_names(settings.jobs)
    try:
        return names.take(settings.worker_name)
    finally:
        names.close()


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
    assert "4111" not in log
    assert ("RuntimeError" in log and "in fail" in log) == (job == "fail")
