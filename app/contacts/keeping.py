"""Keeps many contacts in one transaction, with what they add to the tallies and who comes in again.

Whoever changes contacts holds one lock until the end, so that sums and repeats are exact whoever else brings some.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, text
from sqlmodel import Session

from app.contacts import lookups
from app.contacts.lookups import Position, stored_moment
from app.contacts.sums import FIELDS, KEY, PLACE, SUMS, Terms, add, key_of, nothing

# Any number that nothing else locks by.
CONTACTS_LOCK = 20221123
# Memory that SQLite may use while contacts are kept, in KiB.
CACHE_KIB = 64 * 1024
STARTED, DIRECTION, CUSTOMER, REPEAT = (PLACE[name] for name in ("started_at", "direction", "customer_key", "repeat"))
REPEATS = SUMS.index("repeats")


@dataclass(slots=True)
class Change:
    """A contact as it is to be kept; `id` and `old` are of the stored one, if there is one."""

    new: list[Any]
    id: int | None = None
    old: list[Any] | None = None


Deltas = dict[tuple[Any, ...], list[int]]


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
    came: set[Position] = set()
    went: set[Position] = set()
    for one in changes:
        _note(one, deltas, came, went, on)
    connection = session.connection()
    _insert(connection, [one.new for one in changes if one.id is None])
    _update(connection, [one for one in changes if one.id is not None])
    _follow_repeats(session, came, went - came, deltas, on)
    _add_up(connection, deltas)


def _note(one: Change, deltas: Deltas, came: set[Position], went: set[Position], on: Terms) -> None:
    """What a change adds and takes away, and at which customers' moments something came or went."""
    new, old = one.new, one.old
    place = position(new)
    new[REPEAT] = False
    if old is not None:
        before = position(old)
        add(_delta(deltas, key_of(old)), old, -1, on)
        if before is not None and before != place:
            went.add(before)
        new[REPEAT] = old[REPEAT] and before == place
    if place is not None and (old is None or place != before):
        came.add(place)
    add(_delta(deltas, key_of(new)), new, 1, on)


def position(contact: Sequence[Any]) -> Position | None:
    """Where a contact stands among those of its customer; None for what went out, and where nobody is known."""
    customer = contact[CUSTOMER]
    return None if customer is None or contact[DIRECTION] != "inbound" else (customer, contact[STARTED])


def _delta(deltas: Deltas, key: tuple[Any, ...]) -> list[int]:
    found = deltas.get(key)
    if found is None:
        found = deltas[key] = nothing()
    return found


def _follow_repeats(session: Session, came: set[Position], went: set[Position], deltas: Deltas, on: Terms) -> None:
    """Say anew who comes in again: at the moments where something came or went, and at the next ones after these.

    Those that follow later are repeats of the next one, whatever came or went before it.
    """
    wanted = _wanted(session, came, went, timedelta(days=on.repeat_days))
    if not wanted:
        return
    standing = lookups.standing_at(session, wanted)
    flipped = [found for found in standing if found.repeat != wanted[found.customer, found.moment]]
    for found in flipped:
        _delta(deltas, found.key)[REPEATS] += -1 if found.repeat else 1
    _flip(session.connection(), [(not found.repeat, found.id) for found in flipped])


def _wanted(session: Session, came: set[Position], went: set[Position], within: timedelta) -> dict[Position, bool]:
    """Whether what came in at these positions is a repeat; those that stay what they are are left out."""
    wanted: dict[Position, bool] = {}
    if went:
        for one in lookups.gone(session, went):
            if one.after is not None and one.after - one.moment <= within:
                last = one.moment if one.there else one.before
                wanted[one.customer, one.after] = last is not None and one.after - last <= within
    if came:
        # In the order of the index, so that neighbours are found on the same page.
        places = sorted(came)
        for place, again, after in lookups.around(session, places, within):
            if again:
                wanted[places[place]] = True
            if after is not None:
                wanted[places[place][0], after] = True
    return wanted


def _flip(connection: Connection, flipped: list[tuple[bool, int]]) -> None:
    if flipped:
        mark = _mark(connection)
        connection.exec_driver_sql(f"UPDATE contact SET repeat = {mark} WHERE id = {mark}", flipped)  # noqa: S608


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
    mark = _mark(connection)
    columns = (*KEY, *SUMS)
    sums = ", ".join(f"{name} = contact_tally.{name} + excluded.{name}" for name in SUMS)
    statement = (
        f"INSERT INTO contact_tally ({', '.join(columns)}) VALUES ({', '.join([mark] * len(columns))}) "  # noqa: S608
        f"ON CONFLICT ({', '.join(KEY)}) DO UPDATE SET {sums}"
    )
    sqlite = connection.dialect.name == "sqlite"
    rows = [
        ((key[0].isoformat() if sqlite else key[0]), *key[1:], *delta)
        for key, delta in sorted(deltas.items(), key=_by_key)
        if any(delta)
    ]
    if rows:
        connection.exec_driver_sql(statement, rows)


def _by_key(one: tuple[tuple[Any, ...], list[int]]) -> tuple[Any, ...]:
    return one[0]


def _mark(connection: Connection) -> str:
    return "?" if connection.dialect.name == "sqlite" else "%s"


def _for_sqlite(contact: Sequence[Any]) -> tuple[Any, ...]:
    """The values as SQLite keeps them: moments and days are text there."""
    external_id, started, day, *others = contact
    return external_id, stored_moment(started), day.isoformat(), *others
