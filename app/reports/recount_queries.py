"""Reads every stored sum, and everything that the sums are to be made of."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import sqlalchemy
from sqlmodel import Session, col, func, select

from app.calls.models import Call, CallState
from app.domain.lifecycle import COUNTING
from app.evaluations.models import Evaluation
from app.reviews.models import Review
from app.tallies.cells import NUMBERS, VERDICTS, Cell, Group
from app.tallies.models import Contribution, ItemTally, Tally, TallyGroup
from app.tallies.pending import settle
from app.tallies.service import KEY

Sums = dict[tuple[Any, ...], tuple[int, ...]]


def sums(session: Session) -> Sums:
    """Every stored sum of calls that is not zero, by its cell."""
    found = {}
    for cell, row in _stored(session, Tally):
        numbers = tuple(getattr(row, name) for name in NUMBERS)
        if any(numbers):
            found[tuple(cell)] = numbers
    return found


def item_sums(session: Session) -> Sums:
    """Every stored sum of items that is not zero, by its cell and the item."""
    found = {}
    for cell, row in _stored(session, ItemTally):
        numbers = tuple(getattr(row, name) for name in VERDICTS.values())
        if any(numbers):
            found[(*cell, row.item)] = numbers
    return found


def _stored(session: Session, kind: Any) -> Iterator[tuple[Cell, Any]]:
    settle(session)
    groups = {
        one.id: Group(*(getattr(one, name) for name in Group._fields)) for one in session.exec(select(TallyGroup))
    }
    for row in session.exec(select(kind).execution_options(yield_per=1000)):
        yield Cell(groups[row.group_id], row.span, row.start), row


def sums_now(session: Session) -> Sums:
    """What the calls that count now add up to, by the whole key of a count; sums that are all zero left out."""
    key = [getattr(Contribution, name) for name in KEY]
    numbers = [func.sum(getattr(Contribution, name)) for name in NUMBERS]
    wanted = sqlalchemy.select(*key, *numbers).where(col(Contribution.counted_until).is_(None)).group_by(*key)
    rows = ((tuple(row[: len(key)]), tuple(int(one) for one in row[len(key) :])) for row in session.execute(wanted))
    return {where: counted for where, counted in rows if any(counted)}


def submitted(session: Session) -> dict[tuple[int, str], tuple[datetime, datetime, date]]:
    """When each call that counts began and was judged, and on which day of its team, by call and source."""
    wanted = sqlalchemy.select(
        col(Contribution.call_id),
        col(Contribution.source),
        col(Contribution.started_at),
        col(Contribution.submitted_at),
        col(Contribution.submitted_day),
    ).where(col(Contribution.counted_until).is_(None))
    return {(row[0], row[1]): (row[2], row[3], row[4]) for row in session.execute(wanted)}


def current_evaluations(session: Session) -> Iterator[tuple[Evaluation, Call]]:
    """The evaluation each call counts with."""
    wanted = select(Evaluation, Call).join(Call, col(Call.id) == Evaluation.call_id)
    yield from session.exec(wanted.where(col(Evaluation.current), Call.state != CallState.DELETED))


def submitted_reviews(session: Session) -> Iterator[tuple[Review, Call]]:
    """The reviews that count."""
    wanted = select(Review, Call).join(Call, col(Call.id) == Review.call_id)
    yield from session.exec(wanted.where(col(Review.state).in_(COUNTING), Call.state != CallState.DELETED))
