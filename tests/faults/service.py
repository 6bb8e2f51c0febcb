"""A service under fire: calls are added as its doors add them, and its worker is a process that can be killed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from app.calls import service as call_service
from app.calls.models import Call, CallState
from app.evaluations.models import Evaluation
from app.kit import clock, db
from app.kit.blobs import Blobs, open_blobs
from app.kit.db import id_of
from app.kit.queue import Queue
from app.ledger.models import LedgerEntry
from app.ledger.service import call_stream, machine
from app.settings import Settings
from app.tallies.models import Contribution, Tally
from app.transcription.models import TranscriptRevision

ROOT = Path(__file__).parents[2]
LIMIT = 1_000_000_000
WORK = "from app.settings import Settings; from app.worker import work; work(Settings())"
ENDED = (CallState.SCORED, CallState.FAILED)


@dataclass(frozen=True)
class Service:
    """What a web process has, without the web."""

    settings: Settings
    engine: Engine
    blobs: Blobs
    queue: Queue

    def add(self, content: bytes, file_name: str) -> int:
        """Take in a file as the doors do; the id of its call."""
        stored = self.blobs.put([content], LIMIT)
        with db.session(self.engine) as session:
            facts = call_service.CallFacts()
            added = call_service.add_call(session, self.queue, stored, file_name, facts, machine(clock.now()))
        return id_of(added.call)

    def calls(self) -> list[Call]:
        """Every call as it stands now."""
        with db.session(self.engine, reads_only=True) as session:
            return list(session.exec(select(Call).order_by(col(Call.id))))

    def call(self, call_id: int) -> Call:
        return next(call for call in self.calls() if call.id == call_id)

    def all_ended(self) -> bool:
        return all(call.state in ENDED for call in self.calls())

    def faults(self) -> list[str]:
        """What is wrong once every call should be scored once; empty when nothing is."""
        with db.session(self.engine, reads_only=True) as session:
            calls = session.exec(select(Call).order_by(col(Call.id))).all()
            return [*(fault for call in calls for fault in _faults(session, call)), *_miscounted(session)]


@contextmanager
def service(settings: Settings) -> Iterator[Service]:
    """A service in the folder and the databases of these settings."""
    engine, queue = db.make_engine(settings.database), Queue(settings.jobs)
    try:
        yield Service(settings, engine, open_blobs(settings), queue)
    finally:
        queue.close()
        engine.dispose()


def start_worker(settings: Settings, program: str = WORK) -> subprocess.Popen[bytes]:
    """A worker in a process of its own; it writes what it has to say into worker.log."""
    given = settings.model_dump(exclude_unset=True)
    variables = {f"CALLMARK_{name.upper()}": str(value) for name, value in given.items() if value is not None}
    with (settings.data_dir / "worker.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-c", program], cwd=ROOT, env={**os.environ, **variables}, stdout=log, stderr=log
        )


@contextmanager
def worker(settings: Settings, program: str = WORK) -> Iterator[subprocess.Popen[bytes]]:
    """A worker for as long as this lasts."""
    process = start_worker(settings, program)
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process without a warning, and see it gone."""
    process.send_signal(signal.SIGKILL)
    process.wait()


def until(what: Callable[[], bool], seconds: float, every: float = 0.05) -> None:
    """Wait for something to become true, which must happen within these seconds."""
    limit = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < limit, f"not within {seconds} s"
        time.sleep(every)


def transcript(number: int) -> bytes:
    """A short call as another system would hand it over; each number is another call."""
    said = [
        ("agent", f"Thank you for calling Merrow Bank, this is Nina, how can I help you with case {number}?"),
        ("customer", "My card was declined."),
        ("agent", "I am sorry to hear that. Thank you for calling, goodbye."),
    ]
    turns = [
        {"speaker": speaker, "start": 5.0 * place, "end": 5.0 * place + 4, "text": text}
        for place, (speaker, text) in enumerate(said)
    ]
    return json.dumps({"language": "en", "turns": turns}).encode()


def _faults(session: Session, call: Call) -> Iterator[str]:
    if call.state != CallState.SCORED:
        yield f"call {call.id} is {call.state} ({call.error_code})"
        return
    revisions = session.exec(select(TranscriptRevision).where(TranscriptRevision.call_id == call.id)).all()
    evaluations = session.exec(select(Evaluation).where(Evaluation.call_id == call.id)).all()
    entries = select(LedgerEntry.event).where(LedgerEntry.stream == call_stream(id_of(call)))
    events = Counter(session.exec(entries))
    counted = {
        "transcripts": len(revisions),
        "evaluations": len(evaluations),
        "current evaluations": sum(one.current for one in evaluations),
        **{event: events[event] for event in ("call.received", "call.transcribed", "evaluation.scored")},
        "review.offered": events["review.offered"],
    }
    for what, count in counted.items():
        if count != 1:
            yield f"call {call.id} has {count} × {what}"


def _miscounted(session: Session) -> Iterator[str]:
    """Where the tallies are not what a recount of the calls gives."""
    recounted = session.exec(select(func.count(), func.sum(Contribution.n)).where(Contribution.source == "machine"))
    calls, decided = recounted.one()
    scored = session.exec(select(func.count()).where(Call.state == CallState.SCORED)).one()
    tallied = session.exec(select(func.sum(Tally.n)).where(Tally.source == "machine")).one()
    if calls != scored or (tallied or 0) != (decided or 0):
        yield f"{scored} calls are scored, {calls} are counted, {decided} of them decided, and {tallied} are tallied"
