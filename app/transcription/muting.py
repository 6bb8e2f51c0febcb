"""Mutes more of a call that is kept already, because its transcript has come to hide more numbers."""

from sqlalchemy import Engine
from sqlmodel import Session

from app.calls import queries as calls
from app.calls import sound
from app.calls.models import Call
from app.calls.sound import SWEPT_AT_ONCE, Sound
from app.kit import db
from app.kit.blobs import Blobs
from app.kit.db import id_of
from app.kit.queue import JobState, Queue
from app.settings import Settings
from app.transcription import queries
from app.transcription.models import TranscriptRevision
from app.transcription.service import for_browsers

# The job of the worker.
MUTE = "mute_call"


def mute(engine: Engine, blobs: Blobs, settings: Settings, call_id: int) -> None:
    """Let what browsers play be muted wherever the transcript hides a number; no transaction is open meanwhile."""
    with db.session(engine, reads_only=True) as session:
        call, revision = session.get_one(Call, call_id), queries.current(session, call_id)
    if not call.mute_due or call.playback is None or revision is None:
        return

    # Imported here, as everywhere below the doors: who only mends words should not wait for these libraries.
    from app.audio.decoding import decode

    with blobs.fetched(call.blob, "." + call.file_name.rpartition(".")[2].lower()) as path:
        recording = decode(path, settings)
    made = for_browsers(blobs, recording, revision.muted_spans, call.playback_unmuted or call.playback)
    with db.session(engine) as session:
        _put_in_place(session, engine, blobs, calls.lock(session, call_id), revision, made)


def sweep(engine: Engine, blobs: Blobs, queue: Queue) -> None:
    """Have calls muted of which more is to be muted than is."""
    with db.session(engine, reads_only=True) as session:
        found = calls.to_mute(session, SWEPT_AT_ONCE)
        revisions = [queries.current(session, one) for one in found]
    jobs = {f"mute-{id_of(one)}": one.call_id for one in revisions if one is not None}
    for job, call_id, state in queue.stranded(jobs):
        newest, how_far = _next(queue, job) if state == JobState.DONE else (job, state)
        if how_far is None:
            queue.enqueue(MUTE, newest, call_id)
        elif how_far in (JobState.FAILED, JobState.SET_ASIDE):
            give_up(engine, blobs, call_id)


def _next(queue: Queue, done: str) -> tuple[str, JobState | None]:
    """The job for what came to be hidden since this one was done, and its state if it was asked for."""
    newest = queue.newest(f"{done}-")
    if newest is None:
        return f"{done}-2", None
    if newest.state == JobState.DONE:
        return f"{done}-{int(newest.id.rpartition('-')[2]) + 1}", None
    return newest.id, newest.state


def give_up(engine: Engine, blobs: Blobs, call_id: int) -> None:
    """What cannot be muted is heard no more, but by those who may hear all of it."""
    with db.session(engine) as session:
        call = calls.lock(session, call_id)
        if call.mute_due:
            whole = call.playback_unmuted or call.playback
            sound.put_in_place(session, engine, blobs, call, Sound(None, None, whole))


def _put_in_place(
    session: Session, engine: Engine, blobs: Blobs, call: Call, revision: TranscriptRevision, made: Sound
) -> None:
    """Let the call sound so, unless it was deleted, heard or mended anew, or came to hide more meanwhile."""
    now = queries.current(session, id_of(call))
    if call.mute_due and now is not None and (now.id, now.muted) == (revision.id, revision.muted):
        sound.put_in_place(session, engine, blobs, call, made)
    else:
        sound.give_up(session, call, made.keys)
