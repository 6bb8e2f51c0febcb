"""Reads disputes; what a person may not see of them is not there."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy
from sqlalchemy import ColumnElement, case
from sqlmodel import Session, col, func, select

from app.accounts.models import Role, User
from app.accounts.policies import LEADERS, STAFF
from app.calls.models import Call, CallState
from app.calls.queries import visible_to
from app.kit.errors import NotFound
from app.kit.pagination import Page, paginate
from app.reviews.models import Dispute, DisputeOutcome, Review
from app.reviews.unannounced import kept_from

DECIDED = (DisputeOutcome.ACCEPTED, DisputeOutcome.PARTLY, DisputeOutcome.REJECTED)
UPHELD = (DisputeOutcome.ACCEPTED, DisputeOutcome.PARTLY)


class ItemDisputes(NamedTuple):
    """How often an item was disputed, how many of these disputes were decided, and how many upheld."""

    scorecard: str
    item: str
    disputed: int
    decided: int
    upheld: int


def dispute(session: Session, user: User, dispute_id: int) -> tuple[Dispute, Review, Call]:
    """The dispute with this id, its review and its call, if the person may see them: agents their own alone."""
    wanted = (
        select(Dispute, Review, Call)
        .join(Review, col(Review.id) == Dispute.review_id)
        .join(Call, col(Call.id) == Review.call_id)
        .where(Dispute.id == dispute_id, *_seen_by(user))
    )
    found = session.exec(wanted).first()
    if found is None:
        raise NotFound
    return found


def review_of(session: Session, dispute_id: int) -> int:
    """The review that a dispute is about."""
    found = session.exec(select(Dispute.review_id).where(Dispute.id == dispute_id)).first()
    if found is None:
        raise NotFound
    return found


def fresh(session: Session, dispute_id: int) -> Dispute:
    """The dispute as it stands now; whoever changes it holds its call."""
    wanted = select(Dispute).where(Dispute.id == dispute_id)
    return session.exec(wanted.execution_options(populate_existing=True)).one()


def of_review(session: Session, review_id: int) -> Sequence[Dispute]:
    """All that was disputed of a review, the oldest first."""
    return session.exec(select(Dispute).where(Dispute.review_id == review_id).order_by(col(Dispute.id))).all()


def told_of_review(session: Session, user: User, review_id: int) -> Sequence[Dispute]:
    """What was disputed of a review, as far as a person may read it: agents what they disputed themselves."""
    found = of_review(session, review_id)
    return [one for one in found if user.role != Role.AGENT or one.agent_id == user.id]


def open_of_call(session: Session, call_id: int) -> Sequence[Dispute]:
    """The disputes of a call that wait for a decision, the oldest first."""
    wanted = select(Dispute).join(Review, col(Review.id) == Dispute.review_id)
    waiting = wanted.where(Review.call_id == call_id, Dispute.outcome == DisputeOutcome.OPEN)
    return session.exec(waiting.order_by(col(Dispute.id))).all()


def disputes(
    session: Session, user: User, *, is_open: bool, cursor: str | None = None, size: int = 50
) -> Page[Dispute]:
    """The disputes a person may see: open ones the oldest first, others the latest first."""
    outcome = col(Dispute.outcome)
    wanted = (
        select(Dispute)
        .join(Review, col(Review.id) == Dispute.review_id)
        .join(Call, col(Call.id) == Review.call_id)
        .where(outcome == DisputeOutcome.OPEN if is_open else outcome != DisputeOutcome.OPEN, *_seen_by(user))
    )
    return paginate(
        session,
        wanted,
        by=col(Dispute.opened_at),
        row_id=col(Dispute.id),
        cursor=cursor,
        size=size,
        smallest_first=is_open,
    )


def decided_since(session: Session, user: User, since: datetime, limit: int) -> Sequence[Dispute]:
    """What others decided since then about this agent's disputes, or about verdicts of this person; the latest first.

    The few that were decided lately are found first, so that no database begins with all calls of a team.
    """
    lately = select(Dispute.id).where(col(Dispute.decided_at) > since, col(Dispute.decided_by) != user.id)
    own = Dispute.agent_id if user.role == Role.AGENT else Dispute.by_before
    few = lately.where(own == user.id).order_by(col(Dispute.decided_at).desc()).limit(10 * limit)
    wanted = (
        select(Dispute)
        .join(Review, col(Review.id) == Dispute.review_id)
        .join(Call, col(Call.id) == Review.call_id)
        .where(col(Dispute.id).in_(sorted(one for one in session.exec(few) if one is not None)), *_seen_by(user))
    )
    return session.exec(wanted.order_by(col(Dispute.decided_at).desc()).limit(limit)).all()


def around(session: Session, found: Sequence[Dispute]) -> dict[int, tuple[Review, Call]]:
    """The review and the call of each of these disputes, by the review's id."""
    wanted = (
        select(Review, Call)
        .join(Call, col(Call.id) == Review.call_id)
        .where(col(Review.id).in_({one.review_id for one in found}))
    )
    return {review.id or 0: (review, call) for review, call in session.exec(wanted)}


def by_item(session: Session, user: User) -> Sequence[ItemDisputes]:
    """How often each item was disputed in the calls a person sees, and with what success; the most disputed first."""
    count, outcome = func.count(), col(Dispute.outcome)
    wanted = (
        sqlalchemy.select(
            col(Dispute.scorecard),
            col(Dispute.item_id),
            count,
            func.sum(case((outcome.in_(DECIDED), 1), else_=0)),
            func.sum(case((outcome.in_(UPHELD), 1), else_=0)),
        )
        .join(Review, col(Review.id) == Dispute.review_id)
        .join(Call, col(Call.id) == Review.call_id)
        .where(outcome != DisputeOutcome.WITHDRAWN, *_seen_by(user))
        .group_by(Dispute.scorecard, Dispute.item_id)
        .order_by(count.desc(), Dispute.scorecard, Dispute.item_id)
    )
    return [ItemDisputes(*row) for row in session.execute(wanted)]


def deciders(session: Session, call_id: int, but: set[int]) -> Sequence[int]:
    """Who may decide a dispute of a call, but for some: the staff of its team, or where it has none, of the house.

    Whoever is to score the call blind first is left out: they may not know that it is disputed, or scored at all.
    """
    team = session.exec(select(Call.team_id).where(Call.id == call_id)).one()
    near = _people(session, call_id, col(User.team_id) == team, STAFF, but) if team else ()
    return near or _people(session, call_id, col(User.team_id).is_(None), STAFF, but)


def leads(session: Session, call_id: int) -> Sequence[int]:
    """Who leads the team of a call, but for those who are to score it blind first."""
    team = session.exec(select(Call.team_id).where(Call.id == call_id)).one()
    return _people(session, call_id, col(User.team_id) == team, LEADERS, set()) if team else ()


def _people(
    session: Session, call_id: int, where: ColumnElement[bool], roles: tuple[Role, ...], but: set[int]
) -> Sequence[int]:
    wanted = select(User).where(where, col(User.role).in_(roles), col(User.active)).order_by(col(User.id))
    return [one.id or 0 for one in session.exec(wanted) if one.id not in but and not _is_kept(session, call_id, one)]


def _is_kept(session: Session, call_id: int, user: User) -> bool:
    return session.exec(select(Call.id).where(Call.id == call_id, kept_from(user))).first() is not None


def _seen_by(user: User) -> list[ColumnElement[bool]]:
    seen = [visible_to(user), col(Call.state) != CallState.DELETED, ~kept_from(user)]
    if user.role == Role.AGENT:
        seen.append(col(Dispute.agent_id) == user.id)
    return seen
