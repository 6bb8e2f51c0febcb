"""Fills an empty database with the lines of a backup, all in one transaction."""

import gzip
import io
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Engine, inspect, text
from sqlmodel import Session

from app.backup.lines import Column, read, with_terms
from app.backup.manifest import Backup, BackupDamaged, Manifest
from app.backup.tables import Table, speak_plainly, tables
from app.kit.errors import AppError

PIECE = 1 << 20
# The table that stands in a database from when it was filled until it has the form of this version.
MARK = "restoring"
# What PostgreSQL cannot keep in a text, and what stands in its place.
ZERO, IN_ITS_PLACE = b"\0", "\N{REPLACEMENT CHARACTER}".encode()
# Called with the table that is filled, and which share of all is done (0-1).
Tell = Callable[[str, float], object]


class DatabaseNotEmpty(AppError):
    """There is something in this database already; a backup is restored into an empty one alone. Name another by
    CALLMARK_DATABASE_URL or --data-dir, or put the present one aside."""

    code = "database_not_empty"
    status = 409


class DatabaseInUse(AppError):
    """Another program has this database open; end `serve`, `worker` and `watch`, then restore the backup."""

    code = "database_in_use"
    status = 409


def refuse_unless_empty(engine: Engine) -> None:
    """Refuse a database in which there is anything."""
    with engine.connect() as connection:
        _refuse_unless_empty(connection, [f'"{name}"' for name in inspect(connection).get_table_names()])


def _refuse_unless_empty(connection: Connection, names: Sequence[str]) -> None:
    for name in names:
        if name == '"alembic_version"' or name.startswith('"spoken_index'):
            continue
        if connection.execute(text(f"SELECT 1 FROM {name} LIMIT 1")).first() is not None:  # noqa: S608 (names from the database itself)
            raise DatabaseNotEmpty


def is_filled(engine: Engine, backup: Backup) -> bool:
    """Whether this backup was brought back already, by somebody who was cut off right afterwards."""
    with engine.connect() as connection:
        if not inspect(connection).has_table(MARK):
            return False
        return connection.execute(text(f"SELECT backup FROM {MARK}")).scalar() == backup.path.name  # noqa: S608


def forget_mark(session: Session) -> None:
    """Nothing is left to be done."""
    session.execute(text(f"DROP TABLE {MARK}"))


def fill(engine: Engine, backup: Backup, manifest: Manifest, tell: Tell) -> int:
    """Fill all tables, which are those of the backup's form; how many zero bytes in texts had to be replaced."""
    with _alone(engine) as connection:
        there = {table.name: table for table in tables(connection)}
        _refuse_unless_empty(connection, [table.quoted for table in there.values()])
        total, done, replaced = sum(one.rows for one in manifest.tables), 0, 0
        for file in manifest.tables:
            tell("tables", done / max(total, 1))
            columns = {column.name: column for column in there[file.name].columns}
            table = Table(file.name, tuple(columns[name] for name in file.columns))
            rows, zeros = load(connection, table, backup.table(file.name))
            if rows != file.rows:
                raise BackupDamaged(f"{backup.table(file.name)} has {rows} rows instead of {file.rows}")
            done, replaced = done + rows, replaced + zeros
        tell("references", 1.0)
        _finish(connection, list(there.values()))
        # All of it is there, but not yet in the form of this version: whoever is cut off goes on from here.
        connection.execute(text(f"CREATE TABLE {MARK} (backup VARCHAR)"))
        connection.execute(text(f"INSERT INTO {MARK} VALUES (:name)"), {"name": backup.path.name})  # noqa: S608
    return replaced


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """A transaction in which nobody else may write, as fast as one can be on an empty database."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            raw: Any = connection.connection.driver_connection
            # What is new in a file need not be kept twice. References are looked at once, in the end.
            try:
                raw.execute("PRAGMA journal_mode=DELETE")
            except sqlite3.OperationalError as error:
                raise DatabaseInUse from error
            for pragma in ("foreign_keys=OFF", "cache_size=-131072"):
                raw.execute(f"PRAGMA {pragma}")
        with connection.begin():
            if engine.dialect.name == "postgresql":
                speak_plainly(connection)
                names = ", ".join(table.quoted for table in tables(connection))
                connection.execute(text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))
            yield connection
        # What was set for this alone goes with the connection.
        connection.invalidate()


def load(connection: Connection, table: Table, path: Path) -> tuple[int, int]:
    """Add the lines of a file to a table; how many, and how many zero bytes had to be replaced."""
    return (_into_sqlite if connection.dialect.name == "sqlite" else _into_postgresql)(connection, table, path)


def _into_sqlite(connection: Connection, table: Table, path: Path) -> tuple[int, int]:
    names = ", ".join(column.quoted for column in table.columns)
    places = ", ".join("?" * len(table.columns))
    values = read(table.columns)
    raw: Any = connection.connection.driver_connection
    with _lines(path) as lines:
        rows = (values(line[:-1].decode()) for line in lines)
        filled = raw.executemany(f"INSERT INTO {table.quoted} ({names}) VALUES ({places})", rows)  # noqa: S608
    return max(filled.rowcount, 0), 0


def _into_postgresql(connection: Connection, table: Table, path: Path) -> tuple[int, int]:
    names = ", ".join(column.quoted for column in table.columns)
    raw: Any = connection.connection.driver_connection
    zeros = 0
    with _lines(path) as lines, raw.cursor() as cursor:
        with cursor.copy(f"COPY {table.quoted} ({names}) FROM STDIN") as copying:
            for piece in _as_postgresql_reads(lines, table.columns):
                zeros += piece.count(ZERO)
                copying.write(piece.replace(ZERO, IN_ITS_PLACE))
        return cursor.rowcount, zeros


def _as_postgresql_reads(lines: IO[bytes], columns: Sequence[Column]) -> Iterator[bytes]:
    quoted = with_terms(columns)
    if quoted is None:
        yield from iter(lambda: lines.read(PIECE), b"")
    else:
        for line in lines:
            yield quoted(line[:-1].decode()).encode() + b"\n"


@contextmanager
def _lines(path: Path) -> Iterator[IO[bytes]]:
    with gzip.open(path) as packed, io.BufferedReader(packed, PIECE) as lines:
        yield lines


def _finish(connection: Connection, filled: Sequence[Table]) -> None:
    """Look whether all that is referred to is there; let new rows get numbers after those that are there."""
    if connection.dialect.name == "sqlite":
        if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
            raise BackupDamaged("The backup refers to rows that are not in it; take another one.")
        return
    for table in filled:
        asked = {"table": table.quoted}
        if "id" not in {column.name for column in table.columns}:
            continue
        counter = connection.execute(text("SELECT pg_get_serial_sequence(:table, 'id')"), asked).scalar()
        if counter is not None:
            last = f"SELECT setval('{counter}', max(id)) FROM {table.quoted} HAVING max(id) IS NOT NULL"  # noqa: S608
            connection.execute(text(last))
