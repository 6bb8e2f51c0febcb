"""A person grades an item: the level chosen counts with its points, and says whether the item passed."""

import pytest

from app.domain.evidence import Verdict
from app.domain.lifecycle import ReviewState
from app.kit.db import id_of
from app.ledger.queries import entries
from app.ledger.service import Actor
from app.reports.recount import recount
from app.reviews import decisions, queries, service
from tests.cast import make_cast
from tests.graded import graded_card, judged_by
from tests.stored import GOOD, NOW, scored

ALICE = Actor("Alice", NOW)


@pytest.fixture
def cast(session):
    return make_cast(session)


@pytest.fixture
def call(session, cast):
    return scored(session, *GOOD, agent="dana")[0]


@pytest.fixture
def review(session, call):
    return judged_by(session, id_of(call), graded_card())


@pytest.fixture
def grade(session, cast, review):
    """Alice grades patience."""

    def decide(level, verdict=None, item="patience", **more):
        return service.decide(session, id_of(review), item, verdict, cast.alice, ALICE, level=level, **more)

    return decide


def test_a_level_brings_its_verdict_and_counts_with_its_points(session, review, grade):
    assert service.standing(session, review).score.score == 100.0
    now = grade(3)
    stored = queries.verdicts(session, id_of(review))["patience"]
    assert (stored.verdict, stored.level) == (Verdict.PASS, 3.0)
    assert (now.score.score, now.to_confirm) == (98.0, 2)
    assert grade(0).verdicts["patience"].verdict == Verdict.FAIL
    assert service.standing(session, review).score.score == 95.0


def test_the_ledger_tells_the_level_and_the_one_before(session, call, grade):
    grade(3)
    grade(5, note="calm throughout")
    told = entries(session, f"call:{call.id}")[-1].payload
    assert (told["old"]["level"], told["new"]["level"], told["new"]["verdict"]) == (3.0, 5.0, "pass")
    assert told["max_points"] == 5.0


def test_a_graded_item_is_not_decided_by_pass_or_fail_alone(session, review, grade):
    for verdict in (Verdict.PASS, Verdict.FAIL, None):
        with pytest.raises(decisions.LevelNeeded):
            grade(None, verdict)
    assert queries.verdicts(session, id_of(review)) == {}


def test_a_graded_item_may_be_not_applicable(grade):
    now = grade(None, Verdict.NOT_APPLICABLE)
    assert (now.verdicts["patience"].level, now.score.score, now.score.low) == (None, 100.0, 100.0)


@pytest.mark.parametrize("level", [4, -1, 5.5, float("nan")])
def test_a_level_that_the_item_has_not_is_refused(grade, level):
    with pytest.raises(decisions.NotALevel):
        grade(level)


def test_an_item_that_passes_or_fails_has_no_levels(grade):
    with pytest.raises(decisions.NotALevel):
        grade(75, item="greeting")


@pytest.mark.parametrize(("level", "verdict"), [(0, Verdict.PASS), (3, Verdict.FAIL), (3, Verdict.NOT_APPLICABLE)])
def test_a_verdict_that_does_not_follow_from_the_level_is_refused(grade, level, verdict):
    with pytest.raises(decisions.LevelContradicts):
        grade(level, verdict)


def test_a_level_needs_a_reason_only_when_its_verdict_is_not_the_machines(grade):
    assert grade(10, item="asking").score.score == 89.5
    with pytest.raises(service.ReasonNeeded):
        grade(0, item="asking")
    assert grade(0, item="asking", reason_code="misheard").score.score == 78.9


def test_a_submitted_review_counts_with_its_levels(session, cast, call, review, grade):
    service.decide(session, id_of(review), "greeting", Verdict.PASS, cast.alice, ALICE)
    grade(0)
    grade(10, item="asking")
    submitted = service.submit(session, id_of(review), cast.alice, ALICE)
    assert (submitted.state, submitted.score, submitted.passed) == (ReviewState.SUBMITTED, 85.0, True)
    told = entries(session, f"call:{call.id}")[-1].payload
    assert told["levels"] == {"patience": 0.0, "asking": 10.0}
    assert recount(session) == ()


@pytest.mark.parametrize(
    "patience",
    [
        {"levels": [0, 2, 5], "pass_level": 2},
        {"pass_level": 5},
        {"levels": None, "pass_level": None},
    ],
)
def test_a_level_that_another_version_of_the_card_does_not_know_is_looked_at_again(
    session, cast, call, review, grade, patience
):
    grade(3)
    judged_by(session, id_of(call), graded_card(**patience))
    now = service.standing(session, review)
    assert now.verdicts["patience"].outdated
    assert now.to_confirm == 3
    # What it was graded by is no more, so its points count no more either.
    assert (now.score.low, now.score.high) == (95.0, 100.0)


def test_a_verdict_of_before_an_item_was_graded_is_looked_at_again(session, cast, call, grade):
    review = judged_by(session, id_of(call), graded_card(levels=None, pass_level=None))
    service.decide(session, id_of(review), "patience", Verdict.PASS, cast.alice, ALICE)
    judged_by(session, id_of(call), graded_card(pass_level=5))
    assert service.standing(session, review).verdicts["patience"].outdated


def test_a_level_stays_where_other_levels_come_beside_it(session, call, review, grade):
    grade(3)
    judged_by(session, id_of(call), graded_card(levels=[0, 1, 3, 5]))
    now = service.standing(session, review)
    assert not now.verdicts["patience"].outdated
    assert now.score.score == 98.0


def test_undoing_leaves_a_graded_item_open_again(session, call, review, grade):
    grade(3)
    now = service.undo(session, id_of(review), "patience", ALICE)
    assert (now.score.low, now.score.high) == (95.0, 100.0)
    assert entries(session, f"call:{call.id}")[-1].payload["old"]["level"] == 3.0
