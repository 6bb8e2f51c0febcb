"""Visits: contacts in which a known customer came in; who comes in again soon is a repeat, however lists are ordered.

What came or went may change two contacts each: the one at that moment, and the customer's next one. Those that follow
later are repeats of the next one, whatever came or went before it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy
from sqlalchemy import Integer
from sqlmodel import Session, col, update

from app.contacts import lookups
from app.contacts.lookups import Position, week_of
from app.contacts.models import Contact
from app.contacts.sums import PLACE, Terms, key_of

EXTERNAL_ID, STARTED, DIRECTION, CUSTOMER, REPEAT, WEEK = (
    PLACE[name] for name in ("external_id", "started_at", "direction", "customer_key", "repeat", "visit_week")
)

# By what a contact is counted.
Key = tuple[Any, ...]


@dataclass(slots=True)
class Change:
    """A contact as it is to be kept; `id` and `old` are of the stored one, if there is one."""

    new: list[Any]
    id: int | None = None
    old: list[Any] | None = None


@dataclass(slots=True)
class Visits:
    """Which contacts came to a position where they were not, by external id, and from which positions some went."""

    came: dict[str, Change] = field(default_factory=dict)
    went: set[Position] = field(default_factory=set)

    def note(self, one: Change) -> None:
        """Note what a change does to visits, and let the contact say when its visit is; repeats are told later."""
        new, old = one.new, one.old
        place = position(new)
        before = None if old is None else position(old)
        new[WEEK] = None if place is None else week_of(place[1])
        new[REPEAT] = old is not None and place == before and old[REPEAT]
        if before is not None and before != place:
            self.went.add(before)
        if place is not None and before != place:
            self.came[new[EXTERNAL_ID]] = one


def position(contact: Sequence[Any]) -> Position | None:
    """Where a contact stands among those of its customer; None for what went out, and where nobody is known."""
    customer = contact[CUSTOMER]
    return None if customer is None or contact[DIRECTION] != "inbound" else (customer, contact[STARTED])


def follow(session: Session, visits: Visits, newest: int, on: Terms, count: Callable[[Key, int], None]) -> None:
    """Say anew who comes in again, once all is stored; `count` hears of each repeat more (or less) and its key.

    Whatever was stored after `newest` (an id) is among what came.
    """
    within = timedelta(days=on.repeat_days)
    weeks = -(-on.repeat_days // 7)
    later = _left_behind(session, visits, within, weeks)
    again: list[int] = []
    for one in _beside(session, visits, newest, weeks):
        contact = visits.came[one.external_id].new
        if one.before is not None and contact[STARTED] - one.before <= within:
            again.append(one.id)
            count(key_of(contact), 1)
        if one.after is not None and one.after - contact[STARTED] <= within:
            later[contact[CUSTOMER], one.after] = True
    _mark(session, again, True)
    standing = [one for one in lookups.standing_at(session, later) if one.repeat != later[one.customer, one.moment]]
    for found in standing:
        count(found.key, -1 if found.repeat else 1)
    for repeat in (True, False):
        _mark(session, [one.id for one in standing if one.repeat != repeat], repeat)


def _beside(session: Session, visits: Visits, newest: int, weeks: int) -> Iterator[lookups.Beside]:
    """What stands beside what came, whether it was stored just now or has moved."""
    moved = [one.id for one in visits.came.values() if one.id is not None]
    if len(moved) < len(visits.came):
        yield from lookups.beside_newer(session, newest, weeks)
    if moved:
        yield from lookups.beside_these(session, moved, weeks)


def _left_behind(session: Session, visits: Visits, within: timedelta, weeks: int) -> dict[Position, bool]:
    """Whether what comes next after positions from which all have gone is a repeat of something else."""
    went = visits.went - {place for one in visits.came.values() if (place := position(one.new)) is not None}
    later: dict[Position, bool] = {}
    for one in lookups.gone(session, went, weeks) if went else ():
        if one.after is not None and one.after - one.moment <= within:
            last = one.moment if one.there else one.before
            later[one.customer, one.after] = last is not None and one.after - last <= within
    return later


def _mark(session: Session, ids: list[int], repeat: bool) -> None:
    if ids:
        listed, cell, _ = lookups.listed_as(session, ids)
        these = sqlalchemy.select(cell(None, Integer())).select_from(listed)
        marked = update(Contact).where(col(Contact.id).in_(these)).values(repeat=repeat)
        session.execute(marked, execution_options={"synchronize_session": False})
