"""Who is at work: a worker holds its name as long as it lives, and nobody else can hold it then."""

import fcntl
import logging
import os
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import IO

import psycopg
from sqlalchemy.engine import URL, make_url

from app.kit.db import DatabaseUnavailable
from app.kit.errors import AppError

log = logging.getLogger(__name__)

# How long a worker waits until the death of its forerunner has been noticed, in seconds.
PATIENCE = 60.0
# A machine that is gone says nothing; the server finds out within these seconds (first question, others, how many).
KEEPALIVE = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"


# What the database shows of a worker's connection, and how much of its name there is room for.
SHOWN_AS, LONGEST_SHOWN = "callmark worker ", 47


class WorkerNameTaken(AppError):
    """Another worker of this name is running; give each its own CALLMARK_WORKER_NAME."""

    code = "worker_name_taken"


class WorkerNames(ABC):
    """The names of workers, held by at most one process each and let go when that process ends in any way."""

    @abstractmethod
    def take(self, name: str) -> bool:
        """Hold a name; whether it could be had."""

    @abstractmethod
    def give_back(self, name: str) -> None:
        """Let go of a name."""

    @abstractmethod
    def keep(self) -> None:
        """Make sure that what was taken is still held."""

    @abstractmethod
    def close(self) -> None:
        """Let go of everything."""

    def take_own(self, name: str) -> None:
        """Hold the name of this worker; a forerunner that was killed a moment ago is waited for."""
        until = time.monotonic() + PATIENCE
        while not self.take(name):
            if time.monotonic() > until:
                raise WorkerNameTaken
            time.sleep(0.2)


class NamesByFile(WorkerNames):
    """Names held by locking a file beside an SQLite database."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._held: dict[str, IO[bytes]] = {}

    def take(self, name: str) -> bool:
        lock = Path(f"{self._database}.{name}.lock").open("a+b")  # noqa: SIM115 (held until given back)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return False
        # For people who look for the process.
        lock.truncate(0)
        lock.write(str(os.getpid()).encode())
        lock.flush()
        self._held[name] = lock
        return True

    def give_back(self, name: str) -> None:
        self._held.pop(name).close()

    def keep(self) -> None:
        """A lock on a file is never lost."""

    def close(self) -> None:
        for name in list(self._held):
            self.give_back(name)


class NamesByConnection(WorkerNames):
    """Names held by one connection to PostgreSQL; a pooler between must not share connections among clients."""

    def __init__(self, url: URL) -> None:
        self._url = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection = self._connect()
        self._taken: set[str] = set()
        # Those that were taken and that this connection holds; a new connection holds none.
        self._held: set[str] = set()
        self._own = ""

    def take_own(self, name: str) -> None:
        super().take_own(name)
        self._own = name
        self._show_own()

    def take(self, name: str) -> bool:
        if not self._ask("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", name):
            return False
        self._taken.add(name)
        self._held.add(name)
        return True

    def give_back(self, name: str) -> None:
        self._taken.discard(name)
        if name in self._held:
            self._held.discard(name)
            self._ask("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", name)

    def keep(self) -> None:
        try:
            self._connection.execute("SELECT 1")
        except psycopg.Error:
            self._connection.close()
            self._held.clear()
            self._connection = self._connect()
            self._show_own()
        for name in self._taken - self._held:
            if not self.take(name):
                log.warning("the name %s is held by another worker for the moment", name)

    def close(self) -> None:
        self._connection.close()

    def _connect(self) -> psycopg.Connection[tuple[bool]]:
        return psycopg.connect(self._url, autocommit=True, options=KEEPALIVE, connect_timeout=10)

    def _show_own(self) -> None:
        """Let those who ask who is at work find the name."""
        self._connection.execute(
            "SELECT set_config('application_name', %s, false)", (SHOWN_AS + shown_name(self._own),)
        )

    def _ask(self, question: str, name: str) -> bool:
        row = self._connection.execute(question, (f"callmark worker {name}",)).fetchone()
        return row is not None and row[0]


def worker_names(url: str) -> WorkerNames:
    """Who is at work on the jobs of this database."""
    place = make_url(url)
    if place.get_backend_name() == "sqlite":
        return NamesByFile(Path(str(place.database)))
    return NamesByConnection(place)


def at_work(url: str) -> tuple[str, ...]:
    """The workers that live at this moment, by what is shown of their names."""
    place = make_url(url)
    if place.get_backend_name() == "sqlite":
        database = Path(str(place.database))
        locks = database.parent.glob(f"{database.name}.*.lock")
        return tuple(sorted(shown_name(_holder(lock, database)) for lock in locks if _is_held(lock)))
    wanted = "SELECT DISTINCT application_name FROM pg_stat_activity WHERE datname = current_database()"
    address = place.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        with psycopg.connect(address, connect_timeout=10) as connection:
            names = [name for (name,) in connection.execute(wanted) if name.startswith(SHOWN_AS)]
    except psycopg.Error as error:
        raise DatabaseUnavailable from error
    return tuple(sorted(name.removeprefix(SHOWN_AS) for name in names))


def shown_name(name: str) -> str:
    """As much of a worker's name as the databases have room for."""
    return name[:LONGEST_SHOWN]


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
