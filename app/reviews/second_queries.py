"""Reads second scorings and calibrations; every read for a person leaves out the calls they do not see."""

from collections.abc import Sequence

import sqlalchemy
from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, select

from app.accounts.models import User
from app.accounts.policies import may_lead_calibrations
from app.calls.models import Call, CallState
from app.calls.queries import visible_to
from app.kit.errors import NotFound
from app.reviews.models import (
    Calibration,
    CalibrationSeat,
    DoubleScoring,
    Purpose,
    ReferenceVerdict,
    Review,
    ReviewVerdict,
)
from app.reviews.queries import FEW

# So many sessions are listed, the newest first.
LISTED = 50


def of_first(session: Session, review_id: int) -> DoubleScoring | None:
    """The double scoring whose first review this is."""
    return session.exec(select(DoubleScoring).where(DoubleScoring.first_id == review_id)).first()


def of_second(session: Session, review_id: int) -> DoubleScoring | None:
    """The double scoring whose second review this is."""
    return session.exec(select(DoubleScoring).where(DoubleScoring.second_id == review_id)).first()


def double_scoring(session: Session, user: User, double_id: int) -> DoubleScoring:
    """The double scoring with this id, both parts of it done, if it is of a call that the person may see."""
    wanted = (
        select(DoubleScoring)
        .join(Call, col(Call.id) == DoubleScoring.call_id)
        .where(
            DoubleScoring.id == double_id,
            col(DoubleScoring.compared_at).is_not(None),
            visible_to(user),
            Call.state != CallState.DELETED,
        )
    )
    found = session.exec(wanted).first()
    if found is None:
        raise NotFound
    return found


def unsettled(session: Session, user: User, limit: int) -> Sequence[tuple[DoubleScoring, Call]]:
    """The calls about which two people differ and nobody has settled it, of those that a person sees.

    These few are found first, so that no database begins with all calls of a team.
    """
    few = select(DoubleScoring.id).where(col(DoubleScoring.differs), col(DoubleScoring.settled_at).is_(None))
    oldest = few.order_by(col(DoubleScoring.compared_at)).limit(FEW)
    wanted = (
        select(DoubleScoring, Call)
        .join(Call, col(Call.id) == DoubleScoring.call_id)
        .where(
            col(DoubleScoring.id).in_(sorted(one for one in session.exec(oldest) if one is not None)),
            visible_to(user),
            Call.state != CallState.DELETED,
        )
        .order_by(col(DoubleScoring.compared_at))
        .limit(limit)
    )
    return session.exec(wanted).all()


def who_decided(session: Session, call_id: int) -> set[int]:
    """Everybody who has decided anything about a call, in whatever review."""
    wanted = (
        select(ReviewVerdict.decided_by)
        .join(Review, col(Review.id) == ReviewVerdict.review_id)
        .where(Review.call_id == call_id)
    )
    return set(session.exec(wanted))


def references(session: Session, call_id: int, calibration_id: int | None = None) -> dict[str, ReferenceVerdict]:
    """What is held to be right about a call, by item: as agreed on in a calibration, or settled between two people."""
    of = col(ReferenceVerdict.calibration_id)
    wanted = select(ReferenceVerdict).where(
        ReferenceVerdict.call_id == call_id, of.is_(None) if calibration_id is None else of == calibration_id
    )
    return {one.item_id: one for one in session.exec(wanted)}


def references_of_call(session: Session, call_id: int) -> Sequence[ReferenceVerdict]:
    """All that is held to be right about a call, wherever it was agreed on."""
    return session.exec(select(ReferenceVerdict).where(ReferenceVerdict.call_id == call_id)).all()


def calibration(session: Session, user: User, calibration_id: int) -> Calibration:
    """The calibration with this id, if the person takes part in it or leads people who do."""
    found = session.exec(select(Calibration).where(Calibration.id == calibration_id, _visible(user))).first()
    if found is None:
        raise NotFound
    return found


def calibrations(session: Session, user: User) -> Sequence[Calibration]:
    """The newest calibrations that a person sees."""
    wanted = select(Calibration).where(_visible(user)).order_by(col(Calibration.id).desc()).limit(LISTED)
    return session.exec(wanted).all()


def open_for(session: Session, user: User) -> Sequence[Calibration]:
    """The calibrations in which a person has calls left to score."""
    left = select(Review.calibration_id).where(
        Review.assigned_to == user.id, col(Review.state) == "open", Review.purpose == Purpose.CALIBRATION
    )
    wanted = select(Calibration).where(col(Calibration.id).in_(left)).order_by(col(Calibration.due_at))
    return session.exec(wanted).all()


def to_agree_on(session: Session, user: User, limit: int) -> Sequence[Calibration]:
    """The calibrations a person leads whose verdicts are known and about which nobody has agreed yet."""
    wanted = select(Calibration).where(
        _visible(user), col(Calibration.ended_at).is_not(None), col(Calibration.closed_at).is_(None)
    )
    return session.exec(wanted.order_by(col(Calibration.ended_at)).limit(limit)).all()


def lock_calibration(session: Session, calibration_id: int) -> Calibration:
    """The calibration, which nobody else changes until this transaction ends."""
    wanted = select(Calibration).where(Calibration.id == calibration_id).with_for_update()
    return session.exec(wanted.execution_options(populate_existing=True)).one()


def seats(session: Session, calibration_ids: Sequence[int]) -> dict[int, list[int]]:
    """Who takes part in some calibrations, by calibration."""
    found: dict[int, list[int]] = {one: [] for one in calibration_ids}
    wanted = select(CalibrationSeat).where(col(CalibrationSeat.calibration_id).in_(calibration_ids))
    for seat in session.exec(wanted.order_by(col(CalibrationSeat.user_id))):
        found[seat.calibration_id].append(seat.user_id)
    return found


def reviews_in(session: Session, calibration_ids: Sequence[int]) -> Sequence[Review]:
    """The reviews of some calibrations."""
    wanted = select(Review).where(col(Review.calibration_id).in_(calibration_ids))
    return session.exec(wanted.order_by(col(Review.call_id), col(Review.id))).all()


def calls_in(session: Session, calibration_id: int) -> Sequence[int]:
    """The calls of a calibration, in the order in which whoever holds several takes them."""
    wanted = select(Review.call_id).where(Review.calibration_id == calibration_id).distinct()
    return session.exec(wanted.order_by(col(Review.call_id))).all()


def hidden_reviews(session: Session, user: User, call_id: int) -> set[int]:
    """The reviews of a call of which the history tells a person nothing yet: others' in a calibration under way."""
    under_way = col(Calibration.ended_at).is_(None)
    wanted = (
        sqlalchemy.select(col(Review.id))
        .join(Calibration, col(Calibration.id) == Review.calibration_id)
        .where(col(Review.call_id) == call_id, under_way, col(Review.assigned_to) != user.id)
    )
    return set(session.execute(wanted).scalars())


def _visible(user: User) -> ColumnElement[bool]:
    seat = select(CalibrationSeat.user_id).where(
        CalibrationSeat.calibration_id == Calibration.id, CalibrationSeat.user_id == user.id
    )
    takes_part = seat.correlate(Calibration).exists()
    if not may_lead_calibrations(user):
        return takes_part
    calls = select(Review.id).join(Call, col(Call.id) == Review.call_id).where(Review.calibration_id == Calibration.id)
    every = and_(calls.correlate(Calibration).exists(), ~calls.where(~visible_to(user)).correlate(Calibration).exists())
    return or_(takes_part, every)
