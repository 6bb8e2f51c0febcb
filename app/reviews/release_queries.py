"""Reads which results wait to be released to their agents."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, func, select

from app.accounts.models import User
from app.calls.models import Call, CallState
from app.calls.queries import visible_to
from app.domain.lifecycle import ReviewState
from app.reviews.models import Purpose, Review
from app.reviews.unannounced import kept_from


def due(session: Session, now: datetime, limit: int) -> Sequence[int]:
    """The results whose time has come and that somebody can be told of, the longest due first."""
    # Written as the index is, so that only what waits is looked at.
    wanted = (
        select(Review.id)
        .join(Call, col(Call.id) == Review.call_id)
        .where(
            Review.state == ReviewState.SUBMITTED,
            col(Review.release_at) <= now,
            col(Call.agent_id).is_not(None),
            Call.state != CallState.DELETED,
        )
        .order_by(col(Review.release_at))
        .limit(limit)
    )
    return [one for one in session.exec(wanted) if one is not None]


def still_waiting(session: Session, review_ids: Sequence[int]) -> Sequence[int]:
    """Those of these results that nobody has released and that somebody can be told of, in the order of their calls."""
    wanted = (
        select(Review.id)
        .join(Call, col(Call.id) == Review.call_id)
        .where(
            col(Review.id).in_(review_ids),
            Review.state == ReviewState.SUBMITTED,
            Review.purpose == Purpose.COUNTS,
            col(Call.agent_id).is_not(None),
        )
        .order_by(col(Review.call_id))
    )
    return [one for one in session.exec(wanted) if one is not None]


def visible(session: Session, user: User, review_ids: Sequence[int]) -> Sequence[int]:
    """Those of these reviews that are of calls the person may see."""
    wanted = select(Review.id).join(Call, col(Call.id) == Review.call_id)
    found = session.exec(
        wanted.where(col(Review.id).in_(review_ids), visible_to(user), Call.state != CallState.DELETED)
    )
    return [one for one in found if one is not None]


def waiting(
    session: Session, user: User, limit: int, most: int, after: int | None = None
) -> tuple[Sequence[tuple[Review, Call]], int]:
    """The submitted results that their agents do not read yet, the oldest first; and how many, counted up to `most`."""
    conditions = [
        visible_to(user),
        ~kept_from(user),
        col(Review.state) == ReviewState.SUBMITTED,
        col(Review.purpose) == Purpose.COUNTS,
        col(Call.state) != CallState.DELETED,
    ]
    joined = select(Review, Call).join(Call, col(Call.id) == Review.call_id).where(*conditions)
    if after is not None:
        joined = joined.where(col(Review.id) > after)
    rows = session.exec(joined.order_by(col(Review.id)).limit(limit)).all()
    some = select(Review.id).join(Call, col(Call.id) == Review.call_id).where(*conditions).limit(most)
    return rows, session.exec(select(func.count()).select_from(some.subquery())).one()
