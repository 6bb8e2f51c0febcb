"""Reads who said what of the same calls; every read for a person leaves out the calls they do not see."""

from collections import Counter

import sqlalchemy
from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from app.accounts.models import User
from app.calls import queries as calls
from app.calls.models import Call, CallState
from app.domain.lifecycle import COUNTING, ReviewState
from app.reports import sums
from app.reports.queries import Filter, conditions, of_calls
from app.reviews.models import BlindLabel, Calibration, DoubleScoring, Purpose, Review
from app.tallies.cells import Numbers
from app.tallies.models import Contribution

Pairs = Counter[tuple[str, ...]]


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


def first_scored(session: Session, user: User, chosen: Filter) -> tuple[int, int]:
    """How many of the reviewed calls that count now were decided as they were first submitted, and how many passed.

    What counts now, and the difference that was made to the few calls that were counted otherwise before.
    """
    now = sums.of_calls(session, user, "final", (), chosen).get((), Numbers())
    first, earlier = aliased(Contribution), aliased(Contribution)
    before_it = select(earlier.id).where(
        earlier.call_id == first.call_id, earlier.source == first.source, col(earlier.id) < first.id
    )
    wanted = (
        sqlalchemy.select(func.sum(first.n - Contribution.n), func.sum(first.passed - Contribution.passed))
        .select_from(first)
        .join(Contribution, and_(col(Contribution.call_id) == first.call_id, col(Contribution.source) == first.source))
        .where(
            col(first.source) == "final",
            col(first.counted_until).is_not(None),
            ~before_it.correlate(first).exists(),
            *conditions(user, "final", chosen),
            col(Contribution.counted_until).is_(None),
        )
    )
    n, passed = session.execute(wanted).one()
    return now.n + int(n or 0), now.passed + int(passed or 0)


def checked(session: Session, user: User, chosen: Filter) -> Counter[tuple[bool, bool | None]]:
    """The calls scored twice whose review counts, by what the first found and what is right (None: to be settled)."""
    key = (col(DoubleScoring.first_passed), col(DoubleScoring.reference_passed))
    # Settled without a reference: no item applies, and such a call is in no rate.
    said = or_(col(DoubleScoring.reference_passed).is_not(None), col(DoubleScoring.settled_at).is_(None))
    wanted = (
        sqlalchemy.select(*key, func.count())
        .select_from(DoubleScoring)
        .join(Call, col(Call.id) == DoubleScoring.call_id)
        .join(Review, col(Review.id) == DoubleScoring.first_id)
        .where(
            *_compared(user, chosen),
            col(DoubleScoring.first_passed).is_not(None),
            col(Review.state).in_(COUNTING),
            said,
        )
        .group_by(*key)
    )
    return Counter({(first, reference): times for first, reference, times in session.execute(wanted)})


def _compared(user: User, chosen: Filter) -> list[ColumnElement[bool]]:
    return [col(DoubleScoring.compared_at).is_not(None), *_seen(user, chosen)]


def _seen(user: User, chosen: Filter) -> list[ColumnElement[bool]]:
    return [calls.visible_to(user), col(Call.state) != CallState.DELETED, *of_calls(chosen)]
