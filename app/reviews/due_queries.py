"""Reads which reviews are due."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import String, cast, literal
from sqlmodel import Session, col, select

from app.accounts.models import User
from app.calls.models import Call, CallState
from app.domain.lifecycle import ReviewState
from app.notices.models import IS_DUE, Notice
from app.reviews.models import Review

# The page of a review, as a notice names it.
PAGE = "/reviews/"


def untold(session: Session, moment: datetime, user_id: int | None = None) -> Sequence[tuple[Review, User]]:
    """The open reviews that active people (or this one) are to do by then and were not told of, with who is."""
    told = select(Notice.id).where(
        IS_DUE, Notice.user_id == User.id, Notice.url == literal(PAGE).concat(cast(Review.id, String))
    )
    wanted = (
        select(Review, User)
        .join(Call, col(Call.id) == Review.call_id)
        .join(User, col(User.id) == Review.assigned_to)
        .where(
            Review.state == ReviewState.OPEN,
            col(Review.due_at) <= moment,
            Call.state != CallState.DELETED,
            col(User.active),
            ~told.exists(),
        )
    )
    if user_id is not None:
        wanted = wanted.where(Review.assigned_to == user_id)
    return session.exec(wanted.order_by(col(Review.due_at), col(Review.id))).all()
