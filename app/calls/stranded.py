"""Finds the calls whose work was never asked for, or has ended without them."""

from sqlalchemy import Engine

from app.calls import queries
from app.calls.models import Call
from app.calls.service import PROCESS, fail, job_id
from app.kit import db
from app.kit.db import id_of
from app.kit.errors import AppError
from app.kit.queue import JobState, Queue, Unforeseen
from app.ledger.service import Actor

# How many waiting calls a sweep looks at; the rest come into view as these are done.
SWEPT_AT_ONCE = 2000


class KilledWorker(AppError):
    """The worker died each time it worked on this recording, so it was set aside. Convert the recording to WAV or
    export it again; if that does not help, an administrator finds more in the worker's log."""

    code = "killed_worker"


def sweep(engine: Engine, queue: Queue, actor: Actor) -> None:
    """Ask again for the work on calls that was never asked for, and end the calls whose work has ended."""
    with db.session(engine, reads_only=True) as session:
        found = queries.waiting(session, SWEPT_AT_ONCE)
    jobs = {job_id(id_of(call), call.attempt): call for call in found}
    for job, call, state in queue.stranded(jobs):
        if state is None:
            queue.enqueue(PROCESS, job, id_of(call), call.attempt)
        else:
            _end(engine, call, KilledWorker() if state == JobState.SET_ASIDE else Unforeseen(), actor)


def _end(engine: Engine, seen: Call, reason: AppError, actor: Actor) -> None:
    """End a call, unless it has gone on since it was seen."""
    with db.session(engine) as session:
        call = queries.lock(session, id_of(seen))
        if call.state in queries.UNDER_WAY and call.attempt == seen.attempt:
            fail(session, id_of(call), call.attempt, reason.code, reason.message, actor)
