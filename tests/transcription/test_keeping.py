"""A call goes through its states one after the other: received, being heard, being scored, scored."""

import json

from app.calls.models import Call, CallState
from app.calls.service import CallFacts, add_call
from app.kit import db
from app.kit.blobs import open_blobs
from app.kit.db import id_of
from app.ledger.service import machine
from app.worker import Worker
from tests.stored import NOW

CALL = {"language": "en", "turns": [{"speaker": "agent", "start": 0.0, "end": 2.0, "text": "Good morning."}]}


class NoJobs:
    """The test does the worker's steps itself."""

    def enqueue(self, *_: object) -> None:
        pass


def test_a_call_tells_how_far_it_has_come(settings, engine):
    worker = Worker(settings, engine, open_blobs(settings))
    stored = worker.blobs.put([json.dumps(CALL).encode()], 10_000)
    with db.session(engine) as session:
        call_id = id_of(add_call(session, NoJobs(), stored, "a.json", CallFacts(), machine(NOW)).call)

    def state():
        with db.session(engine, reads_only=True) as session:
            return session.get_one(Call, call_id).state

    seen = [state()]
    for step in (worker.transcribe, worker.evaluate):
        step(call_id, 1)
        seen.append(state())
    assert seen == [CallState.RECEIVED, CallState.SCORING, CallState.SCORED]
