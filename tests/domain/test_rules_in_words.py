"""Every rule can be read out, in the three languages."""

import pytest

from app.domain.language import LANGUAGES
from app.domain.rules import OPERATORS
from app.kit.i18n import translator
from app.scorecards.loader import shipped_card
from tests.factories import make_card

SORRY = {"sorry": {"means": {"en": "apologises", "zh": "致歉", "ja": "お詫びする"}, "phrases": ["sorry"]}}
AFTER = {"say": {"by": "agent", "set": "sorry", "where": {"of": "hold.end", "end": 15}}}
EACH = {"for_each": {"event": "hold", "rule": AFTER}}


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (EACH, "the agent apologises within 15 s after each hold"),
        ({"for_each": {"event": "hold", "longer_than": 120, "rule": AFTER}}, "after each hold over 120 s"),
        ({"say": {"by": "agent", "set": "sorry", "times": 2}}, "the agent apologises at least 2 times"),
        ({"say": {"by": "agent", "set": "sorry", "where": {"last_turns": 4}}}, "apologises in the last 4 turns"),
        ({"not": {"overlap": {"by": "agent"}}}, "at no time: the agent starts while the other side is talking"),
        ({"any": [EACH, {"fact": {"direction": "outbound"}}]}, "each hold, or the call is outbound"),
        ({"manual": {"fails_when": {"say": {"by": "agent", "set": "sorry"}}}}, "it fails at once when the agent"),
    ],
)
def test_a_rule_says_what_it_asks_for(rule: dict[str, object], words: str) -> None:
    card = make_card(rule, sets=SORRY)
    assert words in str(card.stated(card.items[0]))


def test_a_rule_is_read_out_in_chinese_and_japanese() -> None:
    card = make_card(EACH, sets=SORRY)
    stated = card.stated(card.items[0])
    assert stated.said(translator("zh")) == "坐席在每次等候后15秒内致歉"
    assert stated.said(translator("ja")) == "オペレーターが各保留の後15秒以内にお詫びする"


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("reader", ["en", "zh", "ja"])
def test_every_shipped_rule_is_read_out_for_every_reader(code: str, reader: str) -> None:
    card = shipped_card(code)
    for item in card.items:
        said = card.stated(item).said(translator(reader))
        assert said and "{" not in said
        english = any(character.isascii() and character.isalpha() for character in said)
        assert english == (reader == "en"), said


def test_every_operator_can_be_read_out() -> None:
    for operator in OPERATORS.values():
        assert "stated" in vars(operator), operator.key
