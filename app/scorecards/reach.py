"""What of a scorecard's word sets can never be found, is found twice, or is asked for by nobody."""

import re
from collections.abc import Iterator
from itertools import combinations

import regex

from app.domain.language import Language, language
from app.domain.rules import Operator
from app.domain.rules.combine import Not
from app.domain.rules.manual import Manual
from app.domain.scorecard import Scorecard, WordSet
from app.scorecards.faults import Weight
from app.scorecards.lines import Step
from app.scorecards.logic import nested, nodes
from app.scorecards.patterns import matches_nothing, slow_on

# Where, what, how much it matters.
Found = tuple[tuple[Step, ...], str, Weight]


def unused(card: Scorecard) -> Iterator[Found]:
    """Word sets that no rule names, and fragments that no pattern uses."""
    used = {name for one in card.items for rule in (one.rule, one.applies_when) if rule for name in rule.sets_used()}
    for name in card.sets.keys() - used:
        yield ("sets", name), "no rule uses this set; use it or take it out", Weight.WARNING
    patterns = [one for words in card.sets.values() for one in (*words.patterns, *words.exclude)]
    named = {name for one in patterns for name in re.findall(r"\{([a-z_]+)\}", _followed(card, one))}
    for name in card.fragments.keys() - named:
        yield ("fragments", name), "no pattern uses this fragment; use it or take it out", Weight.WARNING


def _followed(card: Scorecard, pattern: str) -> str:
    """A pattern with all the fragments it leads to, one after the other."""
    seen: set[str] = set()
    while new := {name for name in re.findall(r"\{([a-z_]+)\}", pattern) if name in card.fragments} - seen:
        seen |= new
        pattern += "".join(card.fragments[name] for name in new)
    return pattern


def words(card: Scorecard) -> Iterator[Found]:
    """Phrases that can never count, stand twice, or stand in sets that are told apart."""
    spoken = language(card.language)
    for name, one in card.sets.items():
        yield from _phrases(card, spoken, name, one)
    yield from _shared(card, spoken)


def _phrases(card: Scorecard, spoken: Language, name: str, words: WordSet) -> Iterator[Found]:
    barred = [(one, regex.compile(card.expanded(one))) for one in words.exclude]
    seen: dict[str, str] = {}
    for place, phrase in enumerate(words.phrases):
        steps, written = ("sets", name, "phrases", place), spoken.normal(phrase)
        if not written:
            yield steps, f"nothing is left of {phrase!r} in the written form; expected words", Weight.FAULT
            continue
        bar = next((source for source, one in barred if _always(one, source, written, spoken.joiner)), None)
        if bar is not None:
            words_said = f"{phrase!r} never counts: exclude takes it away ({bar!r}); expected only what may count"
            yield steps, words_said, Weight.FAULT
        if written in seen:
            yield steps, f"{phrase!r} stands in this set already ({seen[written]!r})", Weight.WARNING
        seen.setdefault(written, phrase)


def _always(barred: "regex.Pattern[str]", source: str, written: str, joiner: str) -> bool:
    """Whether an exclude takes a phrase away whatever is said around it."""
    if "(?=" in source or "(?!" in source or "(?<" in source:
        # It depends on what stands around the phrase.
        return False
    around = f"x{joiner}{written}{joiner}x"
    first, last = around.index(written), around.index(written) + len(written)
    return any(match.start() < last and first < match.end() for match in barred.finditer(around)) and bool(
        barred.search(written)
    )


def _shared(card: Scorecard, spoken: Language) -> Iterator[Found]:
    """Phrases that stand in two sets which an item tells apart, or by which two items are judged."""
    sides = {item.id: _sides(item.rule) for item in card.items}
    for (one, first), (other, second) in combinations(card.sets.items(), 2):
        same = {spoken.normal(phrase) for phrase in first.phrases} & {
            spoken.normal(phrase) for phrase in second.phrases
        }
        if not same:
            continue
        apart = next((name for name, (said, unsaid) in sides.items() if _opposed(one, other, said, unsaid)), None)
        items = [name for name, (said, unsaid) in sides.items() if {one, other} & (said | unsaid)]
        for place, phrase in enumerate(second.phrases):
            steps = ("sets", other, "phrases", place)
            if spoken.normal(phrase) in same and apart is not None:
                told = f"{phrase!r} stands in {one} too, and {apart} wants the one and not the other"
                yield steps, f"{told}; expected it in one of them", Weight.FAULT
            elif spoken.normal(phrase) in same and len(items) > 1:
                told = f"{phrase!r} stands in {one} too: it fulfils {', '.join(items)} at once"
                yield steps, f"{told}; expected it in one of them", Weight.WARNING


def _opposed(one: str, other: str, said: set[str], unsaid: set[str]) -> bool:
    return (one in said and other in unsaid) or (other in said and one in unsaid)


def _sides(rule: Operator) -> tuple[set[str], set[str]]:
    """The sets that a rule wants said, and those that it wants unsaid."""
    said: set[str] = set()
    unsaid: set[str] = set()
    for root, _ in nested(rule, ()):
        under_not = [node.steps for node in nodes(root) if isinstance(node.rule, Not)]
        for node in nodes(root):
            if node.parts or isinstance(node.rule, Manual):
                continue
            turned = sum(node.steps[: len(steps)] == steps for steps in under_not) % 2
            turned += "fails_when" in root.steps
            (unsaid if turned % 2 else said).update(node.rule.sets_used())
    return said, unsaid


def patterns(card: Scorecard) -> Iterator[Found]:
    """Patterns that are found where nothing was said, and those that search for ever."""
    for name, one in card.sets.items():
        for kind, sources in (("patterns", one.patterns), ("exclude", one.exclude)):
            for place, source in enumerate(sources):
                steps, pattern = ("sets", name, kind, place), card.expanded(source)
                if matches_nothing(pattern):
                    yield steps, "matches the empty text; expected a pattern that needs at least a word", Weight.FAULT
                text = slow_on(pattern)
                if text is not None:
                    told = f"takes too long on a text of {len(text)} characters such as {text[:40]!r}…"
                    yield steps, f"{told}; expected repeats that can be read in one way only", Weight.FAULT
