"""A pattern over what was said: compiled when needed, skipped where it cannot match, stopped when it takes long."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import numpy as np
import regex

# Hundreds of times what an honest pattern takes over a whole call.
LONGEST_SEARCH_SECONDS = 2.0
# A set of single characters tells less than a word: larger ones are not worth looking for.
MOST_CHARACTERS = 12


class TooSlow(Exception):
    """A pattern took too long on this text; simplify its repeats."""


@dataclass(frozen=True)
class Expression:
    """One pattern; `sound` folds what sounds alike and is applied to its words and the text before they are compared.

    Before the pattern itself is tried, plain text search asks whether any of the words it cannot do without occurs:
    over a whole call nearly every pattern is ruled out so.
    """

    source: str
    # The pattern that is searched, made from `source` when first needed: by sound it can be large.
    widened: Callable[[str], str] | None = None
    sound: Callable[[str], str] | None = None

    @cached_property
    def triggers(self) -> tuple[tuple[str, ...], ...]:
        """Groups of texts: of each group at least one occurs in everything the pattern matches."""
        try:
            groups = _needed(parser.parse(self.source))
        except (re.error, RecursionError):
            # `regex` reads a little more than `re` can parse.
            return ()
        # A space tells nothing.
        best = sorted((group for group in groups if " " not in group), key=_telling, reverse=True)
        return tuple(tuple(sorted(self.sound(one) if self.sound else one for one in group)) for group in best)

    @cached_property
    def _compiled(self) -> Any:
        return regex.compile(self.widened(self.source) if self.widened else self.source)

    def may_occur(self, text: str) -> bool:
        """Whether it is worth searching; `text` is folded by sound where the expression is."""
        for group in self.triggers:
            for one in group:
                if one in text:
                    break
            else:
                return False
        return True

    def places(self, text: str, starts: Sequence[int]) -> Sequence[int]:
        """In which of the stretches of `text` that begin at `starts` it is worth searching."""
        if not self.triggers or len(starts) == 1:
            return range(len(starts)) if self.may_occur(text) else ()
        found = sorted(stretches(text, starts, self.triggers[0]))
        if len(self.triggers) == 1:
            return found
        ends = (*starts[1:], len(text))
        return [place for place in found if self.may_occur(text[starts[place] : ends[place]])]

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where it matches."""
        try:
            return [match.span() for match in self._compiled.finditer(text, timeout=LONGEST_SEARCH_SECONDS)]
        except TimeoutError:
            raise TooSlow(self.source) from None

    def search(self, text: str) -> Any:
        """The first match, or None."""
        if not self.may_occur(self.sound(text) if self.sound else text):
            return None
        try:
            return self._compiled.search(text, timeout=LONGEST_SEARCH_SECONDS)
        except TimeoutError:
            raise TooSlow(self.source) from None

    def matches(self, text: str) -> Iterator[Any]:
        """Every match."""
        if self.may_occur(self.sound(text) if self.sound else text):
            try:
                yield from self._compiled.finditer(text, timeout=LONGEST_SEARCH_SECONDS)
            except TimeoutError:
                raise TooSlow(self.source) from None


class Sieve:
    """Several hundred expressions, of which it tells at a glance which are worth trying on a text.

    A text is looked at once, for all its short strings of `size` characters. An expression is worth trying when of each
    group of its triggers one is there in all its short strings; which ones are, a few operations on arrays tell for all
    expressions together.
    """

    def __init__(self, expressions: Sequence[Expression], size: int) -> None:
        self.sound = next((one.sound for one in expressions), None)
        self._size = size
        strings: list[int] = []
        words: list[int] = []
        groups: list[int] = []
        rows: list[int] = []
        self._sifted: list[Expression] = []
        self._always: list[Expression] = []
        for expression in expressions:
            telling = [group for group in expression.triggers if all(len(one) >= size for one in group)]
            if not telling:
                self._always.append(expression)
                continue
            self._sifted.append(expression)
            rows.append(len(groups))
            for group in telling:
                groups.append(len(words))
                for word in group:
                    words.append(len(strings))
                    strings += _places(word, size).tolist()
        self._strings, self._words, self._groups, self._rows = map(np.array, (strings, words, groups, rows))

    def worth_trying(self, text: str) -> list[Expression]:
        """The expressions that may match somewhere in the text (folded by sound where they are)."""
        tried = [one for one in self._always if one.may_occur(text)]
        if not self._sifted:
            return tried
        words = np.logical_and.reduceat(_there(text, self._size)[self._strings], self._words)
        groups = np.logical_or.reduceat(words, self._groups)
        rows = np.logical_and.reduceat(groups, self._rows)
        return [*tried, *(self._sifted[place] for place in np.flatnonzero(rows))]


# The short strings of a text are marked in a table of this many places; two that share one cost a needless try.
TABLE = 1 << 16


def _places(text: str, size: int) -> "np.ndarray[Any, np.dtype[np.uint32]]":
    """The place in the table of each short string of a text."""
    characters = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    places = np.zeros(max(0, len(characters) - size + 1), dtype=np.uint32)
    for step in range(size):
        places = places * np.uint32(0x9E3779B1) + characters[step : step + len(places)]
    return (places ^ (places >> np.uint32(15))) % np.uint32(TABLE)


# The same text is asked for by the several rules that look at the same part of a call.
@lru_cache(maxsize=64)
def _there(text: str, size: int) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    table = np.zeros(TABLE, dtype=np.bool_)
    table[_places(text, size)] = True
    return table


def stretches(text: str, starts: Sequence[int], words: Iterable[str]) -> set[int]:
    """In which of the stretches of `text` that begin at `starts` any of the words begins."""
    places: set[int] = set()
    for word in words:
        at = text.find(word)
        while at >= 0:
            place = bisect_right(starts, at) - 1
            places.add(place)
            at = text.find(word, starts[place + 1]) if place + 1 < len(starts) else -1
    return places


def alternatives(source: str) -> tuple[str, ...]:
    """A pattern's branches at its top, each a pattern of its own: `a|b(c|d)` is `a` and `b(c|d)`."""
    branches, depth, start, place, in_class = [], 0, 0, 0, False
    while place < len(source):
        character = source[place]
        if character == "\\":
            place += 1
        elif in_class:
            # A bracket that stands first in a class belongs to it.
            in_class = character != "]" or source[place - 1] == "[" or source[place - 2 : place] == "[^"
        elif character == "[":
            in_class = True
        elif character in "()":
            depth += 1 if character == "(" else -1
        elif character == "|" and depth == 0:
            branches.append(source[start:place])
            start = place + 1
        place += 1
    return (*branches, source[start:])


def _needed(parsed: Any) -> list[set[str]]:
    """Sets of texts, of each of which one must occur."""
    groups: list[set[str]] = []
    run = ""
    for kind, value in parsed:
        if kind is op.LITERAL:
            run += chr(value)
        elif kind not in (op.AT, op.ASSERT, op.ASSERT_NOT):
            # Those take no room: what stands on their two sides stands together.
            groups += [{run}] if run else []
            run = ""
            groups += _needed_of(kind, value)
    return [*groups, {run}] if run else groups


def _needed_of(kind: Any, value: Any) -> list[set[str]]:
    if kind is op.SUBPATTERN:
        return _needed(value[3])
    if kind is op.ATOMIC_GROUP:
        return _needed(value)
    if kind is op.BRANCH:
        branches = [_needed(branch) for branch in value[1]]
        return [set().union(*(max(one, key=_telling) for one in branches))] if all(branches) else []
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        return _needed(value[2]) if value[0] >= 1 else []
    if kind is op.IN and len(value) <= MOST_CHARACTERS and all(one is op.LITERAL for one, _ in value):
        return [{chr(character) for _, character in value}]
    return []


def _telling(group: set[str]) -> tuple[int, int]:
    """How much it tells that one of these occurs: long words, and few, are rare."""
    return min(map(len, group)), -len(group)
