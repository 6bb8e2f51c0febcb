"""Hears calls and keeps every revision of their transcripts."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Engine, text
from sqlmodel import Session

from app.calls import queries as calls
from app.calls import sound
from app.calls.models import Call, CallState
from app.calls.sound import Sound
from app.domain.redaction import without_numbers
from app.domain.transcript import Span, Transcript
from app.kit import db
from app.kit.blobs import Blobs
from app.kit.db import id_of
from app.kit.errors import AppError
from app.ledger.service import Actor, machine, record_for_call
from app.settings import Settings
from app.transcription import queries, readings
from app.transcription.files import Heard, Progress, hear_file
from app.transcription.hiding import stretches, together
from app.transcription.models import Spoken, TranscriptRevision
from app.transcription.said import form, terms

if TYPE_CHECKING:
    from app.audio.decoding import Recording

Clock = Callable[[], datetime]
# Whether nobody may remove anything of a call.
IsHeld = Callable[[Session, int], bool]


def transcribe_call(
    engine: Engine,
    blobs: Blobs,
    settings: Settings,
    call_id: int,
    attempt: int,
    progress: Progress,
    clock: Clock,
    is_held: IsHeld,
) -> None:
    """Hear a call, unless this attempt was heard before; no transaction is open meanwhile.

    Of a call that somebody holds, the file that came in stays, whatever is in it.
    """
    with db.session(engine, reads_only=True) as session:
        call = session.get_one(Call, call_id)
        done = call.state == CallState.DELETED or call.attempt != attempt
        if done or queries.of_attempt(session, call_id, attempt) is not None:
            return
        before = _muted_so_far(session, call_id)
    heard = _heard(blobs, settings, call, progress)
    progress("keeping", 0.0)
    muted = together([*before, *stretches(heard.transcript)]) if settings.redacts else ()
    kept = for_browsers(blobs, heard.recording, muted)
    copy = _legible_copy(blobs, heard) if settings.redacts else None
    with db.session(engine) as session:
        call = calls.lock(session, call_id)
        deleted = call.state == CallState.DELETED
        wanted = not deleted and call.attempt == attempt and queries.of_attempt(session, call_id, attempt) is None
        if wanted:
            came_in = call.blob
            if copy is not None and not is_held(session, call_id):
                call.blob = copy
            sound.put_in_place(session, engine, blobs, call, kept, [came_in, *([copy] if copy else [])])
            call.state, call.step, call.progress = CallState.SCORING, "", 0.0
            _keep_heard(session, call, heard, machine(clock()), attempt, muted if settings.redacts else None)
        made = (*kept.keys, *([copy] if copy else []))
        unused = [key for key in made if deleted and not calls.keeps_bytes(session, key)]
    for key in unused:
        # Deleted while it was heard: nothing of its sound may stay.
        blobs.delete(key)


def _muted_so_far(session: Session, call_id: int) -> tuple[Span, ...]:
    """The stretches in which any revision hides a number: a recogniser that mishears it does not make it unsaid."""
    return together(span for one in queries.revisions(session, call_id) for span in one.muted_spans)


def _keep_heard(
    session: Session, call: Call, heard: Heard, actor: Actor, attempt: int, muted: Sequence[Span] | None
) -> None:
    """Keep what was heard; `muted` is what is muted in the sound that was made of it, None where nothing is hidden."""
    if muted is None:
        keep_transcript(session, call, heard.transcript, heard.engine, actor, attempt, redact=False)
        return
    before = _muted_so_far(session, id_of(call))
    revision = keep_transcript(session, call, heard.transcript, heard.engine, actor, attempt, muted=before)
    if revision.muted_spans != tuple(muted):
        # An earlier revision was looked through while this one was heard.
        sound.mute_later(session, call)


def keep_transcript(
    session: Session,
    call: Call,
    transcript: Transcript,
    engine: str,
    actor: Actor,
    attempt: int | None = None,
    *,
    redact: bool = True,
    muted: Sequence[Span] | None = None,
) -> TranscriptRevision:
    """Add the next revision of a call's transcript, which is the current one from then on.

    With `redact` its numbers are taken out first; in the stretches `muted` numbers are heard that were out before.

    What the transcript says about the call itself (length, channels, language, a name) becomes the call's, where
    nobody has said it yet.
    """
    before = queries.current(session, id_of(call))
    if redact:
        muted = together([*(muted or ()), *stretches(transcript)])
        transcript = without_numbers(transcript)
    call.duration = transcript.duration or max((turn.end or 0.0 for turn in transcript.turns), default=0.0) or None
    call.channels = transcript.channels
    call.language = call.language or transcript.language
    call.customer_name = call.customer_name or transcript.customer_name
    session.add(call)
    revision = TranscriptRevision(
        call_id=id_of(call),
        revision=before.revision + 1 if before else 1,
        attempt=attempt,
        engine=engine,
        content=transcript.model_dump(mode="json"),
        **readings.kept_with(transcript),
        muted=None if muted is None else _kept_spans(muted),
        created_at=actor.at,
        created_by=actor.name,
    )
    session.add(revision)
    session.flush()
    session.merge(_spoken(id_of(call), transcript))
    session.flush()
    if attempt is not None:
        record_for_call(
            session,
            id_of(call),
            actor,
            "call.transcribed",
            revision=revision.revision,
            attempt=attempt,
            engine=engine,
            language=transcript.language,
        )
    return revision


def redact_revision(session: Session, revision: TranscriptRevision) -> None:
    """Take the numbers out of a revision that is kept already."""
    was = revision.transcript
    shown = without_numbers(was)
    revision.muted = _kept_spans(stretches(was))
    if shown != was:
        revision.content = shown.model_dump(mode="json")
        for name, value in readings.kept_with(shown).items():
            setattr(revision, name, value)
    session.add(revision)
    session.flush()


def mute_too(session: Session, revision: TranscriptRevision, spans: Sequence[Span]) -> None:
    """Note that these stretches are to be muted as well."""
    revision.muted = _kept_spans(together([*revision.muted_spans, *spans]))
    session.add(revision)
    session.flush()


def keep_findable(session: Session, call_id: int) -> None:
    """Have a call found by what its current transcript says, and by nothing else."""
    revision = queries.current(session, call_id)
    if revision is not None and session.get(Spoken, call_id) is not None:
        session.merge(_spoken(call_id, revision.transcript))
        session.flush()


def _kept_spans(spans: Sequence[Span]) -> list[list[float]]:
    return [[one.start, one.end] for one in spans]


def forget_words(session: Session, call_id: int, *, tidy: bool = True) -> None:
    """Empty every revision of a call's transcript, and have it found by none of its words.

    Who empties many tidies the index once, in the end.
    """
    for revision in queries.revisions(session, call_id):
        revision.content = Transcript(language=revision.transcript.language).model_dump(mode="json")
        revision.reading = None
        session.add(revision)
    findable = session.get(Spoken, call_id)
    if findable is not None:
        session.delete(findable)
    session.flush()
    if tidy and findable is not None:
        tidy_index(session)


def tidy_index(session: Session) -> None:
    """Drop from SQLite's index what it has only marked as deleted, which would else lie there until it is full."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("INSERT INTO spoken_index (spoken_index) VALUES ('optimize')"))


def _spoken(call_id: int, transcript: Transcript) -> Spoken:
    """What a transcript says, as it is searched."""
    turns = [" ".join(turn.text.split()) for turn in transcript.turns]
    searched = "\n".join(form(one).text for one in turns)
    told = (
        f"{turn.speaker.value}\t{'' if turn.start is None else round(turn.start, 2)}\t{one}"
        for turn, one in zip(transcript.turns, turns, strict=True)
    )
    return Spoken(call_id=call_id, turns="\n".join(told), text=searched, terms=terms(searched))


def _heard(blobs: Blobs, settings: Settings, call: Call, progress: Progress) -> Heard:
    """What the file of a call says, with what people have said about the call."""
    known = {"language": call.language, "agent_channel": call.agent_channel, "engine": call.engine}
    settings = settings.model_copy(update={name: value for name, value in known.items() if value is not None})
    # The copy of a transcript that took the place of what came in is our own JSON.
    is_copy = not call.blob.endswith(call.content_hash)
    suffix = ".json" if is_copy else "." + call.file_name.rpartition(".")[2].lower()
    with blobs.fetched(call.blob, suffix) as path:
        try:
            heard = hear_file(path, settings, progress)
        except AppError as error:
            # Nobody knows the copy by its name; that of the file itself may name a customer, and stays with the call.
            error.args = (error.message.replace(path.name, "This file"),)
            raise
    said = heard.transcript
    told = {
        "direction": call.direction.value,
        "customer_name": call.customer_name or said.customer_name,
        "queue": call.queue or said.queue,
        "ended_by": call.ended_by or said.ended_by,
    }
    if call.language is not None:
        told["language"] = call.language
    transcript = Transcript.model_validate({**said.model_dump(), **told, "id": ""})
    return Heard(transcript, heard.engine, heard.recording)


def for_browsers(
    blobs: Blobs, recording: "Recording | None", muted: Sequence[Span], unmuted: str | None = None
) -> Sound:
    """Where the MP3 and the waveform of a recording are kept, and of one that is muted somewhere also all of it."""
    if recording is None:
        return Sound(None, None)

    from app.audio.muting import on_to_pauses
    from app.audio.playback import peaks, playback

    muted = on_to_pauses(recording.samples, muted)

    def kept(content: bytes) -> str:
        return blobs.put([content], len(content)).key

    heard, picture = kept(playback(recording, muted)), kept(peaks(recording, muted))
    if not muted:
        return Sound(heard, picture)
    return Sound(heard, picture, unmuted or kept(playback(recording)), len(muted))


def _legible_copy(blobs: Blobs, heard: Heard) -> str | None:
    """Where a copy of a transcript without its numbers is kept, to be there instead of the file that came in.

    None for a recording, which stays as it came in, and where there is nothing to hide.
    """
    shown = without_numbers(heard.transcript)
    if heard.recording is not None or shown == heard.transcript:
        return None
    content = shown.model_dump_json().encode()
    return blobs.put([content], len(content)).key
