"""A service under fire: calls are added as its doors add them, and its worker is a process that can be killed."""

import io
import json
import wave
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.calls import queries
from app.calls.models import Call, CallState
from app.calls.service import CallFacts, add_call, job_id
from app.evaluations.models import Evaluation
from app.kit import clock, db
from app.kit.blobs import Blobs, open_blobs
from app.kit.db import id_of
from app.kit.queue import JobState, Queue
from app.ledger.models import LedgerEntry
from app.ledger.service import call_stream, machine
from app.reports.recount import recount
from app.settings import Settings
from app.transcription.models import TranscriptRevision

LIMIT = 1_000_000_000
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
            added = add_call(session, self.queue, stored, file_name, CallFacts(), machine(clock.now()))
        return id_of(added.call)

    def calls(self) -> list[Call]:
        """Every call as it stands now."""
        with db.session(self.engine, reads_only=True) as session:
            return list(session.exec(select(Call).order_by(col(Call.id))))

    def call(self, call_id: int) -> Call:
        return next(call for call in self.calls() if call.id == call_id)

    def scored(self) -> int:
        """How many calls are scored."""
        with db.session(self.engine, reads_only=True) as session:
            return queries.counts(session, [CallState.SCORED])[CallState.SCORED]

    def all_ended(self) -> bool:
        """Whether nothing is left to do."""
        with db.session(self.engine, reads_only=True) as session:
            if any(queries.counts(session, queries.UNDER_WAY).values()):
                return False
        calls = self.calls()
        states = self.queue.states(job_id(id_of(call), call.attempt) for call in calls)
        return all(call.state in ENDED for call in calls) and not {JobState.WAITING, JobState.RUNNING} & {
            *states.values()
        }

    def faults(self) -> list[str]:
        """What is wrong once every call should be scored once; empty when nothing is."""
        with db.session(self.engine, reads_only=True) as session:
            calls = session.exec(select(Call).order_by(col(Call.id))).all()
            return [*(fault for call in calls for fault in _faults(session, call)), *map(str, recount(session))]


@contextmanager
def service(settings: Settings) -> Iterator[Service]:
    """A service in the folder and the databases of these settings."""
    engine, queue = db.make_engine(settings.database), Queue(settings.jobs)
    try:
        yield Service(settings, engine, open_blobs(settings), queue)
    finally:
        queue.close()
        engine.dispose()


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


def beep() -> bytes:
    """A recording of one second."""
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, 8000, 0, "NONE", ""))
        writer.writeframes((tone * 32767).astype("<i2").tobytes())
    return file.getvalue()


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
