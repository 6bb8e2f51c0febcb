"""Reads what came of the calls that plans drew."""

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy
from sqlalchemy import and_, case
from sqlmodel import Session, col, func, or_, select

from app.accounts.models import User
from app.calls.models import Call, CallState
from app.domain.lifecycle import COUNTING, ReviewState
from app.reviews import unannounced
from app.reviews.models import Purpose, Review
from app.sampling.models import DrawnCall


class Came(NamedTuple):
    """What came of the `calls` in the sample of a stratum: judged, passed, out of scope, deleted."""

    in_scope: int
    passed: int
    set_aside: int
    deleted: int
    calls: int

    @property
    def waiting(self) -> int:
        """How many nobody has judged or set aside, that anybody could."""
        return self.calls - self.in_scope - self.set_aside - self.deleted


def came_of(session: Session, user: User, draw_ids: Sequence[int]) -> dict[tuple[int, str], Came]:
    """What came of the samples of some draws, by draw and stratum.

    Where this person is not to know yet what others found, the call waits.
    """
    is_deleted = col(Call.state) == CallState.DELETED
    counts = and_(~is_deleted, col(Review.state).in_(COUNTING), ~unannounced.kept_from(user))
    # Where no item applied, the call is none that the rate is about.
    outside = or_(col(Review.state) == ReviewState.SET_ASIDE, and_(counts, col(Review.passed).is_(None)))
    numbers = (
        and_(counts, col(Review.passed).is_not(None)),
        and_(counts, col(Review.passed).is_(True)),
        and_(~is_deleted, outside),
        is_deleted,
    )
    key = (col(DrawnCall.draw_id), col(DrawnCall.stratum))
    wanted = (
        sqlalchemy.select(*key, *(func.sum(case((one, 1), else_=0)) for one in numbers), func.count())
        .join(Call, col(Call.id) == DrawnCall.call_id)
        .outerjoin(Review, and_(col(Review.call_id) == DrawnCall.call_id, col(Review.purpose) == Purpose.COUNTS))
        .where(col(DrawnCall.draw_id).in_(draw_ids))
        .group_by(*key)
    )
    return {(draw, stratum): Came(*map(int, rest)) for draw, stratum, *rest in session.execute(wanted)}


def sample(
    session: Session, draw_id: int, after: int = 0, limit: int | None = None
) -> Sequence[tuple[DrawnCall, Call, Review | None]]:
    """The calls of a sample with the reviews that count, in the order in which they came into it."""
    wanted = (
        select(DrawnCall, Call, Review)
        .join(Call, col(Call.id) == DrawnCall.call_id)
        .outerjoin(Review, and_(col(Review.call_id) == DrawnCall.call_id, col(Review.purpose) == Purpose.COUNTS))
        .where(DrawnCall.draw_id == draw_id, col(DrawnCall.id) > after)
        .order_by(col(DrawnCall.id))
    )
    return session.exec(wanted if limit is None else wanted.limit(limit)).all()
