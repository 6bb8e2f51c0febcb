"""Calls that several agents handled: who spoke when, who sees the call, and that it counts once."""

import pytest
from sqlmodel import select

from app.calls import queries, segments, service
from app.calls.models import CallSegment
from app.calls.segments import Part, Written, agent_at, read
from app.calls.service import CallChanged, CallFacts
from app.kit.db import id_of
from app.kit.errors import NotFound
from app.ledger import queries as ledger
from app.ledger.service import Actor, call_stream
from app.retention import service as retention
from app.tallies.models import Contribution
from tests.cast import make_cast
from tests.stored import NOW, received, scored

ALICE = Actor("Alice", NOW)


@pytest.fixture
def cast(session):
    return make_cast(session)


def test_parts_are_read_as_people_write_them():
    assert read("mei 0:00-2:10; dana 2:10-5:00.5") == (Written("mei", 0, 130), Written("dana", 130, 300.5))
    assert read("li na 1:00:00 – 1:02:05；mei 5-10\n") == (Written("li na", 3600, 3725), Written("mei", 5, 10))
    assert read("  ") == ()


@pytest.mark.parametrize(
    ("written", "refusal"),
    [
        ("mei", segments.SegmentsUnreadable),
        ("mei 0:00", segments.SegmentsUnreadable),
        ("mei 2:00-1:00", segments.SegmentOutside),
        ("mei 0:00-2:00; dana 1:59-3:00", segments.SegmentsOverlap),
        ("; ".join(f"mei {one}-{one + 1}" for one in range(21)), segments.TooManySegments),
    ],
)
def test_what_cannot_be_meant_is_refused(written, refusal):
    with pytest.raises(refusal):
        read(written)
    with pytest.raises(ValueError, match="segments"):
        CallFacts(segments=written)


def test_a_part_comes_with_the_upload_and_its_agent_sees_the_call(session, cast):
    call = received(session, agent="dana", team="Team A", segments="mei 0:10-0:20; new 0:20-0:30")
    first, second = queries.segments(session, id_of(call))
    assert (first.agent_id, first.start, first.end) == (cast.mei.id, 10, 20)
    assert agent_at(call, [first, second], 9.9) == cast.dana.id
    assert agent_at(call, [first, second], 10) == cast.mei.id
    assert agent_at(call, [first, second], 25) == second.agent_id
    assert agent_at(call, [first, second], None) == cast.dana.id
    for agent in (cast.dana, cast.mei):
        assert queries.call(session, agent, id_of(call)).id == call.id
    with pytest.raises(NotFound):
        queries.call(session, cast.kenji, id_of(call))
    assert queries.agents(session, [id_of(call)]) == {call.id: {cast.dana.id, cast.mei.id, second.agent_id}}


def test_parts_are_corrected_and_the_ledger_keeps_what_they_were(session, cast):
    call, _ = scored(session, agent="dana")
    service.change_segments(session, id_of(call), [Part(id_of(cast.mei), 5.0, 9.0)], ALICE, call.version)
    with pytest.raises(CallChanged):
        service.change_segments(session, id_of(call), [], ALICE, call.version - 1)
    with pytest.raises(segments.SegmentOutside):
        service.change_segments(session, id_of(call), [Part(id_of(cast.mei), 5.0, 9999.0)], ALICE)
    service.change_segments(session, id_of(call), [], ALICE)
    assert queries.segments(session, id_of(call)) == []
    entries = ledger.entries(session, call_stream(id_of(call)))
    told = [one.payload["segments"] for one in entries if one.event == "call.segments"]
    part = {"agent_id": cast.mei.id, "start": 5.0, "end": 9.0}
    assert told == [{"old": [], "new": [part]}, {"old": [part], "new": []}]


def test_a_shared_call_counts_once_for_its_own_agent(session, cast):
    call, _ = scored(session, agent="dana", segments="mei 0:05-0:09")
    counted = session.exec(select(Contribution).where(Contribution.call_id == call.id)).all()
    assert [one.agent_id for one in counted] == [cast.dana.id]


def test_a_deleted_call_forgets_who_shared_it(session, cast):
    call, _ = scored(session, agent="dana", segments="mei 0:05-0:09")
    retention.delete_call(session, None, None, id_of(call), ALICE, "asked for")  # type: ignore[arg-type]
    assert session.exec(select(CallSegment)).all() == []
