"""Who is at work: a worker holds its id as long as it lives, and nobody else can hold it then."""

import fcntl
import logging
import os
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import IO

import psycopg
from sqlalchemy.engine import URL

from app.kit.db import DatabaseUnavailable, within_limits
from app.kit.errors import AppError

log = logging.getLogger(__name__)

# How long a worker waits until the death of its forerunner has been noticed, in seconds.
PATIENCE = 60.0
# When all have lost their ids, because the database was away, each has so long to take its own again, in seconds.
SETTLING = 6.0
# A machine that is gone says nothing; the server finds out within these seconds (first question, others, how many).
KEEPALIVE = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"


# What the database shows of a worker's connection, and how much of its id there is room for.
SHOWN_AS, LONGEST_SHOWN = "callmark worker ", 47


class WorkerIdTaken(AppError):
    """Another worker with this id is running; give each its own CALLMARK_WORKER_ID."""

    code = "worker_id_taken"


class WorkerIds(ABC):
    """The ids of workers, held by at most one process each and let go when that process ends in any way."""

    @abstractmethod
    def take(self, worker: str) -> bool:
        """Hold an id; whether it could be had."""

    @abstractmethod
    def give_back(self, worker: str) -> None:
        """Let go of an id."""

    @abstractmethod
    def keep(self) -> None:
        """Make sure that what was taken is still held; WorkerIdTaken when another worker has the own id by now."""

    @property
    def is_settled(self) -> bool:
        """Whether an id that nobody holds means that its worker has vanished."""
        return True

    @abstractmethod
    def close(self) -> None:
        """Let go of everything."""

    def take_own(self, worker: str) -> None:
        """Hold the id of this worker; a forerunner that was killed a moment ago is waited for."""
        until = time.monotonic() + PATIENCE
        while not self.take(worker):
            if time.monotonic() > until:
                raise WorkerIdTaken
            time.sleep(0.2)


class IdsByFile(WorkerIds):
    """Names held by locking a file beside an SQLite database."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._held: dict[str, IO[bytes]] = {}

    def take(self, worker: str) -> bool:
        lock = Path(f"{self._database}.{worker}.lock").open("a+b")  # noqa: SIM115 (held until given back)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return False
        # For people who look for the process.
        lock.truncate(0)
        lock.write(str(os.getpid()).encode())
        lock.flush()
        self._held[worker] = lock
        return True

    def give_back(self, worker: str) -> None:
        self._held.pop(worker).close()

    def keep(self) -> None:
        """A lock on a file is never lost."""

    def close(self) -> None:
        for worker in list(self._held):
            self.give_back(worker)


class IdsByConnection(WorkerIds):
    """Names held by one connection to PostgreSQL; a pooler between must not share connections among clients."""

    def __init__(self, url: URL) -> None:
        self._url = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection = self._connect()
        self._taken: set[str] = set()
        # Those that were taken and that this connection holds; a new connection holds none.
        self._held: set[str] = set()
        self._own = ""
        self._lost_at: float | None = None

    def take_own(self, worker: str) -> None:
        super().take_own(worker)
        self._own = worker
        self._show_own()

    def take(self, worker: str) -> bool:
        if not self._ask("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", worker):
            return False
        self._taken.add(worker)
        self._held.add(worker)
        return True

    def give_back(self, worker: str) -> None:
        self._taken.discard(worker)
        if worker in self._held:
            self._held.discard(worker)
            self._ask("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", worker)

    def keep(self) -> None:
        try:
            self._connection.execute("SELECT 1")
        except psycopg.Error:
            self._connection.close()
            self._held.clear()
            self._lost_at = time.monotonic()
            self._connection = self._connect()
            self._show_own()
        for worker in self._taken - self._held:
            if not self.take(worker):
                if worker == self._own:
                    raise WorkerIdTaken
                log.warning("the id %s is held by another worker for the moment", worker)

    @property
    def is_settled(self) -> bool:
        return self._lost_at is None or time.monotonic() - self._lost_at > SETTLING

    def close(self) -> None:
        self._connection.close()

    def _connect(self) -> psycopg.Connection[tuple[bool]]:
        return psycopg.connect(self._url, autocommit=True, options=KEEPALIVE)

    def _show_own(self) -> None:
        """Let those who ask who is at work find the id."""
        self._connection.execute("SELECT set_config('application_name', %s, false)", (SHOWN_AS + shown_id(self._own),))

    def _ask(self, question: str, worker: str) -> bool:
        row = self._connection.execute(question, (f"callmark worker {worker}",)).fetchone()
        return row is not None and row[0]


def worker_ids(url: str) -> WorkerIds:
    """Who is at work on the jobs of this database."""
    place = within_limits(url)
    if place.get_backend_name() == "sqlite":
        return IdsByFile(Path(str(place.database)))
    return IdsByConnection(place)


def at_work(url: str) -> tuple[str, ...]:
    """The workers that live at this moment, by what is shown of their ids."""
    place = within_limits(url)
    if place.get_backend_name() == "sqlite":
        database = Path(str(place.database))
        locks = database.parent.glob(f"{database.name}.*.lock")
        return tuple(sorted(shown_id(_holder(lock, database)) for lock in locks if _is_held(lock)))
    wanted = "SELECT DISTINCT application_name FROM pg_stat_activity WHERE datname = current_database()"
    address = place.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        with psycopg.connect(address) as connection:
            ids = [worker for (worker,) in connection.execute(wanted) if worker.startswith(SHOWN_AS)]
    except psycopg.Error as error:
        raise DatabaseUnavailable from error
    return tuple(sorted(worker.removeprefix(SHOWN_AS) for worker in ids))


def shown_id(worker: str) -> str:
    """As much of a worker's id as the databases have room for."""
    return worker[:LONGEST_SHOWN]


def _holder(lock: Path, database: Path) -> str:
    return lock.name.removeprefix(f"{database.name}.").removesuffix(".lock")


def _is_held(lock: Path) -> bool:
    """Whether a living process holds this file; that is tried out for a moment, in which a worker waits for it."""
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False
