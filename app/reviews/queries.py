"""Reads reviews and the queue."""

from collections.abc import Sequence

from sqlmodel import Session, col, func, select

from app.accounts.models import User
from app.calls import queries as calls
from app.calls.models import Call, CallState
from app.calls.queries import visible_to
from app.kit.errors import NotFound
from app.reviews.models import Review, ReviewState, ReviewVerdict


def review(session: Session, user: User, review_id: int) -> Review:
    """The review with this id, if there is one of a call that the person may see."""
    wanted = (
        select(Review)
        .join(Call, col(Call.id) == Review.call_id)
        .where(Review.id == review_id, visible_to(user), Call.state != CallState.DELETED)
    )
    found = session.exec(wanted).first()
    if found is None:
        raise NotFound
    return found


def lock(session: Session, review_id: int) -> Review:
    """The review, which nobody else changes until this transaction ends: whoever changes one holds its call first."""
    call_id = session.exec(select(Review.call_id).where(Review.id == review_id)).first()
    if call_id is None:
        raise NotFound
    calls.lock(session, call_id)
    return session.exec(select(Review).where(Review.id == review_id).execution_options(populate_existing=True)).one()


def of_call(session: Session, call_id: int) -> Review | None:
    return session.exec(select(Review).where(Review.call_id == call_id)).first()


def of_calls(session: Session, call_ids: Sequence[int]) -> dict[int, Review]:
    """The reviews of some calls, by call."""
    return {one.call_id: one for one in session.exec(select(Review).where(col(Review.call_id).in_(call_ids)))}


def verdicts(session: Session, review_id: int) -> dict[str, ReviewVerdict]:
    """What people decided in a review, by item."""
    rows = session.exec(select(ReviewVerdict).where(ReviewVerdict.review_id == review_id))
    return {row.item_id: row for row in rows}


def queue(session: Session, user: User, limit: int = 200) -> tuple[Sequence[tuple[Review, Call]], int]:
    """The reviews that wait for a person, the oldest call first, and how many there are in all."""
    conditions = [
        visible_to(user),
        col(Review.state) == ReviewState.OPEN,
        col(Call.state) != CallState.DELETED,
    ]
    joined = select(Review, Call).join(Call, col(Call.id) == Review.call_id).where(*conditions)
    rows = session.exec(joined.order_by(col(Call.started_at), col(Review.id)).limit(limit)).all()
    count = select(func.count()).select_from(Review).join(Call, col(Call.id) == Review.call_id).where(*conditions)
    return rows, session.exec(count).one()


def next_in_queue(session: Session, user: User, after: Review) -> Review | None:
    """The open review that follows this one in the queue, or the first of those before it."""
    rows, _ = queue(session, user)
    open_ones = [review for review, _ in rows]
    places = {one.id: place for place, one in enumerate(open_ones)}
    if after.id in places:
        rest = open_ones[places[after.id] + 1 :] + open_ones[: places[after.id]]
        return rest[0] if rest else None
    return open_ones[0] if open_ones else None
