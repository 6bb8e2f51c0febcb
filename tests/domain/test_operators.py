"""Rules about silence, pace, repeats and facts, windows around other hits, and hints for a person."""

import pytest
from pydantic import ValidationError

from app.domain.evidence import Verdict
from app.domain.transcript import Activity, Span
from tests.factories import judge, make_call, make_card

SETS = {
    "refund": {"means": {"en": "promises a refund"}, "phrases": ["refund"]},
    "when": {"means": {"en": "says when"}, "phrases": ["within five days"]},
}
REFUND = {"say": {"by": "agent", "set": "refund"}}


def when(**where: object) -> dict[str, object]:
    return {"say": {"by": "agent", "set": "when", "where": {"of": "hit", "anchor": REFUND, **where}}}


def test_silence_is_found_between_words_and_not_in_a_hold() -> None:
    card = make_card({"silence": {"longer_than": 8}})
    silent = judge(card, make_call("0-4 agent: Hello.", "14-16 customer: Hi."))
    held = judge(card, make_call("0-4 agent: One moment.", "4-30 hold silence", "30-33 agent: Sorry."))
    assert silent.verdict == Verdict.PASS
    assert [(one.start, one.end, one.quote) for one in silent.evidence] == [(4, 14, "silence")]
    assert held.verdict == Verdict.FAIL


def test_silence_close_to_the_limit_and_a_call_without_times_are_left_open() -> None:
    card = make_card({"silence": {"longer_than": 8, "margin": 0.5}})
    close = make_call("0-4 agent: Hello.", "12.3-14 customer: Hi.")
    untimed = make_call("agent: Hello.", "customer: Hi.")
    assert [judge(card, call).verdict for call in (close, untimed)] == [Verdict.UNCERTAIN] * 2


def test_silence_goes_by_what_was_heard_on_the_channels_where_that_is_known() -> None:
    call = make_call("0-4 agent: Hello.", "14-16 customer: Hi.")
    heard = Activity(agent=(Span(start=0, end=12),), customer=(Span(start=14, end=16),))
    card = make_card({"silence": {"longer_than": 8}})
    assert judge(card, call.model_copy(update={"activity": heard})).verdict == Verdict.FAIL


@pytest.mark.parametrize(
    ("seconds", "verdict"), [(30, Verdict.PASS), (60, Verdict.FAIL), (20.5, Verdict.FAIL), (46, Verdict.UNCERTAIN)]
)
def test_pace_is_words_a_minute_of_talk(seconds: float, verdict: Verdict) -> None:
    card = make_card({"speech_rate": {"by": "agent", "at_least": 100, "at_most": 200}})
    call = make_call(f"0-{seconds} agent: {'word ' * 75}", f"{seconds}-200 customer: Well.")
    assert judge(card, call).verdict == verdict


def test_pace_counts_characters_where_words_are_not_written_apart() -> None:
    card = make_card({"speech_rate": {"by": "agent", "at_most": 300}}, language="zh")
    slow = make_call(f"0-30 agent: {'您好' * 50}", language="zh")
    fast = make_call(f"0-30 agent: {'您好' * 100}", language="zh")
    assert [judge(card, call).verdict for call in (slow, fast)] == [Verdict.PASS, Verdict.FAIL]
    assert str(judge(card, slow).reason) == "200 words or characters a minute."


def test_little_talk_says_nothing_about_pace() -> None:
    card = make_card({"speech_rate": {"by": "agent", "at_most": 200}})
    assert judge(card, make_call("0-4 agent: Hello there.")).verdict == Verdict.UNCERTAIN


def test_a_repeat_is_nearly_the_same_sentence_in_another_turn() -> None:
    card = make_card({"repeat": {"by": "customer", "times": 2}})
    again = make_call(
        "0-4 customer: My number is four five six seven.",
        "4-6 agent: Sorry?",
        "6-9 customer: My number is four five six, seven!",
    )
    once = make_call("0-4 customer: My number is four five six seven. It is not on the bill.", "4-6 agent: Sorry?")
    short = make_call("0-1 customer: Yes.", "1-2 agent: And?", "2-3 customer: Yes.")
    found = judge(card, again)
    assert found.verdict == Verdict.PASS and [one.turn for one in found.evidence] == [0, 2]
    assert [judge(card, call).verdict for call in (once, short)] == [Verdict.FAIL] * 2


def test_facts_that_nobody_recorded_leave_it_open() -> None:
    card = make_card({"fact": {"queue": "billing", "ended_by": "customer", "longer_than": 3}})
    call = make_call("0-4 agent: Hello.")
    known = call.model_copy(update={"queue": "billing", "ended_by": "customer"})
    other = call.model_copy(update={"queue": "sales"})
    assert [judge(card, one).verdict for one in (known, call, other)] == [
        Verdict.PASS,
        Verdict.UNCERTAIN,
        Verdict.FAIL,
    ]


def test_a_window_lies_before_or_after_what_another_rule_found() -> None:
    after = make_card(when(end=10), sets=SETS)
    before = make_card(when(start=-10), sets=SETS)
    call = make_call("0-4 agent: You get a refund.", "4-6 customer: When?", "6-9 agent: Within five days.")
    late = make_call("0-4 agent: You get a refund.", "4-26 customer: When?", "26-29 agent: Within five days.")
    assert [judge(card, call).verdict for card in (after, before)] == [Verdict.PASS, Verdict.FAIL]
    assert judge(after, late).verdict == Verdict.FAIL


def test_without_the_other_hit_its_window_does_not_apply() -> None:
    found = judge(make_card(when(end=10), sets=SETS), make_call("0-4 agent: Hello.", "4-8 agent: Within five days."))
    assert found.verdict == Verdict.NOT_APPLICABLE
    assert str(found.reason) == "There was no moment when the agent promises a refund."


def test_without_times_the_window_around_a_hit_counts_turns() -> None:
    card = make_card(when(end=10, turns=2), sets=SETS)
    near = make_call("agent: You get a refund.", "customer: When?", "agent: Within five days.")
    far = make_call(
        "agent: You get a refund.", "customer: OK.", "agent: Well.", "customer: When?", "agent: Within five days."
    )
    assert [judge(card, call).verdict for call in (near, far)] == [Verdict.PASS, Verdict.FAIL]


def test_a_window_in_seconds_counts_from_the_start_or_to_the_end_of_the_call() -> None:
    first = make_card({"say": {"by": "agent", "set": "refund", "where": {"first_seconds": 10}}}, sets=SETS)
    last = make_card({"say": {"by": "agent", "set": "refund", "where": {"last_seconds": 10}}}, sets=SETS)
    call = make_call(
        "0-4 agent: Hello.", "30-34 agent: You get a refund.", "50-52 customer: Thanks.", "52-54 agent: Bye."
    )
    assert [judge(card, call).verdict for card in (first, last)] == [Verdict.FAIL, Verdict.FAIL]
    nearer = make_call("0-4 agent: A refund?", "30-34 agent: You get a refund.", "34-36 customer: Thanks.")
    assert [judge(card, nearer).verdict for card in (first, last)] == [Verdict.PASS, Verdict.PASS]


def test_holds_can_be_limited_from_both_sides() -> None:
    card = make_card({"for_each": {"event": "hold", "longer_than": 20, "shorter_than": 60, "rule": REFUND}}, sets=SETS)
    lines = "0-4 agent: One moment.", "4-{end} hold music", "{end}-{later} agent: Done."
    verdicts = []
    for end in (22, 40, 90):
        call = make_call(*(line.format(end=end, later=end + 3) for line in lines))
        verdicts.append(judge(card, call).verdict)
    assert verdicts == [Verdict.NOT_APPLICABLE, Verdict.FAIL, Verdict.NOT_APPLICABLE]


def test_a_hint_tells_the_person_where_to_look_and_decides_nothing() -> None:
    card = make_card({"manual": {"hints": [{"silence": {"longer_than": 8}}, REFUND]}}, sets=SETS)
    found = judge(card, make_call("0-4 agent: Hello.", "14-16 customer: Hi."))
    assert found.verdict == Verdict.UNSCORED
    assert str(found.reason) == "A person judges this item. Nobody talked for 10 s."
    assert [one.quote for one in found.evidence] == ["silence"]


def test_words_that_may_mean_it_make_a_miss_uncertain_and_are_quoted() -> None:
    sets = {"sorry": {"phrases": ["sorry for the wait"], "unsure": [r"\bthat took\b"]}}
    card = make_card({"say": {"by": "agent", "set": "sorry"}}, sets=sets)
    perhaps = judge(card, make_call("0-4 agent: Well, that took a moment."))
    assert perhaps.verdict == Verdict.UNCERTAIN and [one.turn for one in perhaps.evidence] == [0]
    assert judge(card, make_call("0-4 agent: Well, here it is.")).verdict == Verdict.FAIL
    assert judge(card, make_call("0-4 agent: That took long. Sorry for the wait.")).verdict == Verdict.PASS


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ({"say": {"by": "agent", "set": "refund", "where": {"of": "hit"}}}, "anchor"),
        ({"say": {"by": "agent", "set": "refund", "where": {"first_turns": 1, "last_turns": 1}}}, "give one of"),
        ({"say": {"by": "agent", "set": "refund", "where": {"within": 5}}}, "first_turns"),
        ({"for_each": {"event": "hold", "longer_than": 60, "shorter_than": 20, "rule": REFUND}}, "no hold"),
        ({"speech_rate": {}}, "at_least or at_most"),
        ({"fact": {}}, "give one of"),
    ],
)
def test_a_rule_that_can_never_be_right_is_refused(rule: dict[str, object], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        make_card(rule, sets=SETS)
