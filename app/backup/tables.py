"""What stands in a database, table by table, as lines of text; one moment of it, while others go on writing."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, inspect, text

from app.backup.lines import EXACTLY, Column, exactly, kind_of, line_of, written

# Rows that are asked of SQLite at once, and bytes of PostgreSQL that are handed on at once.
ROWS_AT_ONCE = 2000
BYTES_AT_ONCE = 1 << 20
# Who is signed in, links by which people join, wrong passwords, answers kept for programs, whose the store is: none of
# it outlives a restore. The form of the database is told by the manifest.
LEFT_OUT = frozenset(
    {"alembic_version", "failed_sign_in", "installation", "invitation", "kept_answer", "restoring", "user_session"}
)
# Which columns name bytes in the store. A test looks for others.
NAMING_BLOBS: Mapping[str, tuple[str, ...]] = {
    "call": ("blob", "playback", "playback_unmuted", "peaks"),
    "list_import": ("blob",),
}


@dataclass(frozen=True)
class Table:
    """A table as it is in a database."""

    name: str
    columns: tuple[Column, ...]

    @property
    def quoted(self) -> str:
        return f'"{self.name}"'


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """The database as it is at one moment, for as long as this lasts; nobody who writes has to wait for it."""
    if engine.dialect.name == "sqlite":
        with engine.execution_options(reads_only=True).connect() as connection:
            yield connection
        return
    how: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**how) as connection:
        speak_plainly(connection)
        names = ", ".join(f'"{name}"' for name in inspect(connection).get_table_names())
        if names:
            # Before the first look, which makes the moment: a migration waits until this is done.
            connection.execute(text(f"LOCK TABLE {names} IN ACCESS SHARE MODE"))
        yield connection


def speak_plainly(connection: Connection) -> None:
    """Have PostgreSQL read and write values in one way whatever its settings, and take its time."""
    for setting in (
        "TIME ZONE 'UTC'",
        "client_encoding TO 'UTF8'",
        "bytea_output TO 'hex'",
        "extra_float_digits TO 1",
        "datestyle TO 'ISO, YMD'",
        "statement_timeout TO 0",
    ):
        connection.execute(text(f"SET LOCAL {setting}"))


def tables(connection: Connection) -> list[Table]:
    """The tables that a backup holds, those first to which others refer."""
    seen = inspect(connection)
    hidden = _of_search(connection)
    names = [name for name, _ in seen.get_sorted_table_and_fkc_names() if name is not None]
    return [
        Table(name, tuple(Column(one["name"], kind_of(one["type"])) for one in seen.get_columns(name)))
        for name in names
        if name not in LEFT_OUT and not name.startswith(hidden)
    ]


def _of_search(connection: Connection) -> tuple[str, ...]:
    """How the tables are called in which SQLite keeps an index for searching; triggers fill it."""
    if connection.dialect.name != "sqlite":
        return ()
    wanted = "SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%'"
    return tuple(connection.execute(text(wanted)).scalars())


def lines_of(connection: Connection, table: Table) -> Iterator[bytes]:
    """The rows of a table, many whole lines at a time."""
    if connection.dialect.name == "sqlite":
        return lines(connection, f"SELECT {line_of(table.columns)} FROM {table.quoted}")  # noqa: S608 (names from the database itself)
    values = ", ".join(written("postgresql", column) for column in table.columns)
    return lines(connection, f"SELECT {values} FROM {table.quoted}")  # noqa: S608


def blobs_named(connection: Connection, held: Sequence[Table]) -> Iterator[bytes]:
    """The keys of all bytes that the database names, each once and in order, many lines at a time."""
    naming = [
        (table.name, column.name)
        for table in held
        for column in table.columns
        if column.name in NAMING_BLOBS.get(table.name, ())
    ]
    if not naming:
        return iter(())
    named = 'SELECT "{1}" AS key FROM "{0}" WHERE "{1}" > \'\''
    each = " UNION ".join(named.format(*one) for one in naming)
    by_bytes = "BINARY" if connection.dialect.name == "sqlite" else '"C"'
    return lines(connection, f"SELECT key FROM ({each}) AS named ORDER BY key COLLATE {by_bytes}")  # noqa: S608


def still_named(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Which of these bytes the database names now."""
    found: set[str] = set()
    for table, columns in NAMING_BLOBS.items():
        for column in columns:
            asked = {f"key_{place}": key for place, key in enumerate(keys)}
            among = ", ".join(f":{name}" for name in asked)
            wanted = text(f'SELECT "{column}" FROM "{table}" WHERE "{column}" IN ({among})')  # noqa: S608
            found.update(connection.execute(wanted, asked).scalars())
    return found


def lines(connection: Connection, query: str) -> Iterator[bytes]:
    """What a query answers as lines of text, many at a time."""
    raw: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        raw.create_function(EXACTLY, 1, exactly, deterministic=True)
        connection.execute(text("SELECT 1"))
        raw.text_factory = bytes
        try:
            answer = raw.execute(query)
            while rows := answer.fetchmany(ROWS_AT_ONCE):
                yield b"".join(row[0] + b"\n" for row in rows)
        finally:
            raw.text_factory = str
        return
    with raw.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT") as copying:
        waiting = bytearray()
        for piece in copying:
            waiting += piece
            if len(waiting) >= BYTES_AT_ONCE:
                yield bytes(waiting)
                waiting.clear()
        yield bytes(waiting)
