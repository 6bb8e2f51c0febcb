"""Writes notes to agents, sends them, and takes the agents' answers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session

from app.accounts.models import User
from app.calls import queries as calls
from app.calls.segments import agent_at
from app.coaching import queries
from app.coaching.models import CoachingNote, CoachingPoint, NoteState
from app.coaching.points import ClipInvalid, NobodyToWriteTo, lock_calls, tied
from app.coaching.written import LONGEST_LINE, LONGEST_TEXT, NoteFacts, Point, Texts, Written, plain
from app.kit import db
from app.kit.db import id_of
from app.kit.errors import AppError, Forbidden, NotFound
from app.ledger.service import Actor, record, record_for_call
from app.notices import service as notices
from app.notices.models import Kind


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


class AlreadyAcknowledged(AppError):
    """This note was answered already."""

    code = "already_acknowledged"
    status = 409


class AlreadySent(AppError):
    """This note is sent already; nothing in it can be changed."""

    code = "already_sent"
    status = 409


def send_note(session: Session, user: User, call_id: int, facts: NoteFacts, actor: Actor) -> CoachingNote:
    """Send a note about one place of a call to its agent."""
    call = calls.call(session, user, call_id)
    if call.agent_id is None:
        raise AgentMissing
    if (facts.start is None) != (facts.end is None):
        raise ClipInvalid
    texts = Texts(facts.text, facts.strength, facts.heard, facts.effect, facts.advice)
    point = Point(call_id, facts.item_id, facts.start, facts.end)
    # Whoever spoke at that moment is meant.
    to = agent_at(call, calls.segments(session, call_id), facts.start) or call.agent_id
    return send(session, user, Written(to, texts, (point,), follow_up_on=facts.follow_up_on), actor)


def send(
    session: Session, user: User, written: Written, actor: Actor, draft: CoachingNote | None = None
) -> CoachingNote:
    """Send a note, or the draft of it; what speaks of a result the agent may not read yet is held back with it."""
    if not any(written.texts.plain.said):
        raise NoteEmpty
    note = _write(session, user, written, actor, draft)
    note.state, note.created_at = NoteState.OPEN, actor.at
    session.add(note)
    session.flush()
    # What a note says stays out of the ledger, which outlives an erasure.
    record_note(session, note, actor, "coaching.sent", agent_id=note.agent_id, occasion=note.occasion.value)
    if not queries.is_held(session, id_of(note)):
        _tell(session, note, actor.at)
    return note


def send_to_all(
    session: Session, user: User, agent_ids: Sequence[int], written: Written, actor: Actor
) -> list[CoachingNote]:
    """Send the same note to several agents, each of whom answers for themselves."""
    if not agent_ids:
        raise NobodyToWriteTo
    return [send(session, user, replace(written, agent_id=one), actor) for one in dict.fromkeys(agent_ids)]


def keep_draft(
    session: Session, user: User, written: Written, actor: Actor, draft: CoachingNote | None = None
) -> CoachingNote:
    """Keep a note that is not ready yet: nobody but its author sees it."""
    return _write(session, user, written, actor, draft)


def draft_of(session: Session, user: User, note_id: int) -> CoachingNote:
    """A draft of this person, which nobody else changes until this transaction ends."""
    queries.note(session, user, note_id)
    note = queries.lock(session, note_id)
    if note.author_id != user.id:
        raise NotFound
    if note.state != NoteState.DRAFT:
        raise AlreadySent
    # One that waits to be forgotten is known by what it speaks of, and nobody takes that away.
    if note.erased:
        raise NotFound
    return note


def as_written(session: Session, note: CoachingNote) -> Written:
    """A stored note as its author wrote it."""
    found = queries.points(session, [id_of(note)])[id_of(note)]
    return Written(
        agent_id=note.agent_id,
        texts=Texts(note.text, note.strength, note.heard, note.effect, note.advice),
        points=tuple(
            Point(
                one.call_id,
                one.item_id,
                one.start,
                one.end,
                one.kind,
                one.scorecard_version if one.call_id is None else None,
            )
            for one in found
        ),
        occasion=note.occasion,
        topic=note.topic,
        place=note.place,
        held_on=note.held_on,
        follow_up_on=note.follow_up_on,
    )


def throw_away(session: Session, user: User, note_id: int) -> None:
    """Throw a draft away."""
    note = draft_of(session, user, note_id)
    _forget_points(session, note_id)
    session.delete(note)
    session.flush()


def acknowledge(session: Session, user: User, note_id: int, reply: str, actor: Actor) -> CoachingNote:
    """The agent has read the note, and may answer; nobody else can do it for them."""
    queries.note(session, user, note_id)
    note = locked(session, note_id)
    if note.agent_id != user.id:
        raise Forbidden("Only the agent it was written to can answer a note.")
    if note.acknowledged_at is not None:
        raise AlreadyAcknowledged
    answer = plain(reply)
    if len(answer) > LONGEST_TEXT:
        raise ReplyTooLong
    note.acknowledged_at, note.reply = actor.at, answer
    # A release that nobody has told of yet: reading is being told.
    note.told_at = note.told_at or actor.at
    if note.state == NoteState.OPEN:
        note.state = NoteState.ACKNOWLEDGED
    session.add(note)
    session.flush()
    record_note(session, note, actor, "coaching.acknowledged", replied=bool(note.reply))
    notices.tell(session, [note.author_id], Kind.ANSWERED, url_of(note), actor.at)
    return note


def tell_released(engine: Engine, now: datetime, most: int = 200) -> None:
    """Tell the agents of notes that were held back until the result they speak of was released."""
    with db.session(engine, reads_only=True) as session:
        waits = queries.any_untold(session)
    if waits:
        with db.session(engine) as session:
            for note in queries.untold(session, most):
                _tell(session, note, now)


def put_away(session: Session, notes: Sequence[CoachingNote]) -> None:
    """Let notes be listed no more, of which a call is gone; their texts wait until they may go."""
    for note in notes:
        note.erased = True
        session.add(note)
    session.flush()


def forget_texts(session: Session, notes: Sequence[CoachingNote]) -> None:
    """Empty notes, and their answers; they may say what was said in a call that is gone."""
    later = queries.follow_ups(session, [id_of(one) for one in notes])
    for note in notes:
        note.text = note.strength = note.heard = note.effect = note.advice = ""
        note.topic = note.place = note.reply = ""
        for one in later[id_of(note)]:
            one.text = ""
            session.add(one)
    put_away(session, notes)


def locked(session: Session, note_id: int) -> CoachingNote:
    """The note with its calls, none of which anybody else changes until this transaction ends."""
    lock_calls(session, [one.call_id for one in queries.points(session, [note_id])[note_id]])
    return queries.lock(session, note_id)


def url_of(note: CoachingNote) -> str:
    """Where a note is read."""
    return f"/coaching/{note.id}"


def _write(session: Session, user: User, written: Written, actor: Actor, draft: CoachingNote | None) -> CoachingNote:
    """Store a note as a draft, in place of what the draft said before."""
    texts = written.texts.plain
    lines = (plain(written.topic), plain(written.place))
    if max(map(len, texts.said)) > LONGEST_TEXT or max(map(len, lines)) > LONGEST_LINE:
        raise NoteEmpty
    rows = tied(session, user, written)
    note = draft or CoachingNote(
        agent_id=written.agent_id, author_id=id_of(user), state=NoteState.DRAFT, created_at=actor.at
    )
    note.agent_id, note.occasion = written.agent_id, written.occasion
    note.text, note.strength, note.heard, note.effect, note.advice = texts.said
    note.topic, note.place, note.held_on, note.follow_up_on = *lines, written.held_on, written.follow_up_on
    session.add(note)
    session.flush()
    _forget_points(session, id_of(note))
    for one in rows:
        one.note_id = id_of(note)
        session.add(one)
    session.flush()
    return note


def _forget_points(session: Session, note_id: int) -> None:
    for one in queries.points(session, [note_id])[note_id]:
        session.delete(one)
    session.flush()


def _tell(session: Session, note: CoachingNote, at: datetime) -> None:
    note.told_at = at
    session.add(note)
    session.flush()
    notices.tell(session, [note.agent_id], Kind.COACHING, url_of(note), at)


def record_note(session: Session, note: CoachingNote, actor: Actor, event: str, **payload: object) -> None:
    """Note down what happened to a note, with each call it speaks of; else in a stream of its own."""
    points = queries.points(session, [id_of(note)])[id_of(note)]
    by_call: dict[int, list[CoachingPoint]] = {}
    for one in points:
        if one.call_id is not None:
            by_call.setdefault(one.call_id, []).append(one)
    for call_id, of_call in sorted(by_call.items()):
        told = [one.model_dump(mode="json", include={"item_id", "start", "end", "kind"}) for one in of_call]
        record_for_call(session, call_id, actor, event, note=id_of(note), points=told, **payload)
    if not by_call:
        items = [one.item_id for one in points]
        record(session, f"coaching:{note.id}", actor, event, note=id_of(note), items=items, **payload)
