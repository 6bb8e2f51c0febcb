"""Forgets, of deleted calls, what other systems were told or are still to be told, but for their numbers."""

from sqlmodel import Session

from app.ledger.models import LedgerEntry
from app.webhooks import queries, told
from app.webhooks.models import DeliveryState

CALL_DELETED = "call.deleted"


def forget_call(session: Session, webhook_id: int, deleted: LedgerEntry) -> None:
    """Leave of a deleted call its number in all that one webhook was told of it.

    What was not delivered yet still says what came of it; what was delivered is not needed any more.
    """
    call_id = int(deleted.stream.rpartition(":")[2])
    for one in queries.of_events(session, webhook_id, told.ids_about(session, call_id)):
        one.body = told.without_call(one.body, call_id, figures=one.state != DeliveryState.DELIVERED)
        # The other system may have answered with what it was sent.
        one.excerpt = ""
        session.add(one)
    session.flush()


def forget_calls(session: Session, webhook_id: int, after: int, upto: int) -> None:
    """The same for all calls of whose end these entries of the ledger tell."""
    for entry in queries.entries(session, after, upto, [CALL_DELETED]):
        forget_call(session, webhook_id, entry)
