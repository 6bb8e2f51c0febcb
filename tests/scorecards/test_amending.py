"""Everyday changes are written into a scorecard's text, and nothing else of it changes."""

from pathlib import Path

import pytest

from app.scorecards.amend import CannotAmend, amended
from app.scorecards.loader import parsed, understood
from tests.scorecards.own_cards import card

SHIPPED = {code: Path(f"scorecards/inbound-{code}.yaml").read_text("utf-8") for code in ("en", "zh", "ja")}


def content(text: str):
    return parsed(text.encode()).content


@pytest.mark.parametrize("code", SHIPPED)
def test_a_title_points_and_guidance_change_and_every_other_line_stays(code: str) -> None:
    text = SHIPPED[code]
    place = ("items", 2)
    changes = {
        (*place, "title"): {"en": 'A "new" title: #1', "zh": "新标题", "ja": "新しい題"},
        (*place, "points"): 4.5,
        (*place, "guidance", "en"): "Do it.",
    }
    new = amended(text, changes)
    assert content(new)["items"][2]["title"] == changes[*place, "title"]
    assert content(new)["items"][2]["points"] == 4.5
    assert content(new)["items"][2]["guidance"]["en"] == "Do it."
    before, after = text.split("\n"), new.split("\n")
    assert len(before) - len(after) <= 2
    assert len(set(before) - set(after)) <= 5


@pytest.mark.parametrize("code", SHIPPED)
def test_a_language_comes_and_goes_whether_texts_stand_in_one_line_or_below_each_other(code: str) -> None:
    text = SHIPPED[code]
    for key in ("title", "guidance"):
        for texts in ({"en": "Only: this."}, {"en": "This.", "zh": "这样。", "ja": "これ。"}):
            assert content(amended(text, {("items", 0, key): texts}))["items"][0][key] == texts


@pytest.mark.parametrize("code", SHIPPED)
def test_phrases_of_every_set_are_added_and_removed(code: str) -> None:
    text = SHIPPED[code]
    for name, words in content(text)["sets"].items():
        if words.get("phrases"):
            phrases = [*words["phrases"][1:], "sounds good", "“quoted”: yes"]
            new = amended(text, {("sets", name, "phrases"): phrases})
            assert content(new)["sets"][name]["phrases"] == phrases
            assert new.count("#") == text.count("#")


def test_an_item_becomes_critical_and_is_so_no_more() -> None:
    critical = amended(card(), {("items", 0, "critical"): True})
    assert understood("own", critical).items[0].critical
    assert not understood("own", amended(critical, {("items", 0, "critical"): False})).items[0].critical
    for text in SHIPPED.values():
        assert content(amended(text, {("items", 1, "critical"): True}))["items"][1]["critical"] is True


def test_what_is_written_in_an_unforeseen_way_is_left_alone() -> None:
    folded = card().replace("guidance: {en: Say hello.}", "guidance:\n      en: >-\n        Say\n        hello.")
    assert content(amended(folded, {("items", 0, "points"): 90}))["items"][0]["points"] == 90
    shared = card().replace("title: {en: Greets}", "title: &words {en: Greets}").replace("{en: Say hello.}", "*words")
    with pytest.raises(CannotAmend):
        amended(shared, {("items", 0, "guidance"): {"en": "Say hello."}})
