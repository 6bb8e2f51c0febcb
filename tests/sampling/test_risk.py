"""Calls picked for a risk come into the queue beside the plans, within a cap, and count in no rate."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from app.complaints.models import ComplaintCategory, ComplaintOutcome
from app.complaints.service import ComplaintFacts, record_complaint
from app.domain.evidence import Verdict
from app.kit.db import id_of
from app.kit.i18n import translator
from app.ledger.service import Actor, machine
from app.reports import rates
from app.reports.queries import Filter
from app.reports.rate_groups import GroupBy
from app.reports.recount import recount
from app.reviews import queries as reviews
from app.reviews import sampled, service
from app.reviews.models import Picked, Review
from app.reviews.offering import Terms
from app.reviews.queries import queue
from app.sampling import queries, risk
from app.sampling.models import Risk, RiskPick
from app.sampling.risk import Rule, RuleWrong
from app.sampling.service import draw
from app.web.queue_rows import queue_rows
from app.web.waiting import QueueFilter
from tests.cast import make_cast
from tests.reviews.deciding import confirm_all
from tests.sampling.drawing import DAY, SAMPLED, later, plan_of, unasked
from tests.stored import NOW, RUDE

BY = Actor("Ada", NOW)


@pytest.fixture
def cast(session):
    return make_cast(session)


def rule(session, kind, per_day=10, limit=None, active=True):
    risk.set_rule(session, Rule(kind, active, limit, per_day), BY)


def pick(session, kind, at=NOW, on=SAMPLED):
    sampled.pick(session, kind, machine(at), on)
    return {one.call_id for one in session.exec(select(Review).where(Review.picked == Picked.RISK))}


def test_nothing_is_picked_unless_somebody_asks_for_it(session, cast):
    unasked(session, "rude", *RUDE)
    assert session.exec(select(RiskPick)).all() == []
    assert pick(session, Risk.CRITICAL) == set()


@pytest.mark.parametrize("kind", [Risk.CRITICAL, Risk.BANNED_WORDS])
def test_a_call_in_which_the_agent_is_rude_is_picked_and_a_good_one_is_not(session, cast, kind):
    rule(session, kind)
    rude = unasked(session, "rude", *RUDE)
    good = unasked(session, "good")
    assert id_of(rude) in pick(session, kind)
    assert id_of(good) not in pick(session, kind)


def test_a_long_hold_and_an_unsure_machine_are_seen_from_the_limit_on(session, cast):
    rule(session, Risk.LONG_HOLD, limit=60.0)
    rule(session, Risk.LOW_CONFIDENCE, limit=1.0)
    long = unasked(session, "held", *HELD)
    assert queries.risks_seen(session, id_of(long)) == {Risk.LONG_HOLD, Risk.LOW_CONFIDENCE}
    rule(session, Risk.LONG_HOLD, limit=600.0)
    rule(session, Risk.LOW_CONFIDENCE, limit=0.01)
    assert queries.risks_seen(session, id_of(unasked(session, "held too", *HELD))) == set()


HELD = (
    "0-4 agent: Good morning, Harbour Bank, this is Dana speaking, how can I help you?",
    "5-8 customer: My card was declined.",
    "9-12 agent: Let me check that for you, please hold for a moment.",
    "13-133 hold music",
    "134-137 agent: Thank you for waiting. The card is unblocked now.",
    "138-140 customer: Great, thank you.",
    "141-144 agent: Thank you for calling Harbour Bank, goodbye.",
)


def test_a_complaint_brings_its_call_into_the_queue(session, cast):
    rule(session, Risk.COMPLAINT)
    call = unasked(session, "complained of")
    facts = ComplaintFacts(
        received_at=NOW,
        category=ComplaintCategory.ATTITUDE,
        outcome=ComplaintOutcome.OPEN,
        call_id=id_of(call),
    )
    record_complaint(session, cast.ada, facts, BY)
    assert pick(session, Risk.COMPLAINT) == {id_of(call)}
    assert pick(session, Risk.COMPLAINT) == {id_of(call)}, "asked for again, it is picked once"
    assert reviews.of_call(session, id_of(call)).blind is False


def test_a_day_s_cap_holds_and_its_order_is_seeded(session, cast):
    rule(session, Risk.BANNED_WORDS, per_day=2)
    rude = [id_of(unasked(session, f"rude {place}", *RUDE)) for place in range(6)]
    first = pick(session, Risk.BANNED_WORDS)
    assert len(first) == 2
    assert pick(session, Risk.BANNED_WORDS) == first
    assert first <= set(rude)
    rule(session, Risk.BANNED_WORDS, per_day=3)
    assert len(pick(session, Risk.BANNED_WORDS)) == 3
    assert len(pick(session, Risk.BANNED_WORDS, NOW + timedelta(days=3))) == 3, "what is long past is not picked up"


def test_the_queue_says_for_which_risk_and_nothing_of_a_blind_review(session, cast):
    rule(session, Risk.BANNED_WORDS)
    unasked(session, "rude", *RUDE)
    pick(session, Risk.BANNED_WORDS)
    blind = unasked(session, "rude and blind", *RUDE, on=Terms(blind_share=1.0))
    pick(session, Risk.BANNED_WORDS)
    found, _ = queue(session, cast.alice)
    rows = queue_rows(session, cast.alice, found, QueueFilter(), translator("en"), NOW)
    words = {call.id: [one.word for one in row.why] for row, (_, call) in zip(rows, found, strict=True)}
    assert words[id_of(blind)] == ["Blind"]
    assert any("Banned words" in one for call, one in words.items() if call != id_of(blind))


def test_in_a_queue_of_every_call_a_risk_changes_nothing_but_what_is_told(session, cast):
    rule(session, Risk.BANNED_WORDS)
    call = unasked(session, "rude", *RUDE, on=Terms())
    pick(session, Risk.BANNED_WORDS, on=Terms())
    assert reviews.of_call(session, id_of(call)).picked == Picked.EVERY
    assert queries.risks_of(session, [id_of(call)]) == {id_of(call): {Risk.BANNED_WORDS}}


def test_what_was_picked_for_a_risk_is_in_no_rate_and_told_apart(session, cast):
    rule(session, Risk.BANNED_WORDS)
    rude, good = unasked(session, "rude", *RUDE), unasked(session, "good", on=Terms())
    pick(session, Risk.BANNED_WORDS)
    for call in (rude, good):
        review = reviews.of_call(session, id_of(call))
        confirm_all(session, review, cast.alice, polite=Verdict.FAIL if call is rude else Verdict.PASS)
        service.submit(session, id_of(review), cast.alice, Actor("Alice", NOW))
    found = rates.pass_rates(session, cast.ada, "final", (), Filter())
    assert (found.total.rate.n, found.about.apart) == (1, 1)
    assert rates.pass_rates(session, cast.ada, "machine", (), Filter()).about.apart == 0
    assert {group.rate.n + group.uncertain + group.not_applicable for group in _items(session, cast)} == {1}
    assert recount(session) == ()


def _items(session, cast):
    return rates.pass_rates(session, cast.ada, "final", (GroupBy.ITEM,), Filter()).groups


def test_a_call_both_risky_and_drawn_is_in_the_estimate_and_keeps_both_facts(session, cast):
    rule(session, Risk.BANNED_WORDS)
    rude = unasked(session, "rude", *RUDE)
    unasked(session, "good")
    pick(session, Risk.BANNED_WORDS)
    review = reviews.of_call(session, id_of(rude))
    confirm_all(session, review, cast.alice, polite=Verdict.FAIL)
    service.submit(session, id_of(review), cast.alice, Actor("Alice", NOW))
    draw(session, plan_of(session, cast.bob, size=2), (DAY, DAY + timedelta(days=6)), later())
    for one in queries.unoffered(session, 10):
        sampled.open_one(session, one, later(), SAMPLED)
    assert review.picked == Picked.SAMPLE
    assert queries.risks_of(session, [id_of(rude)]) == {id_of(rude): {Risk.BANNED_WORDS}}
    found = rates.pass_rates(session, cast.ada, "final", (), Filter())
    assert (found.total.rate.n, found.about.apart) == (1, 0)
    assert recount(session) == ()


@pytest.mark.parametrize(("kind", "wrong"), [(Risk.CRITICAL, {"per_day": 0}), (Risk.LONG_HOLD, {"limit": None})])
def test_a_rule_without_a_cap_or_its_limit_is_refused(session, kind, wrong):
    with pytest.raises(RuleWrong):
        rule(session, kind, **wrong)


def test_days_are_those_of_utc(session, cast):
    rule(session, Risk.BANNED_WORDS, per_day=1)
    for place in range(2):
        unasked(session, f"rude {place}", *RUDE)
    evening = datetime(2026, 10, 5, 23, 59, tzinfo=UTC)
    assert len(pick(session, Risk.BANNED_WORDS, evening)) == 1
