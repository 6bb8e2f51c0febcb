"""What the parts of a scorecard call each other: names that lead nowhere or stand twice, patterns that cannot be read.

It looks at a card as it is written, so that all of this is told beside what the schema refuses.
"""

from collections.abc import Iterator
from typing import Any

import regex
import yaml

from app.domain.scorecard import Scorecard
from app.scorecards.faults import Fault, choice
from app.scorecards.lines import Step, line, path

Found = tuple[tuple[Step, ...], str]


def faults(written: Any, node: yaml.Node | None) -> Iterator[Fault]:
    """Each name that does not fit, with its line."""
    if isinstance(written, dict):
        items = [one if isinstance(one, dict) else {} for one in _list(written.get("items"))]
        sets = written.get("sets") if isinstance(written.get("sets"), dict) else {}
        for steps, words in (*_ids(items), *_sections(written, items), *_sets(items, sets or {}), *_patterns(written)):
            yield Fault(line(node, steps), path(steps), words)
        yield from (Fault(line(node, ("items",)), "items", words) for words in _points(items))


def _ids(items: list[dict[str, Any]]) -> Iterator[Found]:
    seen: set[str] = set()
    for place, item in enumerate(items):
        name = item.get("id")
        if isinstance(name, str) and name in seen:
            yield ("items", place, "id"), f"the id {name!r} stands more than once; give every item its own"
        elif isinstance(name, str):
            seen.add(name)


def _sections(written: dict[str, Any], items: list[dict[str, Any]]) -> Iterator[Found]:
    known = [one["id"] for one in _list(written.get("sections")) if isinstance(one, dict) and "id" in one]
    for place, item in enumerate(items):
        name = item.get("section")
        if isinstance(name, str) and name not in known:
            yield ("items", place, "section"), f"there is no section {name!r}; {choice(name, map(str, known))}"


def _points(items: list[dict[str, Any]]) -> Iterator[str]:
    points = [item.get("points") for item in items]
    if all(isinstance(one, int | float) for one in points):
        total = sum(float(one) for one in points if one is not None)
        if abs(total - 100) > 1e-9:
            yield f"the points add up to {total:g}, not to 100"


def _sets(items: list[dict[str, Any]], sets: dict[str, Any]) -> Iterator[Found]:
    for place, item in enumerate(items):
        for key in item.keys() - {"examples"}:
            for steps, name in _named(item[key], ("items", place, key)):
                if name not in sets:
                    yield steps, f"there is no set {name!r}; {choice(name, map(str, sets))}"


def _named(written: Any, steps: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], str]]:
    """The word sets that a rule names, as deep as it goes."""
    if isinstance(written, dict):
        for key, below in written.items():
            if key == "set" and isinstance(below, str):
                yield (*steps, key), below
            else:
                yield from _named(below, (*steps, str(key)))
    elif isinstance(written, list):
        for place, below in enumerate(written):
            yield from _named(below, (*steps, place))


def _patterns(written: dict[str, Any]) -> Iterator[Found]:
    fragments = written.get("fragments")
    # Only as much of a card as writes fragments into a pattern.
    partly: dict[str, Any] = {"fragments": fragments if isinstance(fragments, dict) else {}}
    card = Scorecard.model_construct(**partly)
    sets = written.get("sets")
    for name, words in sets.items() if isinstance(sets, dict) else ():
        for kind in ("patterns", "exclude"):
            for place, pattern in enumerate(_list(words.get(kind) if isinstance(words, dict) else None)):
                if isinstance(pattern, str):
                    unread = _unread(card, pattern)
                    if unread:
                        yield ("sets", str(name), kind, place), f"the pattern {pattern!r} cannot be read: {unread}"


def _unread(card: Scorecard, pattern: str) -> str | None:
    """Why a pattern cannot be read; None when it can."""
    try:
        regex.compile(card.expanded(pattern))
    except KeyError as missing:
        name = str(missing.args[0])
        return name if " " in name else f"there is no fragment {name!r}; {choice(name, map(str, card.fragments))}"
    except (regex.error, TypeError, RecursionError) as error:
        return str(error)
    return None


def _list(written: Any) -> list[Any]:
    return written if isinstance(written, list) else []
