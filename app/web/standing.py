"""Where a call stands, put together for the review screen and for the page of the call."""

from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_hear_unmuted, may_review
from app.calls.models import Call
from app.domain.lifecycle import ReviewState
from app.evaluations.models import Evaluation
from app.kit import clock
from app.kit.db import id_of
from app.kit.i18n import Translator
from app.reviews import queries, service
from app.reviews.models import Review
from app.reviews.queries import MOST_COUNTED
from app.transcription import queries as transcripts
from app.web.advice import advice
from app.web.agents_heard import agents_heard
from app.web.call_rows import Frame
from app.web.leave_forms import aside_view, leave_view
from app.web.queue_rows import other_at_it
from app.web.review_page import InQueue, ReviewPage, review_page
from app.web.waiting import QueueFilter


def standing_page(
    session: Session,
    user: User,
    review: Review,
    call: Call,
    words: Translator,
    place: InQueue = InQueue(),  # noqa: B008 (it is frozen)
) -> ReviewPage:
    """The review screen of a review as it stands now."""
    now = service.standing(session, review)
    frame = Frame(session, user, [call])
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
        place=place,
        advice={} if review.hides_machine else advice(session, now, words, clock.now()),
        heard=agents_heard(session, call, words),
        unmutes=may_hear_unmuted(user),
    )


def not_begun(call: Call, evaluation: Evaluation) -> Review:
    """What a review of this evaluation would start from; it is not kept."""
    return Review(
        id=0,
        call_id=id_of(call),
        evaluation_id=id_of(evaluation),
        state=ReviewState.OPEN,
        due_at=evaluation.created_at,
        called_at=call.started_at,
        created_at=evaluation.created_at,
    )


def in_queue(session: Session, user: User, review: Review, chosen: QueueFilter, words: Translator) -> InQueue:
    """Where an open review stands in this person's queue, and who else is at it at this moment."""
    if review.state != ReviewState.OPEN:
        return InQueue(url=chosen.at("/queue"), aside=aside_view(review, user, words))
    now = clock.now()
    other = other_at_it(review, user, now)
    before = queries.place_in_queue(session, user, review, chosen.to_work(now))
    length = queries.count_waiting(session, user, chosen.to_work(now))
    told = f"{length:,}+" if length == MOST_COUNTED else f"{length}"
    return InQueue(
        # Of a place far behind, nobody needs the number.
        position=words.gettext("%(place)s of %(length)s") % {"place": before + 1, "length": told}
        if before < min(length, MOST_COUNTED)
        else "",
        url=chosen.at("/queue"),
        at_it=accounts.names(session, {other})[other] if other is not None else "",
        leave=leave_view(review, user, words),
    )
