"""A person confirms or overrides, item by item, and submits; the machine's findings stay what they are."""

import pytest

from app.domain.evidence import Verdict
from app.domain.lifecycle import ReviewState
from app.evaluations import queries as evaluations
from app.kit.db import id_of
from app.kit.errors import Forbidden, NotFound
from app.ledger.queries import entries
from app.ledger.service import Actor
from app.reviews import decisions, queries, service
from tests.cast import make_cast
from tests.stored import NOW, RUDE, scored
from tests.tallies.stored import agent_days

ALICE = Actor("Alice", NOW)


@pytest.fixture
def cast(session):
    return make_cast(session)


@pytest.fixture
def review(session, cast):
    return scored(session, agent="dana")[1]


def decide_all(session, review, cast, **others):
    """Confirm what the machine decided; decide `pass` (or what `others` say) where it left it open."""
    for finding in service.standing(session, review).findings:
        machine = finding.verdict if finding.verdict in service.DECISIONS else Verdict.PASS
        verdict = others.get(finding.id, machine)
        service.decide(session, id_of(review), finding.id, verdict, cast.alice, ALICE, reason_code="misheard")


def test_a_scored_call_waits_in_the_queue_of_its_team(session, cast, review):
    rows, total = queries.queue(session, cast.alice)
    assert ([one.id for one, _ in rows], total) == ([review.id], 1)
    assert queries.queue(session, cast.charlie) == ([], 0)
    with pytest.raises(NotFound):
        queries.review(session, cast.charlie, id_of(review))


def test_an_override_counts_and_the_machines_finding_stays(session, cast, review):
    before = evaluations.findings(session, review.evaluation_id)
    now = service.decide(
        session, id_of(review), "standard_greeting", Verdict.FAIL, cast.alice, ALICE, reason_code="wrong_speaker"
    )
    assert now.verdicts["standard_greeting"].verdict == Verdict.FAIL
    assert now.score.score < now.machine.score
    assert evaluations.findings(session, review.evaluation_id) == before
    told = entries(session, f"call:{review.call_id}")[-1]
    assert told.event == "review.overridden"
    assert told.payload["machine"] == "pass"


def test_deciding_otherwise_than_the_machine_needs_a_reason(session, cast, review):
    for reason in (None, "", "because"):
        with pytest.raises(service.ReasonNeeded):
            service.decide(
                session, id_of(review), "standard_greeting", Verdict.FAIL, cast.alice, ALICE, reason_code=reason
            )


def test_what_the_machine_left_open_needs_no_reason(session, cast, review):
    now = service.decide(session, id_of(review), "warm", Verdict.PASS, cast.alice, ALICE)
    assert now.to_confirm == len(now.findings) - 1


def test_nobody_decides_uncertain(session, cast, review):
    with pytest.raises(decisions.NotADecision):
        service.decide(session, id_of(review), "warm", Verdict.UNCERTAIN, cast.alice, ALICE)


def test_who_decides_on_what_somebody_else_has_decided_meanwhile_is_told(session, cast, review):
    service.decide(session, id_of(review), "warm", Verdict.PASS, cast.alice, ALICE, version=0)
    with pytest.raises(service.ItemChanged):
        service.decide(session, id_of(review), "warm", Verdict.FAIL, cast.bob, Actor("Bob", NOW), version=0)
    seen = queries.verdicts(session, id_of(review))["warm"].version
    service.decide(session, id_of(review), "warm", Verdict.FAIL, cast.bob, Actor("Bob", NOW), version=seen)
    told = entries(session, f"call:{review.call_id}")[-1].payload
    assert (told["old"]["verdict"], told["new"]["verdict"]) == ("pass", "fail")


def test_undoing_leaves_the_item_to_be_confirmed_and_the_ledger_remembers(session, cast, review):
    service.decide(session, id_of(review), "warm", Verdict.PASS, cast.alice, ALICE)
    now = service.undo(session, id_of(review), "warm", ALICE)
    assert "warm" not in now.verdicts
    assert entries(session, f"call:{review.call_id}")[-1].payload["old"]["verdict"] == "pass"


def test_a_review_is_submitted_only_when_every_item_is_decided(session, cast, review):
    with pytest.raises(service.ItemsUnconfirmed):
        service.submit(session, id_of(review), cast.alice, ALICE)
    decide_all(session, review, cast)
    submitted = service.submit(session, id_of(review), cast.alice, ALICE)
    assert (submitted.state, submitted.passed) == (ReviewState.SUBMITTED, True)
    assert queries.queue(session, cast.alice) == ([], 0)


def test_a_submitted_review_counts_once_and_a_retracted_one_not_at_all(session, cast, review):
    def counted():
        rows = [row.sums for row in agent_days(session, source="final")]
        return sum(row.n for row in rows), sum(row.passed for row in rows)

    decide_all(session, review, cast)
    service.submit(session, id_of(review), cast.alice, ALICE)
    assert counted() == (1, 1)
    service.retract(session, id_of(review), cast.bob, Actor("Bob", NOW), "wrong call")
    assert counted() == (0, 0)
    service.reopen(session, id_of(review), cast.bob, Actor("Bob", NOW), "right call after all")
    decide_all(session, review, cast, polite=Verdict.FAIL)
    service.submit(session, id_of(review), cast.alice, ALICE)
    assert counted() == (1, 0)


def test_a_submitted_review_is_closed_until_it_is_reopened(session, cast, review):
    decide_all(session, review, cast)
    service.submit(session, id_of(review), cast.alice, ALICE)
    with pytest.raises(service.ReviewClosed):
        service.decide(session, id_of(review), "warm", Verdict.FAIL, cast.alice, ALICE)
    with pytest.raises(service.ReviewClosed):
        service.submit(session, id_of(review), cast.alice, ALICE)
    service.reopen(session, id_of(review), cast.alice, ALICE, "I misheard")
    assert service.standing(session, review).to_confirm == 0


def test_only_its_reviewer_or_a_leader_takes_a_review_back_and_says_why(session, cast, review):
    decide_all(session, review, cast)
    service.submit(session, id_of(review), cast.alice, ALICE)
    with pytest.raises(Forbidden):
        service.reopen(session, id_of(review), cast.charlie, Actor("Charlie", NOW), "why not")
    with pytest.raises(service.ReasonMissing):
        service.retract(session, id_of(review), cast.bob, Actor("Bob", NOW), "  ")


def test_a_critical_fail_fails_the_call_whatever_its_score(session, cast):
    _, review = scored(session, *RUDE, agent="mei")
    decide_all(session, review, cast)
    assert service.standing(session, review).machine.critical_failed
    assert service.submit(session, id_of(review), cast.alice, ALICE).passed is False
