"""An item may be graded: levels of points, of which some pass and the others fail."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.domain.evidence import Verdict
from app.domain.scoring import score, total
from tests.factories import make_call
from tests.graded import graded_card

CARD = graded_card()
GREETS = make_call("0-4 agent: Thank you for calling, how can I help you?")


def grades(**patience: Any) -> str:
    """Why patience cannot be graded like this."""
    with pytest.raises(ValidationError) as refusal:
        graded_card(**patience)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("patience", "why"),
    [
        ({"levels": None}, "pass_level: give levels too"),
        ({"pass_level": None}, "pass_level: name the lowest level that passes, one of 3, 5"),
        ({"pass_level": 4}, "pass_level: name the lowest level that passes, one of 3, 5"),
        ({"pass_level": 0}, "pass_level: name the lowest level that passes, one of 3, 5"),
        ({"levels": []}, "levels: give at least two"),
        ({"levels": [5]}, "levels: give at least two"),
        ({"levels": [0, 3, 3, 5]}, "levels: give each more points than the one before it"),
        ({"levels": [3, 0, 5]}, "levels: give each more points than the one before it"),
        ({"levels": [float("nan"), 5]}, "levels"),
        ({"levels": [-1, 3, 5]}, "greater than or equal to 0"),
        ({"levels": [0, 3]}, "levels: the highest must be the points of the item, 5"),
        ({"levels": [1, 3, 5], "rule": {"say": {"by": "agent", "set": "thanks"}}}, "levels: start with 0"),
    ],
)
def test_levels_that_make_no_sense_are_refused_with_what_to_do(patience: dict[str, Any], why: str) -> None:
    assert why in grades(**patience)


def test_the_pass_level_and_those_above_it_pass() -> None:
    patience = CARD.items[1]
    assert [patience.verdict_of(level) for level in (0, 3, 5)] == [Verdict.FAIL, Verdict.PASS, Verdict.PASS]
    assert patience.verdict_of(4) is None
    assert CARD.items[0].verdict_of(75) is None


def test_a_rule_earns_the_highest_level_or_none_and_a_person_any() -> None:
    found = {one.id: one for one in score(CARD, GREETS).findings}
    assert (found["asking"].points, found["asking"].level) == (20, 20)
    assert (found["patience"].points, found["patience"].level) == (None, None)
    assert (found["greeting"].points, found["greeting"].level) == (75, None)
    silent = {one.id: one for one in score(CARD, make_call("0-4 agent: Yes, what is it now please?")).findings}
    assert (silent["asking"].points, silent["asking"].level) == (0, 0)


def test_a_level_counts_with_its_points() -> None:
    found = score(CARD, GREETS)
    graded = tuple(
        one.model_copy(update={"verdict": Verdict.PASS, "points": 3.0, "level": 3.0}) if one.id == "patience" else one
        for one in found.findings
    )
    result = total(CARD, graded)
    assert (found.low, found.high) == (95.0, 100.0)
    assert (result.score, result.low, result.high, result.passed) == (98.0, 98.0, 98.0, True)


def test_an_open_item_earns_at_least_its_lowest_level() -> None:
    assert score(graded_card(levels=[2, 3, 5]), GREETS).low == 97.0


def test_grading_is_part_of_a_cards_version() -> None:
    assert CARD.version == graded_card().version
    assert CARD.version != graded_card(pass_level=5).version
    assert CARD.version != graded_card(levels=[0, 3, 4, 5]).version
