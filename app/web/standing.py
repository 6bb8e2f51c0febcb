"""Where a call stands, put together for the review screen and for the page of the call."""

from dataclasses import dataclass

from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_review
from app.calls.models import Call
from app.evaluations.models import Evaluation
from app.kit import clock
from app.kit.db import id_of
from app.kit.i18n import Translator
from app.reviews import queries, service
from app.reviews.models import Review, ReviewState
from app.transcription import queries as transcripts
from app.web.advice import advice
from app.web.call_rows import Frame
from app.web.review_page import ReviewPage, review_page


@dataclass(frozen=True)
class Position:
    """The place of a review in the queue."""

    place: int
    length: int


def standing_page(
    session: Session, user: User, review: Review, call: Call, words: Translator, position: str = ""
) -> ReviewPage:
    """The review screen of a review as it stands now."""
    now = service.standing(session, review)
    frame = Frame(session, [call])
    return review_page(
        review,
        call,
        transcripts.revision(session, now.evaluation.transcript_id).transcript,
        now.card,
        now.machine,
        now.score,
        tuple(now.verdicts.values()),
        accounts.names(session, {one.decided_by for one in now.verdicts.values()}),
        words,
        may_edit=may_review(user),
        agent=frame.agent(call) or words.gettext("Unknown agent"),
        started=frame.started(call),
        position=position,
        advice=advice(session, now, words, clock.now()),
    )


def not_begun(call: Call, evaluation: Evaluation) -> Review:
    """What a review of this evaluation would start from; it is not kept."""
    return Review(
        id=0,
        call_id=id_of(call),
        evaluation_id=id_of(evaluation),
        state=ReviewState.OPEN,
        created_at=evaluation.created_at,
    )


def position_in_queue(session: Session, user: User, review: Review) -> Position | None:
    """The place of an open review in the queue of this person."""
    if review.state != ReviewState.OPEN:
        return None
    rows, total = queries.queue(session, user)
    place = next((at for at, (one, _) in enumerate(rows, 1) if one.id == review.id), None)
    return Position(place, total) if place else None
