"""What a call counts with, as far as a person may know of it."""

from sqlmodel import Session

from app.accounts.models import User
from app.calls.models import Call
from app.kit.db import id_of
from app.reviews.models import Review
from app.reviews.seen import seen_result
from app.web.standing import not_begun


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
