"""Doing durable jobs: a worker takes them one after another, and those of a worker that has vanished too."""

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer
from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from app.kit.db import passing
from app.kit.errors import AppError, Passing, StorageFull, where
from app.kit.logs import about
from app.kit.measures import timed_step
from app.kit.queue import APPLICATION, VERSION, Queue, Unforeseen, library_url, prepare
from app.kit.worker_ids import WorkerIds, WorkerIdTaken, worker_ids

log = logging.getLogger(__name__)

# A job that kills its worker is begun so many times, then set aside.
RUNS = 4
# A step that fails for a reason nobody foresaw is tried so many times, after pauses of so many seconds.
PAUSES = (0.5, 2.0)
# How long a step waits before it asks again for a database that was out of reach, or for space, in seconds.
DATABASE_PAUSE = 1.0
# How soon workers notice that another one has vanished, in seconds.
WATCH_SECONDS = 2.0
# How long a worker that is stopped goes on with what it has begun, in seconds.
GRACE_SECONDS = 3
# The files of jobs that this process works on.
_of_jobs: set[str] = set()


class StepRefused(AppError):
    """A part of a job cannot be done, and trying again would not help."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@contextmanager
def working(
    url: str, worker: str, jobs: Mapping[str, Callable[..., None]], tidy: Callable[[], None] = lambda: None
) -> Iterator[Queue]:
    """While this lasts, a worker of this id does these jobs, its own left from before and a vanished worker's too.

    First of all it tidies up, when its forerunner of the same id is gone for certain. Afterwards what could not be
    ended in a few seconds is handed back.
    """
    prepare(url)
    ids = worker_ids(url)
    ids.take_own(worker)
    tidy()
    config = DBOSConfig(
        name=APPLICATION,
        system_database_url=library_url(url),
        serializer=DBOSPortableJSONSerializer(),
        application_version=VERSION,
        executor_id=worker,
        log_level="ERROR",
    )
    _wait_for_space(url)
    DBOS(config=config)
    for name, act in jobs.items():
        DBOS.workflow(name=name, max_recovery_attempts=RUNS - 1)(_job(act))
    DBOS.launch()
    stopping = threading.Event()
    watch = threading.Thread(target=_watch, args=(ids, worker, stopping), name="watch", daemon=True)
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
        ids.close()


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
    with about(job=DBOS.workflow_id, step=name), timed_step(name) as ended:
        refusal = _tried_again(name, act, args)
        ended.append(refusal["code"] if refusal else "done")
        log.info("%s: %s", name, ended[-1])
    return refusal


def _tried_again(name: str, act: Callable[..., None], args: tuple[Any, ...]) -> dict[str, str] | None:
    pauses = iter(PAUSES)
    while True:
        try:
            act(*args)
        except Passing as reason:
            # Not the job's fault, and there is nowhere to write that it failed.
            log.warning("%s waits (%s)", name, reason.code)
            time.sleep(DATABASE_PAUSE)
        except AppError as refusal:
            return {"code": refusal.code, "message": refusal.message}
        except Exception as error:
            pause = next(pauses, None)
            log.error("%s failed%s\n%s", name, "" if pause is None else ", trying again", where(error))
            if pause is None:
                return {"code": Unforeseen.code, "message": Unforeseen().message}
            time.sleep(pause)
        else:
            return None


def _wait_for_space(url: str) -> None:
    """Let the library wait for space on the disk as it waits for another writer: else it forgets what it was doing."""
    place = make_url(url)
    if place.get_backend_name() != "sqlite" or event.contains(Engine, "handle_error", _told_as_locked):
        return
    _of_jobs.add(str(place.database))
    event.listen(Engine, "handle_error", _told_as_locked, retval=True)


def _told_as_locked(context: ExceptionContext) -> BaseException | None:
    error = context.sqlalchemy_exception
    if context.engine is None or str(context.engine.url.database) not in _of_jobs or not isinstance(error, DBAPIError):
        return None
    if not isinstance(passing(error), StorageFull):
        return None
    told = sqlite3.OperationalError("database is locked: there is no space left on the disk")
    return OperationalError(error.statement, error.params, told, hide_parameters=True)


def _job(act: Callable[..., None]) -> Callable[..., None]:
    # The library marks what it is given, and a bound method cannot be marked.
    def job(*args: int | str | None) -> None:
        act(*args)

    return job


def _watch(ids: WorkerIds, worker: str, stopping: threading.Event) -> None:
    """Keep this worker's id, and take over the work of those whose id nobody holds any more."""
    while not stopping.wait(WATCH_SECONDS):
        try:
            ids.keep()
            if not ids.is_settled:
                continue
            begun = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
            for other in {job.executor_id for job in begun if job.executor_id} - {worker}:
                if ids.take(other):
                    log.warning("taking over the work of %s, which has vanished", other)
                    # Private, because the public way forgets how often a job was begun: one that ends its worker
                    # would go round for ever.
                    DBOS._recover_pending_workflows([other])
                    ids.give_back(other)
        except WorkerIdTaken:
            _end_at_once(worker)
        except Exception as error:
            log.warning("could not look after other workers (%s)", type(error).__name__)


def _end_at_once(worker: str) -> None:
    """Leave everything to the worker that has this one's id by now: what is handed back could be what it is doing."""
    log.error("another worker has the id %s by now (%s); this one ends", worker, WorkerIdTaken.code)
    logging.shutdown()
    os._exit(1)
