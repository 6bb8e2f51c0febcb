"""What the service has in hand at this moment, as numbers that Prometheus keeps."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Engine

from app.calls import queries
from app.calls.models import CallState
from app.kit import db
from app.kit.blobs import Blobs
from app.kit.errors import AppError
from app.kit.measures import Gauge
from app.kit.queue import Queue
from app.kit.worker_ids import at_work

# Counting those that are done would read them all.
COUNTED = (*queries.UNDER_WAY, CallState.FAILED)


def under_way(engine: Engine, blobs: Blobs, queue: Queue, jobs_url: str, now: datetime) -> list[Gauge]:
    """The calls and jobs that are waiting, worked on or given up, and the workers that live."""
    return [
        *_asked("database", lambda: _of_calls(engine)),
        *_asked("jobs", lambda: _of_jobs(queue, jobs_url, now)),
        *_asked("store", lambda: _of_store(blobs)),
    ]


def _asked(part: str, ask: Callable[[], Sequence[Gauge]]) -> list[Gauge]:
    """What a part says, and whether it says anything: of one that is away, that is all there is to tell."""
    try:
        found, answers = ask(), 1
    except (AppError, OSError):
        found, answers = (), 0
    return [Gauge("callmark_up", "Whether the databases and the store answer.", answers, {"part": part}), *found]


def _of_store(blobs: Blobs) -> Sequence[Gauge]:
    blobs.has("up")
    return ()


def _of_calls(engine: Engine) -> list[Gauge]:
    with db.session(engine, reads_only=True) as session:
        counted = queries.counts(session, COUNTED)
    told = "Calls that are not done, by how far they are."
    return [Gauge("callmark_calls", told, counted[state], {"state": state}) for state in COUNTED]


def _of_jobs(queue: Queue, jobs_url: str, now: datetime) -> list[Gauge]:
    oldest = queue.oldest_waiting()
    waits = (now - oldest.asked_at).total_seconds() if oldest else 0.0
    return [
        Gauge("callmark_jobs_running", "Jobs that are worked on.", len(queue.running())),
        Gauge("callmark_jobs_set_aside", "Jobs that were given up, 1,000 at most.", len(queue.set_aside(1000))),
        Gauge("callmark_oldest_job_seconds", "How long the oldest waiting job has waited.", max(0.0, waits)),
        Gauge("callmark_workers", "Workers that live.", len(at_work(jobs_url))),
    ]
