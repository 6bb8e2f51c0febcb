"""What changed from one scorecard to another is told in words, and nothing is passed over."""

import re
from pathlib import Path

import pytest

from app.kit.i18n import translator
from app.scorecards.difference import differences
from app.scorecards.loader import read, scorecard
from tests.scorecards.test_export import CARD


@pytest.fixture
def changed(tmp_path: Path):
    """The changes from the small card to one in which these texts are replaced, each as (about, what)."""

    def told(*replaced: tuple[str, str], language: str = "en") -> list[tuple[str, str]]:
        new = CARD
        for was, becomes in replaced:
            assert was in new
            new = new.replace(was, becomes)
        (tmp_path / "old.yaml").write_text(CARD, "utf-8")
        (tmp_path / "new.yaml").write_text(new, "utf-8")
        words = translator(language)
        found = differences(read(tmp_path / "old.yaml"), read(tmp_path / "new.yaml"))
        return [(change.about.said(words), change.what.said(words)) for change in found]

    return told


GREETS, KIND, SET = "Item greets (Greets)", "Item kind (=Kind)", "Word set greeting, used by greets"


def test_layout_and_remarks_are_no_difference(changed):
    assert changed(("id: small", "# A remark\nid:   'small'"), ("phrases: [hello,", "phrases: ['hello',")) == []


@pytest.mark.parametrize(
    ("was", "becomes", "about", "what"),
    [
        ("pass_mark: 80", "pass_mark: 75", "Scorecard", "Pass mark: 80 → 75"),
        ("id: small", "id: smaller", "Scorecard", "Id: small → smaller"),
        ("{en: Opening}", "{en: Start}", "Scorecard", "Section renamed: Opening → Start"),
        ("{en: Greets, zh", "{en: Says hello, zh", "Item greets (Says hello)", "Title (English): Greets → Says hello"),
        ('zh: "问候"', 'zh: "招呼"', GREETS, "Title (简体中文): 问候 → 招呼"),
        ("    critical: true\n", "", GREETS, "No longer critical"),
        ("points: 40\n", "points: 40\n    critical: true\n", KIND, "Now critical"),
        ("{en: Say hello.}", "{en: Say it.}", GREETS, "Guidance (English): Say hello. → Say it."),
        ("[0, 25, 40]", "[0, 20, 25, 40]", KIND, "Levels: 0 / 25 / 40 → 0 / 20 / 25 / 40"),
        ("pass_level: 25", "pass_level: 40", KIND, "Passes from: 25 → 40"),
        ("{en: Said nothing}, ", "", GREETS, "Fail reason removed: Said nothing"),
        ("phrases: [hello,", "phrases: [hello, howdy,", SET, "Phrase added: howdy"),
        ('phrases: [hello, "=1+1"]', 'phrases: ["=1+1"]', SET, "Phrase removed: hello"),
        ("(?:morning|day)'", "(?:morning|day)', 'hi']"[:-1], SET, "Pattern added: hi"),
        (", exclude: ['good day to die']", "", SET, "Counts again: good day to die"),
        ("exclude: [", "exclude: [hello kitty, ", SET, "Does not count any more: hello kitty"),
        ("exclude: [", "phonetic: false, exclude: [", SET, "phonetic: yes → no"),
        ("Hello.", "Hello there.", GREETS, "Passing example added: 0-4 agent: Hello there."),
        ("What?", "Huh?", GREETS, "Failing example removed: 0-4 agent: What?"),
    ],
)
def test_a_change_is_told(changed, was, becomes, about, what):
    assert (about, what) in changed((was, becomes))


def test_points_that_move_from_one_item_to_another(changed):
    found = changed(("points: 60", "points: 50"), ("points: 40", "points: 50"), ("40]", "50]"))
    assert found == [
        (GREETS, "Points: 60 → 50"),
        (KIND, "Points: 40 → 50"),
        (KIND, "Levels: 0 / 25 / 40 → 0 / 25 / 50"),
    ]


def test_a_rule_is_told_in_words_before_and_after_and_by_its_settings(changed):
    (_, rule), setting = changed(("first_turns: 2", "first_turns: 3"))
    assert re.fullmatch(r"Rule: .*greets.* first 2 turns.* → .*greets.* first 3 turns.*", rule)
    assert setting == (GREETS, "rule.say.where.first_turns: 2 → 3")


def test_a_setting_that_the_words_of_the_rule_leave_out_is_told():
    card = scorecard("inbound-en")
    place = next(place for place, item in enumerate(card.items) if item.id == "long_hold_explained")
    content = card.model_dump(mode="json")
    content["items"][place]["rule"]["for_each"]["margin"] = 4.0
    told = [str(change.what) for change in differences(card, type(card).model_validate(content))]
    assert told == ["rule.for_each.margin: 5 → 4"]


def test_another_rule_is_told_in_words_alone(changed):
    say = "{say: {by: agent, set: greeting, where: {first_turns: 2}}}"
    ((about, what),) = changed((say, f"{{any: [{say}, {{name_used: {{}}}}]}}"))
    assert about == GREETS
    assert re.fullmatch(r"Rule: .*greets.* → .*greets.*, or .*", what)


def test_an_item_that_came_and_one_that_went(changed):
    found = changed(("id: kind", "id: calm"), ("=Kind", "Calm"), ("友善", "平静"))
    assert found == [
        ("Item calm (Calm)", "Added, 40 points; rule: a person judges"),
        (KIND, "Removed; it had 40 points"),
    ]


def test_an_item_that_only_got_another_id_is_the_same_item(changed):
    assert changed(("id: kind", "id: friendly")) == [("Item friendly (=Kind)", "Id: kind → friendly")]


def test_changes_come_in_the_order_of_the_card(changed):
    found = changed(
        ("hello,", "howdy,"),
        ("Be kind.", "Be very kind."),
        ("Say hello.", "Say it."),
        ("pass_mark: 80", "pass_mark: 70"),
    )
    assert list(dict.fromkeys(about for about, _ in found)) == ["Scorecard", GREETS, KIND, SET]


def test_items_in_another_order_are_a_difference():
    card = scorecard("inbound-en")
    content = card.model_dump(mode="json")
    content["items"].reverse()
    assert [str(change.what) for change in differences(card, type(card).model_validate(content))] == [
        "The items stand in another order."
    ]
