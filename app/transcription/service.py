"""Hears calls and keeps every revision of their transcripts."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Engine, text
from sqlmodel import Session

from app.calls import queries as calls
from app.calls.models import Call, CallState
from app.domain.transcript import Transcript
from app.kit import db
from app.kit.blobs import Blobs
from app.kit.db import id_of
from app.kit.errors import AppError
from app.ledger.service import Actor, machine, record_for_call
from app.settings import Settings
from app.transcription import queries, readings
from app.transcription.files import Heard, Progress, hear_file
from app.transcription.models import Spoken, TranscriptRevision
from app.transcription.said import form, terms

if TYPE_CHECKING:
    from app.audio.decoding import Recording

Clock = Callable[[], datetime]


def transcribe_call(
    engine: Engine, blobs: Blobs, settings: Settings, call_id: int, attempt: int, progress: Progress, clock: Clock
) -> None:
    """Hear a call, unless this attempt was heard before; no transaction is open meanwhile."""
    with db.session(engine, reads_only=True) as session:
        call = session.get_one(Call, call_id)
        done = call.state == CallState.DELETED or call.attempt != attempt
        if done or queries.of_attempt(session, call_id, attempt) is not None:
            return
    heard = _heard(blobs, settings, call, progress)
    progress("keeping", 0.0)
    playback, peaks = _for_browsers(blobs, heard.recording)
    with db.session(engine) as session:
        call = calls.lock(session, call_id)
        deleted = call.state == CallState.DELETED
        wanted = not deleted and call.attempt == attempt and queries.of_attempt(session, call_id, attempt) is None
        if wanted:
            call.playback, call.peaks = playback, peaks
            call.state, call.step, call.progress = CallState.SCORING, "", 0.0
            keep_transcript(session, call, heard.transcript, heard.engine, machine(clock()), attempt)
        unused = [key for key in (playback, peaks) if deleted and key and not calls.keeps_bytes(session, key)]
    for key in unused:
        # Deleted while it was heard: nothing of its sound may stay.
        blobs.delete(key)


def keep_transcript(
    session: Session, call: Call, transcript: Transcript, engine: str, actor: Actor, attempt: int | None = None
) -> TranscriptRevision:
    """Add the next revision of a call's transcript, which is the current one from then on.

    What the transcript says about the call itself (length, channels, language, a name) becomes the call's, where
    nobody has said it yet.
    """
    before = queries.current(session, id_of(call))
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


def forget_words(session: Session, call_id: int) -> None:
    """Empty every revision of a deleted call's transcript, and have it found by none of its words."""
    for revision in queries.revisions(session, call_id):
        revision.content = Transcript(language=revision.transcript.language).model_dump(mode="json")
        revision.reading = None
        session.add(revision)
    findable = session.get(Spoken, call_id)
    if findable is not None:
        session.delete(findable)
    session.flush()
    if findable is not None and session.get_bind().dialect.name == "sqlite":
        # The index marks words as deleted and drops them when it next tidies up; here they are dropped at once.
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
    suffix = "." + call.file_name.rpartition(".")[2].lower()
    with blobs.fetched(call.blob, suffix) as path:
        try:
            heard = hear_file(path, settings, progress)
        except AppError as error:
            # The uploader knows the file by its own name, not by that of the copy.
            error.args = (error.message.replace(path.name, call.file_name),)
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


def _for_browsers(blobs: Blobs, recording: "Recording | None") -> tuple[str | None, str | None]:
    """Where the MP3 and the waveform of a recording are kept."""
    if recording is None:
        return None, None

    from app.audio.playback import peaks, playback

    kept = [blobs.put([content], len(content)) for content in (playback(recording), peaks(recording))]
    return kept[0].key, kept[1].key
