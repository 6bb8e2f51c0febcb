"""Keeps many contacts in one transaction, with what they add to the tallies and who comes in again.

Whoever changes contacts holds one lock until the end, so that sums and repeats are exact whoever else brings some.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text
from sqlmodel import Session

from app.contacts import lookups
from app.contacts.lookups import stored_moment
from app.contacts.sums import FIELDS, KEY, SUMS, Terms, add, key_of, nothing
from app.contacts.visits import Change, Key, Visits, follow

# Any number that nothing else locks by.
CONTACTS_LOCK = 20221123
# Memory that SQLite may use while contacts are kept, in KiB.
CACHE_KIB = 64 * 1024
REPEATS = SUMS.index("repeats")
# What the columns of a tally are to PostgreSQL, in the order of KEY and SUMS.
KINDS = ("date", "integer", "integer", "text", "text", "text", *["bigint"] * len(SUMS))


Deltas = dict[Key, list[int]]


def hold(session: Session) -> None:
    """Let nobody else change contacts until this transaction ends; on SQLite nobody else writes at all."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": CONTACTS_LOCK})
    else:
        # Customers come in no order: their index is read and written all over.
        session.execute(text(f"PRAGMA cache_size = -{CACHE_KIB}"))


def keep(session: Session, changes: Sequence[Change], on: Terms) -> None:
    """Keep these contacts, each of which stands here once."""
    deltas: Deltas = {}
    visits = Visits()
    for one in changes:
        _note(one, deltas, visits, on)
    newest = lookups.newest(session)
    connection = session.connection()
    _insert(connection, [one.new for one in changes if one.id is None])
    _update(connection, [one for one in changes if one.id is not None])
    follow(session, visits, newest, on, lambda key, more: _count(deltas, key, more))
    _add_up(connection, deltas)


def _note(one: Change, deltas: Deltas, visits: Visits, on: Terms) -> None:
    """What a change adds and takes away, and where visits of customers came or went."""
    if one.old is not None:
        add(_delta(deltas, key_of(one.old)), one.old, -1, on)
    visits.note(one)
    add(_delta(deltas, key_of(one.new)), one.new, 1, on)


def _delta(deltas: Deltas, key: Key) -> list[int]:
    found = deltas.get(key)
    if found is None:
        found = deltas[key] = nothing()
    return found


def _count(deltas: Deltas, key: Key, more: int) -> None:
    _delta(deltas, key)[REPEATS] += more


def _insert(connection: Connection, contacts: list[list[Any]]) -> None:
    if not contacts:
        return
    columns = ", ".join(FIELDS)
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(FIELDS))
        statement = f"INSERT INTO contact ({columns}) VALUES ({marks})"  # noqa: S608
        connection.exec_driver_sql(statement, [_for_sqlite(one) for one in contacts])
        return
    cursor = connection.connection.cursor()
    with cursor.copy(f"COPY contact ({columns}) FROM STDIN") as copy:
        for one in contacts:
            copy.write_row(one)


def _update(connection: Connection, changes: list[Change]) -> None:
    if not changes:
        return
    mark = _mark(connection)
    values = ", ".join(f"{name} = {mark}" for name in FIELDS)
    sqlite = connection.dialect.name == "sqlite"
    rows = [(*(_for_sqlite(one.new) if sqlite else one.new), one.id) for one in changes]
    connection.exec_driver_sql(f"UPDATE contact SET {values} WHERE id = {mark}", rows)  # noqa: S608


def _add_up(connection: Connection, deltas: Deltas) -> None:
    """Add to the tallies; in a fixed order, in which rows of one day lie together."""
    rows = [(*key, *delta) for key, delta in sorted(deltas.items(), key=_by_key) if any(delta)]
    if not rows:
        return
    columns = (*KEY, *SUMS)
    sums = ", ".join(f"{name} = contact_tally.{name} + excluded.{name}" for name in SUMS)
    if connection.dialect.name == "sqlite":
        source = f"VALUES ({', '.join('?' * len(columns))})"
        told: Any = [(day.isoformat(), *others) for day, *others in rows]
    else:
        # All rows in one statement, a column at a time.
        source = f"SELECT * FROM unnest({', '.join(f'%s::{kind}[]' for kind in KINDS)})"  # noqa: S608
        told = tuple(map(_array, zip(*rows, strict=True)))
    statement = (
        f"INSERT INTO contact_tally ({', '.join(columns)}) {source} ON CONFLICT ({', '.join(KEY)}) DO UPDATE SET {sums}"
    )
    connection.exec_driver_sql(statement, told)


def _array(column: tuple[Any, ...]) -> Any:
    """A column of a statement as PostgreSQL takes it; numbers, of which there are many, written out at once."""
    return f"{{{','.join(map(str, column))}}}" if isinstance(column[0], int) else list(column)


def _by_key(one: tuple[tuple[Any, ...], list[int]]) -> tuple[Any, ...]:
    return one[0]


def _mark(connection: Connection) -> str:
    return "?" if connection.dialect.name == "sqlite" else "%s"


def _for_sqlite(contact: Sequence[Any]) -> tuple[Any, ...]:
    """The values as SQLite keeps them: moments and days are text there."""
    external_id, started, day, *others = contact
    return external_id, stored_moment(started), day.isoformat(), *others
