"""The shipped scorecards keep what their own examples promise."""

from pathlib import Path

import pytest
import yaml

from app.domain.evidence import Verdict
from app.domain.examples import transcript_of
from app.domain.scorecard import Example, Scorecard
from tests.factories import judge

FOLDER = Path(__file__).parents[2] / "scorecards"
CARDS = {
    path.stem: Scorecard.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    for path in sorted(FOLDER.glob("*.yaml"))
}
CHECKLIST = (
    "standard_greeting asks_name asks_need uses_name hold_music hold_reason hold_apology long_hold_explained "
    "no_interruption active_listening objection_handling product_knowledge correct_information clear_expression "
    "polite patient warm closing_question thanks_for_calling"
).split()
KINDS = {
    "passes": Verdict.PASS,
    "fails": Verdict.FAIL,
    "not_applicable": Verdict.NOT_APPLICABLE,
    "uncertain": Verdict.UNCERTAIN,
    "unscored": Verdict.UNSCORED,
}
EXAMPLES = [
    pytest.param(card, item.id, kind, example, id=f"{name}-{item.id}-{kind}-{place}")
    for name, card in CARDS.items()
    for item in card.items
    for kind in KINDS
    for place, example in enumerate(getattr(item.examples, kind))
]


@pytest.mark.parametrize(("card", "item", "kind", "example"), EXAMPLES)
def test_every_example_gets_the_verdict_it_stands_for(card: Scorecard, item: str, kind: str, example: Example) -> None:
    call = transcript_of(example.call, card.language, direction=example.direction, customer_name=example.customer_name)
    found = judge(card, call, item)
    assert found.verdict == KINDS[kind], f"{found.reason} {found.evidence}"


@pytest.mark.parametrize("name", ["inbound-en", "inbound-ja", "inbound-zh"])
def test_a_card_holds_the_whole_checklist_in_three_languages(name: str) -> None:
    card = CARDS[name]
    assert [item.id for item in card.items] == CHECKLIST
    assert sum(item.points for item in card.items) == 100
    for item in card.items:
        for text in (item.title, item.guidance, *item.fail_reasons):
            assert set(text) == {"en", "zh", "ja"}, f"{item.id} lacks a language"


@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS)
def test_every_word_set_of_a_card_is_used_by_a_rule(card: Scorecard) -> None:
    used = {name for item in card.items for name in item.rule.sets_used()}
    assert used == set(card.sets)
