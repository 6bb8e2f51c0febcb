"""A scorecard file is accepted, or says in plain words what is wrong with it and where."""

from pathlib import Path
from textwrap import dedent

import pytest

from app.scorecards import loader
from app.scorecards.loader import ScorecardInvalid, ScorecardUnknown, scorecard, shipped_card, shipped_ids

CARD = """
id: small
title: {en: Small}
language: en
pass_mark: 85
sections: [{id: opening, title: {en: Opening}}]
fragments: {polite: please|kindly}
sets:
  greeting: {phrases: [hello], patterns: ['{polite} wait']}
items:
  - id: greets
    section: opening
    title: {en: Greets}
    points: 60
    rule: {say: {by: agent, set: greeting}}
    guidance: {en: Say hello.}
    examples:
      passes: [{call: ["0-4 agent: Hello."]}]
      fails: [{call: ["0-4 agent: What?"]}]
  - id: kind
    section: opening
    title: {en: Kind}
    points: 40
    rule: {manual: {}}
    guidance: {en: Be kind.}
"""


@pytest.fixture
def card_file(tmp_path):
    def write(text: str = CARD) -> Path:
        place = tmp_path / f"card-{len(list(tmp_path.iterdir()))}.yaml"
        place.write_text(dedent(text), encoding="utf-8")
        return place

    return write


def faults(place: Path) -> list[str]:
    """Each fault without its file: `15: items[0].rule: …`."""
    with pytest.raises(ScorecardInvalid) as caught:
        scorecard(str(place))
    assert all(line.startswith(f"{place.name}:") for line in caught.value.message.splitlines())
    return [line.removeprefix(f"{place.name}:") for line in caught.value.message.splitlines()]


def test_a_card_is_read_from_a_file_and_named_by_its_content(card_file):
    card = scorecard(str(card_file()))
    assert [item.id for item in card.items] == ["greets", "kind"]
    assert card.version.startswith("sha256:")
    assert card.version == scorecard(str(card_file(CARD + "\n# a remark changes nothing\n"))).version
    assert card.version != scorecard(str(card_file(CARD.replace("pass_mark: 85", "pass_mark: 80")))).version


SAY = "{say: {by: agent, set: greeting}}"


@pytest.mark.parametrize(
    ("was", "becomes", "fault"),
    [
        (
            "set: greeting}}",
            "set: greeting, wher: {}}}",
            "15: items[0].rule.say.wher: unknown key; did you mean where?",
        ),
        (
            "set: greeting}}",
            "set: greeting, where: {\n      frst_turns: 2}}}",
            "16: items[0].rule.say.where.frst_turns: unknown key; did you mean first_turns?",
        ),
        (
            "    guidance: {en: Be kind.}",
            "    guidance: {en: Be kind.}\n    qqqq: red",
            "26: items[1].qqqq: unknown key; known are id, section, title, points,",
        ),
        ("phrases: [hello]", "phrses: [hello]", "9: sets.greeting.phrses: unknown key; did you mean phrases?"),
        ("pass_mark: 85", "", "1: pass_mark: missing"),
        ("pass_mark: 85", "pass_mark: high", "5: pass_mark: must be a number, not 'high'"),
        (SAY, "{says: {}}", "15: items[0].rule: there is no operator 'says'; did you mean say?"),
        (SAY, "{sing: {}}", "15: items[0].rule: there is no operator 'sing'; known are say, all, any, not,"),
        (
            SAY,
            "{all: [{say: {by: agent, set: greeting}},\n      {not: {say: {by: nobody, set: greeting}}}]}",
            "16: items[0].rule.all[1].not.say.by: must be 'agent', 'customer' or 'system', not 'nobody'",
        ),
        (SAY, "{for_each: {event: hold, rul: {manual: {}}}}", "15: items[0].rule.for_each.rul: unknown key; did you"),
        (SAY, "{not: }", "15: items[0].rule.not"),
        (SAY, "{say: hello}", "15: items[0].rule"),
        ("  - id: kind", "  - id: greets", "20: items[1].id: the id 'greets' stands more than once"),
        ("points: 40", "points: 30", "10: items: the points add up to 90, not to 100"),
        ("points: 40", "points: none", "23: items[1].points: must be a number, not 'none'"),
        (
            "    section: opening\n    title: {en: Kind}",
            "    section: openin\n    title: {en: Kind}",
            "21: items[1].section: there is no section 'openin'; did you mean opening?",
        ),
        (
            "set: greeting}}",
            "set: greetin}}",
            "15: items[0].rule.say.set: there is no set 'greetin'; did you mean greeting?",
        ),
        ("phrases: [hello]", "phrases: [911]", "9: sets.greeting.phrases[0]: must be text, not 911"),
        ("'{polite} wait'", "'(wait'", "9: sets.greeting.patterns[0]: the pattern '(wait' cannot be read: missing )"),
        (
            "'{polite} wait'",
            "'{polit} wait'",
            "9: sets.greeting.patterns[0]: the pattern '{polit} wait' cannot be read: there is no fragment 'polit'; "
            "did you mean polite?",
        ),
        ("language: en", "language: fr", "4: language: there are no rules for language 'fr'; known are en, zh, ja"),
        ("      fails: [", "      uncertain: [", "11: items[0]: an item with a rule needs"),
        ("id: small", "id: sm[ll", "2: id: must begin with a letter and hold only"),
        ("sections:", "title: {en: Again}\nsections:", "6: the key 'title' stands twice"),
    ],
)
def test_a_fault_is_named_with_its_line_and_place_and_what_was_expected(card_file, was, becomes, fault):
    assert was in CARD
    found = faults(card_file(CARD.replace(was, becomes)))
    assert found[0].startswith(fault)
    assert "pydantic" not in " ".join(found)
    assert "Input" not in " ".join(found)


def test_every_fault_of_a_file_is_told_at_once_in_the_order_of_its_lines(card_file):
    broken = (
        CARD.replace("pass_mark: 85", "pass_mark: high")
        .replace("section: opening", "sektion: opening", 1)
        .replace("'{polite} wait'", "'{rude} wait'")
        .replace("set: greeting}", "set: goodbye}")
        .replace("points: 40", "points: 30")
    )
    assert [fault.split(": ")[:2] for fault in faults(card_file(broken))] == [
        ["5", "pass_mark"],
        ["9", "sets.greeting.patterns[0]"],
        ["10", "items"],
        ["11", "items[0].section"],
        ["12", "items[0].sektion"],
        ["15", "items[0].rule.say.set"],
    ]


def test_a_file_that_changes_is_read_anew(card_file):
    place = card_file()
    before = scorecard(str(place))
    place.write_text(CARD.replace("pass_mark: 85", "pass_mark: 80"), encoding="utf-8")
    assert (before.pass_mark, scorecard(str(place)).pass_mark) == (85, 80)


def test_a_key_that_stands_twice_is_refused_with_its_line(card_file):
    place = card_file(CARD.replace("pass_mark: 85", "pass_mark: 85\npass_mark: 10"))
    with pytest.raises(ScorecardInvalid, match=r"card-0.yaml:6: the key 'pass_mark' stands twice"):
        scorecard(str(place))


@pytest.mark.parametrize(
    "text",
    ["", "[]", "just words", "a: [", "a: !!python/object/apply:os.getcwd []", "\t", "a: &a [*a]", "2020-13-45: x"],
)
def test_what_is_no_scorecard_is_refused_in_words(card_file, text):
    assert faults_or_line(card_file(text))


def faults_or_line(place: Path) -> str:
    with pytest.raises(ScorecardInvalid) as caught:
        scorecard(str(place))
    assert caught.value.message.startswith(place.name)
    return caught.value.message


def test_a_file_that_is_not_text_is_refused(tmp_path):
    place = tmp_path / "card.yaml"
    place.write_bytes(b"\xff\xfe\x00binary")
    with pytest.raises(ScorecardInvalid, match="not UTF-8 text"):
        scorecard(str(place))


@pytest.mark.parametrize("name", ["inbound-tlh", "", "no/such/card.yaml", "\0"])
def test_an_unknown_scorecard_says_which_there_are(name):
    with pytest.raises(ScorecardUnknown):
        scorecard(name)


@pytest.mark.parametrize("name", shipped_ids())
def test_a_shipped_card_is_valid_and_bears_the_name_of_its_file(name):
    assert scorecard(name).id == name


@pytest.mark.parametrize("code", ["en", "zh-CN", "ja_JP"])
def test_every_language_has_its_shipped_card(code):
    assert shipped_card(code).language == code[:2]


def test_a_language_without_a_shipped_card_says_what_to_do():
    with pytest.raises(ScorecardUnknown, match="name one with --scorecard"):
        shipped_card("fr")


def test_a_shipped_card_is_read_once():
    loader._read.clear()
    assert shipped_card("en") is shipped_card("en")


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        (
            "{all: [{say: {by: agent, set: greeting, wher: {}}}]}",
            ["15: items[0].rule.all[0].say.wher: unknown key; did you mean where?"],
        ),
        ("{all: []}", ["15: items[0].rule.all: must have at least one entry"]),
    ],
)
def test_a_list_is_too_short_only_when_nothing_stands_in_it(card_file, rule: str, found: list[str]) -> None:
    assert faults(card_file(CARD.replace("{say: {by: agent, set: greeting}}", rule))) == found
