"""Durable jobs: what was asked for is finished, by this worker or another, whatever dies in between."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer, EnqueueOptions
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from app.kit.db import DatabaseUnavailable
from app.kit.errors import AppError, where
from app.kit.worker_names import WorkerNames, worker_names

T = TypeVar("T")

log = logging.getLogger(__name__)
# Of what the library has to say only what somebody must look into.
logging.getLogger("dbos").setLevel(logging.ERROR)

APPLICATION = "callmark"
QUEUE = "jobs"
# Fixed: by itself the library names a version by the code's hash, and would leave jobs of an older one lying.
VERSION = "1"
# A job that kills its worker is begun so many times, then set aside.
RUNS = 4
# A step that fails for a reason nobody foresaw is tried so many times, after pauses of so many seconds.
PAUSES = (0.5, 2.0)
# How long a step waits before it asks for a database again that was out of reach, in seconds.
DATABASE_PAUSE = 1.0
# How soon a worker looks for the next job, in seconds.
POLL_SECONDS = 0.2
# How soon workers notice that another one has vanished, in seconds.
WATCH_SECONDS = 2.0
# How long a worker that is stopped goes on with what it has begun, in seconds.
GRACE_SECONDS = 3
# Lower numbers are begun first.
URGENT, PATIENT = 1, 10


class JobState(StrEnum):
    """How far a job is; `set_aside`: it ended its worker each time it was begun."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SET_ASIDE = "set_aside"


STATES = {
    "ENQUEUED": JobState.WAITING,
    "DELAYED": JobState.WAITING,
    "PENDING": JobState.RUNNING,
    "SUCCESS": JobState.DONE,
    "ERROR": JobState.FAILED,
    "CANCELLED": JobState.FAILED,
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": JobState.SET_ASIDE,
}


@dataclass(frozen=True)
class Job:
    """One job as an administrator sees it; `runs` is how often it was begun, `begun_at` when it was the last time."""

    id: str
    name: str
    state: JobState
    runs: int
    worker: str | None
    asked_at: datetime
    changed_at: datetime
    begun_at: datetime | None


class StepRefused(AppError):
    """A part of a job cannot be done, and trying again would not help."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Unforeseen(AppError):
    """Callmark could not finish this call; the fault is Callmark's, not the recording's. Try again; if it fails
    again, an administrator finds the reason in the worker's log."""

    code = "internal"


class Queue:
    """What those who ask for jobs know of them; it never begins one itself."""

    def __init__(self, url: str) -> None:
        self._client = DBOSClient(
            system_database_url=url,
            application_name=APPLICATION,
            serializer=DBOSPortableJSONSerializer(),
            lazy=True,
            retry_connection_errors=False,
        )

    def enqueue(self, name: str, job_id: str, *args: int | str | None, priority: int = URGENT) -> None:
        """Ask for a job by name; asking twice under one id is asking once."""
        options = EnqueueOptions(
            workflow_name=name, queue_name=QUEUE, workflow_id=job_id, app_version=VERSION, priority=priority
        )
        try:
            self._client.enqueue(options, *args)
        except DBAPIError as error:
            raise DatabaseUnavailable from error

    def states(self, job_ids: Iterable[str]) -> dict[str, JobState]:
        """The state of each of these jobs that was ever asked for."""
        return {job.id: job.state for job in self._found(workflow_ids=list(job_ids))}

    def stranded(self, jobs: Mapping[str, T]) -> list[tuple[str, T, JobState | None]]:
        """Of the jobs that something waits for, those that nobody will do, each with what waits for it.

        The state is None where a job was never asked for, else how it ended.
        """
        states = self.states(jobs)
        at_work = (JobState.WAITING, JobState.RUNNING)
        return [(job, waits, states.get(job)) for job, waits in jobs.items() if states.get(job) not in at_work]

    def newest(self, start: str) -> Job | None:
        """Of the jobs whose id begins like this the one that was asked for last."""
        return next(iter(self._found(workflow_id_prefix=start, limit=1, sort_desc=True)), None)

    def recent(self, limit: int = 100) -> list[Job]:
        """The jobs that were asked for last, the newest first."""
        return self._found(limit=limit, sort_desc=True)

    def running(self) -> list[Job]:
        """The jobs that are worked on, the oldest first."""
        return self._found(status=_of_state(JobState.RUNNING))

    def oldest_waiting(self) -> Job | None:
        """The job that has waited longest."""
        return next(iter(self._found(status=_of_state(JobState.WAITING), limit=1)), None)

    def set_aside(self, limit: int = 100) -> list[Job]:
        """The jobs that were given up because they ended their worker each time, the newest first."""
        return self._found(status=_of_state(JobState.SET_ASIDE), limit=limit, sort_desc=True)

    def _found(self, **how: Any) -> list[Job]:
        try:
            found = self._client.list_workflows(load_input=False, load_output=False, **how)
        except DBAPIError as error:
            raise DatabaseUnavailable from error
        return [
            Job(
                id=job.workflow_id,
                name=job.name,
                state=STATES[job.status],
                runs=job.recovery_attempts or 0,
                worker=job.executor_id,
                asked_at=_moment(job.created_at),
                changed_at=_moment(job.updated_at),
                begun_at=_moment(job.dequeued_at) if job.dequeued_at else None,
            )
            for job in found
        ]

    def forget(self, before: datetime, limit: int = 1000) -> int:
        """Remove finished jobs that were last asked for before this moment; how many there were."""
        ended = [status for status, state in STATES.items() if state not in {JobState.WAITING, JobState.RUNNING}]
        found = self._found(status=ended, end_time=before.isoformat(), limit=limit)
        self._client.delete_workflows([job.id for job in found])
        return len(found)

    def hand_back(self, worker: str) -> None:
        """Let others go on at once with what this worker has begun; it ends of its own will, so no run is counted."""
        begun = self._client.list_workflows(status="PENDING", executor_id=worker, load_input=False, load_output=False)
        if begun:
            self._client.resume_workflows([job.workflow_id for job in begun], queue_name=QUEUE)

    def close(self) -> None:
        """Let go of the database."""
        self._client.destroy()


def prepare(url: str) -> None:
    """Bring the database of jobs to the form this version needs; one that is up to date is left as it is."""
    place = make_url(url)
    if place.get_backend_name() == "sqlite":
        # Those who ask for jobs must not wait for those who look for them; the file remembers it.
        with sqlite3.connect(str(place.database), timeout=30) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
        connection.close()
    DBOS.migrate(url)
    client = DBOSClient(system_database_url=url, application_name=APPLICATION, serializer=DBOSPortableJSONSerializer())
    # One at a time: a worker that does more is several processes, so that a call that ends one takes no other along.
    client.register_queue(QUEUE, worker_concurrency=1, polling_interval_sec=POLL_SECONDS)
    client.destroy()


@contextmanager
def working(
    url: str, worker: str, jobs: Mapping[str, Callable[..., None]], tidy: Callable[[], None] = lambda: None
) -> Iterator[Queue]:
    """While this lasts, a worker of this name does these jobs, its own left from before and a vanished worker's too.

    First of all it tidies up, when its forerunner of the same name is gone for certain. Afterwards what could not be
    ended in a few seconds is handed back.
    """
    prepare(url)
    names = worker_names(url)
    names.take_own(worker)
    tidy()
    config = DBOSConfig(
        name=APPLICATION,
        system_database_url=url,
        serializer=DBOSPortableJSONSerializer(),
        application_version=VERSION,
        executor_id=worker,
        log_level="ERROR",
    )
    DBOS(config=config)
    for name, act in jobs.items():
        DBOS.workflow(name=name, max_recovery_attempts=RUNS - 1)(_job(act))
    DBOS.launch()
    stopping = threading.Event()
    watch = threading.Thread(target=_watch, args=(names, worker, stopping), name="watch", daemon=True)
    watch.start()
    queue = Queue(url)
    try:
        yield queue
    finally:
        stopping.set()
        watch.join()
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=GRACE_SECONDS)
        queue.hand_back(worker)
        queue.close()
        names.close()


def step(name: str, act: Callable[..., None], *args: Any) -> None:
    """Do one part of a job; once done it is not done again, however often the job is taken up.

    A part may be cut off and begun again, so it must be one that does no harm twice. What it refuses, and what fails
    again and again, comes back as StepRefused.
    """
    # Kept as a value: an error kept by the library would come back as another kind when the job is taken up again.
    refusal = DBOS.run_step({"name": name}, _tried, name, act, args)
    if refusal is not None:
        raise StepRefused(refusal["code"], refusal["message"])


def _tried(name: str, act: Callable[..., None], args: tuple[Any, ...]) -> dict[str, str] | None:
    """Why the part could not be done; None when it is done."""
    pauses = iter(PAUSES)
    while True:
        try:
            act(*args)
        except DatabaseUnavailable:
            # Not the job's fault, and there is nowhere to write that it failed.
            log.warning("%s%s waits for the database", name, args)
            time.sleep(DATABASE_PAUSE)
        except AppError as refusal:
            return {"code": refusal.code, "message": refusal.message}
        except Exception as error:
            pause = next(pauses, None)
            log.error("%s%s failed%s\n%s", name, args, "" if pause is None else ", trying again", where(error))
            if pause is None:
                return {"code": Unforeseen.code, "message": Unforeseen().message}
            time.sleep(pause)
        else:
            return None


def _job(act: Callable[..., None]) -> Callable[..., None]:
    # The library marks what it is given, and a bound method cannot be marked.
    def job(*args: int | str | None) -> None:
        act(*args)

    return job


def _watch(names: WorkerNames, worker: str, stopping: threading.Event) -> None:
    """Keep this worker's name, and take over the work of those whose name nobody holds any more."""
    while not stopping.wait(WATCH_SECONDS):
        try:
            names.keep()
            begun = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
            for other in {job.executor_id for job in begun if job.executor_id} - {worker}:
                if names.take(other):
                    log.warning("taking over the work of %s, which has vanished", other)
                    # Private, because the public way forgets how often a job was begun: one that ends its worker
                    # would go round for ever.
                    DBOS._recover_pending_workflows([other])
                    names.give_back(other)
        except Exception as error:
            log.warning("could not look after other workers (%s)", type(error).__name__)


def _of_state(state: JobState) -> list[str]:
    return [status for status, known in STATES.items() if known == state]


def _moment(milliseconds: int | None) -> datetime:
    return datetime.fromtimestamp((milliseconds or 0) / 1000, UTC)
