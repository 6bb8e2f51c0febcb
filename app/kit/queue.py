"""Durable jobs: what was asked for is finished, by this worker or another, whatever dies in between."""

import logging
import sqlite3
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer, EnqueueOptions
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from app.kit.db import DatabaseUnavailable, passing, within_limits
from app.kit.errors import AppError

T = TypeVar("T")

# Of what the library has to say only what somebody must look into.
logging.getLogger("dbos").setLevel(logging.ERROR)

APPLICATION = "callmark"
QUEUE = "jobs"
# Fixed: by itself the library names a version by the code's hash, and would leave jobs of an older one lying.
VERSION = "1"
# How soon a worker looks for the next job, in seconds.
POLL_SECONDS = 0.2
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


class SqliteTooOld(AppError):
    """From Python 3.12 on, Callmark needs SQLite 3.42 or newer, and this Python brings an older one; use a Python that
    brings a newer one, Python 3.11, or PostgreSQL (CALLMARK_DATABASE_URL)."""

    code = "sqlite_too_old"


class Unforeseen(AppError):
    """Callmark could not finish this call; the fault is Callmark's, not the recording's. Try again; if it fails
    again, an administrator finds the reason in the worker's log."""

    code = "internal"


class Queue:
    """What those who ask for jobs know of them; it never begins one itself."""

    def __init__(self, url: str) -> None:
        self._client = DBOSClient(
            system_database_url=library_url(url),
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
            raise passing(error) or DatabaseUnavailable() from error

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
            raise passing(error) or DatabaseUnavailable() from error
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
        try:
            self._client.delete_workflows([job.id for job in found])
        except DBAPIError as error:
            raise passing(error) or DatabaseUnavailable() from error
        return len(found)

    def forget_jobs(self, job_ids: Iterable[str]) -> bool:
        """Remove what these jobs said when they ended; whether that is all: who is at work ends first.

        One that waits has said nothing yet.
        """
        found = self._found(workflow_ids=list(job_ids))
        ended = [job.id for job in found if job.state not in (JobState.WAITING, JobState.RUNNING)]
        if ended:
            self._client.delete_workflows(ended)
        return all(job.state != JobState.RUNNING for job in found)

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
        # There the library asks it for milliseconds, which older ones do not know.
        if sys.version_info >= (3, 12) and sqlite3.sqlite_version_info < (3, 42):
            raise SqliteTooOld
        # Those who ask for jobs must not wait for those who look for them; the file remembers it.
        with sqlite3.connect(str(place.database), timeout=30) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
        connection.close()
    told = library_url(url)
    DBOS.migrate(told)
    client = DBOSClient(system_database_url=told, application_name=APPLICATION, serializer=DBOSPortableJSONSerializer())
    # One at a time: a worker that does more is several processes, so that a call that ends one takes no other along.
    client.register_queue(QUEUE, worker_concurrency=1, polling_interval_sec=POLL_SECONDS)
    client.destroy()


def library_url(url: str) -> str:
    """How the library is told where the jobs are."""
    return within_limits(url).render_as_string(hide_password=False)


def _of_state(state: JobState) -> list[str]:
    return [status for status, known in STATES.items() if known == state]


def _moment(milliseconds: int | None) -> datetime:
    return datetime.fromtimestamp((milliseconds or 0) / 1000, UTC)
