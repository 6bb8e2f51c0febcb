"""Looking whether a note has helped: a follow-up with its words, a day to look again, and the end of it."""

from datetime import date

from sqlmodel import Session

from app.accounts.models import Role, User
from app.accounts.policies import may_reopen
from app.coaching import queries
from app.coaching.models import CoachingNote, FollowUp, NoteState
from app.coaching.service import locked, record_note
from app.coaching.written import LONGEST_TEXT, plain
from app.kit.db import id_of
from app.kit.errors import AppError, Forbidden
from app.ledger.service import Actor


class FollowUpEmpty(AppError):
    """Say what you found when you looked again; up to 5,000 characters."""

    code = "follow_up_empty"
    status = 422


class NoteDone(AppError):
    """This note is done with; write a new one."""

    code = "note_done"
    status = 409


class NoteUnsent(AppError):
    """Send the note first."""

    code = "note_unsent"
    status = 409


class DayPassed(AppError):
    """The day of the next follow-up must be today or later."""

    code = "day_passed"
    status = 422


def may_follow_up(user: User, note: CoachingNote) -> bool:
    """Its author may, and whoever leads the agent: a supervisor who sees the note, an administrator."""
    return user.role != Role.AGENT and (note.author_id == user.id or may_reopen(user))


def follow_up(
    session: Session, user: User, note_id: int, text: str, next_on: date, actor: Actor, today: date
) -> CoachingNote:
    """Note down what was found, and look again on that day of the site."""
    note = _waiting(session, user, note_id, text)
    if next_on < today:
        raise DayPassed
    note.follow_up_on = next_on
    found = FollowUp(note_id=note_id, author_id=id_of(user), at=actor.at, text=plain(text), next_on=next_on)
    return _kept(session, note, found, actor, "coaching.followed_up")


def finish(session: Session, user: User, note_id: int, text: str, actor: Actor) -> CoachingNote:
    """Note down what came of it: the note is done with."""
    note = _waiting(session, user, note_id, text)
    note.state, note.done_at, note.follow_up_on = NoteState.DONE, actor.at, None
    found = FollowUp(note_id=note_id, author_id=id_of(user), at=actor.at, text=plain(text))
    return _kept(session, note, found, actor, "coaching.done")


def _waiting(session: Session, user: User, note_id: int, text: str) -> CoachingNote:
    """The note, if it is not done with and this person may follow it up with these words."""
    queries.note(session, user, note_id)
    note = locked(session, note_id)
    if not may_follow_up(user, note):
        raise Forbidden("Only the author of a note, or who leads the agent, follows it up.")
    if note.state == NoteState.DRAFT:
        raise NoteUnsent
    if note.state == NoteState.DONE:
        raise NoteDone
    if not 0 < len(plain(text)) <= LONGEST_TEXT:
        raise FollowUpEmpty
    return note


def _kept(session: Session, note: CoachingNote, found: FollowUp, actor: Actor, event: str) -> CoachingNote:
    session.add_all([note, found])
    session.flush()
    record_note(session, note, actor, event, next_on=found.next_on.isoformat() if found.next_on else None)
    return note
