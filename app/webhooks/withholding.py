"""Whether what the machine found in a call may be told yet: whoever scores it blind must not hear of it elsewhere."""

from sqlmodel import Session

from app.calls.models import Call
from app.reviews import queries as reviews
from app.reviews.blind import drawn_blind, drawn_twice
from app.reviews.models import Purpose
from app.reviews.offering import Terms


def is_withheld(session: Session, call_id: int, on: Terms) -> bool:
    """Whether somebody scores this call blind, or will where a plan draws it: which calls, these terms say."""
    known = reviews.all_of_call(session, call_id)
    if any(one.hides_machine for one in known):
        return True
    call = session.get(Call, call_id)
    if call is None or any(one.purpose == Purpose.COUNTS for one in known):
        return False
    return drawn_blind(call.content_hash, on.blind_share) or drawn_twice(call.content_hash, on.double_share)
