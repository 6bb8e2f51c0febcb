"""Which item of the shipped scorecards an item of somebody else's form means, and how sure that is."""

import math
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from app.domain.language import language
from app.scorecards.loader import scorecard, shipped_ids
from app.scorecards.wordings import EMPTY_SIGNS, EMPTY_WORDS, MUST_NAME, WORDINGS

# From this likeness (0-1) on an item is taken for a known one, if no other is nearly as like it.
ENOUGH, CLEARLY = 0.6, 0.08
# What the form explains about an item counts for a little less than its title, and only where it says enough and the
# title points the same way: "Within 2 minutes" says nothing about what is to be done.
EXPLAINED, LEAST_EXPLAINED, LEAST_TITLE = 0.9, 3, 0.2
# In characters: what a text says beyond is told apart by nobody.
LONGEST = 200


class Match(NamedTuple):
    """The known item and how like it the text is, 0-1."""

    id: str
    likeness: float


@dataclass(frozen=True)
class _Known:
    """Every wording of the known items as its parts, and how much each part tells."""

    wordings: tuple[tuple[str, frozenset[str]], ...]
    weights: dict[str, float]
    unknown: float


def matches(title: str, explanation: str = "") -> tuple[Match, ...]:
    """The known items from the likest down; what the form explains about the item counts for a little less."""
    title, lines_of = title[:LONGEST], [line[:LONGEST] for line in explanation.splitlines()[:5]]
    # What stands in brackets is often an example of it.
    found = _alike({_parts(title), _parts(re.sub(r"[((【\[][^))】\]]*[))】\]]", " ", title))})
    lines = {parts for line in lines_of if len(parts := _parts(line)) >= LEAST_EXPLAINED}
    for name, likeness in _alike(lines).items():
        if found[name] >= LEAST_TITLE:
            found[name] = max(found[name], EXPLAINED * likeness)
    said = unicodedata.normalize("NFKC", "\n".join((title, *lines_of))).casefold()
    found = {name: likeness if _names(said, name) else 0.0 for name, likeness in found.items()}
    return tuple(sorted((Match(*one) for one in found.items()), key=lambda one: -one.likeness))


def recognised(title: str, explanation: str = "") -> Match | None:
    """The known item that is clearly meant, if one is."""
    best, second = matches(title, explanation)[:2]
    return best if best.likeness >= ENOUGH and best.likeness - second.likeness >= CLEARLY else None


def _names(said: str, known: str) -> bool:
    """Whether a text names what it must to be taken for a known item."""
    return all(
        not re.search(pattern.removeprefix("not "), said)
        if pattern.startswith("not ")
        else re.search(pattern, said) is not None
        for pattern in MUST_NAME.get(known, ())
    )


def _alike(said: set[frozenset[str]]) -> dict[str, float]:
    """Each known item with the likeness of its likest wording."""
    found = dict.fromkeys(WORDINGS, 0.0)
    for name, wording in _known().wordings:
        found[name] = max(found[name], *(_likeness(parts, wording) for parts in said), 0.0)
    return found


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """What both say, as a share of what they say; parts that many items have weigh little."""
    known = _known()
    together = sum(known.weights[part] for part in one & other)
    apart = sum(known.weights.get(part, _telling(part) * known.unknown) for part in one) + sum(
        known.weights[part] for part in other
    )
    return 2 * together / apart if apart else 0.0


@cache
def _known() -> _Known:
    wordings: list[tuple[str, frozenset[str]]] = []
    for name, texts in WORDINGS.items():
        wordings += [(name, _parts(text)) for text in texts.split("|")]
    for item in (item for card in shipped_ids() for item in scorecard(card).items if item.id in WORDINGS):
        wordings += [(item.id, _parts(text)) for text in (*item.title.values(), *item.guidance.values())]
    holders: dict[str, set[str]] = {}
    for name, parts in wordings:
        for part in parts:
            holders.setdefault(part, set()).add(name)
    count = len(WORDINGS)
    weights = {part: _telling(part) * math.log((count + 1) / len(names)) for part, names in holders.items()}
    return _Known(tuple(dict.fromkeys(wordings)), weights, math.log(count / 2))


def _telling(part: str) -> float:
    """How much a part can tell by itself: a pair of hiragana is mostly grammar."""
    return 0.3 if re.fullmatch(r"[\u3041-\u309f]+", part) else 1.0


def _parts(text: str) -> frozenset[str]:
    """What a text is made of: the stems of its English words, and pairs of neighbouring Chinese or Japanese signs."""
    said = unicodedata.normalize("NFKC", text).casefold()
    words = {_stem(word) for word in re.findall(r"[a-z]+", said.replace("'s", "")) if word not in EMPTY_WORDS}
    if not re.search(r"[\u3041-\u30ff]", said) and re.search(r"[\u4e00-\u9fff]", said):
        # Traditional characters as simplified ones.
        said = language("zh").normal(said)
    pairs: set[str] = set()
    for run in re.findall(r"[\u3041-\u30ff\u4e00-\u9fff\d々ー]+", EMPTY_SIGNS.sub(" ", said)):
        pairs |= {run[at : at + 2] for at in range(len(run) - 1)} if len(run) > 1 else {run}
    return frozenset(words | pairs)


def _stem(word: str) -> str:
    for ending in (
        "ations",
        "ation",
        "isation",
        "ization",
        "ings",
        "ing",
        "ies",
        "ied",
        "ised",
        "ized",
        "ed",
        "es",
        "s",
        "ly",
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word.removesuffix(ending)
            break
    return word.rstrip("ey")[:6]
