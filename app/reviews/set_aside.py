"""Sets aside the calls that nobody can score: kept with the reason, out of scope of every rate, never a result."""

from enum import StrEnum

from sqlmodel import Session

from app.accounts.models import User
from app.accounts.policies import may_reopen
from app.domain.lifecycle import Act, ReviewState
from app.evaluations import queries as evaluations
from app.kit.db import id_of
from app.kit.errors import AppError, Forbidden
from app.ledger.service import Actor, record_for_call
from app.reviews import assignment, queries, sampled
from app.reviews.models import Purpose, Review
from app.reviews.offering import carry_over
from app.reviews.service import moved


class Aside(StrEnum):
    """Why a call is set aside."""

    WRONG_NUMBER = "wrong_number"
    VOICEMAIL = "voicemail"
    NO_CUSTOMER = "no_customer"
    TOO_SHORT = "too_short"
    WRONG_LANGUAGE = "wrong_language"
    PERSONAL = "personal"
    OTHER = "other"


class WordsNeeded(AppError):
    """Say in a few words why this call is set aside."""

    code = "words_needed"
    status = 422


class CannotBeSetAside(AppError):
    """This review is one of a calibration; it is scored, or the session goes on without it."""

    code = "cannot_be_set_aside"
    status = 409


def set_aside(session: Session, review_id: int, reason: Aside, user: User, actor: Actor, words: str = "") -> Review:
    """Set a call aside that waits for a review; one that a plan drew is replaced by the next in the plan's order."""
    review = queries.lock(session, review_id)
    after, words = moved(review, Act.SET_ASIDE), words.strip()[: assignment.LONGEST_REASON]
    if review.purpose in (Purpose.CALIBRATION, Purpose.SELF):
        raise CannotBeSetAside
    assignment.check_not_own(session, review, user)
    if reason == Aside.OTHER and not words:
        raise WordsNeeded
    review.state, review.set_aside_reason = after, reason.value
    # Whoever set it aside may bring it back.
    review.assigned_to, review.assigned_at = id_of(user), actor.at
    review.version += 1
    session.add(review)
    session.flush()
    told = {"review": review_id, "reason": reason.value}
    record_for_call(session, review.call_id, actor, "review.set_aside", {"words": words}, **told)
    if review.purpose == Purpose.COUNTS:
        sampled.replace(session, review.call_id)
    return review


def bring_back(session: Session, review_id: int, user: User, actor: Actor) -> Review:
    """Let a call that was set aside wait again for whoever set it aside, or for anybody where a lead brings it back."""
    review = queries.lock(session, review_id)
    if review.state != ReviewState.SET_ASIDE:
        raise assignment.NotWaiting
    if review.assigned_to != user.id and not may_reopen(user):
        raise Forbidden
    old = review.set_aside_reason
    review.state, review.set_aside_reason = moved(review, Act.BRING_BACK), None
    if review.assigned_to != user.id:
        review.assigned_to = review.assigned_at = None
    review.version += 1
    session.add(review)
    session.flush()
    record_for_call(session, review.call_id, actor, "review.brought_back", review=review_id, old=old)
    # The call may have been scored again meanwhile.
    evaluation = evaluations.current(session, review.call_id)
    if evaluation is not None:
        carry_over(session, review, evaluation, actor)
    return review
