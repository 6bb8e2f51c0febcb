"""Reads which reviews are due."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from app.calls.models import Call, CallState
from app.domain.lifecycle import ReviewState
from app.reviews.models import Review


def due_before(session: Session, moment: datetime, user_id: int | None = None) -> Sequence[Review]:
    """The open reviews that somebody (or this person) is to do and that are due by then."""
    wanted = (
        select(Review)
        .join(Call, col(Call.id) == Review.call_id)
        .where(
            col(Review.assigned_to).is_not(None),
            Review.state == ReviewState.OPEN,
            col(Review.due_at) <= moment,
            Call.state != CallState.DELETED,
        )
    )
    if user_id is not None:
        wanted = wanted.where(Review.assigned_to == user_id)
    return session.exec(wanted.order_by(col(Review.due_at), col(Review.id))).all()
