"""What is hidden changes no verdict: calls are judged without their numbers as they were with them."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.domain.redaction import hidden, without_numbers
from app.domain.scoring import score
from app.domain.transcript import Transcript
from app.scorecards.loader import shipped_card
from tests.factories import make_call
from tests.security.test_redaction_sound import TRUTH, as_said

FIXTURES = Path(__file__).parents[2] / "fixtures" / "calls" / "truth.jsonl"


def fixture(call: dict[str, Any]) -> Transcript:
    turns = [{name: turn[name] for name in ("speaker", "start", "end", "text")} for turn in call["turns"]]
    return Transcript.model_validate({"language": call["lang"], "turns": turns})


CALLS = [fixture(json.loads(line)) for line in FIXTURES.read_text(encoding="utf-8").splitlines()]
# Whoever asks for a number twice hears turns in which nothing else is said.
REPEATED = make_call(
    "0-3 agent: Hello, this is Ruth at Harbour Bank, how can I help you?",
    "4-7 customer: I would like to reset my password.",
    "8-10 agent: What is your phone number?",
    "12-15 customer: two one two",
    "16-17 customer: five five five",
    "18-19 customer: zero one four two",
    "25-27 agent: Can you repeat the phone number?",
    "29-31 customer: two one two",
    "32-33 customer: five five five",
    "34-36 customer: zero one four two",
    "41-44 agent: Thank you. Is there anything else I can help you with?",
    "45-46 customer: No.",
    "47-49 agent: Thank you for calling, goodbye.",
)


@pytest.mark.parametrize("call", [*CALLS, *map(as_said, TRUTH), REPEATED], ids=lambda call: call.turns[0].text[:30])
def test_a_call_is_judged_as_it_was(call: Transcript) -> None:
    card = shipped_card(call.language)
    before, after = (score(card, one) for one in (call, without_numbers(call)))
    assert [(one.id, one.verdict) for one in after.findings] == [(one.id, one.verdict) for one in before.findings]
    assert (after.score, after.passed) == (before.score, before.passed)


def test_there_was_something_to_hide() -> None:
    assert all(hidden(call) for call in (*map(as_said, TRUTH), REPEATED))
