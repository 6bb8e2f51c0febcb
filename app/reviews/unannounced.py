"""Reads what stands, for a person, in place of the review that counts: a second scoring that nobody announces to them,
or their own part of a calibration; as long as that is open, what others found in the call is kept from them.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, false, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from app.accounts.models import Role, User
from app.accounts.policies import may_reopen
from app.calls.models import Call
from app.domain.lifecycle import ReviewState
from app.reviews.models import DoubleScoring, Purpose, Review, ReviewVerdict


def of_call(session: Session, user: User, call_id: int) -> Review | None:
    """The review of a call as this person may know it."""
    return of_calls(session, user, [call_id]).get(call_id)


def of_calls(session: Session, user: User, call_ids: Sequence[int]) -> dict[int, Review]:
    """The reviews of some calls as this person may know them, by call."""
    wanted = select(Review).where(col(Review.call_id).in_(call_ids), Review.purpose == Purpose.COUNTS)
    return {one.call_id: one for one in session.exec(wanted)} | in_place(session, user, call_ids)


def in_place(session: Session, user: User, call_ids: Sequence[int]) -> dict[int, Review]:
    """The open reviews that stand, for this person, in place of the ones that count, by call."""
    wanted = select(Review).where(col(Review.call_id).in_(call_ids), _stands_in_place(user, Review))
    return {one.call_id: one for one in session.exec(wanted)}


def kept_from(user: User) -> ColumnElement[bool]:
    """Of which calls a person is not to know yet what others found."""
    other = aliased(Review)
    return select(other.id).where(other.call_id == Call.id, _stands_in_place(user, other)).correlate(Call).exists()


def may_open(session: Session, user: User, review: Review) -> bool:
    """Whether a person may open a review that does not count: to do it, or to read what they did themselves."""
    if review.purpose == Purpose.CALIBRATION:
        return review.assigned_to == user.id
    if review.purpose != Purpose.SECOND:
        return True
    if review.state == ReviewState.COMPARED:
        return review.reviewer_id == user.id
    allowed = second_listed(user) if may_reopen(user) else second(user)
    return session.exec(select(Review.id).where(Review.id == review.id, allowed)).first() is not None


def second_listed(user: User) -> ColumnElement[bool]:
    """The second scorings that a person who leads sees waiting: of what others scored."""
    first = select(DoubleScoring.id).where(DoubleScoring.second_id == Review.id, DoubleScoring.first_by == user.id)
    return and_(col(Review.purpose) == Purpose.SECOND, ~first.correlate(Review).exists())


def _stands_in_place(user: User, review: type[Review]) -> ColumnElement[bool]:
    is_open = col(review.state) == ReviewState.OPEN
    waits = col(review.state).in_((ReviewState.OPEN, ReviewState.SET_ASIDE))
    return or_(and_(waits, second(user, review)), and_(is_open, _own_calibration(user, review)))


def _own_calibration(user: User, review: type[Review]) -> ColumnElement[bool]:
    return and_(col(review.purpose) == Purpose.CALIBRATION, col(review.assigned_to) == user.id)


def second(user: User, review: type[Review] = Review) -> ColumnElement[bool]:
    """The second scorings that a person can do: who leads sees the first result, and who was at that knows it."""
    if user.role != Role.REVIEWER:
        return false()
    first = select(DoubleScoring.id).where(DoubleScoring.second_id == review.id, DoubleScoring.first_by == user.id)
    other = aliased(Review)
    decided = (
        select(ReviewVerdict.id)
        .join(other, col(other.id) == ReviewVerdict.review_id)
        .where(other.call_id == review.call_id, other.id != review.id, ReviewVerdict.decided_by == user.id)
    )
    was_at_it = or_(first.correlate(review).exists(), decided.correlate(review).exists())
    return and_(col(review.purpose) == Purpose.SECOND, ~was_at_it)
