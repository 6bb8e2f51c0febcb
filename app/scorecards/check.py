"""Everything that can be said about a scorecard file before it judges calls."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from app.domain.evidence import Verdict
from app.domain.examples import UnreadableLine, transcript_of
from app.domain.scorecard import Example, Examples, Item, Scorecard
from app.domain.scoring import score
from app.kit.errors import AppError
from app.scorecards import reach
from app.scorecards.faults import Fault, Weight
from app.scorecards.folder import files
from app.scorecards.lines import line, path
from app.scorecards.loader import ScorecardInvalid, parsed, read, understood
from app.scorecards.logic import misplaced, nested, nodes, tree, undecisive
from app.scorecards.reach import Found

VERDICTS = {"passes": Verdict.PASS, "fails": Verdict.FAIL}


@dataclass(frozen=True)
class Checked:
    """What was found in one file; `card` is None when it cannot be used at all."""

    file: Path
    card: Scorecard | None
    found: tuple[Fault, ...]

    def count(self, weight: Weight) -> int:
        return sum(one.weight == weight for one in self.found)


def check(file: Path, longest_seconds: float) -> Checked:
    """All that is wrong with a file, and what to look at; no call is longer than `longest_seconds`."""
    try:
        card = read(file)
    except ScorecardInvalid as error:
        return Checked(file, None, error.faults)
    except AppError as error:
        return Checked(file, None, (Fault(1, "", error.message),))
    found = told(file.read_bytes(), [*examples(card), *_thoroughly(card, longest_seconds)])
    return Checked(file, card, found)


def check_text(name: str, text: str, longest_seconds: float) -> tuple[Fault, ...]:
    """The same for a scorecard that is being written."""
    try:
        card = understood(name, text)
    except ScorecardInvalid as error:
        return error.faults
    return told(text.encode(), [*examples(card), *_thoroughly(card, longest_seconds)])


def told(content: bytes, found: Iterable[Found]) -> tuple[Fault, ...]:
    """What was found, each with its line, in the order of the lines."""
    node = parsed(content).node
    faults = [Fault(line(node, steps), path(steps), words, weight) for steps, words, weight in found]
    return tuple(sorted(faults, key=lambda one: (one.line, one.place, one.words)))


def _thoroughly(card: Scorecard, longest_seconds: float) -> list[Found]:
    """What takes long to find."""
    return [
        *_rules(card, longest_seconds),
        *_same_rules(card),
        *reach.unused(card),
        *reach.words(card),
        *reach.patterns(card),
    ]


def check_folder(folder: Path, longest_seconds: float) -> list[Checked]:
    """The same for each card of a folder; of two for one language neither could judge."""
    checked: list[Checked] = []
    first: dict[str, Checked] = {}
    for file in files(folder):
        one = check(file, longest_seconds)
        if one.card is not None and one.card.language in first:
            other = first[one.card.language].file.name
            at = line(parsed(file.read_bytes()).node, ("language",))
            words = f"{other} is for calls in {one.card.language!r} too; expected one card for each language"
            one = replace(one, found=(*one.found, Fault(at, "language", words)))
        elif one.card is not None:
            first[one.card.language] = one
        checked.append(one)
    return checked


def examples(card: Scorecard) -> Iterator[Found]:
    """The examples that are judged otherwise than they should be."""
    for at, item in enumerate(card.items):
        for kind in Examples.model_fields:
            wanted = VERDICTS.get(kind) or Verdict(kind)
            for place, example in enumerate(getattr(item.examples, kind)):
                words = _otherwise(card, item, example, wanted)
                if words:
                    yield ("items", at, "examples", kind, place), words, Weight.FAULT


def _otherwise(card: Scorecard, item: Item, example: Example, wanted: Verdict) -> str | None:
    """How an example is judged, when it is not as it should be."""
    facts = example.model_dump(exclude={"call"})
    try:
        call = transcript_of(example.call, card.language, **facts)
    except (UnreadableLine, ValueError) as error:
        return str(error)
    # The other items say nothing about this one, and judging them all for each example takes many times as long.
    (found,) = score(card.model_copy(update={"items": (item,)}), call).findings
    if found.verdict == wanted:
        return None
    return f"found {found.verdict} ({str(found.reason).rstrip('.')}); expected {wanted}"


def _rules(card: Scorecard, longest_seconds: float) -> Iterator[Found]:
    """What in the rules can never decide anything, or never find what it looks for."""
    for at, item in enumerate(card.items):
        applies = tree(item.applies_when, ("items", at, "applies_when")) if item.applies_when else None
        roots = list(nested(item.rule, ("items", at, "rule")))
        if item.applies_when is not None:
            roots += nested(item.applies_when, ("items", at, "applies_when"))
        for root, in_hold in roots:
            idle = undecisive(root, applies if root.rule is item.rule else None)
            lost = (one for node in nodes(root) for one in misplaced(node, in_hold, longest_seconds))
            yield from ((steps, words, Weight.FAULT) for steps, words in (*idle, *lost))


def _same_rules(card: Scorecard) -> Iterator[Found]:
    """Items that ask for the very same as another one."""
    seen: dict[str, str] = {}
    for at, item in enumerate(card.items):
        if not item.rule.judges:
            continue
        asked = str(item.model_dump(mode="json", include={"rule", "applies_when"}))
        if asked in seen:
            words = f"{item.id} asks for the same as {seen[asked]}; expected each item to ask for something else"
            yield ("items", at, "rule"), words, Weight.FAULT
        seen.setdefault(asked, item.id)
