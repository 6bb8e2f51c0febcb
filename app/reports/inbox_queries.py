"""Reads what waits for a person; every read leaves out the calls they do not see."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

import sqlalchemy
from sqlalchemy import and_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from app.accounts.models import User
from app.calls.models import Call, CallState
from app.calls.queries import visible_to
from app.coaching import queries as coaching
from app.coaching.models import CoachingNote, NoteState
from app.domain.lifecycle import TOLD, ReviewState
from app.evaluations.models import Evaluation
from app.kit.db import id_of
from app.ledger.models import LedgerEntry
from app.ledger.service import call_stream
from app.reviews.models import Review, ReviewVerdict
from app.reviews.queries import FEW


class Outdated(NamedTuple):
    """A review with verdicts on evidence that an evaluation has changed since: how many of them are this person's."""

    review: Review
    call: Call
    evaluated_at: datetime
    verdicts: int


class TakenBack(NamedTuple):
    """A review that counted and was opened again or retracted, when, and by whom."""

    review: Review
    call: Call
    at: datetime
    by: str


def outdated(session: Session, user: User, limit: int) -> Sequence[Outdated]:
    """The reviews in which this person decided on evidence that is not the evidence any more."""
    mine = select(ReviewVerdict.review_id).where(ReviewVerdict.decided_by == user.id, col(ReviewVerdict.outdated))
    # Counted here: grouped, a database would read every verdict in the order of reviews.
    verdicts = Counter(session.exec(mine))
    wanted = (
        sqlalchemy.select(Review, Call, col(Evaluation.created_at))
        .join(Call, col(Call.id) == Review.call_id)
        .join(Evaluation, and_(col(Evaluation.call_id) == Call.id, col(Evaluation.current)))
        .where(
            col(Review.id).in_(verdicts),
            col(Review.state) != ReviewState.RETRACTED,
            visible_to(user),
            col(Call.state) != CallState.DELETED,
        )
        .order_by(col(Review.id).desc())
        .limit(limit)
    )
    return [Outdated(review, call, at, verdicts[id_of(review)]) for review, call, at in session.execute(wanted)]


def failed_uploads(session: Session, user: User, limit: int) -> Sequence[Call]:
    """The recordings that this person added and that could not be processed."""
    wanted = select(Call).where(visible_to(user), Call.state == CallState.FAILED, Call.created_by == user.name)
    return session.exec(wanted.order_by(col(Call.id).desc()).limit(limit)).all()


def answers(session: Session, user: User, since: datetime, limit: int) -> Sequence[CoachingNote]:
    """The notes of this person that agents have acknowledged since then."""
    wanted = select(CoachingNote).where(
        CoachingNote.author_id == user.id, col(CoachingNote.acknowledged_at) > since, ~col(CoachingNote.erased)
    )
    return session.exec(wanted.order_by(col(CoachingNote.acknowledged_at).desc()).limit(limit)).all()


def unanswered(session: Session, user: User, before: datetime, limit: int) -> Sequence[CoachingNote]:
    """The notes that a person follows, read by nobody though the agent could before that moment; the oldest first."""
    wanted = select(CoachingNote).where(
        coaching.visible_to(user),
        CoachingNote.state == NoteState.OPEN,
        col(CoachingNote.told_at) < before,
        ~col(CoachingNote.erased),
    )
    return session.exec(wanted.order_by(col(CoachingNote.created_at)).limit(limit)).all()


def to_follow_up(
    session: Session, user: User, first_day: date | None, last_day: date, limit: int
) -> Sequence[CoachingNote]:
    """The notes that a person follows and that were to be looked at again on these days, the longest due first."""
    wanted = select(CoachingNote).where(
        coaching.visible_to(user),
        # As the partial index has it.
        col(CoachingNote.state).in_((NoteState.OPEN, NoteState.ACKNOWLEDGED)),
        col(CoachingNote.follow_up_on) <= last_day,
        ~col(CoachingNote.erased),
    )
    if first_day is not None:
        wanted = wanted.where(col(CoachingNote.follow_up_on) >= first_day)
    ordered = wanted.order_by(col(CoachingNote.follow_up_on), col(CoachingNote.id))
    return session.exec(ordered.limit(limit)).all()


def done_lately(session: Session, user: User, since: datetime, limit: int) -> Sequence[CoachingNote]:
    """The notes to this agent that were followed up to the end since then."""
    wanted = select(CoachingNote).where(
        CoachingNote.agent_id == user.id,
        CoachingNote.state == NoteState.DONE,
        col(CoachingNote.done_at) > since,
        coaching.visible_to(user),
        ~col(CoachingNote.erased),
    )
    return session.exec(wanted.order_by(col(CoachingNote.done_at).desc()).limit(limit)).all()


def taken_back(session: Session, user: User, since: datetime, limit: int) -> Sequence[TakenBack]:
    """The reviews that counted and were opened again or retracted since then, by anybody but this person."""
    again = select(Review.id).where(Review.state == ReviewState.OPEN, col(Review.reopened_at) > since)
    retracted = select(Review.id).where(Review.state == ReviewState.RETRACTED)
    few = [session.exec(one.order_by(col(Review.id).desc()).limit(FEW)) for one in (again, retracted)]
    ids = sorted(one for some in few for one in some if one is not None)
    wanted = _of_reviews(user).where(col(Review.id).in_(ids), col(Review.reviewer_id).is_not(None))
    rows = session.exec(wanted.order_by(col(Review.id).desc()).limit(10 * limit)).all()
    told = _told(session, [review.call_id for review, _ in rows])
    found = [TakenBack(review, call, *told[review.call_id][:2]) for review, call in rows if review.call_id in told]
    others = [one for one in found if one.at > since and told[one.review.call_id][2] != user.id]
    return sorted(others, key=lambda one: one.at, reverse=True)[:limit]


def released(session: Session, user: User, since: datetime, limit: int) -> Sequence[tuple[Review, Call]]:
    """The results of this agent's calls that were released since then, the newest first."""
    wanted = _of_reviews(user).where(
        Call.agent_id == user.id, col(Review.state).in_(TOLD), col(Review.released_at) > since
    )
    return session.exec(wanted.order_by(col(Review.released_at).desc()).limit(limit)).all()


def _of_reviews(user: User) -> Select[Review, Call]:
    joined = select(Review, Call).join(Call, col(Call.id) == Review.call_id)
    return joined.where(visible_to(user), col(Call.state) != CallState.DELETED)


def _told(session: Session, call_ids: Sequence[int]) -> dict[int, tuple[datetime, str, int | None]]:
    """When and by whom the reviews of these calls were taken back for the last time, by call."""
    streams = {call_stream(one): one for one in call_ids}
    wanted = select(LedgerEntry).where(
        col(LedgerEntry.stream).in_(streams), col(LedgerEntry.event).in_(("review.retracted", "review.reopened"))
    )
    entries = session.exec(wanted.order_by(col(LedgerEntry.sequence)))
    return {streams[one.stream]: (one.at, one.actor, one.actor_id) for one in entries}
