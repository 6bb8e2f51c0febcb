"""Sends notes to agents and takes their answers."""

from dataclasses import dataclass

from sqlmodel import Session

from app.accounts.models import User
from app.calls import queries as calls
from app.coaching import queries
from app.coaching.models import CoachingNote
from app.evaluations import queries as evaluations
from app.kit.db import id_of
from app.kit.errors import AppError, Forbidden
from app.ledger.service import Actor, record_for_call

LONGEST_TEXT = 5000


class NoteEmpty(AppError):
    """Write what the agent should know; up to 5,000 characters."""

    code = "note_empty"
    status = 422


class ReplyTooLong(AppError):
    """The reply is too long; up to 5,000 characters."""

    code = "reply_too_long"
    status = 422


class AgentMissing(AppError):
    """Nobody knows whose call this is; give the call its agent, then send the note."""

    code = "agent_missing"
    status = 409


class ClipInvalid(AppError):
    """The clip must begin in the call and end after it began."""

    code = "clip_invalid"
    status = 422


class ItemUnknown(AppError):
    """The call was not judged on this item."""

    code = "item_unknown"
    status = 422


class AlreadyAcknowledged(AppError):
    """This note was answered already."""

    code = "already_acknowledged"
    status = 409


@dataclass(frozen=True)
class NoteFacts:
    """What a note says, and of which part of the call; `start` and `end` are seconds."""

    text: str
    review_id: int | None = None
    item_id: str | None = None
    start: float | None = None
    end: float | None = None


def send_note(session: Session, user: User, call_id: int, facts: NoteFacts, actor: Actor) -> CoachingNote:
    """Send a note about a call to its agent."""
    calls.call(session, user, call_id)
    call = calls.lock(session, call_id)
    text = _plain(facts.text)
    if not 0 < len(text) <= LONGEST_TEXT:
        raise NoteEmpty
    if call.agent_id is None:
        raise AgentMissing
    _check_item(session, call_id, facts.item_id)
    _check_clip(facts, call.duration)
    note = CoachingNote(
        call_id=call_id,
        review_id=facts.review_id,
        item_id=facts.item_id,
        agent_id=call.agent_id,
        author_id=id_of(user),
        start=facts.start,
        end=facts.end,
        text=text,
        created_at=actor.at,
    )
    session.add(note)
    session.flush()
    # What a note says stays out of the ledger, which outlives an erasure.
    record_for_call(
        session,
        call_id,
        actor,
        "coaching.sent",
        note=id_of(note),
        agent_id=note.agent_id,
        review_id=note.review_id,
        item=note.item_id,
        start=note.start,
        end=note.end,
    )
    return note


def acknowledge(session: Session, user: User, note_id: int, reply: str, actor: Actor) -> CoachingNote:
    """The agent has read the note, and may answer; nobody else can do it for them."""
    queries.note(session, user, note_id)
    note = queries.lock(session, note_id)
    if note.agent_id != user.id:
        raise Forbidden("Only the agent it was written to can answer a note.")
    if note.acknowledged_at is not None:
        raise AlreadyAcknowledged
    answer = _plain(reply)
    if len(answer) > LONGEST_TEXT:
        raise ReplyTooLong
    note.acknowledged_at, note.reply = actor.at, answer
    session.add(note)
    session.flush()
    calls.lock(session, note.call_id)
    record_for_call(
        session, note.call_id, actor, "coaching.acknowledged", note=note_id, item=note.item_id, replied=bool(note.reply)
    )
    return note


def forget_texts(session: Session, call_id: int) -> None:
    """Empty the notes about a deleted call, and their answers; they may say what was said."""
    for note in queries.all_of_call(session, call_id):
        note.text, note.reply = "", ""
        session.add(note)
    session.flush()


def _plain(text: str) -> str:
    """Text without NUL characters, which no database keeps, and without space around it."""
    return text.replace("\0", "").strip()


def _check_item(session: Session, call_id: int, item_id: str | None) -> None:
    if item_id is None:
        return
    judged = evaluations.current(session, call_id)
    if judged is None or all(one.id != item_id for one in evaluations.findings(session, id_of(judged))):
        raise ItemUnknown


def _check_clip(facts: NoteFacts, duration: float | None) -> None:
    if facts.start is None and facts.end is None:
        return
    if facts.start is None or facts.end is None or not 0 <= facts.start < facts.end < float("inf"):
        raise ClipInvalid
    if duration is not None and facts.start >= duration:
        raise ClipInvalid
