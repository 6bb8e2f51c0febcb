"""A deleted call leaves its place in the ledger and nothing of what was said."""

import pytest
from sqlmodel import Session, SQLModel, select

from app.calls import queries as calls
from app.calls import service as call_service
from app.calls.models import Call, CallState
from app.calls.service import CallFacts, ReasonMissing, add_call
from app.coaching.queries import notes
from app.coaching.service import send_note
from app.coaching.written import NoteFacts
from app.domain.evidence import Verdict
from app.evaluations.models import StoredFinding
from app.kit import clock, db
from app.kit.blobs import open_blobs
from app.kit.db import id_of
from app.kit.errors import NotFound
from app.ledger.queries import entries
from app.ledger.service import Actor, machine
from app.reports.recount import recount
from app.retention import service as retention
from app.retention.holds import is_held
from app.reviews import assignment, rescoring, service, set_aside
from app.reviews import queries as reviews
from app.reviews.models import ReviewVerdict
from app.reviews.set_aside import Aside
from app.tallies.models import Tally
from app.transcription import mending
from app.transcription.models import TranscriptRevision
from app.transcription.service import transcribe_call
from app.worker import Worker
from tests.audio.sounds import tone, written
from tests.cast import make_cast
from tests.stored import NOW

BOB = Actor("Bob", NOW)
LIMIT = 10**6
SAID = b"""{"language": "en", "turns": [
    {"speaker": "agent", "start": 0, "end": 4, "text": "Good morning, Harbour Bank, this is Dana, how can I help?"},
    {"speaker": "customer", "start": 5, "end": 7, "text": "My name is Zebediah Quill, my card was declined."},
    {"speaker": "agent", "start": 8, "end": 9, "text": "Thank you, Mr Quill. Goodbye."}]}"""


class NoJobs:
    """Nobody works in these tests unless they say so."""

    def enqueue(self, *asked: object) -> None:
        pass


@pytest.fixture
def worker(engine, settings):
    return Worker(settings, engine, open_blobs(settings))


@pytest.fixture
def cast(engine):
    with db.session(engine) as session:
        return make_cast(session)


def take_in(worker: Worker, external_id: str = "pbx-1") -> int:
    stored = worker.blobs.put([SAID], LIMIT)
    with db.session(worker.engine) as session:
        facts = CallFacts(agent="dana", external_id=external_id, customer_name="Zebediah Quill")
        return id_of(add_call(session, NoJobs(), stored, "quill.json", facts, machine(NOW)).call)


def work(worker: Worker, call_id: int) -> None:
    worker.transcribe(call_id, 1)
    worker.evaluate(call_id, 1)
    worker.offer(call_id, 1)


def delete(worker: Worker, call_id: int, reason: str = "asked for by the customer") -> None:
    with db.session(worker.engine) as session:
        retention.delete_call(session, worker.engine, worker.blobs, call_id, BOB, reason)


@pytest.fixture
def reviewed(worker, cast):
    """A submitted call with notes that quote it."""
    call_id = take_in(worker)
    work(worker, call_id)
    with db.session(worker.engine) as session:
        mending.mend(session, call_id, mending.speaker(2), BOB)
        mending.mend(session, call_id, mending.words(1, "I am Zebediah Quill, and my card was declined."), BOB)
        call_service.change_facts(session, call_id, {"customer_name": "Zeb Quill", "external_id": "quill-1"}, BOB)
        rescoring.judge(session, call_id, BOB)
        review = reviews.of_call(session, call_id)
        assert review is not None
        for finding in service.standing(session, review).findings:
            service.decide(
                session, id_of(review), finding.id, Verdict.PASS, cast.bob, BOB, reason_code="other", note="Quill said"
            )
        service.undo(session, id_of(review), finding.id, BOB)
        set_aside.set_aside(session, id_of(review), Aside.OTHER, cast.bob, BOB, "Quill is my neighbour.")
        set_aside.bring_back(session, id_of(review), cast.bob, BOB)
        assignment.give_back(session, id_of(review), cast.bob, BOB, "I know Mr Quill.")
        service.decide(session, id_of(review), finding.id, Verdict.PASS, cast.bob, BOB, reason_code="other")
        service.submit(session, id_of(review), cast.bob, BOB)
        service.reopen(session, id_of(review), cast.bob, BOB, "Mr Quill called again.")
        service.submit(session, id_of(review), cast.bob, BOB)
        send_note(session, cast.bob, call_id, NoteFacts("You called him Mr Quill."), BOB)
    return call_id


def kept(session: Session) -> str:
    """All that is stored, in every table, the ledger's too, as text."""
    tables = SQLModel.metadata.sorted_tables
    return str([[tuple(row) for row in session.execute(table.select())] for table in tables])


def test_nothing_of_what_was_said_is_left_and_nothing_counts_any_more(worker, cast, reviewed) -> None:
    with db.session(worker.engine) as session:
        assert kept(session).count("Quill") > 10
        where = session.get_one(Call, reviewed).blob

    delete(worker, reviewed)

    with db.session(worker.engine) as session:
        call = session.get_one(Call, reviewed)
        assert (call.state, call.external_id, call.blob) == (CallState.DELETED, None, "")
        assert "Quill" not in kept(session)
        assert "quill" not in kept(session)
        assert {row.n for row in session.exec(select(Tally))} == {0}
        assert recount(session) == ()
        told = entries(session, f"call:{reviewed}")
        assert [one.event for one in told if "customer_name" in one.payload.get("in_words", ())] == ["call.mended"]
        last = told[-1]
        assert (last.event, last.actor, last.payload["reason"]) == ("call.deleted", "Bob", "asked for by the customer")
        with pytest.raises(NotFound):
            calls.call(session, cast.ada, reviewed)
        assert notes(session, cast.ada).items == []
        # That it was judged, and how, is still known.
        assert {row.verdict for row in session.exec(select(ReviewVerdict))} == {Verdict.PASS}
        assert len(session.exec(select(StoredFinding)).all()) > 10
    assert not worker.blobs.has(where)


def test_a_reason_is_needed_and_a_call_is_deleted_once(worker, cast, reviewed) -> None:
    with pytest.raises(ReasonMissing):
        delete(worker, reviewed, "  ")
    delete(worker, reviewed)
    with pytest.raises(NotFound):
        delete(worker, reviewed)


def test_the_same_recording_may_come_in_again_as_another_call(worker, cast, reviewed) -> None:
    delete(worker, reviewed)

    again = take_in(worker)
    work(worker, again)

    assert again != reviewed
    with db.session(worker.engine) as session:
        assert session.get_one(Call, again).state == CallState.SCORED
        assert recount(session) == ()


def test_sound_that_another_call_has_too_stays(worker, cast) -> None:
    first, second = take_in(worker), None
    other = worker.blobs.put([SAID + b" "], LIMIT)
    with db.session(worker.engine) as session:
        second = id_of(add_call(session, NoJobs(), other, "b.json", CallFacts(), machine(NOW)).call)
        shared, alone = (worker.blobs.put([one], LIMIT).key for one in (b"the same sound", b"its own picture"))
        for one in (first, second):
            call_service.advance(session, one, CallState.RECEIVED)
            call = calls.lock(session, one)
            call.playback, call.peaks = shared, alone if one == first else None

    delete(worker, first)

    assert worker.blobs.has(shared)
    assert worker.blobs.has(other.key)
    assert not worker.blobs.has(alone)


def test_what_could_not_be_removed_at_once_the_sweep_removes(worker, cast, reviewed) -> None:
    with db.session(worker.engine) as session:
        where = session.get_one(Call, reviewed).blob
        retention.delete_call(session, worker.engine, worker.blobs, reviewed, BOB, "killed after the commit")
        session.info.clear()
    assert worker.blobs.has(where)

    worker.sweep(NoSweptJobs())

    assert not worker.blobs.has(where)
    with db.session(worker.engine) as session:
        assert calls.soundless_with_bytes(session, 10) == []


class NoSweptJobs(NoJobs):
    def states(self, job_ids: object) -> dict[str, object]:
        return {}

    def stranded(self, jobs: object) -> list[object]:
        return []


def test_a_call_deleted_before_a_step_of_the_worker_is_left_alone(worker, cast) -> None:
    for steps in range(4):
        call_id = take_in(worker, f"pbx-{steps}")
        for step in (worker.transcribe, worker.evaluate, worker.offer)[:steps]:
            step(call_id, 1)
        delete(worker, call_id)

        work(worker, call_id)
        worker.fail(call_id, 1, "blob_missing", "The bytes are not there.")

        with db.session(worker.engine) as session:
            assert session.get_one(Call, call_id).state == CallState.DELETED
            assert "Quill" not in kept(session)
            assert recount(session) == ()


def test_a_call_deleted_while_it_is_heard_leaves_nothing_of_its_sound(worker, cast, tmp_path) -> None:
    stored = worker.blobs.put([written(tmp_path / "tone.wav", tone(1.0)[None], "wav", "pcm_s16le").read_bytes()], LIMIT)
    with db.session(worker.engine) as session:
        call_id = id_of(add_call(session, NoJobs(), stored, "tone.wav", CallFacts(), machine(NOW)).call)

    def progress(step: str, share: float) -> None:
        if step == "keeping":
            delete(worker, call_id)

    transcribe_call(worker.engine, worker.blobs, worker.settings, call_id, 1, progress, clock.now, is_held)

    with db.session(worker.engine) as session:
        assert session.get_one(Call, call_id).state == CallState.DELETED
        assert session.exec(select(TranscriptRevision)).all() == []
    assert [one for one in (worker.settings.data_dir / "blobs").rglob("*") if one.is_file()] == []
