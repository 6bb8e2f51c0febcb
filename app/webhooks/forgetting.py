"""Forgets, of deleted calls, what other systems were told or are still to be told, but for their numbers."""

from sqlmodel import Session

from app.kit.db import id_of
from app.ledger.models import LedgerEntry
from app.webhooks import queries, told
from app.webhooks.models import DeliveryState

# After these nothing is kept of a call.
CALL_GONE = ("call.deleted", "call.erased")


def forget_call(session: Session, webhook_id: int, gone: LedgerEntry) -> None:
    """Leave of a deleted call its number in all that one webhook was told of it.

    What was not delivered yet still says what came of it; what was delivered is not needed any more.
    """
    call_id = int(gone.stream.rpartition(":")[2])
    _forget(session, webhook_id, call_id, told.ids_about(session, call_id))


def forget_everywhere(session: Session, call_id: int) -> None:
    """The same of a call that is being erased, in what any webhook was told of it."""
    events = told.ids_about(session, call_id)
    for webhook in queries.webhooks(session):
        _forget(session, id_of(webhook), call_id, events)


def forget_complaint(session: Session, complaint_id: int) -> None:
    """Leave of a complaint its number in all that any webhook was told of it."""
    events = told.ids_of_complaint(session, complaint_id)
    for webhook in queries.webhooks(session):
        for one in queries.of_events(session, id_of(webhook), events):
            one.body, one.excerpt = told.without_complaint(one.body), ""
            session.add(one)
    session.flush()


def _forget(session: Session, webhook_id: int, call_id: int, events: set[str]) -> None:
    for one in queries.of_events(session, webhook_id, events):
        one.body = told.without_call(one.body, call_id, figures=one.state != DeliveryState.DELIVERED)
        # The other system may have answered with what it was sent.
        one.excerpt = ""
        session.add(one)
    session.flush()


def forget_calls(session: Session, webhook_id: int, after: int, upto: int) -> None:
    """The same for all calls of whose end these entries of the ledger tell."""
    for entry in queries.entries(session, after, upto, CALL_GONE):
        forget_call(session, webhook_id, entry)
