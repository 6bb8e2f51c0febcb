"""Reads many contacts at once, by lists that are handed to the database as one value."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy
from sqlalchemy import JSON, BigInteger, ColumnElement, FromClause, String, bindparam, cast, literal_column
from sqlmodel import Session, col, func

from app.calls.models import Direction
from app.contacts.models import AgentDay, Contact
from app.contacts.sums import FIELDS, KEY, PLACE
from app.kit.db import UtcTime

DIRECTION = PLACE["direction"]
# A customer at a moment: where contacts that came in stand in the order in which repeats are told.
Position = tuple[int, datetime]


class Around(NamedTuple):
    """Beside the place of a position in a list: whether the customer had come in shortly before, and when next."""

    place: int
    again: bool
    after: datetime | None


class Gone(NamedTuple):
    """A position where a contact is no more: whether another one is there, what was before and what comes next."""

    customer: int
    moment: datetime
    there: bool
    before: datetime | None
    after: datetime | None


class Standing(NamedTuple):
    """A contact that came in: its id, whether it is taken for a repeat, and the key under which it counts."""

    id: int
    customer: int
    moment: datetime
    repeat: bool
    key: tuple[Any, ...]


def known(session: Session, external_ids: Sequence[str]) -> dict[str, tuple[int, list[Any]]]:
    """Those of these contacts that are stored, by external id: their id and values."""
    listed, cell, _ = _listed(session, external_ids)
    columns = [getattr(Contact, name) for name in FIELDS]
    wanted = sqlalchemy.select(col(Contact.id), *columns).where(
        col(Contact.external_id).in_(sqlalchemy.select(cell(None, String())).select_from(listed))
    )
    return {row[1]: (row[0], _values(row[1:])) for row in session.execute(wanted)}


def _values(row: Sequence[Any]) -> list[Any]:
    """The values of a contact as they are passed along: the direction is a plain word."""
    values = list(row)
    values[DIRECTION] = str(values[DIRECTION])
    return values


def known_days(session: Session, days: Sequence[tuple[int, str]]) -> Sequence[AgentDay]:
    """Those of these days (agent and day, as 2026-11-23) that are stored."""
    listed, cell, _ = _listed(session, days)
    pairs = (
        sqlalchemy.select(cell(0, BigInteger()).label("agent"), cell(1, String()).label("day"))
        .select_from(listed)
        .subquery()
    )
    wanted = sqlalchemy.select(AgentDay).join(
        pairs,
        sqlalchemy.and_(col(AgentDay.agent_id) == pairs.c.agent, cast(col(AgentDay.day), String) == pairs.c.day),
    )
    return session.scalars(wanted).all()


def around(session: Session, positions: Sequence[Position], within: timedelta) -> list[Around]:
    """What stands within this time beside each position; found in the index, however many contacts there are."""
    when = _written(session)
    cells = [(customer, when(moment), when(moment - within), when(moment + within)) for customer, moment in positions]
    listed, cell, place = _listed(session, cells)
    kinds = (BigInteger(), UtcTime(), UtcTime(), UtcTime())
    names = ("customer", "moment", "earliest", "latest")
    pairs = (
        sqlalchemy.select(place.label("place"), *(cell(at, kinds[at]).label(name) for at, name in enumerate(names)))
        .select_from(listed)
        .cte("position")
        # Else every mention of a cell would read it anew.
        .prefix_with("MATERIALIZED")
    )
    started = col(Contact.started_at)
    before = _same(pairs, started >= pairs.c.earliest, started < pairs.c.moment)
    after = _same(pairs, started > pairs.c.moment, started <= pairs.c.latest)
    wanted = sqlalchemy.select(
        pairs.c.place,
        sqlalchemy.exists().where(*before).correlate(pairs),
        sqlalchemy.select(func.min(started)).where(*after).correlate(pairs).scalar_subquery(),
    )
    return [Around(int(row[0]), bool(row[1]), row[2]) for row in session.execute(wanted)]


def gone(session: Session, positions: Iterable[Position]) -> list[Gone]:
    """What stands beside each of these positions, from which a contact has gone."""
    pairs = _positions(session, positions)
    started = col(Contact.started_at)

    def one(what: ColumnElement[Any], when: ColumnElement[bool]) -> ColumnElement[Any]:
        return sqlalchemy.select(what).where(*_same(pairs, when)).correlate(pairs).scalar_subquery()

    wanted = sqlalchemy.select(
        pairs.c.customer,
        pairs.c.moment,
        sqlalchemy.exists().where(*_same(pairs, started == pairs.c.moment)).correlate(pairs),
        one(func.max(started), started < pairs.c.moment),
        one(func.min(started), started > pairs.c.moment),
    )
    return [Gone(*row) for row in session.execute(wanted)]


def _same(pairs: FromClause, *when: ColumnElement[bool]) -> tuple[ColumnElement[bool], ...]:
    """What the customer of a position came in with at these times."""
    # In this very word, so that one index serves both databases.
    inbound = col(Contact.direction) == literal_column("'inbound'")
    return (col(Contact.customer_key) == pairs.c.customer, inbound, *when)


def standing_at(session: Session, positions: Iterable[Position]) -> list[Standing]:
    """The contacts that came in at these positions."""
    pairs = _positions(session, positions)
    key = [getattr(Contact, name) for name in KEY]
    wanted = (
        sqlalchemy.select(
            col(Contact.id), col(Contact.customer_key), col(Contact.started_at), col(Contact.repeat), *key
        )
        .select_from(pairs)
        .join(
            Contact,
            sqlalchemy.and_(
                col(Contact.customer_key) == pairs.c.customer,
                col(Contact.direction) == Direction.INBOUND,
                col(Contact.started_at) == pairs.c.moment,
            ),
        )
    )
    return [
        Standing(row[0], row[1], row[2], row[3], (row[4], row[5] or 0, row[6] or 0, row[7], str(row[8]), row[9]))
        for row in session.execute(wanted)
    ]


def _positions(session: Session, positions: Iterable[Position]) -> FromClause:
    when = _written(session)
    listed, cell, _ = _listed(session, [(customer, when(moment)) for customer, moment in positions])
    return (
        sqlalchemy.select(cell(0, BigInteger()).label("customer"), cell(1, UtcTime()).label("moment"))
        .select_from(listed)
        .cte("position")
        # Else every mention of a cell would read it anew.
        .prefix_with("MATERIALIZED")
    )


def _written(session: Session) -> Callable[[datetime], str]:
    """How a moment is handed to this database."""
    return stored_moment if session.get_bind().dialect.name == "sqlite" else datetime.isoformat


def _listed(session: Session, values: Sequence[Any]) -> tuple[FromClause, Any, ColumnElement[int]]:
    """A list as a table, how to read a cell of its rows (None: the row is the value itself), and the row's place."""
    text = json.dumps(values)
    if session.get_bind().dialect.name == "sqlite":
        table = func.json_each(bindparam(None, text, String)).table_valued("key", "value")

        def cell(place: int | None, kind: Any) -> ColumnElement[Any]:
            path: ColumnElement[str] = literal_column(f"'$[{place}]'")
            return sqlalchemy.type_coerce(
                table.c.value if place is None else func.json_extract(table.c.value, path), kind
            )

        return table, cell, table.c.key
    every = func.json_array_elements(cast(bindparam(None, text, String), JSON))
    listed = every.table_valued("value", with_ordinality="number").render_derived()

    def element(place: int | None, kind: Any) -> ColumnElement[Any]:
        inner = listed.c.value.op("#>>")(literal_column("'{}'" if place is None else f"'{{{place}}}'"))
        return cast(inner, kind)

    return listed, element, listed.c.number - 1


def stored_moment(moment: datetime) -> str:
    """A moment in UTC as SQLite keeps it."""
    return moment.isoformat(" ", "microseconds")[:26]
