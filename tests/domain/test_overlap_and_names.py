"""Talking over the customer, and calling the customer by name."""

import pytest

from app.domain.evidence import Verdict
from app.domain.transcript import Transcript
from tests.factories import judge, make_call, make_card

LETS_FINISH = make_card({"not": {"overlap": {"by": "agent", "longer_than": 1.0}}})
NAMED = {code: make_card({"name_used": {}}, language=code) for code in ("en", "zh", "ja")}
STORY = "5-15 customer: I bought a kettle and it will not switch on."


def test_an_agent_who_starts_while_the_customer_talks_and_goes_on_has_interrupted() -> None:
    found = judge(LETS_FINISH, make_call(STORY, "10-13 agent: But do you have the receipt?"))
    assert found.verdict == Verdict.FAIL
    assert found.evidence[0].quote == "But do you have the receipt?" and found.evidence[0].start == 10


@pytest.mark.parametrize(
    "line",
    [
        "10-10.7 agent: But do",
        "10-12 agent: Right, okay.",
        "14.5-18 agent: But do you have the receipt?",
        "15.5-18 agent: Do you have the receipt?",
    ],
)
def test_short_overlaps_back_channels_and_waiting_ones_turn_are_no_interruption(line: str) -> None:
    assert judge(LETS_FINISH, make_call(STORY, line)).verdict == Verdict.PASS


def test_the_customer_talking_over_the_agent_is_not_the_agents_fault() -> None:
    call = make_call("5-15 agent: The contract says that you may return it.", "10-13 customer: But nobody told me!")
    assert judge(LETS_FINISH, call).verdict == Verdict.PASS


def test_an_overlap_at_the_limit_cannot_be_told_and_mono_never() -> None:
    assert judge(LETS_FINISH, make_call(STORY, "14-17 agent: But do you have it?")).verdict == Verdict.UNCERTAIN
    assert judge(LETS_FINISH, make_call("mono", STORY, "10-13 agent: But do you?")).verdict == Verdict.UNCERTAIN


@pytest.mark.parametrize(
    ("code", "lines", "verdict"),
    [
        ("en", ["customer: My name is Grace Okafor.", "agent: Thank you, Mrs Okafor."], Verdict.PASS),
        ("en", ["agent: Your name?", "customer: Tom Whitfield.", "agent: Thanks, Tom."], Verdict.PASS),
        ("en", ["agent: Your name?", "customer: Tom Whitfield.", "agent: Thank you, sir."], Verdict.FAIL),
        ("en", ["agent: Your name?", "customer: It's Whitfield.", "agent: Thanks, Witfield."], Verdict.PASS),
        ("en", ["customer: My card is gone.", "agent: Which one, sir?"], Verdict.NOT_APPLICABLE),
        (
            "en",
            ["agent: What is your company name?", "customer: Smart Electric.", "agent: Ok."],
            Verdict.NOT_APPLICABLE,
        ),
        ("zh", ["agent: 请问您贵姓?", "customer: 免贵姓何。", "agent: 何女士您好。"], Verdict.PASS),
        ("zh", ["customer: 我姓欧阳。", "agent: 欧阳先生,请讲。"], Verdict.PASS),
        ("zh", ["agent: 请问您贵姓?", "customer: 姓梁。", "agent: 好的先生。"], Verdict.FAIL),
        ("zh", ["customer: 我要查话费。", "agent: 好的女士。"], Verdict.NOT_APPLICABLE),
        ("ja", ["agent: お名前をお願いします。", "customer: 小川です。", "agent: 小川様ですね。"], Verdict.PASS),
        ("ja", ["customer: 小川と申します。", "agent: お客様、少々お待ちください。"], Verdict.FAIL),
        ("ja", ["customer: 電気を止めたいんです。", "agent: お客様番号をお願いします。"], Verdict.NOT_APPLICABLE),
    ],
)
def test_using_the_name_means_the_name_itself_once_it_was_learnt(code: str, lines: list[str], verdict: Verdict) -> None:
    found = judge(NAMED[code], make_call(*lines, language=code))
    assert found.verdict == verdict, found.reason


def test_a_name_known_from_the_call_data_counts_as_learnt() -> None:
    silent = make_call("agent: Hello.", "customer: Hi.", "agent: Goodbye.", customer_name="Grace Okafor")
    assert judge(NAMED["en"], silent).verdict == Verdict.FAIL
    polite = make_call("agent: Hello, Mrs Okafor.", "customer: Hi.", customer_name="Grace Okafor")
    assert judge(NAMED["en"], polite).verdict == Verdict.PASS


def test_a_name_used_before_it_was_learnt_is_somebody_elses() -> None:
    call = make_call(
        "agent: Grace from billing will call.", "customer: My name is Grace Okafor.", "agent: Fine, madam."
    )
    assert judge(NAMED["en"], call).verdict == Verdict.FAIL


def unsure(call: Transcript, *turns: int) -> Transcript:
    """The same call, where it is unclear who said these turns."""
    doubtful = tuple(
        turn.model_copy(update={"speaker_confidence": 0.55}) if place in turns else turn
        for place, turn in enumerate(call.turns)
    )
    return call.model_copy(update={"turns": doubtful})


def test_a_name_said_by_an_unclear_voice_leaves_its_use_open() -> None:
    call = make_call(
        "0-3 agent: Hello, how can I help?",
        "3-6 agent: Hi, my name is Daniel Osei.",
        "6-9 agent: Sure, let me look.",
    )
    assert judge(make_card({"name_used": {}}), call).verdict == Verdict.NOT_APPLICABLE
    assert judge(make_card({"name_used": {}}), unsure(call, 1)).verdict == Verdict.UNCERTAIN


def test_nobody_fails_when_the_name_was_perhaps_used_by_the_agent() -> None:
    call = make_call(
        "0-3 agent: Hello, how can I help?",
        "3-6 customer: My name is Daniel Osei.",
        "6-9 agent: Sure, let me look.",
        "9-12 customer: Here it is, Mr Osei.",
        "12-14 agent: It is sent.",
    )
    assert judge(make_card({"name_used": {}}), call).verdict == Verdict.FAIL
    assert judge(make_card({"name_used": {}}), unsure(call, 3)).verdict == Verdict.UNCERTAIN
