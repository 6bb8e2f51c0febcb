"""An agent disputes an item, another reviewer decides, and the score follows; nothing of it is lost."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from app.accounts.models import Role
from app.accounts.service import add_user
from app.calls import segments
from app.calls.models import Call
from app.calls.segments import Part
from app.domain.evidence import Verdict
from app.domain.lifecycle import ReviewState
from app.evaluations import queries as evaluations
from app.kit.db import id_of
from app.kit.errors import Forbidden, NotFound
from app.ledger.queries import entries
from app.ledger.service import Actor
from app.notices.models import Kind, Notice
from app.reports.recount import recount
from app.reviews import calibration, dispute_queries, disputes, queries, service, unannounced
from app.reviews.disputes import Answer, Objection
from app.reviews.models import DisputeOutcome, Picked, Purpose, Review
from app.reviews.offering import Terms
from tests.cast import LONG_AGO, make_cast
from tests.graded import graded_card, judged_by
from tests.reviews.deciding import confirm_all
from tests.stored import NOW, scored

ALICE, BOB, DANA = Actor("Alice", NOW), Actor("Bob", NOW), Actor("Dana", NOW)
UNFAIR = Objection("polite", Verdict.PASS, None, "I was friendly throughout.")


@pytest.fixture
def cast(session):
    return make_cast(session)


@pytest.fixture
def review(session, cast):
    """Dana's call, in which Alice failed politeness, which is critical; Dana reads it."""
    _, review = scored(session, agent="dana", team="Team A")
    confirm_all(session, review, cast.alice, polite=Verdict.FAIL)
    return service.submit(session, id_of(review), cast.alice, ALICE, Terms(release_hours=0))


def disputed(session, review, cast, said=UNFAIR, at=NOW):
    return disputes.dispute(session, id_of(review), id_of(cast.dana), said, Actor("Dana", at), 7)


def answered(session, found, user, *, by="another", **given):
    given = Answer(**{"outcome": "accepted", **given})
    return disputes.answer(session, id_of(found), user, given, Actor(user.name, NOW, user.id), by)


def notified(session, kind):
    return sorted(one.user_id for one in session.exec(select(Notice).where(Notice.kind == kind)))


def test_an_accepted_dispute_changes_verdict_score_and_rates_at_once(session, cast, review):
    before, machine = review.score, evaluations.findings(session, review.evaluation_id)
    assert review.passed is False
    found = disputed(session, review, cast)
    assert review.state == ReviewState.DISPUTED
    answered(session, found, cast.bob)
    assert (review.state, review.passed, review.critical_failed) == (ReviewState.RESOLVED, True, False)
    assert review.score > before
    assert (found.verdict_before, found.verdict_after) == (Verdict.FAIL, Verdict.PASS)
    verdict = queries.verdicts(session, id_of(review))["polite"]
    assert (verdict.verdict, verdict.decided_by) == (Verdict.PASS, cast.bob.id)
    assert evaluations.findings(session, review.evaluation_id) == machine
    assert recount(session) == ()
    told = entries(session, f"call:{review.call_id}")[-1]
    assert (told.event, told.payload["old"]["verdict"], told.payload["new"]["verdict"]) == (
        "dispute.decided",
        "fail",
        "pass",
    )
    assert (told.payload["old"]["passed"], told.payload["new"]["passed"]) == (False, True)


def test_a_rejected_dispute_leaves_everything_as_it_was_and_says_why(session, cast, review):
    before = review.score
    found = disputed(session, review, cast)
    with pytest.raises(disputes.WordsMissing):
        answered(session, found, cast.bob, outcome="rejected", words=" ")
    answered(session, found, cast.bob, outcome="rejected", words="You said: that is not my problem.")
    assert (review.state, review.score, review.passed) == (ReviewState.RESOLVED, before, False)
    assert queries.verdicts(session, id_of(review))["polite"].decided_by == cast.alice.id
    assert recount(session) == ()


def test_in_part_is_neither_what_stood_nor_what_was_proposed(session, cast, review):
    found = disputed(session, review, cast)
    for neither in (Verdict.FAIL, Verdict.PASS):
        with pytest.raises(disputes.NotPartly):
            answered(session, found, cast.bob, outcome="partly", words="Half.", verdict=neither)
    answered(session, found, cast.bob, outcome="partly", words="No occasion.", verdict=Verdict.NOT_APPLICABLE)
    assert found.verdict_after == Verdict.NOT_APPLICABLE
    assert queries.verdicts(session, id_of(review))["polite"].note == "No occasion."


def test_of_a_graded_item_a_level_between_is_chosen(session, cast):
    call, review = scored(session, agent="dana", team="Team A", external_id="graded")
    card = graded_card()
    judged_by(session, id_of(call), card)
    graded = next(item for item in card.items if item.levels)
    worst, middle, best = graded.levels[0], graded.levels[1], graded.levels[-1]
    for item in card.items:
        level = worst if item.id == graded.id else item.levels[-1] if item.levels else None
        verdict = None if level is not None else Verdict.PASS
        service.decide(session, id_of(review), item.id, verdict, cast.alice, ALICE, level=level, reason_code="misheard")
    service.submit(session, id_of(review), cast.alice, ALICE, Terms(release_hours=0))
    found = disputed(session, review, cast, Objection(graded.id, None, best, "I did all of it."))
    answered(session, found, cast.bob, outcome="partly", words="Some of it.", level=middle)
    assert (found.level_before, found.proposed_level, found.level_after) == (worst, best, middle)
    assert queries.verdicts(session, id_of(review))[graded.id].level == middle
    assert recount(session) == ()


def test_who_gave_the_verdict_does_not_decide_about_it_not_even_an_administrator(session, cast, review):
    found = disputed(session, review, cast)
    with pytest.raises(disputes.AnotherDecides):
        answered(session, found, cast.alice)
    review.reviewer_id = cast.ada.id
    session.flush()
    with pytest.raises(disputes.AnotherDecides):
        answered(session, found, cast.ada)
    assert answered(session, found, cast.alice, by="anyone").outcome == DisputeOutcome.ACCEPTED


def test_who_spoke_in_a_part_of_the_call_neither_decides_its_dispute_nor_is_told_to(session, cast, review):
    rae = add_user(session, username="rae", name="Rae", role=Role.REVIEWER, team_id=id_of(cast.team_a), now=LONG_AGO)
    segments.replace(session, session.get_one(Call, review.call_id), [Part(id_of(rae), 0, 1)], BOB)
    found = disputed(session, review, cast)
    assert notified(session, Kind.DISPUTED) == [cast.bob.id]
    for by in ("another", "anyone"):
        with pytest.raises(disputes.AnotherDecides):
            answered(session, found, rae, by=by)
    assert answered(session, found, cast.bob).outcome == DisputeOutcome.ACCEPTED


def test_several_items_are_disputed_and_the_last_answer_resolves(session, cast, review):
    first = disputed(session, review, cast)
    second = disputed(session, review, cast, Objection("warm", Verdict.FAIL, None, "I was not."))
    third = disputed(session, review, cast, Objection("standard_greeting", Verdict.NOT_APPLICABLE, None, "Cut off."))
    answered(session, first, cast.bob, outcome="rejected", words="No.")
    assert review.state == ReviewState.DISPUTED
    disputes.withdraw(session, id_of(second), id_of(cast.dana), DANA)
    assert review.state == ReviewState.DISPUTED
    answered(session, third, cast.bob, outcome="rejected", words="No.")
    assert review.state == ReviewState.RESOLVED


def test_a_dispute_can_be_withdrawn_and_brought_again_but_not_once_it_was_decided(session, cast, review):
    found = disputed(session, review, cast)
    with pytest.raises(disputes.AlreadyDisputed):
        disputed(session, review, cast)
    with pytest.raises(Forbidden):
        disputes.withdraw(session, id_of(found), id_of(cast.mei), DANA)
    disputes.withdraw(session, id_of(found), id_of(cast.dana), DANA)
    with pytest.raises(disputes.DisputeClosed):
        answered(session, found, cast.bob)
    again = disputed(session, review, cast)
    answered(session, again, cast.bob, outcome="rejected", words="No.")
    with pytest.raises(disputes.AlreadyDisputed):
        disputed(session, review, cast)


def test_only_what_is_released_can_be_disputed_by_its_agent_for_a_reason_in_time(session, cast, review):
    until = disputes.open_until(session, review, 7)
    # The end of the seventh day in Shanghai, where the team is.
    assert until.isoformat() == "2026-10-12T16:00:00+00:00"
    with pytest.raises(Forbidden):
        disputes.dispute(session, id_of(review), id_of(cast.mei), UNFAIR, DANA, 7)
    with pytest.raises(disputes.DisputeTooLate):
        disputed(session, review, cast, at=until)
    with pytest.raises(disputes.DisputeReasonMissing):
        disputed(session, review, cast, Objection("polite", Verdict.PASS, None, " "))
    with pytest.raises(disputes.NothingDisputed):
        disputed(session, review, cast, Objection("polite", Verdict.FAIL, None, "Yes."))
    with pytest.raises(NotFound):
        disputed(session, review, cast, Objection("no_such_item", Verdict.PASS, None, "Yes."))
    disputed(session, review, cast, at=until - timedelta(seconds=1))


def test_what_is_disputed_is_not_taken_back_before_it_is_answered(session, cast, review):
    disputed(session, review, cast)
    for take_back in (service.reopen, service.retract):
        with pytest.raises(service.DisputeUnanswered):
            take_back(session, id_of(review), cast.bob, BOB, "wrong")


def test_whoever_may_decide_is_told_and_then_whoever_it_concerns(session, cast, review):
    found = disputed(session, review, cast)

    assert notified(session, Kind.DISPUTED) == [cast.bob.id]
    answered(session, found, cast.ada)
    # The call passes now: its team's lead is told too.
    assert notified(session, Kind.DECIDED) == sorted([cast.dana.id, cast.alice.id, cast.bob.id])


def test_who_is_to_score_the_call_blind_is_told_of_a_dispute_once_they_have(session, cast):
    ren, sam = (
        add_user(session, username=name, name=name, role=Role.REVIEWER, team_id=id_of(cast.team_a), now=LONG_AGO)
        for name in ("ren", "sam")
    )
    call, review = scored(session, agent="dana", team="Team A", external_id="twice")
    review.blind = True
    session.flush()
    confirm_all(session, review, cast.alice, polite=Verdict.FAIL)
    service.submit(session, id_of(review), cast.alice, ALICE, Terms(release_hours=0, double_share=1))
    disputed(session, review, cast)
    assert notified(session, Kind.DISPUTED) == [cast.bob.id]
    waiting = unannounced.of_call(session, ren, id_of(call))
    assert waiting.purpose == Purpose.SECOND
    confirm_all(session, waiting, ren)
    assert notified(session, Kind.DISPUTED) == [cast.bob.id]
    service.submit(session, id_of(waiting), ren, Actor("Ren", NOW, ren.id))
    # Sam, for whom it waited too, and nobody twice.
    assert notified(session, Kind.DISPUTED) == sorted([cast.bob.id, id_of(ren), id_of(sam)])


def test_who_is_to_score_the_call_in_a_calibration_is_told_of_a_dispute_once_that_has_ended(session, cast, review):
    ren = add_user(session, username="ren", name="Ren", role=Role.REVIEWER, team_id=id_of(cast.team_a), now=LONG_AGO)
    people = [id_of(ren), id_of(cast.alice)]
    held = calibration.open_calibration(
        session, cast.bob, "Warmth", date(2026, 10, 9), [review.call_id], people, ZoneInfo("UTC"), BOB
    )
    disputed(session, review, cast)
    assert notified(session, Kind.DISPUTED) == [cast.bob.id]
    calibration.end(session, id_of(held), cast.bob, BOB)
    assert notified(session, Kind.DISPUTED) == sorted([cast.bob.id, id_of(ren)])


def test_a_dispute_is_seen_by_its_agent_and_the_staff_of_the_team(session, cast, review):
    found = id_of(disputed(session, review, cast))
    for user in (cast.dana, cast.bob, cast.ada):
        assert dispute_queries.dispute(session, user, found)[0].id == found
    for user in (cast.mei, cast.charlie):
        with pytest.raises(NotFound):
            dispute_queries.dispute(session, user, found)
    assert dispute_queries.disputes(session, cast.charlie, is_open=True).total == 0
    assert dispute_queries.disputes(session, cast.bob, is_open=True).total == 1


def test_every_open_dispute_can_be_reached_who_waits_longest_first(session, cast, review):
    passed = [item for item, one in queries.verdicts(session, id_of(review)).items() if one.verdict == Verdict.PASS]
    found = [
        disputed(session, review, cast, Objection(item, Verdict.FAIL, None, "No."), NOW + timedelta(hours=at))
        for at, item in enumerate(passed[:5])
    ]
    read, cursor = [], None
    for left in (2, 2, 1):
        page = dispute_queries.disputes(session, cast.bob, is_open=True, cursor=cursor, size=2)
        assert (len(page.items), page.total) == (left, 5)
        read, cursor = [*read, *page.items], page.next_cursor
    assert (read, cursor) == (found, None)


def test_an_agent_is_told_of_a_decision_however_much_was_decided_for_others_since(session, cast, review):
    own = disputed(session, review, cast)
    answered(session, own, cast.bob)
    _, other = scored(session, agent="mei", team="Team A")
    confirm_all(session, other, cast.alice)
    service.submit(session, id_of(other), cast.alice, ALICE, Terms(release_hours=0))
    later = Actor("Bob", NOW + timedelta(hours=1), cast.bob.id)
    for item, stood in list(queries.verdicts(session, id_of(other)).items())[:10]:
        said = Objection(item, Verdict.FAIL if stood.verdict != Verdict.FAIL else Verdict.PASS, None, "No.")
        of_mei = disputes.dispute(session, id_of(other), id_of(cast.mei), said, Actor("Mei", NOW), 7)
        disputes.answer(session, id_of(of_mei), cast.bob, Answer("accepted"), later)
    assert dispute_queries.decided_since(session, cast.dana, NOW - timedelta(days=1), 1) == [own]


def test_the_share_of_upheld_disputes_counts_those_that_were_decided(session, cast, review):
    first = disputed(session, review, cast)
    disputed(session, review, cast, Objection("warm", Verdict.FAIL, None, "I was not."))
    answered(session, first, cast.bob)
    rates = {one.item: one[2:] for one in dispute_queries.by_item(session, cast.bob)}
    assert rates == {"polite": (1, 1, 1), "warm": (1, 0, 0)}


def test_what_was_said_blind_stays_as_it_was_said(session, cast):
    _, review = scored(session, agent="dana", team="Team A", external_id="blind")
    review.blind = True
    session.flush()
    confirm_all(session, review, cast.alice, polite=Verdict.FAIL)
    service.submit(session, id_of(review), cast.alice, ALICE, Terms(release_hours=0))
    answered(session, disputed(session, review, cast), cast.bob)
    labels = {one.item_id: one.verdict for one in queries.labels_of(session, id_of(review))}
    assert labels["polite"] == Verdict.FAIL


def test_of_a_deleted_call_nothing_is_left_of_what_was_written(session, cast, review):
    found = disputed(session, review, cast)
    answered(session, found, cast.bob, words="You are right.")
    service.forget_notes(session, review.call_id, BOB)
    session.refresh(found)
    assert (found.reason, found.words, found.note_before) == ("", "", "")
    assert session.get_one(Call, review.call_id).agent_id == cast.dana.id
    counting = session.exec(select(Review).where(Review.purpose == Purpose.COUNTS)).one()
    assert counting.picked == Picked.EVERY.value
