"""Rules made of rules, and what a person judges."""

from app.domain.evidence import Verdict
from tests.factories import judge, make_call, make_card

SETS = {"hello": {"phrases": ["hello"]}, "name": {"phrases": ["this is ada"]}}
HELLO = {"say": {"by": "agent", "set": "hello"}}
NAME = {"say": {"by": "agent", "set": "name"}}
NO_HOLD = {"for_each": {"event": "hold", "rule": HELLO}}


def test_all_needs_each_part_and_says_which_is_missing() -> None:
    card = make_card({"all": [HELLO, NAME]}, sets=SETS)
    assert judge(card, make_call("0-2 agent: Hello, this is Ada.")).verdict == Verdict.PASS
    missed = judge(card, make_call("0-2 agent: Hello."))
    assert missed.verdict == Verdict.FAIL and str(missed.reason) == "Not heard: says “name”."
    assert [piece.quote for piece in missed.evidence] == ["Hello."]


def test_any_needs_one_part() -> None:
    card = make_card({"any": [HELLO, NAME]}, sets=SETS)
    assert judge(card, make_call("0-2 agent: This is Ada.")).verdict == Verdict.PASS
    assert judge(card, make_call("0-2 agent: Yes?")).verdict == Verdict.FAIL


def test_not_turns_a_verdict_round_but_leaves_doubt_and_what_does_not_apply() -> None:
    card = make_card({"not": HELLO}, sets=SETS)
    assert judge(card, make_call("0-2 agent: Hello.")).verdict == Verdict.FAIL
    assert judge(card, make_call("0-2 agent: Yes?")).verdict == Verdict.PASS
    assert judge(card, make_call("0-2 customer: Yes?")).verdict == Verdict.UNCERTAIN
    assert judge(make_card({"not": NO_HOLD}, sets=SETS), make_call("0-2 agent: Hi.")).verdict == Verdict.NOT_APPLICABLE


def test_parts_that_do_not_apply_are_left_out() -> None:
    call = make_call("0-2 agent: Hello.")
    assert judge(make_card({"all": [HELLO, NO_HOLD]}, sets=SETS), call).verdict == Verdict.PASS
    assert judge(make_card({"all": [NO_HOLD]}, sets=SETS), call).verdict == Verdict.NOT_APPLICABLE


def test_a_persons_item_is_unscored_unless_what_fails_it_was_said() -> None:
    card = make_card({"manual": {"fails_when": HELLO}}, sets=SETS)
    assert judge(card, make_call("0-2 agent: Yes?")).verdict == Verdict.UNSCORED
    failed = judge(card, make_call("0-2 agent: Hello."))
    assert failed.verdict == Verdict.FAIL and failed.evidence[0].quote == "Hello."


def test_an_item_that_does_not_apply_to_the_direction_is_not_judged() -> None:
    card = make_card({"all": [{"fact": {"direction": "inbound"}}, HELLO]}, sets=SETS)
    assert judge(card, make_call("0-2 agent: Hello.")).verdict == Verdict.PASS
    assert judge(card, make_call("0-2 agent: Hello.", direction="outbound")).verdict == Verdict.FAIL
