"""Counts all contacts anew, in another way than they were counted, and compares."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy
from sqlalchemy import ColumnElement, Integer, and_, case, cast, literal
from sqlmodel import Session, col, delete, func, update

from app.calls.models import Direction
from app.contacts.keeping import hold
from app.contacts.models import Contact, ContactTally
from app.contacts.sums import KEY, SUMS, Terms

# So many contacts are mended at once.
AT_ONCE = 10_000


@dataclass(frozen=True)
class Difference:
    """What is stored and what a recount says: of a tally by its key, or of ("repeat", contact)."""

    key: tuple[Any, ...]
    stored: tuple[int, ...]
    counted: tuple[int, ...]


def recount(session: Session, on: Terms) -> tuple[Difference, ...]:
    """Where tallies and repeats differ from what the contacts say by these terms; nothing, if all is well.

    After a setting was changed there are differences, until `mend` has counted all anew.
    """
    repeats = [
        Difference(("repeat", contact), (int(stored),), (int(counted),))
        for contact, stored, counted in _repeats(session, on)
        if stored != counted
    ]
    stored = _by_key(session.execute(sqlalchemy.select(*_stored_key(), *(getattr(ContactTally, one) for one in SUMS))))
    counted = _by_key(session.execute(_counted(on)))
    return (
        *repeats,
        *(
            Difference(key, stored.get(key, ()), counted.get(key, ()))
            for key in sorted(stored.keys() | counted.keys())
            if stored.get(key) != counted.get(key)
        ),
    )


def mend(session: Session, on: Terms) -> None:
    """Count all anew and keep that: after a setting was changed by which contacts count."""
    hold(session)
    wrong = [(contact, counted) for contact, stored, counted in _repeats(session, on) if stored != counted]
    for again in (True, False):
        ids = [contact for contact, counted in wrong if counted is again]
        for first in range(0, len(ids), AT_ONCE):
            some = ids[first : first + AT_ONCE]
            session.execute(update(Contact).where(col(Contact.id).in_(some)).values(repeat=again))
    session.execute(delete(ContactTally))
    session.execute(sqlalchemy.insert(ContactTally).from_select([*KEY, *SUMS], _counted(on)))


def _repeats(session: Session, on: Terms) -> Iterator[tuple[int, bool, bool]]:
    """Every contact with whether it is taken for a repeat, and whether it is one."""
    wanted = (
        sqlalchemy.select(col(Contact.id), col(Contact.customer_key), col(Contact.started_at), col(Contact.repeat))
        .where(col(Contact.customer_key).is_not(None), col(Contact.direction) == Direction.INBOUND)
        .order_by(col(Contact.customer_key), col(Contact.started_at))
    )
    within = timedelta(days=on.repeat_days)
    customer: int | None = None
    before: datetime | None = None
    last: datetime | None = None
    for contact, key, moment, stored in session.execute(wanted.execution_options(yield_per=AT_ONCE)):
        if key != customer:
            customer, before, last = key, None, None
        if last is None or moment > last:
            before, last = last, moment
        yield contact, stored, before is not None and moment - before <= within
    others = sqlalchemy.select(col(Contact.id)).where(
        col(Contact.repeat),
        sqlalchemy.or_(col(Contact.customer_key).is_(None), col(Contact.direction) != Direction.INBOUND),
    )
    for (contact,) in session.execute(others):
        yield contact, True, False


def _by_key(rows: Any) -> dict[tuple[Any, ...], tuple[int, ...]]:
    width = len(KEY)
    found = ((tuple(row[:width]), tuple(int(one or 0) for one in row[width:])) for row in rows)
    return {key: sums for key, sums in found if any(sums)}


def _stored_key() -> list[Any]:
    return [getattr(ContactTally, name) for name in KEY]


def _counted(on: Terms) -> sqlalchemy.Select[Any]:
    """The sums of all contacts by key, as the database adds them up."""
    named = {
        **{name: getattr(Contact, name) for name in KEY},
        "team_id": func.coalesce(Contact.team_id, 0),
        "agent_id": func.coalesce(Contact.agent_id, 0),
        "direction": cast(Contact.direction, sqlalchemy.String),
    }
    key = [named[name].label(name) for name in KEY]
    rules = _rules(on)
    sums = [func.sum(rules[name]).label(name) for name in SUMS]
    return sqlalchemy.select(*key, *sums).group_by(*(named[name] for name in KEY))


def _rules(on: Terms) -> dict[str, ColumnElement[int]]:
    """What each contact adds to each sum."""
    inbound, outbound = col(Contact.direction) == Direction.INBOUND, col(Contact.direction) == Direction.OUTBOUND
    answered, wait = col(Contact.answered).is_(True), col(Contact.wait_seconds)
    waited, came = and_(inbound, wait.is_not(None)), and_(inbound, answered)
    talk, after = col(Contact.talk_seconds), col(Contact.after_call_seconds)
    held = func.coalesce(Contact.hold_seconds, 0)
    talked, wrapped = and_(answered, talk.is_not(None)), and_(answered, after.is_not(None))
    handled, rung = and_(talked, wrapped), col(Contact.rings).is_not(None)

    def n(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
        return case((and_(*conditions), 1), else_=0)

    def of(what: Any, condition: ColumnElement[bool]) -> ColumnElement[int]:
        return case((condition, cast(what, sqlalchemy.BigInteger)), else_=0)

    def square(what: Any, condition: ColumnElement[bool]) -> ColumnElement[int]:
        whole = cast(what, sqlalchemy.BigInteger)
        return case((condition, whole * whole), else_=0)

    def told(name: str) -> ColumnElement[bool]:
        return getattr(Contact, name).is_not(None)  # type: ignore[no-any-return]

    def true(name: str) -> ColumnElement[bool]:
        return getattr(Contact, name).is_(True)  # type: ignore[no-any-return]

    return {
        "contacts": cast(literal(1), Integer),
        "inbound": n(inbound),
        "outbound": n(outbound),
        "inbound_answered": n(came),
        "outbound_answered": n(outbound, answered),
        "answered_in_time": n(came, wait <= on.answer_within),
        "abandoned": n(inbound, ~answered),
        "short_abandons": n(inbound, ~answered, wait < on.short_abandon),
        "queued": n(waited),
        "queue_seconds": of(wait, waited),
        "queue_squares": square(wait, waited),
        "long_waits": n(inbound, wait > on.long_wait),
        "answered_queued": n(waited, answered),
        "answered_queue_seconds": of(wait, and_(waited, answered)),
        "rung": n(rung),
        "rings": of(Contact.rings, rung),
        "ring_squares": square(Contact.rings, rung),
        "handled": n(answered),
        "talk_known": n(talked),
        "talk_seconds": of(talk, talked),
        "hold_seconds": of(held, talked),
        "talk_time_squares": square(talk + held, talked),
        "after_call_known": n(wrapped),
        "after_call_seconds": of(after, wrapped),
        "after_call_squares": square(after, wrapped),
        "handle_known": n(handled),
        "handle_seconds": of(talk + held + after, handled),
        "handle_squares": square(talk + held + after, handled),
        "inbound_handle_seconds": of(talk + held + after, and_(handled, inbound)),
        "outbound_handle_seconds": of(talk + held + after, and_(handled, outbound)),
        "transfer_known": n(answered, told("transferred")),
        "transferred": n(answered, true("transferred")),
        "success_known": n(outbound, told("success")),
        "outbound_successes": n(outbound, true("success")),
        "outcome_known": n(told("solved")),
        "solved": n(true("solved")),
        "first_known": n(told("solved_first")),
        "solved_first": n(true("solved_first")),
        "rated": n(told("csat")),
        "satisfied": n(col(Contact.csat) >= 4),
        "nps_rated": n(told("nps")),
        "promoters": n(col(Contact.nps) >= 9),
        "detractors": n(col(Contact.nps) <= 6),
        "customer_known": n(inbound, told("customer_key")),
        "repeats": n(inbound, told("customer_key"), true("repeat")),
    }
