"""What a person may know of the verdicts on a call: the one answer for its page, its printed sheet and its clips."""

from sqlmodel import Session

from app.accounts.models import User
from app.accounts.policies import may_see_machine_verdicts
from app.calls.models import Call
from app.evaluations import queries as evaluations
from app.evaluations.models import Evaluation
from app.kit.db import id_of
from app.reviews import unannounced
from app.reviews.models import Review
from app.web.standing import not_begun


def seen_result(session: Session, user: User, call_id: int) -> tuple[Evaluation | None, Review | None]:
    """The current evaluation and the review of a call, as far as this person may know of them."""
    judged, review = evaluations.current(session, call_id), unannounced.of_call(session, user, call_id)
    if not may_see_machine_verdicts(user):
        if review is None or not review.told:
            # What the machine alone thinks is no verdict on somebody's work, and what was not released is none yet.
            return None, None
        # A newer evaluation is the machine's alone; the result stands on the one it was decided on.
        return session.get(Evaluation, review.evaluation_id), review
    if review is not None and review.hides_machine:
        # Whoever reads it here could not review it blind any more.
        return None, review
    return judged, review


def counting_review(session: Session, user: User, call: Call) -> Review | None:
    """What this call counts with, as far as the person may know of it: the submitted review, else the newest findings.

    Of the latter, a review that stands on an earlier evaluation is left out: it is the machine's alone.
    """
    judged, review = seen_result(session, user, id_of(call))
    if review is not None and review.counts:
        return review
    if judged is None:
        return None
    return review if review is not None and review.evaluation_id == judged.id else not_begun(call, judged)
