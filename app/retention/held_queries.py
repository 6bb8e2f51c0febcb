"""Reads what is kept because of a hold on a call, beside the call itself."""

from collections.abc import Sequence

from sqlmodel import Session, col, or_, select

from app.calls.models import Call, CallState
from app.coaching.models import CoachingNote, CoachingPoint
from app.complaints.models import Complaint
from app.contacts.models import Contact
from app.retention import queries
from app.retention.models import Erased, HeldCall, LegalHold, Target

# What a note says; nothing of it is left once the note is forgotten.
SAID = ("text", "strength", "heard", "effect", "advice", "topic", "place")


def notes_of_held(session: Session, note_ids: Sequence[int]) -> set[int]:
    """Which of these notes speak of a call that somebody holds."""
    wanted = select(CoachingPoint.note_id).join(HeldCall, col(HeldCall.call_id) == CoachingPoint.call_id)
    wanted = wanted.join(LegalHold, col(LegalHold.id) == HeldCall.hold_id)
    return set(session.exec(wanted.where(col(CoachingPoint.note_id).in_(note_ids), col(LegalHold.lifted_at).is_(None))))


def kept_in_notes(session: Session, call_ids: Sequence[int]) -> set[int]:
    """Which of these calls are deleted but for a note that speaks of a held call too."""
    says = or_(*(getattr(CoachingNote, name) != "" for name in SAID))
    wanted = (
        select(CoachingPoint.call_id, CoachingPoint.note_id)
        .join(CoachingNote, col(CoachingNote.id) == CoachingPoint.note_id)
        .join(Call, col(Call.id) == CoachingPoint.call_id)
        .where(col(Call.id).in_(call_ids), Call.state == CallState.DELETED, col(CoachingNote.erased), says)
    )
    found = session.exec(wanted).all()
    held = notes_of_held(session, [note for _, note in found])
    return {call for call, note in found if call is not None and note in held}


def calls_of(session: Session, targets: Sequence[Target]) -> dict[Target, int]:
    """The calls that these things are, or are about: a contact is about the call that other systems call the same."""
    ids = {kind: [one for other, one in targets if other == kind] for kind in Erased}
    about = select(Complaint.id, Complaint.call_id).where(col(Complaint.id).in_(ids[Erased.COMPLAINT]))
    same = select(Contact.id, Call.id).join(Call, col(Call.external_id) == Contact.external_id)
    same = same.where(col(Contact.id).in_(ids[Erased.CONTACT]), Call.state != CallState.DELETED)
    found = {(Erased.CALL, one): one for one in ids[Erased.CALL]}
    for kind, rows in ((Erased.COMPLAINT, session.exec(about)), (Erased.CONTACT, session.exec(same))):
        found |= {(kind, one): call for one, call in rows if one is not None and call is not None}
    return found


def waiting(session: Session, targets: Sequence[Target]) -> set[Target]:
    """Which of these things are not erased as long as a hold stands."""
    about = calls_of(session, targets)
    deleted = kept_in_notes(session, [one for kind, one in targets if kind == Erased.CALL])
    held = queries.held_among(session, sorted(set(about.values())))
    return {one for one, call in about.items() if call in held} | {(Erased.CALL, one) for one in deleted}


def held_targets(session: Session, erasure_id: int) -> int:
    """How many things of an erasure wait until nobody holds their calls any more."""
    return len(waiting(session, [one.what for one in queries.targets_left(session, erasure_id)]))
