"""Some calls are scored by two people, neither knowing of the other; where they differ, a third settles it."""

import pytest
from sqlmodel import select

from app.accounts.models import Role
from app.accounts.service import add_user
from app.calls import queries as calls
from app.domain.evidence import Verdict
from app.domain.lifecycle import ReviewState
from app.evaluations import queries as evaluations
from app.kit.db import id_of
from app.kit.errors import NotFound
from app.ledger.queries import entries, in_words
from app.ledger.service import Actor
from app.reviews import queries, second, second_queries, service, unannounced
from app.reviews.blind import drawn_blind, drawn_twice
from app.reviews.decisions import LevelNeeded
from app.reviews.models import BlindLabel, DoubleScoring, Purpose, Review
from app.reviews.offering import Terms, carry_over
from app.reviews.second import Label, NothingToSettle, OneOfTheTwo, Settled, Unsettled
from tests.cast import LONG_AGO, make_cast
from tests.graded import graded_card, judged_by
from tests.stored import GOOD, NOW, scored

TWICE = Terms(double_share=1)


@pytest.fixture
def cast(session):
    return make_cast(session)


@pytest.fixture
def ren(session, cast):
    """Another reviewer of Alice's team."""
    return add_user(session, username="ren", name="Ren", role=Role.REVIEWER, team_id=id_of(cast.team_a), now=LONG_AGO)


def doing(user):
    return Actor(user.name, NOW, user.id)


def blind_review(session, *lines, **facts):
    call, review = scored(session, *(lines or GOOD), agent="dana", team="Team A", **facts)
    review.blind = True
    session.add(review)
    session.flush()
    return call, review


def submit(session, review, user, terms=TWICE, **others):
    """This person passes every item but those named, and submits."""
    for finding in service.standing(session, review).findings:
        verdict = others.get(finding.id, Verdict.PASS)
        service.decide(session, id_of(review), finding.id, verdict, user, doing(user), reason_code="misheard")
    return service.submit(session, id_of(review), user, doing(user), terms)


def second_of(session, call):
    wanted = select(Review).where(Review.call_id == call.id, Review.purpose == Purpose.SECOND)
    return session.exec(wanted).first()


def scored_twice(session, cast, ren, first=None, then=None, **facts):
    call, review = blind_review(session, **facts)
    submit(session, review, cast.alice, **(first or {}))
    submit(session, second_of(session, call), ren, **(then or {}))
    return session.exec(select(DoubleScoring).where(DoubleScoring.call_id == call.id)).one()


def items(session, double):
    return [one.id for one in service.standing(session, session.get_one(Review, double.first_id)).findings]


def test_one_call_in_twenty_is_drawn_whatever_is_reviewed_blind():
    hashes = [f"{number:064x}" for number in range(4000)]
    drawn = [one for one in hashes if drawn_twice(one, 0.05)]
    assert 140 < len(drawn) < 260
    assert 0 < sum(drawn_blind(one, 0.1) for one in drawn) < len(drawn) / 4
    assert set(drawn) < {one for one in hashes if drawn_twice(one, 0.1)}


def test_a_second_review_waits_once_the_first_is_submitted_and_looks_like_one_that_nobody_has_begun(session, cast, ren):
    call, first = blind_review(session)
    submit(session, first, cast.alice)
    found = second_of(session, call)
    looks = (
        "state",
        "blind",
        "picked",
        "due_at",
        "called_at",
        "created_at",
        "evaluation_id",
        "reviewer_id",
        "opened_by",
    )
    fresh = {"state": ReviewState.OPEN, "reviewer_id": None, "opened_by": None}
    assert {name: getattr(found, name) for name in looks} == {
        name: fresh.get(name, getattr(first, name)) for name in looks
    }
    assert "review.second_opened" in [one.event for one in entries(session, f"call:{call.id}")]


@pytest.mark.parametrize("terms", [Terms(), Terms(double_share=0)])
def test_a_call_that_is_not_drawn_is_scored_once(session, cast, ren, terms):
    call, first = blind_review(session)
    submit(session, first, cast.alice, terms)
    assert second_of(session, call) is None


def test_who_was_shown_the_machine_is_not_compared(session, cast, ren):
    call, first = scored(session, *GOOD, agent="dana", team="Team A")
    submit(session, first, cast.alice)
    assert second_of(session, call) is None


def test_where_nobody_else_can_score_it_there_is_no_second_review(session, cast):
    call, first = blind_review(session)
    submit(session, first, cast.alice)
    # Charlie is of another team, and Bob, who leads, sees what Alice found.
    assert second_of(session, call) is None


def test_who_decided_a_part_of_the_first_is_not_asked_for_the_second(session, cast, ren):
    call, first = blind_review(session)
    for finding in service.standing(session, first).findings:
        by = ren if finding.id == "warm" else cast.alice
        service.decide(session, id_of(first), finding.id, Verdict.PASS, by, doing(by))
    service.submit(session, id_of(first), cast.alice, doing(cast.alice), TWICE)
    assert second_of(session, call) is None


def test_only_another_reviewer_can_open_it_and_to_them_it_stands_in_place_of_the_first(session, cast, ren):
    call, first = blind_review(session)
    submit(session, first, cast.alice)
    found = second_of(session, call)
    assert queries.review(session, ren, id_of(found)) is found
    assert queries.review(session, ren, id_of(first)) is found
    assert unannounced.of_call(session, ren, id_of(call)) is found
    for other in (cast.alice, cast.bob, cast.dana):
        assert unannounced.of_call(session, other, id_of(call)) is first
        assert queries.review(session, other, id_of(first)) is first
    for other in (cast.alice, cast.charlie):
        with pytest.raises(NotFound):
            queries.review(session, other, id_of(found))


def test_it_goes_away_when_the_first_is_opened_again_before_it_is_done(session, cast, ren):
    call, first = blind_review(session)
    submit(session, first, cast.alice)
    service.decide(session, id_of(second_of(session, call)), "warm", Verdict.FAIL, ren, doing(ren))
    service.reopen(session, id_of(first), cast.alice, doing(cast.alice), "misheard")
    assert second_of(session, call) is None
    assert unannounced.of_call(session, ren, id_of(call)) is first
    assert entries(session, f"call:{call.id}")[-1].event == "review.second_withdrawn"
    submit(session, first, cast.alice)
    assert second_of(session, call) is None


def test_two_who_agree_give_the_reference_at_once(session, cast, ren):
    double = scored_twice(session, cast, ren)
    assert (double.first_by, double.second_by) == (cast.alice.id, ren.id)
    assert (double.first_passed, double.second_passed, double.reference_passed) == (True, True, True)
    assert not double.differs
    assert second_queries.unsettled(session, cast.bob, 10) == []


def test_the_second_never_counts_and_both_are_kept_as_labels(session, cast, ren):
    double = scored_twice(session, cast, ren, then={"warm": Verdict.FAIL})
    done = session.get_one(Review, double.second_id)
    assert (done.state, done.counts) == (ReviewState.COMPARED, False)
    by = {(one.review_id, one.labelled_by) for one in session.exec(select(BlindLabel))}
    assert by == {(double.first_id, cast.alice.id), (double.second_id, ren.id)}
    assert unannounced.of_call(session, ren, double.call_id).id == double.first_id


def test_two_who_differ_about_the_result_wait_for_a_third_who_settles_it(session, cast, ren):
    fails = dict.fromkeys(("warm", "polite"), Verdict.FAIL)
    double = scored_twice(session, cast, ren, then=fails)
    assert double.differs
    assert double.reference_passed is None
    assert [one.id for one, _ in second_queries.unsettled(session, cast.bob, 10)] == [double.id]
    assert set(second.differing(session, double)) == set(fails)
    said = {item: Settled(Verdict.FAIL, "It was not said.") for item in fails}
    second.settle(session, double, cast.bob, said, doing(cast.bob))
    assert double.reference_passed is False
    assert {
        one.item_id: (one.verdict, one.words) for one in second_queries.references(session, double.call_id).values()
    } == dict.fromkeys(fails, (Verdict.FAIL, "It was not said."))
    assert second_queries.unsettled(session, cast.bob, 10) == []
    told = entries(session, f"call:{double.call_id}")[-1]
    assert (told.event, told.payload["reference"]) == ("review.settled", dict.fromkeys(sorted(fails), "fail"))
    # What counts is still what Alice found.
    assert session.get_one(Review, double.first_id).passed is True
    with pytest.raises(NothingToSettle):
        second.settle(session, double, cast.bob, said, doing(cast.bob))


def test_every_item_that_differs_is_settled(session, cast, ren):
    double = scored_twice(session, cast, ren, then={"warm": Verdict.FAIL, "asks_name": Verdict.FAIL})
    with pytest.raises(Unsettled):
        second.settle(session, double, cast.bob, {"warm": Settled(Verdict.PASS)}, doing(cast.bob))


def test_who_leads_does_not_settle_what_they_scored_themselves_as_long_as_another_can(session, cast, ren):
    call, first = blind_review(session)
    submit(session, first, cast.bob)
    submit(session, second_of(session, call), ren, warm=Verdict.FAIL)
    double = second_queries.of_first(session, id_of(first))
    said = {"warm": Settled(Verdict.PASS)}
    with pytest.raises(OneOfTheTwo):
        second.settle(session, double, cast.bob, said, doing(cast.bob))
    with pytest.raises(OneOfTheTwo):
        second.settle(session, double, ren, said, doing(ren))
    cast.ada.active = False
    session.add(cast.ada)
    session.flush()
    assert second.settle(session, double, cast.bob, said, doing(cast.bob)).settled_by == cast.bob.id


def test_opened_again_afterwards_the_pair_stays_and_retracted_it_is_compared_no_more(session, cast, ren):
    double = scored_twice(session, cast, ren)
    service.reopen(session, double.first_id, cast.alice, doing(cast.alice), "misheard")
    assert second_queries.of_first(session, double.first_id) is double
    submit(session, session.get_one(Review, double.first_id), cast.alice)
    service.retract(session, double.first_id, cast.bob, doing(cast.bob), "wrong call")
    assert second_queries.of_first(session, double.first_id) is None


def graded_twice(session, cast, ren, marks, first, then):
    """A call that both pass item by item, with these levels of asking; each by a scorecard with a pass mark of its own.

    Both find patience worth 3 of 5 points.
    """
    call, _ = scored(session, *GOOD, agent="dana", team="Team A")
    review = judged_by(session, id_of(call), graded_card().model_copy(update={"pass_mark": marks[0]}))
    review.blind = True
    session.add(review)
    session.flush()
    for user, level, mark in ((cast.alice, first, marks[0]), (ren, then, marks[1])):
        if mark != marks[0]:
            judged_by(session, id_of(call), graded_card().model_copy(update={"pass_mark": mark}))
            carry_over(session, review, evaluations.current(session, id_of(call)), doing(user))
        service.decide(session, id_of(review), "greeting", Verdict.PASS, user, doing(user))
        service.decide(session, id_of(review), "patience", None, user, doing(user), level=3)
        service.decide(session, id_of(review), "asking", None, user, doing(user), level=level)
        service.submit(session, id_of(review), user, doing(user), TWICE)
        review = second_of(session, call)
    return session.exec(select(DoubleScoring).where(DoubleScoring.call_id == call.id)).one()


def test_two_who_choose_other_levels_of_a_graded_item_differ_and_a_third_settles_the_level(session, cast, ren):
    double = graded_twice(session, cast, ren, (90, 90), first=20, then=10)
    assert (double.first_passed, double.second_passed, double.differs) == (True, False, True)
    assert second.differing(session, double) == {"asking": (Label(Verdict.PASS, 20), Label(Verdict.PASS, 10))}
    with pytest.raises(LevelNeeded):
        second.settle(session, double, cast.bob, {"asking": Settled(Verdict.PASS)}, doing(cast.bob))
    said = {"asking": Settled(Verdict.PASS, "He asked once.", 10)}
    second.settle(session, double, cast.bob, said, doing(cast.bob))
    assert double.reference_passed is False
    kept = second_queries.references(session, double.call_id)["asking"]
    assert (kept.verdict, kept.level) == (Verdict.PASS, 10)
    assert entries(session, f"call:{double.call_id}")[-1].payload["levels"] == {"asking": 10}


def test_where_only_the_scorecard_changed_in_between_a_third_settles_the_result_alone(session, cast, ren):
    double = graded_twice(session, cast, ren, (85, 99), first=20, then=20)
    assert (double.first_passed, double.second_passed, double.differs) == (True, False, True)
    assert second.differing(session, double) == {}
    with pytest.raises(Unsettled):
        second.settle(session, double, cast.bob, {}, doing(cast.bob))
    second.settle(session, double, cast.bob, {}, doing(cast.bob), passed=True)
    assert double.reference_passed is True
    assert second_queries.unsettled(session, cast.bob, 10) == []
    with pytest.raises(NothingToSettle):
        second.settle(session, double, cast.bob, {}, doing(cast.bob), passed=False)


def test_the_ledger_keeps_the_reference_that_a_retracted_review_takes_away(session, cast, ren):
    double = scored_twice(session, cast, ren, then={"warm": Verdict.FAIL})
    second.settle(session, double, cast.bob, {"warm": Settled(Verdict.PASS, "kind words")}, doing(cast.bob))
    service.retract(session, double.first_id, cast.bob, doing(cast.bob), "wrong call")
    assert second_queries.references(session, double.call_id) == {}
    told = entries(session, f"call:{double.call_id}")[-1]
    assert (told.event, told.actor, told.payload["reference"]) == ("review.reference_removed", "Bob", {"warm": "pass"})
    assert in_words(session, [told]) == {told.id: {"words": {"warm": "kind words"}}}


def test_a_deleted_call_is_compared_no_more_and_says_nothing(session, cast, ren):
    double = scored_twice(session, cast, ren, then={"warm": Verdict.FAIL})
    second.settle(session, double, cast.bob, {"warm": Settled(Verdict.PASS, "kind words")}, doing(cast.bob))
    service.forget_notes(session, double.call_id, doing(cast.bob))
    assert [one.words for one in second_queries.references_of_call(session, double.call_id)] == [""]
    assert session.exec(select(DoubleScoring)).all() == []
    assert session.exec(select(BlindLabel)).all() == []
    assert calls.lock(session, double.call_id).id == double.call_id
