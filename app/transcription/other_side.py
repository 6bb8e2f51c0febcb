"""Agent and customer change places in a whole call; with a channel each, its holds are then found anew."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sqlalchemy import Engine
from sqlmodel import Session

from app.audio.sides import agent_side
from app.calls import queries as calls
from app.calls import service as call_service
from app.calls.models import Call, CallState
from app.calls.stranded import SWEPT_AT_ONCE, KilledWorker
from app.domain.transcript import Transcript
from app.kit import db
from app.kit.blobs import Blobs
from app.kit.db import after_commit, id_of
from app.kit.queue import JobState, Queue, Unforeseen
from app.ledger.service import Actor, record_for_call
from app.settings import Settings
from app.transcription import mending, queries
from app.transcription.models import TranscriptRevision

if TYPE_CHECKING:
    from app.audio.holds import Waiting

# The job of the worker, and what a call's step says as long as it is not done.
FIND_HOLDS = "find_holds"
OTHER_SIDE: dict[str, Literal["left", "right"]] = {"left": "right", "right": "left"}


@dataclass(frozen=True)
class Found:
    """Where the customer waited, with the agent on this side ("left", "right")."""

    side: str
    waiting: "Waiting"


def swap_sides(
    session: Session, queue: Queue, blobs: Blobs, call_id: int, actor: Actor, version: int | None = None
) -> TranscriptRevision:
    """Agent and customer change places in the whole call.

    In a recording with a channel each it is now the other side that was absent in the holds: until the worker has
    found them anew those that were known stay.
    """
    revision = mending.mend(session, call_id, mending.sides(), actor, version)
    call = calls.lock(session, call_id)
    side = _agent_side(blobs, call, revision.transcript)
    if side is not None:
        # Whoever hears it again knows it then, too.
        call_service.change_facts(session, call_id, {"agent_channel": side}, actor)
        call_service.advance(session, call_id, call.state, FIND_HOLDS)
        after_commit(session, lambda: queue.enqueue(FIND_HOLDS, holds_job(revision), call_id))
    return revision


def holds_job(revision: TranscriptRevision) -> str:
    """The name of the job that finds the holds of a call as it is now."""
    return f"holds-{id_of(revision)}"


def find_holds(engine: Engine, blobs: Blobs, settings: Settings, call_id: int) -> Found | None:
    """The holds of a call whose sides were swapped; None when nobody waits for them any more."""
    with db.session(engine, reads_only=True) as session:
        call = session.get_one(Call, call_id)
    if not _waits(call) or call.agent_channel is None:
        return None

    # Imported here, as everywhere below the doors: who only swaps sides should not wait for these libraries.
    from app.audio.decoding import decode
    from app.audio.holds import find_waiting
    from app.audio.speech import listen
    from app.transcription.hearing import CHANNELS

    with blobs.fetched(call.blob, "." + call.file_name.rpartition(".")[2].lower()) as path:
        recording = decode(path, settings)
    return Found(call.agent_channel, find_waiting(recording, listen(recording), CHANNELS[call.agent_channel]))


def keep_holds(session: Session, call_id: int, found: Found, actor: Actor) -> TranscriptRevision | None:
    """Put the holds in place of those that were known, unless a person has decided about them meanwhile."""
    call = calls.lock(session, call_id)
    before = queries.current(session, call_id)
    if before is None or not _waits(call) or call.agent_channel != found.side:
        return None
    call_service.advance(session, call_id, call.state)
    heard = before.transcript
    mended = heard.model_copy(update={"holds": found.waiting.holds, "activity": found.waiting.activity})
    if mended == heard:
        return None
    told = {"old": mending.told_holds(heard), "new": mending.told_holds(mended)}
    return mending.keep_mended(session, call, before, mended, actor, "holds", told)


def give_up_holds(session: Session, call_id: int, code: str, message: str, actor: Actor) -> None:
    """The holds cannot be found anew: those that were known stay, and the ledger says why."""
    call = calls.lock(session, call_id)
    if _waits(call):
        call_service.advance(session, call_id, call.state)
        # The reason may name the file.
        record_for_call(session, call_id, actor, "call.holds_not_found", {"message": message}, code=code)


def sweep(engine: Engine, queue: Queue, actor: Actor) -> None:
    """Ask again for holds that were never asked for, and end the wait for those whose job has ended without them."""
    with db.session(engine, reads_only=True) as session:
        found = calls.with_step(session, FIND_HOLDS, SWEPT_AT_ONCE)
        revisions = [queries.current(session, id_of(call)) for call in found]
    jobs = {holds_job(one): one.call_id for one in revisions if one is not None}
    for job, call_id, state in queue.stranded(jobs):
        if state is None:
            queue.enqueue(FIND_HOLDS, job, call_id)
        else:
            reason = KilledWorker() if state == JobState.SET_ASIDE else Unforeseen()
            with db.session(engine) as session:
                give_up_holds(session, call_id, reason.code, reason.message, actor)


def _waits(call: Call) -> bool:
    return call.state != CallState.DELETED and call.step == FIND_HOLDS


def _agent_side(blobs: Blobs, call: Call, swapped: Transcript) -> Literal["left", "right"] | None:
    """The channel that is the agent's from now on; None where the two were not recorded apart."""
    if call.peaks is None or swapped.channels != 2 or swapped.activity is None:
        return None
    if call.agent_channel is not None:
        return OTHER_SIDE[call.agent_channel]
    return agent_side(b"".join(blobs.read(call.peaks)), swapped.activity)
