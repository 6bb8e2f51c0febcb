"""A call turns out to be another agent's: what the former one was told is taken back, and the right one is told."""

from datetime import timedelta

import pytest
from sqlmodel import select

from app.calls.models import Call
from app.calls.service import CallFacts
from app.domain.evidence import Verdict
from app.domain.lifecycle import ReviewState
from app.kit.blobs import Blob
from app.kit.db import id_of
from app.ledger.queries import entries
from app.ledger.service import Actor
from app.notices.models import Kind, Notice
from app.reports.recount import recount
from app.reviews import disputes, releasing, service, whose
from app.reviews.disputes import Objection
from app.reviews.offering import Terms
from app.transcription.mending import Facts
from tests.cast import make_cast
from tests.reviews.deciding import confirm_all
from tests.stored import NOW, NoQueue, scored

LATER = NOW + timedelta(days=30)
ALICE, ADA = Actor("Alice", NOW), Actor("Ada", LATER)
AT_ONCE, BY_HAND = Terms(release_hours=0), Terms()
OBJECTION = Objection("polite", Verdict.FAIL, None, "I was rude, in truth.")


@pytest.fixture
def cast(session):
    return make_cast(session)


@pytest.fixture
def review(session, cast):
    """The result of a call that was taken for Dana's; Dana was told."""
    _, review = scored(session, agent="dana", team="Team A")
    confirm_all(session, review, cast.alice)
    return service.submit(session, id_of(review), cast.alice, ALICE, AT_ONCE)


def given_to(session, review, agent, on=AT_ONCE):
    call = session.get_one(Call, review.call_id)
    facts = Facts(**{name: getattr(call, name) for name in Facts.__dataclass_fields__} | {"agent_id": agent})
    whose.mend_facts(session, NoQueue(), review.call_id, facts, ADA, on)


def test_what_the_former_agent_acknowledged_is_told_to_the_right_one_who_may_dispute_it(session, cast, review):
    releasing.acknowledge(session, id_of(review), id_of(cast.dana), "My mother was ill.", Actor("Dana", NOW))
    score = review.score
    given_to(session, review, id_of(cast.kenji))
    assert (review.state, review.released_at) == (ReviewState.RELEASED, LATER)
    assert (review.acknowledged_at, review.acknowledged_words, review.score) == (None, "", score)
    assert recount(session) == ()
    told = session.exec(select(Notice).where(Notice.kind == Kind.RELEASED)).all()
    assert [one.user_id for one in told] == [cast.dana.id, cast.kenji.id]
    events = [one for one in entries(session, f"call:{review.call_id}") if one.event == "review.taken_back"]
    assert [one.payload["agent"] for one in events] == [{"old": cast.dana.id, "new": cast.kenji.id}]
    # The days in which one may dispute run from when Kenji was told, not from when Dana was.
    made = disputes.dispute(session, id_of(review), id_of(cast.kenji), OBJECTION, Actor("Kenji", LATER), 7)
    assert made.agent_id == cast.kenji.id


def test_where_people_release_the_result_waits_for_them_again(session, cast, review):
    given_to(session, review, id_of(cast.kenji), BY_HAND)
    assert (review.state, review.release_at, review.released_at) == (ReviewState.SUBMITTED, None, None)


def test_a_call_of_nobody_has_a_result_that_nobody_reads(session, cast, review):
    given_to(session, review, None)
    assert (review.state, review.release_at) == (ReviewState.SUBMITTED, None)


def test_while_a_dispute_is_open_the_call_stays_whose_it_is(session, cast, review):
    disputes.dispute(session, id_of(review), id_of(cast.dana), OBJECTION, Actor("Dana", NOW), 7)
    with pytest.raises(releasing.ResultDisputed):
        given_to(session, review, id_of(cast.kenji))


def test_another_fact_leaves_the_result_with_its_agent(session, cast, review):
    given_to(session, review, id_of(cast.dana))
    assert (review.state, review.released_at) == (ReviewState.RELEASED, NOW)


def test_the_same_recording_sent_in_again_for_another_agent_gives_its_result_to_that_one(session, cast, review):
    call = session.get_one(Call, review.call_id)
    blob, facts = Blob(call.blob, call.content_hash, call.size_bytes), CallFacts(agent="kenji")
    added = whose.add_call(session, NoQueue(), blob, "call.json", facts, ADA, None, AT_ONCE)
    assert (added.is_new, added.call.agent_id) == (False, cast.kenji.id)
    assert (review.state, review.released_at) == (ReviewState.RELEASED, LATER)
