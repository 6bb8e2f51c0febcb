"""Complaints traced back: who had caught them, when, and which items go with complaints in fairly picked calls."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from app.accounts.models import User
from app.calls import queries as calls
from app.calls.models import CallState
from app.complaints.models import ComplaintCategory, ComplaintOutcome
from app.complaints.service import ComplaintFacts, record_complaint
from app.domain.evidence import Verdict
from app.kit.db import id_of
from app.ledger.service import Actor
from app.reports import complaint_links
from app.reports.complaint_link_queries import Which
from app.reports.complaint_links import SECTIONS, Caught
from app.reports.queries import Filter
from app.reviews import service as reviews
from app.reviews.models import Picked, Review
from app.scorecards.loader import scorecard, shipped_ids
from tests.cast import Cast, make_cast
from tests.stored import GOOD, NOW, RUDE, scored

LATER = NOW + timedelta(days=1)


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


def by(user: User, at: datetime = NOW) -> Actor:
    return Actor(user.username, at, user.id)


def call(session: Session, *lines: str, **facts: Any) -> Review:
    facts = {"agent": "dana", "team": "Team A", "started_at": "2026-10-01T09:00:00+08:00", **facts}
    return scored(session, *lines, **facts)[1]


def submit(session: Session, review: Review, alice: User, *failed: str, at: datetime = NOW) -> None:
    """Alice fails these items, passes all others, and submits."""
    for finding in reviews.standing(session, review).findings:
        verdict = Verdict.FAIL if finding.id in failed else Verdict.PASS
        reviews.decide(session, id_of(review), finding.id, verdict, alice, by(alice, at), reason_code="misheard")
    reviews.submit(session, id_of(review), alice, by(alice, at))


def complain(
    session: Session,
    user: User,
    call_id: int | None,
    category: ComplaintCategory = ComplaintCategory.ATTITUDE,
    outcome: ComplaintOutcome = ComplaintOutcome.UPHELD,
    at: datetime = LATER,
) -> int:
    facts = ComplaintFacts(received_at=at, category=category, outcome=outcome, call_id=call_id, team="Team A")
    return id_of(record_complaint(session, user, facts, by(user, at))[0])


def test_a_review_that_failed_an_item_of_the_kind_had_caught_it(session: Session, cast: Cast) -> None:
    polite, opening = call(session, *GOOD), call(session, *GOOD, external_id="other")
    submit(session, polite, cast.alice, "warm")
    submit(session, opening, cast.alice, "uses_name")
    found = complaint_links.links(
        session,
        cast.bob,
        [caught := complain(session, cast.ada, polite.call_id), missed := complain(session, cast.ada, opening.call_id)],
    )
    assert found[caught].review.caught == Caught.CAUGHT
    assert [(one.id, one.matches) for one in found[caught].review.failed] == [("warm", True)]
    assert found[missed].review.caught == Caught.PASSED
    assert [(one.id, one.matches) for one in found[missed].review.failed] == [("uses_name", False)]


def test_the_machine_had_failed_the_rude_call_and_nobody_reviewed_it(session: Session, cast: Cast) -> None:
    review = call(session, *RUDE)
    one = complain(session, cast.ada, review.call_id)
    found = complaint_links.links(session, cast.bob, [one])[one]
    assert found.machine.caught == Caught.CAUGHT
    assert not found.machine.after
    assert found.review.caught == Caught.NOT_JUDGED


def test_what_was_found_after_the_complaint_had_come_was_no_warning(session: Session, cast: Cast) -> None:
    review = call(session, *RUDE)
    submit(session, review, cast.alice, "polite", at=LATER + timedelta(hours=1))
    one = complain(session, cast.ada, review.call_id)
    found = complaint_links.links(session, cast.bob, [one])[one]
    assert found.review.after
    told = complaint_links.summary(session, cast.bob, Which())
    assert (told.upheld, told.with_call, told.by_review, told.by_review_after, told.by_machine) == (1, 1, 0, 1, 1)


def test_the_summary_counts_upheld_complaints_alone_and_says_how_many_name_no_call(
    session: Session, cast: Cast
) -> None:
    failed, passed, waiting = (call(session, *GOOD, external_id=name) for name in ("failed", "passed", "waiting"))
    submit(session, failed, cast.alice, "polite")
    submit(session, passed, cast.alice)
    for review in (failed, passed, waiting):
        complain(session, cast.ada, review.call_id)
    complain(session, cast.ada, failed.call_id, outcome=ComplaintOutcome.OPEN)
    complain(session, cast.ada, None)
    told = complaint_links.summary(session, cast.bob, Which())
    assert (told.upheld, told.with_call, told.by_review, told.not_reviewed) == (4, 3, 1, 1)
    of_others = Which(category=ComplaintCategory.WAITING)
    assert complaint_links.summary(session, cast.bob, of_others).upheld == 0


def test_nobody_is_told_of_calls_of_other_teams_nor_of_deleted_ones(session: Session, cast: Cast) -> None:
    review = call(session, *RUDE)
    one = complain(session, cast.ada, review.call_id)
    assert complaint_links.links(session, cast.charlie, [one]) == {}
    assert complaint_links.summary(session, cast.charlie, Which()).with_call == 0
    deleted = calls.lock(session, review.call_id)
    deleted.state = CallState.DELETED
    session.add(deleted)
    session.flush()
    assert complaint_links.links(session, cast.bob, [one]) == {}


def test_what_the_machine_found_is_kept_from_everybody_while_the_blind_review_is_open(
    session: Session, cast: Cast
) -> None:
    review = call(session, *RUDE)
    review.blind = True
    session.add(review)
    session.flush()
    one = complain(session, cast.ada, review.call_id)
    assert complaint_links.links(session, cast.alice, [one]) == {}
    submit(session, review, cast.alice, "polite")
    assert one in complaint_links.links(session, cast.alice, [one])


def test_an_item_goes_with_complaints_where_failing_calls_are_complained_of_more(session: Session, cast: Cast) -> None:
    rude = [call(session, *RUDE, external_id=f"rude {place}") for place in range(6)]
    for place in range(20):
        call(session, *GOOD, external_id=f"good {place}")
    for review in rude[:5]:
        complain(session, cast.ada, review.call_id)
    # Twice about the same call is one call that was complained of.
    complain(session, cast.ada, rude[0].call_id)
    found = complaint_links.item_links(session, cast.bob, "machine", Filter())
    line = next(one for one in found.items if one.item == "closing_question")
    assert (line.difference.first, line.difference.second) == ((0, 20), (5, 6))
    assert line.stands
    assert found.tested == len(found.items) > 1
    assert found.by_chance == pytest.approx(0.05 * found.tested)


def test_many_items_cost_a_weak_difference_its_standing(session: Session, cast: Cast) -> None:
    for place in range(4):
        call(session, *GOOD, external_id=f"good {place}")
    rude = [call(session, *RUDE, external_id=f"rude {place}") for place in range(2)]
    for review in rude:
        complain(session, cast.ada, review.call_id)
    found = complaint_links.item_links(session, cast.bob, "machine", Filter())
    line = next(one for one in found.items if one.item == "closing_question")
    assert line.difference.second == (2, 2)
    assert line.adjusted > (line.difference.chance or 0)
    assert not line.stands


def test_calls_picked_for_a_complaint_are_in_no_comparison_of_peoples_verdicts(session: Session, cast: Cast) -> None:
    fair, picked, fine, quiet = (call(session, *GOOD, external_id=name) for name in ("fair", "picked", "fine", "quiet"))
    picked.picked = Picked.RISK.value
    session.add(picked)
    session.flush()
    for review in (fair, picked):
        submit(session, review, cast.alice, "polite")
        complain(session, cast.ada, review.call_id)
    submit(session, fine, cast.alice)
    submit(session, quiet, cast.alice, "polite")
    found = complaint_links.item_links(session, cast.bob, "final", Filter())
    line = next(one for one in found.items if one.item == "polite")
    assert (line.difference.first, line.difference.second) == ((0, 1), (1, 2))


def test_days_and_teams_narrow_what_is_compared(session: Session, cast: Cast) -> None:
    review = call(session, *RUDE)
    call(session, *GOOD)
    complain(session, cast.ada, review.call_id)
    day = datetime(2026, 10, 2, tzinfo=UTC).date()
    assert complaint_links.item_links(session, cast.bob, "machine", Filter(first_day=day)).items == ()
    assert complaint_links.item_links(session, cast.bob, "machine", Filter(end_day=day)).items
    assert complaint_links.item_links(session, cast.ada, "machine", Filter(team_id=cast.team_b.id)).items == ()


@pytest.mark.parametrize("name", shipped_ids())
def test_what_is_complained_of_is_looked_for_in_sections_that_the_shipped_scorecards_have(name: str) -> None:
    assert set(SECTIONS) == set(ComplaintCategory)
    card = scorecard(name)
    sections, with_items = {one.id for one in card.sections}, {one.section for one in card.items}
    named = {one for kind in SECTIONS.values() for one in kind}
    assert named <= with_items, "a kind of complaint is looked for where no item is"
    assert sections - named == {"opening", "closing"}, "of a new section somebody says which complaints it goes with"
    of_items = {one.id: one.section for one in card.items}
    for category, items in (
        (ComplaintCategory.ATTITUDE, {"polite", "patient", "warm", "no_interruption"}),
        (ComplaintCategory.INFORMATION, {"correct_information", "product_knowledge"}),
        (ComplaintCategory.RESOLUTION, {"objection_handling", "product_knowledge"}),
        (ComplaintCategory.WAITING, {"hold_reason", "hold_apology", "long_hold_explained"}),
    ):
        assert {of_items[one] for one in items} <= set(SECTIONS[category]), category
