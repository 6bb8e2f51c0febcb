"""Leaves of a contact what is counted: nobody can tell any more whose it was."""

from sqlmodel import Session

from app.contacts import lookups
from app.contacts.keeping import hold, keep
from app.contacts.models import Contact
from app.contacts.sums import PLACE, Terms
from app.contacts.visits import Change

EXTERNAL_ID, CUSTOMER = PLACE["external_id"], PLACE["customer_key"]


def erase(session: Session, contact_id: int, on: Terms) -> None:
    """Take its customer and its name in other systems from a contact; who comes in again is told anew without it."""
    hold(session)
    found = session.get(Contact, contact_id)
    if found is None:
        return
    for known, values in lookups.known(session, [found.external_id]).values():
        new = values.copy()
        new[EXTERNAL_ID], new[CUSTOMER] = f"erased:{known}", None
        keep(session, [Change(new, known, values)], on)
    session.expire(found)
