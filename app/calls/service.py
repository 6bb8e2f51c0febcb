"""Takes calls in, corrects their facts, starts them again, deletes them."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePath
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Team, User
from app.accounts.service import agent_called, team_called
from app.calls import queries, segments, sound
from app.calls.models import Call, CallState, Direction
from app.calls.teams import team_of_day, with_team
from app.domain.language import LANGUAGES
from app.kit.blobs import Blob
from app.kit.db import after_commit, id_of
from app.kit.errors import AppError
from app.kit.queue import Queue
from app.ledger.service import Actor, record_for_call
from app.tallies import service as tallies
from app.tallies.queries import zone_of

RECORDINGS = (".wav", ".mp3", ".ogg", ".oga", ".opus", ".flac", ".m4a", ".mp4", ".w64")
TRANSCRIPTS = (".json", ".srt", ".vtt")
# Control signs and halves of signs, which no name has, and what makes text run the other way, so that a name ends
# otherwise than it seems to.
UNSEEN = ("Cc", "Cs")
TURNING = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
# The facts that may name a customer, and are emptied when the call is deleted.
IN_WORDS = ("customer_name", "external_id")
# The workflow that takes a call through the pipeline; the worker defines it.
PROCESS = "process_call"


class WrongFileType(AppError):
    """This is no recording (WAV, MP3, Ogg, Opus, FLAC, M4A) and no transcript (JSON, SRT, VTT)."""

    code = "wrong_file_type"
    status = 415


class ExternalIdTaken(AppError):
    """Another call has this external id, with another recording; use another id."""

    code = "external_id_taken"
    status = 409


class CallChanged(AppError):
    """Somebody changed this call meanwhile; look at it again before you change it."""

    code = "call_changed"
    status = 412


class StillUnderWay(AppError):
    """This call is being worked on; wait until it is scored."""

    code = "under_way"
    status = 409


class ReasonMissing(AppError):
    """Say why."""

    code = "reason_missing"
    status = 422


class SoundRemoved(AppError):
    """The recording of this call was removed when the period was over for which recordings are kept."""

    code = "sound_removed"
    status = 410


class WordsRemoved(AppError):
    """What was said in this call was removed when the period was over for which words are kept; its verdicts stay, and
    nothing in it can be scored, corrected or quoted any more."""

    code = "words_removed"
    status = 410


class NoRecording(AppError):
    """This call came as a transcript; there is no recording to hear again."""

    code = "no_recording"
    status = 409


class CallFacts(BaseModel):
    """What is known about a call when it comes in; all of it may be missing, and may be corrected later."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True, extra="forbid")

    external_id: str | None = Field(None, max_length=200)
    agent: str | None = Field(None, max_length=100)
    team: str | None = Field(None, max_length=100)
    queue: str = Field("", max_length=100)
    customer_name: str | None = Field(None, max_length=100)
    started_at: datetime | None = None
    direction: Direction = Direction.INBOUND
    language: str | None = None
    agent_channel: Literal["left", "right"] | None = None
    ended_by: Literal["agent", "customer"] | None = None
    segments: str = Field("", max_length=2000)

    @field_validator(
        "external_id", "agent", "team", "customer_name", "language", "agent_channel", "ended_by", mode="before"
    )
    @classmethod
    def empty_is_none(cls, given: object) -> object:
        return None if isinstance(given, str) and not given.strip() else given

    @field_validator("language")
    @classmethod
    def language_is_known(cls, code: str | None) -> str | None:
        if code is not None and code not in LANGUAGES:
            raise ValueError(f"calls are judged in {', '.join(LANGUAGES)}; {code!r} is none of these")
        return code

    @field_validator("segments")
    @classmethod
    def segments_can_be_read(cls, written: str) -> str:
        try:
            segments.read(written)
        except AppError as error:
            raise ValueError(error.message) from error
        return written

    @field_validator("started_at")
    @classmethod
    def time_has_a_zone(cls, moment: datetime | None) -> datetime | None:
        if moment is not None and moment.tzinfo is None:
            raise ValueError("give the time with its zone, such as 2026-10-01T09:30:00+08:00")
        return moment


@dataclass(frozen=True)
class Added:
    """A call that was taken in, or that was here before (`is_new` is then False), with the agent that it had then."""

    call: Call
    is_new: bool
    agent_before: int | None = None


def check_file_name(file_name: str) -> str:
    """The name without its folders and what cannot be seen in it, if its ending is one that can be read."""
    name = PurePath(file_name.replace("\\", "/")).name
    name = "".join(sign for sign in name if unicodedata.category(sign) not in UNSEEN and sign not in TURNING)
    name = name.strip()[:255]
    if PurePath(name).suffix.lower() not in (*RECORDINGS, *TRANSCRIPTS):
        raise WrongFileType
    return name


def add_call(
    session: Session,
    queue: Queue,
    stored: Blob,
    file_name: str,
    facts: CallFacts,
    actor: Actor,
    sender: User | None = None,
) -> Added:
    """Take in a file that the object store already has; the same bytes twice are one call, with the newer facts.

    Whose call it is decides, not who has the bytes: a call that the sender may not see is left as it is.
    """
    # In this order: what the same upload at the same moment has just added under this name is then known by its bytes.
    named = queries.by_external_id(session, facts.external_id) if facts.external_id else None
    known = queries.by_content(session, stored.sha256)
    if known is not None and sender is not None:
        queries.call(session, sender, id_of(known))
    if named is not None and (known is None or named.id != known.id):
        raise ExternalIdTaken
    if known is not None:
        known = queries.lock_kept(session, id_of(known))
        agent_before = known.agent_id
        # What came in again after it was removed is removed again, by the worker's next sweep.
        known.blob = known.blob or stored.key
        # Of a transcript that came in before, only what may be read is kept: the same file is not kept beside it.
        sound.give_up(session, known, [stored.key])
        return Added(_with_facts(session, known, facts, actor), is_new=False, agent_before=agent_before)
    team = team_called(session, facts.team) if facts.team else None
    agent = agent_called(session, facts.agent, team, actor.at) if facts.agent else None
    started_at = facts.started_at or actor.at
    is_given = team is not None
    if team is None and agent is not None:
        team = team_of_day(session, id_of(agent), started_at)
    call = Call(
        external_id=facts.external_id,
        content_hash=stored.sha256,
        blob=stored.key,
        file_name=check_file_name(file_name),
        size_bytes=stored.size,
        state=CallState.RECEIVED,
        language=facts.language,
        direction=facts.direction,
        agent_channel=facts.agent_channel,
        agent_id=agent.id if agent else None,
        team_id=team.id if team else None,
        team_given=is_given,
        queue=facts.queue,
        customer_name=facts.customer_name,
        ended_by=facts.ended_by,
        started_at=started_at,
        site_day=_site_day(started_at, team),
        created_at=actor.at,
        created_by=actor.name,
    )
    try:
        with session.begin_nested():
            session.add(call)
    except IntegrityError:
        # Somebody else sent the same bytes in the same moment: theirs is the call.
        known = queries.by_content(session, stored.sha256)
        if known is None:
            raise ExternalIdTaken from None
        return Added(known, is_new=False, agent_before=known.agent_id)
    name = {"file_name": call.file_name}
    record_for_call(session, id_of(call), actor, "call.received", name, sha256=stored.sha256, size=stored.size)
    _share(session, call, facts, actor)
    start(session, queue, call)
    return Added(call, is_new=True)


def _with_facts(session: Session, call: Call, facts: CallFacts, actor: Actor) -> Call:
    """A call that came in before, with the facts that this time were given."""
    given = {name: value for name, value in facts.model_dump(exclude_unset=True).items() if value not in (None, "")}
    told = ("queue", "started_at") if call.words_removed_at else ("queue", "customer_name", "started_at")
    changes: dict[str, object] = {key: given[key] for key in told if key in given}
    if facts.external_id:
        changes["external_id"] = facts.external_id
    if facts.team:
        changes |= {"team_id": team_called(session, facts.team).id, "team_given": True}
    if facts.agent:
        changes["agent_id"] = agent_called(session, facts.agent, None, actor.at).id
    _share(session, call, facts, actor)
    return change_facts(session, id_of(call), changes, actor) if changes else call


def _share(session: Session, call: Call, facts: CallFacts, actor: Actor) -> None:
    """Note who else spoke in a call; nothing said about it leaves what is known."""
    if facts.segments:
        parts = [
            segments.Part(id_of(agent_called(session, one.agent, None, actor.at)), one.start, one.end)
            for one in segments.read(facts.segments)
        ]
        segments.replace(session, call, parts, actor)


def change_segments(
    session: Session, of_call: int, parts: Sequence[segments.Part], actor: Actor, version: int | None = None
) -> Call:
    """Say anew which other agents spoke in which parts of a call."""
    call = queries.lock_kept(session, of_call)
    if version is not None and version != call.version:
        raise CallChanged
    segments.replace(session, call, parts, actor)
    return call


def change_facts(
    session: Session, of_call: int, changes: dict[str, object], actor: Actor, version: int | None = None
) -> Call:
    """Correct facts of a call (columns of Call); the ledger keeps what they were, and the tallies move with them."""
    call = queries.lock_kept(session, of_call)
    if version is not None and version != call.version:
        raise CallChanged
    return correct(session, call, with_team(session, call, changes), actor)


def correct(session: Session, call: Call, changes: Mapping[str, object], actor: Actor) -> Call:
    """Correct facts of a call that this transaction has locked."""
    if "team_given" in changes:
        call.team_given = bool(changes["team_given"])
    changed = {
        name: {"old": getattr(call, name), "new": value}
        for name, value in changes.items()
        if name != "team_given" and getattr(call, name) != value
    }
    if not changed:
        return call
    for name, change in changed.items():
        setattr(call, name, change["new"])
    if "started_at" in changed or "team_id" in changed:
        call.site_day = _site_day(call.started_at, accounts.team(session, call.team_id) if call.team_id else None)
    call.version += 1
    session.add(call)
    session.flush()
    tallies.move(
        session,
        id_of(call),
        team_id=call.team_id or 0,
        agent_id=call.agent_id or 0,
        queue=call.queue,
        site_day=call.site_day,
        at=actor.at,
        started_at=call.started_at,
        zone=zone_of(session, call.team_id),
    )
    in_words = {name: changed.pop(name) for name in IN_WORDS if name in changed}
    record_for_call(session, id_of(call), actor, "call.mended", in_words, **changed)
    return call


def start(session: Session, queue: Queue, call: Call) -> None:
    """Have the worker take the call through the pipeline, once this transaction is safely stored."""
    of_call, attempt = id_of(call), call.attempt
    after_commit(session, lambda: queue.enqueue(PROCESS, job_id(of_call, attempt), of_call, attempt))


def job_id(of_call: int, attempt: int) -> str:
    """The name of one run of a call through the pipeline: enqueued twice, it still is one."""
    return f"call-{of_call}-{attempt}"


def start_again(session: Session, queue: Queue, of_call: int, actor: Actor, engine: str | None = None) -> Call:
    """Hear and score a call once more: after a failure, or with another engine; what was found before is kept."""
    call = queries.lock_kept(session, of_call)
    if call.state not in (CallState.SCORED, CallState.FAILED):
        raise StillUnderWay
    if call.words_removed_at is not None:
        raise WordsRemoved
    if call.sound_removed_at is not None:
        raise SoundRemoved
    if engine is not None and not call.is_recording:
        raise NoRecording
    call.attempt += 1
    call.state, call.step, call.progress = CallState.RECEIVED, "", 0.0
    call.error_code = call.error_message = None
    call.engine = engine or call.engine
    call.version += 1
    session.add(call)
    session.flush()
    record_for_call(session, of_call, actor, "call.started_again", attempt=call.attempt, engine=engine)
    start(session, queue, call)
    return call


def start_failed_again(session: Session, queue: Queue, actor: Actor, limit: int, code: str | None = None) -> int:
    """Hear and score failed calls once more, those with this reason where one is given; how many there were."""
    # In the order of their ids, so that two who ask for it at once wait for each other instead of for ever.
    found = sorted(id_of(call) for call in queries.failed(session, limit, code))
    again = [one for one in found if _may_start_again(queries.lock(session, one))]
    for of_call in again:
        start_again(session, queue, of_call, actor)
    return len(again)


def _may_start_again(call: Call) -> bool:
    return call.state == CallState.FAILED and call.sound_removed_at is None


def advance(session: Session, of_call: int, state: CallState, step: str = "", progress: float = 0.0) -> None:
    """Note how far a call has come."""
    call = queries.lock(session, of_call)
    if call.state == CallState.DELETED:
        return
    call.state, call.step, call.progress = state, step, progress
    session.add(call)
    session.flush()


def fail(session: Session, of_call: int, attempt: int, code: str, message: str, actor: Actor) -> None:
    """Set a call aside with the reason, in words that its uploader understands; its bytes are kept."""
    call = queries.lock(session, of_call)
    if call.state == CallState.DELETED or call.attempt != attempt or call.state == CallState.FAILED:
        return
    call.state, call.step, call.progress = CallState.FAILED, "", 0.0
    call.error_code, call.error_message = code, message
    call.version += 1
    session.add(call)
    session.flush()
    # The reason may name the file.
    record_for_call(session, of_call, actor, "call.failed", {"message": message}, attempt=attempt, code=code)


def delete(session: Session, of_call: int, actor: Actor, reason: str) -> None:
    """Delete a call for a reason; that is told as long as that there was a call, so the page asks to name nobody."""
    queries.lock_kept(session, of_call)
    if not reason.strip():
        raise ReasonMissing
    empty(session, of_call, actor.at)
    record_for_call(session, of_call, actor, "call.deleted", reason=reason.strip())


def empty(session: Session, of_call: int, at: datetime) -> None:
    """Let nobody see a call any more, and leave nothing of it that others know; its bytes may come in as another."""
    call = queries.lock_kept(session, of_call)
    call.state, call.step, call.progress = CallState.DELETED, "", 0.0
    call.content_hash, call.external_id = f"deleted:{of_call}", None
    call.file_name, call.customer_name = "", None
    call.error_code = call.error_message = None
    call.duration = call.channels = call.ended_by = None
    call.sound_removed_at = call.sound_removed_at or at
    call.words_removed_at = call.words_removed_at or at
    call.version += 1
    session.add(call)
    session.flush()


def remove_sound(session: Session, of_call: int, at: datetime) -> None:
    """What came in is to be kept no longer: nobody can hear the call any more, and its bytes go after the commit."""
    call = queries.lock_kept(session, of_call)
    call.sound_removed_at, call.step = at, ""
    call.version += 1
    session.add(call)
    session.flush()


def remove_words(session: Session, of_call: int, at: datetime) -> None:
    """What was said is to be kept no longer, nor what tells whose call it was but its id in other systems."""
    call = queries.lock_kept(session, of_call)
    call.words_removed_at, call.customer_name, call.error_message = at, None, None
    call.file_name = f"call-{of_call}{PurePath(call.file_name).suffix.lower()}"
    call.version += 1
    session.add(call)
    session.flush()


def forget_bytes(session: Session, of_call: int) -> None:
    """Note that nothing is kept any more of the sound of a call that is to have none."""
    call = queries.lock(session, of_call)
    if queries.is_soundless(call):
        call.blob, call.playback, call.peaks, call.playback_unmuted = "", None, None, None
        call.bytes_replaced, call.mute_due = "", False
        session.add(call)
        session.flush()


def _site_day(moment: datetime, team: Team | None) -> date:
    return moment.astimezone(ZoneInfo(team.time_zone if team else "UTC")).date()
