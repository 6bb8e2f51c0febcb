"""What verdicts add up to."""

import pytest

from app.domain.evidence import Reason, Verdict
from app.domain.scorecard import Scorecard
from app.domain.scoring import Finding, total
from tests.factories import judge, make_call, make_card

SAYS_HELLO = {"say": {"by": "agent", "set": "hello"}}
SETS = {"hello": {"phrases": ["hello"]}}


def finding(verdict: Verdict, points: float, *, critical: bool = False) -> Finding:
    earned = {Verdict.PASS: points, Verdict.FAIL: 0.0}.get(verdict)
    return Finding(
        id=f"i{points}{verdict}",
        verdict=verdict,
        confidence=1,
        points=earned,
        max_points=points,
        critical=critical,
        reason=Reason(template="."),
    )


CARD = make_card(SAYS_HELLO, sets=SETS)


def test_what_does_not_apply_leaves_both_sums() -> None:
    result = total(CARD, (finding(Verdict.PASS, 30), finding(Verdict.FAIL, 10), finding(Verdict.NOT_APPLICABLE, 60)))
    assert (result.score, result.low, result.high) == (75.0, 75.0, 75.0)
    assert result.passed is False


def test_open_items_widen_the_range_and_leave_the_outcome_open_while_they_can_change_it() -> None:
    result = total(CARD, (finding(Verdict.PASS, 60), finding(Verdict.UNCERTAIN, 30), finding(Verdict.FAIL, 10)))
    assert (result.low, result.high) == (60.0, 90.0)
    assert result.score == 85.7
    assert result.passed is None


def test_an_outcome_that_open_items_cannot_change_is_given() -> None:
    assert total(CARD, (finding(Verdict.PASS, 90), finding(Verdict.UNSCORED, 10))).passed is True
    assert total(CARD, (finding(Verdict.FAIL, 20), finding(Verdict.UNSCORED, 80))).passed is False


def test_a_failed_critical_item_fails_the_call_and_an_open_one_keeps_it_open() -> None:
    failed = total(CARD, (finding(Verdict.PASS, 95), finding(Verdict.FAIL, 5, critical=True)))
    assert failed.critical_failed and failed.passed is False
    waiting = total(CARD, (finding(Verdict.PASS, 95), finding(Verdict.UNSCORED, 5, critical=True)))
    assert not waiting.critical_failed and waiting.passed is None


def test_a_call_to_which_nothing_applies_has_no_score() -> None:
    result = total(CARD, (finding(Verdict.NOT_APPLICABLE, 100),))
    assert (result.score, result.low, result.high, result.passed) == (None, None, None, None)


def test_points_are_given_only_for_decided_items() -> None:
    assert judge(CARD, make_call("0-2 agent: Hello there.")).points == 100
    assert judge(CARD, make_call("0-2 agent: What is it?")).points == 0
    manual = make_card({"manual": {}})
    assert judge(manual, make_call("0-2 agent: Hello.")).points is None


def test_the_version_changes_with_the_content_and_with_nothing_else() -> None:
    assert CARD.version == make_card(SAYS_HELLO, sets=SETS).version
    assert CARD.version != make_card(SAYS_HELLO, sets={"hello": {"phrases": ["good day"]}}).version
    assert CARD.version != make_card(SAYS_HELLO, sets=SETS, pass_mark=80).version


@pytest.mark.parametrize("speaker", ["customer", "system"])
def test_what_another_voice_says_does_not_count_for_the_agent(speaker: str) -> None:
    assert judge(CARD, make_call("0-2 agent: Yes?", f"2-4 {speaker}: Hello.")).verdict == Verdict.FAIL


def test_a_card_that_was_kept_stays_what_it_was_when_cards_may_say_more() -> None:
    card = make_card({"say": {"by": "agent", "set": "hello"}}, sets={"hello": {"phrases": ["hello"]}})
    kept = card.model_dump(mode="json")
    kept["sets"]["hello"]["sound_alikes"] = kept["sets"]["hello"].pop("phonetic")
    read = Scorecard.as_stored(kept, "sha256:of-then")
    assert read.version == "sha256:of-then"
    assert judge(read, make_call("0-2 agent: Hello.")).verdict == Verdict.PASS


def test_a_version_is_of_what_is_written_not_of_what_goes_without_saying() -> None:
    brief = make_card({"say": {"by": "agent", "set": "hello"}}, sets={"hello": {"phrases": ["hello"]}})
    long = make_card(
        {"say": {"by": "agent", "set": "hello", "times": 1, "where": {}}},
        sets={"hello": {"phrases": ["hello"], "exclude": [], "phonetic": True}},
    )
    other = make_card({"say": {"by": "agent", "set": "hello", "times": 2}}, sets={"hello": {"phrases": ["hello"]}})
    assert brief.version == long.version != other.version
