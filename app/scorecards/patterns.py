"""Whether a pattern of a word set is safe to search with: it matches something, and it answers in time.

A pattern that can be read in many ways takes for ever on a text that nearly fits. Such texts are made from the pattern
itself: what leads up to a repeat, then the repeat over and over, then something that does not fit.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import regex

# As long as the longest stretch in which one person speaks alone, in characters.
TEXT_LENGTH = 2000
LONGEST_SEARCH_SECONDS = 0.2
# Tried first on a text of an eighth of that length: what needs less than a 512th (8³) of the time for it is quick on
# the whole text too, even if its time grows with the cube of the length; if it grows faster, the short text takes long.
SHORT = 8
# What no pattern expects, by which it is sent back to look for another way.
UNEXPECTED = "\0"
# How many texts one pattern is tried on at most, and of how many words of its own.
MOST_TEXTS, MOST_WORDS, MOST_READINGS = 240, 40, 12
# Repeats of fewer cannot be read in many ways.
FEWEST_REPEATS = 8
SAMPLES: dict[Any, str] = {
    op.CATEGORY_DIGIT: "0",
    op.CATEGORY_SPACE: " ",
    op.CATEGORY_WORD: "a",
    op.CATEGORY_NOT_DIGIT: "a",
    op.CATEGORY_NOT_SPACE: "a",
    op.CATEGORY_NOT_WORD: " ",
}


@dataclass(frozen=True)
class Pumped:
    """What leads up to a repeat, and what is repeated there."""

    before: str
    repeated: str

    def until(self, length: int) -> str:
        """A text of this length."""
        return (self.before + self.repeated * (length // len(self.repeated) + 1))[:length]


def matches_nothing(pattern: str) -> bool:
    """Whether a pattern is found where nothing was said."""
    found = regex.compile(pattern)
    return any(match.end() == match.start() for text in ("", "a b", "一") for match in found.finditer(text))


def slow_on(pattern: str, timeout: float = LONGEST_SEARCH_SECONDS) -> str | None:
    """A text on which the pattern takes too long; None when there is none among those tried."""
    if not re.search(r"[*+{]", pattern):
        return None
    found = regex.compile(pattern)
    for short, text in adversaries(pattern):
        if _takes(found, short, timeout / SHORT**3) and _takes(found, text, timeout):
            return text
    return None


def _takes(found: "regex.Pattern[str]", text: str, seconds: float) -> bool:
    """Whether a search takes so long or longer."""
    try:
        found.search(text, timeout=seconds)
    except TimeoutError:
        return True
    return False


def adversaries(pattern: str) -> Iterator[tuple[str, str]]:
    """Texts made to send a pattern back and forth, each in a short form and at full length."""
    tried: set[str] = set()
    # A pattern is given up at once on a text that lacks a word it cannot do without, so all of them stand at the end.
    ends = (UNEXPECTED, f".{UNEXPECTED}".join(("", *_words(pattern))))
    for pumped in (*_pumped(pattern), *_of_words(pattern)):
        if len(tried) >= MOST_TEXTS:
            return
        if not pumped.repeated:
            continue
        for end in ends:
            text = pumped.until(TEXT_LENGTH) + end
            if text not in tried:
                tried.add(text)
                yield pumped.until(len(pumped.before) + TEXT_LENGTH // SHORT) + end, text


def _of_words(pattern: str) -> Iterator[Pumped]:
    """The pattern's own words and characters, over and over."""
    words = _words(pattern)
    for word in dict.fromkeys([*words, *"".join(words)]):
        yield Pumped("", word)
        yield Pumped("", f"{word} ")


def _words(pattern: str) -> list[str]:
    plain = re.sub(r"\\.|\(\?[a-zA-Z!=<:]*|\{[\d,]*\}", " ", pattern)
    return list(dict.fromkeys(re.findall(r"[^\W_]+", plain)))[:MOST_WORDS]


def _pumped(pattern: str) -> tuple[Pumped, ...]:
    try:
        return tuple(_repeats(parser.parse(pattern), ""))
    except (re.error, RecursionError):
        # `regex` reads a little more than `re` can parse.
        return ()


def _repeats(parsed: Any, before: str) -> Iterator[Pumped]:
    """Every repeat of a pattern, each way in which it can be read, with what leads up to it."""
    for kind, value in parsed:
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT):
            _, most, body = value
            if most >= FEWEST_REPEATS:
                yield from (Pumped(before, one) for one in _readings(body))
            yield from _repeats(body, before)
        elif kind is op.SUBPATTERN:
            yield from _repeats(value[3], before)
        elif kind is op.BRANCH:
            for branch in value[1]:
                yield from _repeats(branch, before)
        elif kind is op.ATOMIC_GROUP:
            yield from _repeats(value, before)
        elif kind is op.ASSERT:
            yield from _repeats(value[1], before)
        before += _sample(kind, value)


def _readings(parsed: Any) -> list[str]:
    """Some texts that fit: one for each alternative."""
    texts = [""]
    for kind, value in parsed:
        if kind is op.SUBPATTERN:
            further = _readings(value[3])
        elif kind is op.BRANCH:
            further = [text for branch in value[1] for text in _readings(branch)]
        elif kind in (op.MAX_REPEAT, op.MIN_REPEAT) and value[1]:
            further = [text * max(1, value[0]) for text in _readings(value[2])]
            further += [""] if not value[0] else []
        else:
            further = [_sample(kind, value)]
        # Every alternative once, not every combination of them.
        longest = max(len(texts), len(further))
        texts = [texts[place % len(texts)] + further[place % len(further)] for place in range(longest)]
    return list(dict.fromkeys(texts))[:MOST_READINGS]


def _sample(kind: Any, value: Any) -> str:
    """One text that fits a part of a pattern."""
    if kind is op.LITERAL:
        return chr(value)
    if kind is op.NOT_LITERAL:
        return "a" if value != ord("a") else "b"
    if kind is op.ANY:
        return "a"
    if kind is op.IN:
        return _sample_of_class(value)
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        return _readings(value[2])[0] * int(value[0])
    if kind is op.SUBPATTERN:
        return _readings(value[3])[0]
    if kind is op.BRANCH:
        return _readings(value[1][0])[0]
    return _readings(value)[0] if kind is op.ATOMIC_GROUP else ""


def _sample_of_class(members: Any) -> str:
    if members[0][0] is op.NEGATE:
        refused = {chr(value) for kind, value in members[1:] if kind is op.LITERAL}
        return next(one for one in "abcdefghijkl一" if one not in refused or one == "一")
    kind, value = members[0]
    if kind is op.CATEGORY:
        return SAMPLES[value]
    return chr(value[0] if kind is op.RANGE else value)
