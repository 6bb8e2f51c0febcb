"""Notes down who was given the sound of which call; this log is no part of the call's ledger.

There it would tell a second, blind reviewer of the first one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session, col, delete

from app.calls import access_queries
from app.calls.models import AccessKind, RecordingAccess
from app.kit import db
from app.kit.errors import AppError

# Browsers ask for the sound piece by piece: within this time it is one listening.
SAME_LISTENING = timedelta(minutes=10)
# Sound that is not muted can be played for so long after it was noted down who asked for it.
UNMUTED_FOR = timedelta(hours=1)
LONGEST_PLACE = 100


class UnmutedOver(AppError):
    """Asked for too long ago; say once more that you want to hear it unmuted."""

    code = "unmuted_over"
    status = 410


@dataclass(frozen=True)
class Listener:
    """Who is given sound: a person, or a program by the key of one; where in the product, and from which address."""

    user_id: int
    place: str
    address: str
    api_key_id: int | None = None


def note(session: Session, call_id: int, kind: AccessKind, by: Listener, at: datetime) -> RecordingAccess:
    """Note down an access."""
    made = RecordingAccess(
        at=at,
        user_id=by.user_id,
        api_key_id=by.api_key_id,
        call_id=call_id,
        kind=kind,
        place=by.place[:LONGEST_PLACE],
        address=by.address[:LONGEST_PLACE],
    )
    session.add(made)
    session.flush()
    return made


def is_noted(session: Session, call_id: int, kind: AccessKind, by: Listener, at: datetime) -> bool:
    """Whether this is a listening that was noted down a few minutes ago."""
    return access_queries.is_known(session, call_id, kind, by.user_id, by.api_key_id, at - SAME_LISTENING)


def note_listening(session: Session, call_id: int, kind: AccessKind, by: Listener, at: datetime) -> None:
    """Note down an ordinary listening, once."""
    # Browsers ask for several pieces at once; whoever asked first has noted it.
    if not is_noted(session, call_id, kind, by, at):
        note(session, call_id, kind, by, at)


def unmuted(session: Session, access_id: int, call_id: int, user_id: int, at: datetime) -> RecordingAccess:
    """What lets this person hear this call unmuted: that it is noted down, and not long ago."""
    found = session.get(RecordingAccess, access_id)
    is_theirs = (
        found is not None
        and (found.call_id, found.user_id, found.kind) == (call_id, user_id, AccessKind.UNMUTED)
        and found.at > at - UNMUTED_FOR
    )
    if found is None or not is_theirs:
        raise UnmutedOver
    return found


def forget_old(engine: Engine, before: datetime) -> None:
    """Forget what people heard before this moment: it is about them, and is kept no longer than it must be."""
    with db.session(engine) as session:
        session.exec(delete(RecordingAccess).where(col(RecordingAccess.at) < before))
