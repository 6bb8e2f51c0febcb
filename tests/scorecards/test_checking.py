"""A card is checked before it judges: what never decides, what is never found, what stands twice, what never ends."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from app.kit.shipped import shipped
from app.scorecards import patterns
from app.scorecards.check import Checked, check
from app.scorecards.faults import Weight
from app.scorecards.loader import shipped_ids

LONGEST = 4 * 3600
HELLO: dict[str, Any] = {"say": {"by": "agent", "set": "greeting"}}
BYE: dict[str, Any] = {"say": {"by": "agent", "set": "farewell"}}
INBOUND: dict[str, Any] = {"fact": {"direction": "inbound"}}
OUTBOUND: dict[str, Any] = {"fact": {"direction": "outbound"}}
SETS: dict[str, Any] = {"greeting": {"phrases": ["hello"]}, "farewell": {"phrases": ["goodbye"]}}
EXAMPLE = [{"call": ["0-1 agent: x"]}]


def item(rule: dict[str, Any], name: str = "item", points: float = 100, **more: Any) -> dict[str, Any]:
    examples = {"passes": EXAMPLE, "fails": EXAMPLE}
    words = {"title": {"en": name}, "guidance": {"en": name}}
    return {"id": name, "section": "all", "points": points, "rule": rule, "examples": examples, **words, **more}


@pytest.fixture
def checked(tmp_path: Path):
    """What is found in a card with these items and sets; its examples are another matter."""

    def checked(
        *items: dict[str, Any], sets: dict[str, Any] = SETS, fragments: dict[str, str] | None = None
    ) -> list[str]:
        place = tmp_path / "card.yaml"
        head = {"id": "card", "title": {"en": "Card"}, "language": "en", "pass_mark": 85}
        rest = {"sections": [{"id": "all", "title": {"en": "All"}}], "sets": sets, "fragments": fragments or {}}
        place.write_text(yaml.safe_dump({**head, **rest, "items": list(items)}, sort_keys=False))
        return told(check(place, LONGEST))

    return checked


def told(found: Checked) -> list[str]:
    """Each finding as weight and words, without those about examples and unused sets."""
    return [
        f"{one.weight}: {one.place}: {one.words}"
        for one in found.found
        if ".examples." not in one.place and "no rule uses" not in one.words
    ]


@pytest.mark.parametrize(
    ("rule", "applies_when", "fault"),
    [
        ({"all": [HELLO, HELLO]}, None, "items[0].rule.all[1].say: never decides"),
        ({"any": [HELLO, {"all": [HELLO, BYE]}]}, None, "items[0].rule.any[1].all: never decides"),
        ({"all": [HELLO, {"any": [BYE, HELLO]}]}, None, "items[0].rule.all[1].any: never decides"),
        ({"not": {"any": [HELLO, HELLO]}}, None, "items[0].rule.not.any[1].say: never decides"),
        ({"all": [HELLO, {"not": HELLO}]}, None, "items[0].rule.all: can never be fulfilled"),
        ({"any": [HELLO, {"not": HELLO}]}, None, "items[0].rule.any: is always fulfilled"),
        ({"all": [HELLO, OUTBOUND]}, INBOUND, "items[0].rule.all: can never be fulfilled when applies_when is"),
        ({"any": [HELLO, OUTBOUND]}, INBOUND, "items[0].rule.any[1].fact: never decides"),
        ({"all": [HELLO, INBOUND]}, INBOUND, "items[0].rule.all[1].fact: never decides"),
        (HELLO, HELLO, "items[0].rule.say: is always fulfilled when applies_when is"),
        ({"not": HELLO}, HELLO, "items[0].rule.not: can never be fulfilled when applies_when is"),
        (HELLO, {"all": [INBOUND, OUTBOUND]}, "items[0].applies_when.all: can never be fulfilled"),
        (
            {"for_each": {"event": "hold", "rule": {"any": [HELLO, HELLO]}}},
            None,
            "items[0].rule.for_each.rule.any[1].say: never decides",
        ),
        (
            {"manual": {"fails_when": {"all": [HELLO, {"not": HELLO}]}}},
            None,
            "items[0].rule.manual.fails_when.all: can never be fulfilled",
        ),
        (
            {"for_each": {"event": "hold", "longer_than": 20000, "rule": HELLO}},
            None,
            "items[0].rule.for_each.longer_than: leaves no hold, because no call is longer than 14400 s",
        ),
        (
            {"for_each": {"event": "hold", "longer_than": 5, "margin": 10, "rule": HELLO}},
            None,
            "items[0].rule.for_each.margin: leaves no shorter hold out",
        ),
        ({"event_kind": {"kinds": ["music"]}}, None, "items[0].rule.event_kind: stands outside for_each"),
        (
            {"say": {"by": "agent", "set": "greeting", "where": {"of": "hold.end", "end": 15}}},
            None,
            "items[0].rule.say.where.of: stands outside for_each",
        ),
        (
            {"say": {"by": "agent", "set": "greeting", "where": {"start": -5}}},
            None,
            "items[0].rule.say.where: start and end mean nothing without `of`",
        ),
    ],
)
def test_a_part_of_a_rule_that_can_never_decide_is_a_fault(checked, rule, applies_when, fault) -> None:
    (found,) = checked(item(rule, applies_when=applies_when))
    assert found.startswith(f"fault: {fault}")


@pytest.mark.parametrize(
    ("rule", "applies_when"),
    [
        ({"all": [HELLO, BYE]}, None),
        ({"any": [HELLO, {"not": BYE}]}, None),
        ({"all": [INBOUND, HELLO]}, None),
        ({"not": HELLO}, BYE),
        # Where nobody was kept waiting, the first part says nothing and the second decides.
        ({"any": [{"for_each": {"event": "hold", "rule": HELLO}}, {"all": [{"name_used": {}}, BYE]}]}, None),
        ({"for_each": {"event": "hold", "rule": {"event_kind": {"kinds": ["music"]}}}}, None),
        ({"manual": {"fails_when": HELLO}}, INBOUND),
    ],
)
def test_a_rule_whose_every_part_can_decide_is_no_fault(checked, rule, applies_when) -> None:
    assert checked(item(rule, applies_when=applies_when)) == []


def test_an_example_must_get_the_verdict_it_stands_under(tmp_path: Path, checked) -> None:
    checked(
        item(HELLO, examples={"passes": [{"call": ["0-4 agent: Hello."]}], "fails": [{"call": ["0-4 agent: Hello."]}]})
    )
    (fault,) = [one for one in check(tmp_path / "card.yaml", LONGEST).found if ".examples." in one.place]
    assert fault.place == "items[0].examples.fails[0]"
    assert fault.words.startswith("found pass (")
    assert fault.words.endswith("expected fail")


def test_an_example_that_cannot_be_read_is_a_fault(tmp_path: Path, checked) -> None:
    checked(
        item(HELLO, examples={"passes": [{"call": ["agent says hello"]}], "fails": [{"call": ["0-4 agent: What?"]}]})
    )
    (fault,) = [one for one in check(tmp_path / "card.yaml", LONGEST).found if ".examples." in one.place]
    assert (fault.place, fault.weight) == ("items[0].examples.passes[0]", Weight.FAULT)
    assert "'agent says hello'" in fault.words


def test_two_items_that_ask_for_the_same_are_a_fault(checked) -> None:
    found = checked(item(HELLO, "first", 50), item(HELLO, "second", 50))
    assert found == [
        "fault: items[1].rule: second asks for the same as first; expected each item to ask for something else"
    ]
    assert checked(item({"manual": {}}, "first", 50), item({"manual": {}}, "second", 50)) == []
    assert checked(item(HELLO, "first", 50), item(HELLO, "second", 50, applies_when=INBOUND)) == []


@pytest.mark.parametrize(
    ("greeting", "found"),
    [
        ({"phrases": ["hello"], "exclude": ["hel+o"]}, "fault: sets.greeting.phrases[0]: 'hello' never counts"),
        ({"phrases": ["hello", "Hello!"]}, "warning: sets.greeting.phrases[1]: 'Hello!' stands in this set already"),
        ({"phrases": ["..."]}, "fault: sets.greeting.phrases[0]: nothing is left of '...' in the written form"),
        ({"patterns": ["(?:hello)?"]}, "fault: sets.greeting.patterns[0]: matches the empty text"),
        ({"patterns": [r"hello\b", r"\b"]}, "fault: sets.greeting.patterns[1]: matches the empty text"),
        ({"phrases": ["hello"], "exclude": ["x*"]}, "fault: sets.greeting.exclude[0]: matches the empty text"),
        (
            {"patterns": ["(?:hello ?)+(?:hello ?)+there"]},
            "fault: sets.greeting.patterns[0]: takes too long on a text of",
        ),
    ],
)
def test_words_that_can_never_count_or_always_do_are_told(checked, greeting, found) -> None:
    sets = {**SETS, "greeting": greeting}
    assert [one for one in checked(item(HELLO), sets=sets) if one.startswith(found)]


@pytest.mark.parametrize("exclude", ["^hello$", "hello (?:dana|sir)", "hello(?! dana)", "good hello"])
def test_an_exclude_that_takes_a_phrase_away_only_sometimes_is_no_fault(checked, exclude) -> None:
    assert checked(item(HELLO), sets={**SETS, "greeting": {"phrases": ["hello"], "exclude": [exclude]}}) == []


def test_sets_and_fragments_that_nobody_uses_are_warnings(tmp_path: Path, checked) -> None:
    fragments = {"polite": "please", "very_polite": "{polite} {polite}", "rude": "now"}
    sets = {"greeting": {"patterns": ["hello {very_polite}"]}, "farewell": {"phrases": ["goodbye"]}}
    checked(item(HELLO), sets=sets, fragments=fragments)
    warnings = [one.place for one in check(tmp_path / "card.yaml", LONGEST).found if one.weight == Weight.WARNING]
    assert warnings == ["sets.farewell", "fragments.rude"]


def test_a_phrase_in_two_sets_that_an_item_tells_apart_is_a_fault(checked) -> None:
    sets = {"greeting": {"phrases": ["hello", "hi"]}, "farewell": {"phrases": ["goodbye", "hi"]}}
    (found,) = checked(item({"all": [HELLO, {"not": BYE}]}), sets=sets)
    assert found.startswith(
        "fault: sets.farewell.phrases[1]: 'hi' stands in greeting too, and item wants the one and not"
    )


def test_a_phrase_that_fulfils_two_items_is_a_warning(checked) -> None:
    sets = {"greeting": {"phrases": ["hello", "hi"]}, "farewell": {"phrases": ["goodbye", "hi"]}}
    (found,) = checked(item(HELLO, "first", 50), item(BYE, "second", 50), sets=sets)
    assert found.startswith("warning: sets.farewell.phrases[1]: 'hi' stands in greeting too: it fulfils first, second")
    assert checked(item({"any": [HELLO, BYE]}), sets=sets) == []


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+b",
        r"(?:\w+ ?)+bye",
        r"hello (?:(?:\w+|\d+) )*bye",
        r"(?:may|can) (?:i|we)(?: just| just a| a)*(?: (?:just|a))* now",
        "(?:请|请您)*(?:请|您)*再见",
    ],
)
def test_a_pattern_that_goes_back_and_forth_is_found_out(pattern) -> None:
    assert patterns.slow_on(pattern) is not None


@pytest.mark.parametrize(
    "pattern",
    [r"\bhello\b", "(?:hello ){1,3}there", r"(?:may|can) i(?: just| please)* ask", "[^.]{0,12}再见", "(?:a|b)*c"],
)
def test_an_honest_pattern_is_left_alone(pattern) -> None:
    assert patterns.slow_on(pattern) is None


@pytest.mark.parametrize("name", shipped_ids())
def test_a_shipped_card_has_no_fault(name) -> None:
    found = check(shipped("scorecards") / f"{name}.yaml", LONGEST)
    assert [one.told(name) for one in found.found if one.weight == Weight.FAULT] == []
