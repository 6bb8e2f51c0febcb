"""The sides of a recorded call are swapped: its holds are found anew from the sound, with the right side absent."""

import pytest

from app.audio.decoding import decode
from app.audio.holds import find_waiting
from app.audio.playback import peaks
from app.audio.sides import agent_side
from app.audio.speech import listen
from app.calls import queries as calls
from app.calls.models import CallState
from app.calls.service import CallFacts, add_call
from app.domain.transcript import Activity, HoldKind, Speaker, Transcript, Turn
from app.evaluations import queries as evaluations
from app.kit import db
from app.kit.blobs import open_blobs
from app.kit.db import id_of
from app.kit.queue import Queue
from app.kit.shipped import shipped
from app.ledger.queries import entries
from app.ledger.service import Actor, machine
from app.reviews import rescoring
from app.transcription import mending, other_side, queries
from app.transcription.service import keep_transcript
from app.worker import Worker
from tests.stored import NOW

ALICE = Actor("Alice", NOW)
LIMIT = 10**9


class Jobs(Queue):
    """Keeps what was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []

    def enqueue(self, *asked: object, **more: object) -> None:
        self.asked.append(asked)

    def states(self, job_ids):
        return {}


@pytest.fixture(scope="module")
def sound():
    """A shipped recording with a channel for each side and a hold, and when somebody speaks on which."""
    from app.settings import Settings

    recording = decode(shipped("fixtures/calls") / "zh-rude-refund.ogg", Settings())
    return recording, listen(recording)


@pytest.fixture
def wrong(engine, settings, sound):
    """A worker, and the recording as a call in which the agent was taken for the customer."""
    recording, speech = sound
    worker = Worker(settings, engine, open_blobs(settings))
    path = shipped("fixtures/calls") / "zh-rude-refund.ogg"
    stored = worker.blobs.put([path.read_bytes()], LIMIT)
    waiting = find_waiting(recording, speech, 1)
    heard = Transcript(
        language="zh",
        duration=recording.duration,
        channels=2,
        turns=(
            Turn(speaker=Speaker.CUSTOMER, start=1.0, end=3.0, text="喂，什么事？"),
            Turn(speaker=Speaker.AGENT, start=4.0, end=9.0, text="我要退款。"),
        ),
        holds=waiting.holds,
        activity=waiting.activity,
    )
    with db.session(engine) as session:
        call = add_call(session, Jobs(), stored, path.name, CallFacts(), machine(NOW)).call
        call.peaks = worker.blobs.put([peaks(recording)], LIMIT).key
        keep_transcript(session, call, heard, "test", machine(NOW), attempt=1)
        rescoring.judge(session, id_of(_scored(call)), machine(NOW))
    return worker, id_of(call)


def _scored(call):
    call.state = CallState.SCORED
    return call


def swap(worker: Worker, call_id: int) -> Jobs:
    jobs = Jobs()
    with db.session(worker.engine) as session:
        other_side.swap_sides(session, jobs, worker.blobs, call_id, ALICE)
        rescoring.judge(session, call_id, ALICE)
    return jobs


def seen(worker: Worker, call_id: int):
    """The call, its transcript and its evaluation as they are now."""
    with db.session(worker.engine, reads_only=True) as session:
        revision, judged = queries.current(session, call_id), evaluations.current(session, call_id)
        assert revision is not None
        assert judged is not None
        return calls.lock(session, call_id), revision, judged


def test_the_agents_channel_is_told_by_when_who_was_heard(sound) -> None:
    recording, speech = sound
    picture = peaks(recording)

    for channel, side in enumerate(("left", "right")):
        activity = find_waiting(recording, speech, channel).activity
        assert activity is not None
        assert agent_side(picture, activity) == side
    assert agent_side(picture, Activity(agent=(), customer=())) is None


def test_the_sides_are_swapped_at_once_and_the_worker_finds_the_holds_again(wrong, sound) -> None:
    worker, call_id = wrong
    right = find_waiting(*sound, 0)
    before = seen(worker, call_id)[1].transcript

    jobs = swap(worker, call_id)

    call, revision, _ = seen(worker, call_id)
    assert [turn.speaker for turn in revision.transcript.turns] == [Speaker.AGENT, Speaker.CUSTOMER]
    assert (call.agent_channel, call.step, call.state) == ("left", other_side.FIND_HOLDS, CallState.SCORED)
    assert revision.transcript.holds == before.holds != right.holds
    assert jobs.asked == [(other_side.FIND_HOLDS, f"holds-{revision.id}", call_id)]

    worker.find_holds_now(call_id)

    call, revision, judged = seen(worker, call_id)
    assert (revision.transcript.holds, revision.transcript.activity) == (right.holds, right.activity)
    assert [turn.speaker for turn in revision.transcript.turns] == [Speaker.AGENT, Speaker.CUSTOMER]
    assert judged.transcript_id == revision.id
    assert (call.step, call.agent_channel) == ("", "left")
    with db.session(worker.engine, reads_only=True) as session:
        said = [one.payload for one in entries(session, f"call:{call_id}") if one.event == "transcript.mended"][-1]
    assert [one["start"] for one in said["old"]] == [hold.start for hold in before.holds or ()]

    worker.find_holds_now(call_id)

    assert seen(worker, call_id)[1].revision == revision.revision


def test_holds_that_a_person_has_corrected_meanwhile_stay(wrong) -> None:
    worker, call_id = wrong
    swap(worker, call_id)
    with db.session(worker.engine) as session:
        mending.mend(session, call_id, mending.added_hold(60.0, 65.0, HoldKind.MUSIC), ALICE)

    worker.find_holds_now(call_id)

    holds = seen(worker, call_id)[1].transcript.holds or ()
    assert holds[-1].start == 60.0
    assert seen(worker, call_id)[0].step == ""


def test_sides_swapped_back_meanwhile_wait_for_the_holds_of_the_other_side(wrong) -> None:
    worker, call_id = wrong
    swap(worker, call_id)
    found = other_side.find_holds(worker.engine, worker.blobs, worker.settings, call_id)
    assert found is not None
    swap(worker, call_id)

    with db.session(worker.engine) as session:
        assert other_side.keep_holds(session, call_id, found, ALICE) is None

    call = seen(worker, call_id)[0]
    assert (call.agent_channel, call.step) == ("right", other_side.FIND_HOLDS)


def test_a_job_that_was_never_asked_for_is_asked_for_again_and_one_that_ended_ends_the_wait(wrong) -> None:
    worker, call_id = wrong
    swap(worker, call_id)
    jobs = Jobs()

    worker.sweep(jobs)

    assert [one[0] for one in jobs.asked] == [other_side.FIND_HOLDS]
    worker.give_up_holds(call_id, "not_audio", "This is no recording.")
    assert seen(worker, call_id)[0].step == ""
    with db.session(worker.engine, reads_only=True) as session:
        assert entries(session, f"call:{call_id}")[-1].payload["code"] == "not_audio"


def test_a_call_deleted_meanwhile_is_left_alone(wrong) -> None:
    worker, call_id = wrong
    swap(worker, call_id)
    with db.session(worker.engine) as session:
        calls.lock(session, call_id).state = CallState.DELETED

    worker.find_holds_now(call_id)

    assert seen(worker, call_id)[1].revision == 2
