"""The database: SQLite or PostgreSQL by URL, with the same meaning of time, JSON and transactions on both."""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import DateTime, Dialect, Engine, Enum, MetaData, TypeDecorator, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.orm import Session as OrmSession
from sqlmodel import Session, SQLModel

from app.kit import letters
from app.kit.errors import AppError, Passing, StorageFull, where

log = logging.getLogger(__name__)

# Constraints have names from the first day, so that a migration can change them on both databases.
SQLModel.metadata.naming_convention = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
).naming_convention

# How long a writer waits for another one before it gives up, in seconds.
BUSY_SECONDS = 30
# What SQLite and PostgreSQL call a disk without space; the second, where it is the memory that connections share.
FULL = ("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE", "53100")
# A machine that has vanished says nothing: whoever asks PostgreSQL finds out by these limits, in seconds but the last,
# which is in milliseconds.
LIMITS = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}


class DatabaseUnavailable(Passing):
    """The database cannot be reached at the moment; try again in a minute."""

    code = "database_unavailable"
    status = 503


class ValueRefused(AppError):
    """A value cannot be kept: a number is too large, or a text has a zero byte in it."""

    code = "value_refused"
    status = 422


class UtcTime(TypeDecorator[datetime]):
    """A moment with its zone; SQLite alone would hand back a naive one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC))


def values_of(kind: type[StrEnum], column: str = "") -> Enum:
    """A column type that stores the values of an enumeration (not their Python names), checked by the database.

    A second column of the same kind in one table says its own name, because the checks are named.
    """
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=32,
        name=column or kind.__name__.lower(),
        values_callable=lambda one: [member.value for member in one],
    )


def within_limits(url: str | URL) -> URL:
    """The same database, for which nobody waits longer than for a machine that lives; what the URL says stays."""
    place = make_url(url)
    if place.get_backend_name() == "sqlite":
        return place
    return place.update_query_dict({name: limit for name, limit in LIMITS.items() if name not in place.query})


def make_engine(url: str) -> Engine:
    """The engine for a database URL (sqlite:///file or postgresql://…); its errors do not repeat what was stored."""
    parsed = within_limits(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(
            parsed,
            connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
            pool_size=10,
            max_overflow=30,
            hide_parameters=True,
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = create_engine(parsed, pool_pre_ping=True, pool_size=10, max_overflow=20, hide_parameters=True)
    event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _prepare_postgresql(connection: Any, record: object) -> None:
    # To call further processes takes longer than what is asked for on nearly every page, and many ask at once.
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")
    connection.commit()


def share_out(session: Session) -> None:
    """Let PostgreSQL share out the questions of this transaction among its processes: they read very many rows."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL max_parallel_workers_per_gather TO DEFAULT"))


def _prepare_sqlite(connection: sqlite3.Connection, record: object) -> None:
    # The driver's own transactions begin late; ours begin where the event below says so.
    connection.isolation_level = None
    # FULL: what was confirmed must outlive a power cut, which NORMAL does not promise.
    # 32 MiB are kept of what was read (2 MiB else): sums of a year are read again and again.
    # secure_delete: what is deleted is overwritten, not only given up; a customer's words must not lie on in the file.
    pragmas = ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", "cache_size=-32768", "secure_delete=ON")
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")
    connection.create_function(letters.LOWER, 1, letters.lowered, deterministic=True)


def _begin_sqlite(connection: Any) -> None:
    # A reader that turns writer halfway would be refused; whoever may write waits for its turn at the beginning.
    reads_only = connection.get_execution_options().get("reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


def write_out(engine: Engine) -> bool:
    """Have SQLite write its log into the file and empty it, for it holds pages as they were; whether it could.

    As long as somebody reads, it cannot. PostgreSQL looks after its own log.
    """
    if engine.dialect.name != "sqlite":
        return True
    connection = engine.raw_connection()
    try:
        busy = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    finally:
        connection.close()
    return not busy


@contextmanager
def session(engine: Engine, reads_only: bool = False) -> Iterator[Session]:
    """One transaction: committed at the end, rolled back on an error; then what was put off until after it is done."""
    bound = engine.execution_options(reads_only=True) if reads_only else engine
    with Session(bound, expire_on_commit=False) as opened:
        try:
            yield opened
            opened.commit()
        except (DataError, OverflowError) as error:
            raise ValueRefused from error
        except NoConnectionFree as error:
            # All connections are in use, and none came free.
            raise DatabaseUnavailable from error
        except DBAPIError as error:
            if (reason := passing(error)) is not None:
                raise reason from error
            raise
    for act in _put_off(opened):
        try:
            act()
        except Passing as reason:
            log.warning("could not be done right after the commit (%s); a sweep does it later", reason.code)
        except Exception as error:
            # What was stored is safe, and the answer must say so; the worker's sweep does the act later.
            log.error("could not be done right after the commit; a sweep does it later\n%s", where(error))


def at_one_moment(engine: Engine) -> Engine:
    """The engine, whose transactions see all as it was when they began; those of SQLite do so by themselves."""
    return engine if engine.dialect.name == "sqlite" else engine.execution_options(isolation_level="REPEATABLE READ")


def after_commit(opened: OrmSession, act: Callable[[], None]) -> None:
    """Put off an act (an enqueue) until what it depends on is safely stored; a rolled-back session never does it."""
    _put_off(opened).append(act)


def place(opened: OrmSession) -> str:
    """Which database it is that a session reads: what is remembered of one holds for no other."""
    return opened.get_bind().engine.url.render_as_string()


def _put_off(opened: OrmSession) -> list[Callable[[], None]]:
    acts: list[Callable[[], None]] = opened.info.setdefault("after_commit", [])
    return acts


def passing(error: DBAPIError) -> Passing | None:
    """What is the matter where the database, not the request, is at fault: no space, locked for too long, away."""
    if getattr(error.orig, "sqlite_errorname", "") in FULL or getattr(error.orig, "sqlstate", "") in FULL:
        return StorageFull()
    is_locked = error.connection_invalidated or "database is locked" in str(error.orig)
    if is_locked or (isinstance(error, OperationalError) and type(error.orig).__module__.startswith("psycopg")):
        return DatabaseUnavailable()
    return None


def id_of(row: object) -> int:
    """The id of a row that is stored."""
    found: int | None = getattr(row, "id", None)
    if found is None:
        raise ValueError(f"this {type(row).__name__} was not stored yet")
    return found
