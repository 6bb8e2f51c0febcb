"""Which of what happened to a call a person may read of: nobody learns here who scored it a second time, or how."""

from collections.abc import Sequence

from sqlmodel import Session

from app.accounts.models import User
from app.accounts.policies import may_see_machine_verdicts, may_settle
from app.ledger import queries as ledger
from app.ledger.models import LedgerEntry
from app.ledger.service import call_stream
from app.reviews import queries as reviews
from app.reviews import second_queries, unannounced
from app.reviews.models import Purpose
from app.web.history import MACHINE_ALONE

SECOND = ("review.second_opened", "review.second_withdrawn", "review.settled", "review.reference_removed")
# What of a call that somebody else has scored is told to who scores it too: as if nobody had.
OF_THE_CALL = ("call.", "transcript.", "evaluation.", "complaint.", "clip.", "review.offered")


def told(session: Session, user: User, call_id: int) -> Sequence[LedgerEntry]:
    """What happened to a call, as far as this person may read of it."""
    if not may_see_machine_verdicts(user):
        return ()
    entries = ledger.entries(session, call_stream(call_id))
    standing = unannounced.of_call(session, user, call_id)
    if standing is not None and standing.hides_machine:
        entries = [one for one in entries if one.event not in MACHINE_ALONE]
    if standing is not None and standing.purpose != Purpose.COUNTS:
        own = [one for one in entries if one.payload.get("review") == standing.id and one.event not in SECOND]
        return [one for one in entries if one in own or one.event.startswith(OF_THE_CALL)]
    hidden = second_queries.hidden_reviews(session, user, call_id)
    if may_settle(user):
        return [one for one in entries if one.payload.get("review") not in hidden or one.actor_id == user.id]
    # A review that is not there any more was a second scoring, perhaps; what happened to it stays as hidden as it was.
    known = {one.id for one in reviews.all_of_call(session, call_id) if one.purpose != Purpose.SECOND} - hidden
    return [
        one
        for one in entries
        if one.event not in SECOND and (one.payload.get("review") in {None, *known} or one.actor_id == user.id)
    ]
