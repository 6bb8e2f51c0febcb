"""Waits read from a transcript, and the rules that stand on them."""

import pytest

from app.domain.evidence import Verdict
from app.domain.holds import hold_events
from app.domain.language import language
from app.domain.transcript import Hold, HoldKind, Transcript
from tests.factories import judge, make_call, make_card

ENGLISH = language("en")
SORRY = {"sorry": {"phrases": ["sorry for the wait"], "patterns": [r"\bsorry\b"]}}


def bare(call: Transcript) -> Transcript:
    """The call as a transcript to which nobody listened for holds."""
    return call.model_copy(update={"holds": None, "channels": 0, "activity": None})


def waits(*lines: str) -> list[tuple[float | None, float | None]]:
    return [(hold.start, hold.end) for hold in hold_events(bare(make_call(*lines)), ENGLISH)]


def test_the_agents_absence_of_fifteen_seconds_is_a_hold_announced_or_not() -> None:
    assert waits("0-4 agent: One moment.", "4-5 customer: Okay.", "20-22 agent: Hello.") == [(4, 20)]
    assert waits("0-4 agent: One moment.", "4-5 customer: Okay.", "16-18 agent: Hello.") == []


def test_a_customer_who_holds_the_floor_is_not_waiting() -> None:
    assert waits("0-4 agent: Tell me.", "5-38 customer: It all began last year.", "40-42 agent: I see.") == []


def test_noise_marks_are_not_the_agent_coming_back() -> None:
    assert waits("0-4 agent: One moment.", "12-13 agent: [noise]", "24-26 agent: Hello.") == [(4, 24)]


def test_a_number_that_is_hidden_was_said_all_the_same() -> None:
    assert (
        waits("0-2 agent: What is your number?", "4-9 customer: •••", "11-16 customer: ••••", "20-22 agent: Thank you.")
        == []
    )


def test_a_short_return_with_the_wait_going_on_is_one_hold_with_a_check_in() -> None:
    call = bare(
        make_call(
            "0-4 agent: One moment.",
            "60-64 agent: Still looking, please stay on.",
            "64-65 customer: Fine.",
            "120-124 agent: There we are.",
        )
    )
    (hold,) = hold_events(call, ENGLISH)
    assert (hold.start, hold.end, hold.check_in_turns) == (4, 120, (1,))


def test_two_waits_with_a_conversation_between_them_are_two() -> None:
    found = waits(
        "0-4 agent: One moment.",
        "40-46 agent: It was the ninth.",
        "46-50 customer: And the fee?",
        "50-56 agent: There is none.",
        "56-60 customer: And the other one?",
        "60-64 agent: One moment.",
        "90-94 agent: That one is free too.",
    )
    assert found == [(4, 40), (64, 90)]


def test_without_times_an_announced_wait_counts_once_the_agent_is_back() -> None:
    call = make_call("agent: Please hold on.", "customer: Okay.", "agent: Sorry for the wait.")
    (hold,) = hold_events(call, ENGLISH)
    assert (hold.after_turn, hold.before_turn, hold.length) == (0, 2, None)
    assert not hold_events(make_call("customer: Hi.", "agent: It takes a moment to arrive."), ENGLISH)


def apology(**settings: object) -> dict[str, object]:
    rule = {"say": {"by": "agent", "set": "sorry", "where": {"of": "hold.end", "end": 15}}}
    return {"for_each": {"event": "hold", "rule": rule, **settings}}


def test_an_apology_is_owed_after_every_hold() -> None:
    card = make_card(apology(), sets=SORRY)
    first = ("0-4 agent: Wait.", "4-30 hold music", "30-33 agent: Sorry.", "33-60 customer: Fine. And the fee?")
    again = ("60-64 agent: Wait.", "64-90 hold music", "90-93 agent: It is nine.")
    assert judge(card, make_call(*first)).verdict == Verdict.PASS
    missed = judge(card, make_call(*first, *again))
    assert missed.verdict == Verdict.FAIL and "1:04" in str(missed.reason)


def test_an_apology_long_after_the_return_does_not_count() -> None:
    card = make_card(apology(), sets=SORRY)
    late = make_call(
        "0-4 agent: Wait.", "4-30 hold music", "30-33 agent: So.", "33-60 customer: Yes.", "60-62 agent: Sorry."
    )
    assert judge(card, late).verdict == Verdict.FAIL


@pytest.mark.parametrize(
    ("seconds", "verdict"),
    [(100, Verdict.NOT_APPLICABLE), (118, Verdict.UNCERTAIN), (123, Verdict.UNCERTAIN), (140, Verdict.FAIL)],
)
def test_a_hold_near_the_limit_is_too_close_to_call(seconds: int, verdict: Verdict) -> None:
    card = make_card(apology(longer_than=120, margin=5), sets=SORRY)
    call = make_call("0-4 agent: Wait.", f"4-{4 + seconds} hold music", f"{4 + seconds}-{8 + seconds} agent: Back.")
    assert judge(card, call).verdict == verdict


def test_a_doubtful_hold_fails_nobody() -> None:
    card = make_card(apology(), sets=SORRY)
    call = make_call("0-4 agent: Wait.", "4-30 hold silence", "30-33 agent: So.")
    assert judge(card, call).verdict == Verdict.FAIL
    doubtful = call.model_copy(update={"holds": (Hold(start=4, end=30, kind=HoldKind.SILENCE, confidence=0.4),)})
    assert judge(card, doubtful).verdict == Verdict.UNCERTAIN


def test_what_the_customer_heard_is_judged_only_where_it_was_heard() -> None:
    card = make_card({"for_each": {"event": "hold", "rule": {"event_kind": {"kinds": ["music", "announcement"]}}}})
    call = make_call("0-4 agent: Wait.", "4-30 hold silence", "30-33 agent: So.")
    assert judge(card, call).verdict == Verdict.FAIL
    assert judge(card, bare(call)).verdict == Verdict.UNCERTAIN
    assert judge(card, make_call("0-4 agent: Hello.")).verdict == Verdict.NOT_APPLICABLE


def test_what_was_said_on_returning_from_one_hold_is_not_the_reason_for_the_next() -> None:
    rule = {"say": {"by": "agent", "set": "sorry", "where": {"of": "hold.start", "start": -25, "end": 3, "turns": 2}}}
    card = make_card({"for_each": {"event": "hold", "rule": rule}}, sets={"sorry": {"patterns": ["check"]}})
    call = make_call(
        "0-4 agent: Let me check.",
        "4-30 hold music",
        "30-44 agent: I had to check twice, and it came out the same both times.",
        "44-46 customer: And now?",
        "46-48 agent: Wait.",
        "48-70 hold music",
        "70-72 agent: Done.",
    )
    assert judge(card, call).verdict == Verdict.FAIL


def test_heard_holds_between_which_the_agent_only_looked_in_are_one() -> None:
    call = make_call(
        "0-4 agent: Wait.",
        "4-70 hold music",
        "70-73 agent: Still looking.",
        "74-140 hold music",
        "140-143 agent: Back.",
    )
    (hold,) = hold_events(call, ENGLISH)
    assert (hold.start, hold.end, hold.check_in_turns) == (4, 140, (1,))


def test_a_wait_under_fifteen_seconds_is_no_hold_even_if_announced() -> None:
    assert not hold_events(make_call("0-4 agent: Wait.", "4-12 hold music", "12-14 agent: Back."), ENGLISH)


def test_a_wait_that_the_agent_speaks_of_on_coming_back_is_a_hold_though_nobody_announced_it() -> None:
    call = make_call(
        "agent: Hello, how can I help?",
        "customer: Where is my parcel?",
        "agent: Which number?",
        "customer: Seven.",
        "agent: Sorry to keep you waiting. It comes tomorrow.",
    )
    (hold,) = hold_events(call, ENGLISH)
    assert (hold.after_turn, hold.before_turn) == (2, 4)


def test_thanks_for_waiting_a_little_later_are_for_the_same_wait() -> None:
    call = make_call(
        "agent: Hello, could you hold on for a minute?",
        "customer: Okay.",
        "agent: Sorry for the wait, it comes tomorrow.",
        "customer: Thanks.",
        "agent: No worries, thanks for waiting.",
    )
    assert len(hold_events(call, ENGLISH)) == 1


def test_what_somebody_else_put_on_hold_is_no_wait() -> None:
    call = make_call("agent: The request was put on hold.", "customer: Why?", "agent: A form is missing.")
    assert not hold_events(call, ENGLISH)
