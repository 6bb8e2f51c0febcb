"""Reads who said what of the same calls; every read for a person leaves out the calls they do not see."""

from collections import Counter
from typing import NamedTuple

import sqlalchemy
from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func

from app.accounts.models import User
from app.calls import queries as calls
from app.calls.models import Call, CallState
from app.domain.lifecycle import COUNTING, ReviewState
from app.reports.queries import Filter, of_calls
from app.reviews.models import BlindLabel, Calibration, DoubleScoring, Purpose, Review

Pairs = Counter[tuple[str, ...]]


class Checked(NamedTuple):
    """A call scored twice: what the first found, what it was held to be (None: not settled), what counts now."""

    first: bool
    reference: bool | None
    now: bool | None


def pairs(
    session: Session, user: User, chosen: Filter, scorecard: str | None = None, item: str | None = None
) -> dict[tuple[str, str], Pairs]:
    """How often two people gave which verdicts, of calls drawn to be scored twice: by scorecard and item."""
    first, second = aliased(BlindLabel), aliased(BlindLabel)
    key = (col(first.scorecard), col(first.item_id), col(first.verdict), col(second.verdict))
    wanted = (
        sqlalchemy.select(*key, func.count())
        .select_from(DoubleScoring)
        .join(Call, col(Call.id) == DoubleScoring.call_id)
        .join(first, col(first.review_id) == DoubleScoring.first_id)
        .join(second, and_(col(second.review_id) == DoubleScoring.second_id, col(second.item_id) == first.item_id))
        .where(*_compared(user, chosen))
        .group_by(*key)
    )
    if scorecard is not None:
        wanted = wanted.where(col(first.scorecard) == scorecard)
    if item is not None:
        wanted = wanted.where(col(first.item_id) == item)
    found: dict[tuple[str, str], Pairs] = {}
    for card, of, one, other, n in session.execute(wanted):
        found.setdefault((card, of), Counter())[one.value, other.value] += n
    return found


def scored_by_several(session: Session, user: User, chosen: Filter) -> Counter[tuple[tuple[int, bool], ...]]:
    """Who passed which calls that others scored too: drawn to be scored twice, or in calibrations that are over."""
    key = [getattr(DoubleScoring, name) for name in ("first_by", "first_passed", "second_by", "second_passed")]
    wanted = (
        sqlalchemy.select(*key, func.count())
        .join(Call, col(Call.id) == DoubleScoring.call_id)
        .where(*_compared(user, chosen), *(one.is_not(None) for one in key))
        .group_by(*key)
    )
    found: Counter[tuple[tuple[int, bool], ...]] = Counter()
    for first_by, first, second_by, second, n in session.execute(wanted):
        found[(first_by, first), (second_by, second)] += n
    together: dict[tuple[int, int], list[tuple[int, bool]]] = {}
    in_sessions = (
        sqlalchemy.select(col(Review.calibration_id), col(Review.call_id), col(Review.assigned_to), col(Review.passed))
        .join(Calibration, col(Calibration.id) == Review.calibration_id)
        .join(Call, col(Call.id) == Review.call_id)
        .where(
            col(Calibration.ended_at).is_not(None),
            col(Review.purpose) == Purpose.CALIBRATION,
            col(Review.state) == ReviewState.COMPARED,
            col(Review.passed).is_not(None),
            *_seen(user, chosen),
        )
        .order_by(col(Review.assigned_to))
    )
    for calibration, call_id, who, passed in session.execute(in_sessions):
        together.setdefault((calibration, call_id), []).append((who, passed))
    found.update(tuple(one) for one in together.values() if len(one) > 1)
    return found


def checked(session: Session, user: User, chosen: Filter) -> Counter[Checked]:
    """The calls scored twice, by what was found, what was held to be right, and what counts now."""
    counts = col(Review.state).in_(COUNTING)
    key = (
        col(DoubleScoring.first_passed),
        col(DoubleScoring.reference_passed),
        sqlalchemy.case((counts, col(Review.passed))),
    )
    wanted = (
        sqlalchemy.select(*key, func.count())
        .select_from(DoubleScoring)
        .join(Call, col(Call.id) == DoubleScoring.call_id)
        .join(Review, col(Review.id) == DoubleScoring.first_id)
        .where(*_compared(user, chosen), col(DoubleScoring.first_passed).is_not(None))
        .group_by(*key)
    )
    return Counter({Checked(*row[:-1]): row[-1] for row in session.execute(wanted)})


def _compared(user: User, chosen: Filter) -> list[ColumnElement[bool]]:
    return [col(DoubleScoring.compared_at).is_not(None), *_seen(user, chosen)]


def _seen(user: User, chosen: Filter) -> list[ColumnElement[bool]]:
    return [calls.visible_to(user), col(Call.state) != CallState.DELETED, *of_calls(chosen)]
