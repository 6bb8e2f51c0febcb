"""Some calls are reviewed blind: nobody sees what the machine found until the review is submitted."""

import hashlib

import pytest
from sqlmodel import select

from app.domain.evidence import Verdict
from app.evaluations import queries as evaluations
from app.kit.db import id_of
from app.ledger.queries import entries
from app.ledger.service import Actor, machine
from app.reviews import queries, service
from app.reviews.blind import drawn_blind
from app.reviews.models import BlindLabel
from app.reviews.offering import Terms, offer
from tests.cast import make_cast
from tests.graded import graded_card, judged_by
from tests.stored import GOOD, NOW, scored

ALICE = Actor("Alice", NOW)


@pytest.fixture
def cast(session):
    return make_cast(session)


@pytest.fixture
def review(session, cast):
    """The blind review of a good call."""
    found = scored(session, *GOOD, agent="dana")[1]
    found.blind = True
    session.add(found)
    session.flush()
    return found


def decide_all(session, review, cast, verdict=Verdict.PASS, **others):
    for finding in service.standing(session, review).findings:
        service.decide(session, id_of(review), finding.id, others.get(finding.id, verdict), cast.alice, ALICE)


def labels(session):
    return {one.item_id: (one.machine_verdict, one.verdict) for one in session.exec(select(BlindLabel))}


def test_one_call_in_ten_is_drawn_and_always_the_same_ones():
    hashes = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(2000)]
    drawn = [one for one in hashes if drawn_blind(one, 0.1)]
    assert 150 < len(drawn) < 250
    assert drawn == [one for one in hashes if drawn_blind(one, 0.1)]
    assert set(drawn) < {one for one in hashes if drawn_blind(one, 0.2)}
    assert not any(drawn_blind(one, 0) for one in hashes)
    assert all(drawn_blind(one, 1) for one in hashes)


def test_a_call_is_offered_blind_by_the_share_and_the_ledger_tells(session, cast):
    call, review = scored(session, agent="dana")
    session.delete(review)
    session.flush()
    again = offer(session, id_of(call), machine(NOW), Terms(blind_share=1))
    assert again.blind
    assert entries(session, f"call:{call.id}")[-1].payload["blind"] is True


def test_while_it_is_open_nothing_of_the_machine_is_in_it_and_people_alone_make_the_sum(session, cast, review):
    now = service.standing(session, review)
    assert {finding.verdict for finding in now.findings} == {Verdict.UNSCORED}
    assert not any(finding.evidence or finding.searched or finding.nearest for finding in now.findings)
    assert not any(str(finding.reason) for finding in now.findings)
    assert (now.machine.score, now.score.score, now.score.low, now.score.high) == (None, None, 0.0, 100.0)
    decided = service.decide(session, id_of(review), "standard_greeting", Verdict.FAIL, cast.alice, ALICE)
    assert decided.score.score == 0.0
    assert decided.to_confirm == len(decided.findings) - 1


def test_who_overrides_blind_is_asked_for_no_reason_and_the_ledger_says_it_was_blind(session, cast, review):
    service.decide(session, id_of(review), "standard_greeting", Verdict.FAIL, cast.alice, ALICE)
    told = entries(session, f"call:{review.call_id}")[-1]
    assert (told.event, told.payload["machine"], told.payload["new"]["verdict"]) == (
        "review.decided_blind",
        "pass",
        "fail",
    )


def test_once_submitted_both_are_shown_and_what_was_said_blind_is_kept(session, cast, review):
    decide_all(session, review, cast, standard_greeting=Verdict.FAIL)
    service.submit(session, id_of(review), cast.alice, ALICE)
    now = service.standing(session, review)
    found = {one.id: one.verdict for one in evaluations.findings(session, review.evaluation_id)}
    assert {one.id: one.verdict for one in now.findings} == found
    assert review.blind
    assert labels(session) == {
        item: (verdict, Verdict.FAIL if item == "standard_greeting" else Verdict.PASS)
        for item, verdict in found.items()
    }


def test_what_is_changed_after_the_machine_was_shown_is_no_blind_verdict_and_the_label_stays(session, cast, review):
    decide_all(session, review, cast, standard_greeting=Verdict.FAIL)
    service.submit(session, id_of(review), cast.alice, ALICE)
    before = labels(session)
    service.reopen(session, id_of(review), cast.alice, ALICE, "misheard")
    assert not review.blind
    service.decide(session, id_of(review), "standard_greeting", Verdict.PASS, cast.alice, ALICE)
    service.undo(session, id_of(review), "warm", ALICE)
    verdicts = queries.verdicts(session, id_of(review))
    assert not verdicts["standard_greeting"].blind
    assert all(one.blind for item, one in verdicts.items() if item != "standard_greeting")
    assert labels(session) == before


def test_a_retracted_review_labels_nothing_any_more(session, cast, review):
    decide_all(session, review, cast)
    service.submit(session, id_of(review), cast.alice, ALICE)
    service.retract(session, id_of(review), cast.alice, ALICE, "wrong call")
    assert labels(session) == {}


def test_a_review_that_is_not_blind_labels_nothing(session, cast):
    review = scored(session, *GOOD, agent="dana")[1]
    for finding in service.standing(session, review).findings:
        service.decide(session, id_of(review), finding.id, Verdict.PASS, cast.alice, ALICE, reason_code="misheard")
    service.submit(session, id_of(review), cast.alice, ALICE)
    assert labels(session) == {}
    assert not any(one.blind for one in queries.verdicts(session, id_of(review)).values())


def test_another_evaluation_leaves_it_blind_and_what_was_decided_by_ear_stands(session, cast):
    call = scored(session, *GOOD, agent="dana")[0]
    review = judged_by(session, id_of(call), graded_card())
    review.blind = True
    session.add(review)
    service.decide(session, id_of(review), "greeting", Verdict.PASS, cast.alice, ALICE)
    service.decide(session, id_of(review), "patience", None, cast.alice, ALICE, level=3)
    judged_by(session, id_of(call), graded_card(levels=[0, 2, 5], pass_level=2))
    now = service.standing(session, review)
    assert review.hides_machine
    assert {finding.verdict for finding in now.findings} == {Verdict.UNSCORED}
    # The level that it was graded by is no more; the other verdict rests on nothing of the machine.
    assert {item for item, one in now.verdicts.items() if one.outdated} == {"patience"}
