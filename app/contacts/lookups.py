"""Reads many contacts at once, by lists that are handed to the database as one value."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import sqlalchemy
from sqlalchemy import JSON, BigInteger, ColumnElement, FromClause, Integer, String, bindparam, cast, literal_column
from sqlmodel import Session, col, func

from app.contacts.models import AgentDay, Contact
from app.contacts.sums import FIELDS, KEY, PLACE
from app.kit.db import UtcTime
from app.kit.letters import has

DIRECTION = PLACE["direction"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A customer at a moment: where contacts that came in stand in the order in which repeats are told.
Position = tuple[int, datetime]


class Beside(NamedTuple):
    """A contact that came in, with the moments at which its customer had come in before and came in next.

    Both are looked for in the weeks around alone; contacts with neither are left out.
    """

    id: int
    external_id: str
    before: datetime | None
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
    listed, cell, _ = listed_as(session, external_ids)
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


def of_customer(
    session: Session, external_ids: Sequence[str], customer_keys: Sequence[int], written: Sequence[str], limit: int
) -> Sequence[int]:
    """The contacts of these names and of these customers, and whose name has one of these words in it, by id."""
    name = col(Contact.external_id)
    told = [has(name, word) for word in written]
    meant = sqlalchemy.or_(name.in_(external_ids), col(Contact.customer_key).in_(customer_keys), *told)
    wanted = sqlalchemy.select(col(Contact.id)).where(meant).order_by(col(Contact.id)).limit(limit)
    return session.execute(wanted).scalars().all()


def names_of(session: Session, ids: Sequence[int]) -> tuple[list[str], list[int]]:
    """What other systems call these contacts, and whose they are."""
    wanted = sqlalchemy.select(col(Contact.external_id), col(Contact.customer_key)).where(col(Contact.id).in_(ids))
    rows = session.execute(wanted).all()
    return [name for name, _ in rows], sorted({key for _, key in rows if key is not None})


def by_ids(session: Session, ids: Sequence[int]) -> Sequence[Contact]:
    """These contacts, by id."""
    return session.scalars(sqlalchemy.select(Contact).where(col(Contact.id).in_(ids)).order_by(col(Contact.id))).all()


def known_days(session: Session, days: Sequence[tuple[int, str]]) -> Sequence[AgentDay]:
    """Those of these days (agent and day, as 2026-11-23) that are stored."""
    listed, cell, _ = listed_as(session, days)
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


def newest(session: Session) -> int:
    """The id of the contact that was stored last; who holds the lock of contacts knows by it what is stored next."""
    return session.scalar(sqlalchemy.select(func.max(Contact.id))) or 0


def beside_newer(session: Session, newest: int, weeks: int) -> list[Beside]:
    """What stands so many weeks around beside the contacts that were stored after this one (by its id)."""
    return _beside(session, lambda one: one.c.id > newest, weeks)


def beside_these(session: Session, ids: Sequence[int], weeks: int) -> list[Beside]:
    """What stands so many weeks around beside these contacts."""
    listed, cell, _ = listed_as(session, ids)
    return _beside(
        session, lambda one: one.c.id.in_(sqlalchemy.select(cell(None, BigInteger())).select_from(listed)), weeks
    )


def _beside(session: Session, which: Callable[[FromClause], ColumnElement[bool]], weeks: int) -> list[Beside]:
    """Found in the index, however many contacts there are, and without telling the database of any position."""
    one = sqlalchemy.inspect(Contact).local_table.alias("one")
    before, after = _before(one, weeks).label("before"), _after(one, weeks).label("after")
    found = (
        sqlalchemy.select(one.c.id, one.c.external_id, before, after)
        .where(one.c.visit_week.is_not(None), which(one))
        .cte("found")
        # Else each moment would be looked for twice.
        .prefix_with("MATERIALIZED")
    )
    wanted = sqlalchemy.select(found).where(found.c.before.is_not(None) | found.c.after.is_not(None))
    return [Beside(*row) for row in session.execute(wanted)]


def gone(session: Session, positions: Iterable[Position], weeks: int) -> list[Gone]:
    """What stands so many weeks around beside each of these positions, from which a contact has gone."""
    pairs = _positions(session, positions)
    there = sqlalchemy.exists().where(*_visits(pairs, 0), col(Contact.started_at) == pairs.c.started_at)
    wanted = sqlalchemy.select(
        pairs.c.customer_key,
        pairs.c.started_at,
        there.correlate(pairs),
        _before(pairs, weeks),
        _after(pairs, weeks),
    )
    return [Gone(*row) for row in session.execute(wanted)]


def _before(one: FromClause, weeks: int) -> ColumnElement[datetime | None]:
    """When the customer of a visit had come in last, at most so many weeks before."""
    started = col(Contact.started_at)
    return func.coalesce(
        *(
            sqlalchemy.select(func.max(started))
            .where(*_visits(one, -back), started < one.c.started_at)
            .correlate(one)
            .scalar_subquery()
            for back in range(weeks + 1)
        )
    )


def _after(one: FromClause, weeks: int) -> ColumnElement[datetime | None]:
    """When the customer of a visit came in next, at most so many weeks later."""
    started = col(Contact.started_at)
    return func.coalesce(
        *(
            sqlalchemy.select(func.min(started))
            .where(*_visits(one, on), started > one.c.started_at)
            .correlate(one)
            .scalar_subquery()
            for on in range(weeks + 1)
        )
    )


def _visits(one: FromClause, weeks: int) -> tuple[ColumnElement[bool], ...]:
    """When the customer of a visit came in, in the week that is so many later."""
    # Written out, so that the database remembers how it looks for them.
    week = one.c.visit_week + literal_column(str(weeks))
    return col(Contact.visit_week) == week, col(Contact.customer_key) == one.c.customer_key


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
            sqlalchemy.and_(*_visits(pairs, 0), col(Contact.started_at) == pairs.c.started_at),
        )
    )
    return [
        Standing(row[0], row[1], row[2], row[3], (row[4], row[5] or 0, row[6] or 0, row[7], str(row[8]), row[9]))
        for row in session.execute(wanted)
    ]


def _positions(session: Session, positions: Iterable[Position]) -> FromClause:
    when = stored_moment if session.get_bind().dialect.name == "sqlite" else datetime.isoformat
    cells = [(customer, when(moment), week_of(moment)) for customer, moment in positions]
    listed, cell, _ = listed_as(session, cells)
    return (
        sqlalchemy.select(
            cell(0, BigInteger()).label("customer_key"),
            cell(1, UtcTime()).label("started_at"),
            cell(2, Integer()).label("visit_week"),
        )
        .select_from(listed)
        .cte("position")
        # Else every mention of a cell would read it anew.
        .prefix_with("MATERIALIZED")
    )


def listed_as(session: Session, values: Sequence[Any]) -> tuple[FromClause, Any, ColumnElement[int]]:
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


def week_of(moment: datetime) -> int:
    """In which week a moment lies; weeks are counted from 1970, and begin on Thursdays."""
    return (moment - EPOCH).days // 7


def stored_moment(moment: datetime) -> str:
    """A moment in UTC as SQLite keeps it."""
    return moment.isoformat(" ", "microseconds")[:26]
