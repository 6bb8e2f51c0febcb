"""Pieces of a number that are said one after the other, in one turn or over several."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from app.domain.numbers.atoms import TABLES, atoms
from app.domain.numbers.words import MARK, Atom
from app.domain.transcript import Speaker

WORDS = re.compile(r"[^\W_]")
MEANWHILE = re.compile("|".join(table.meanwhile for table in TABLES))
# More than this between two pieces is talk of something else.
LONGEST_BETWEEN, MOST_TURNS_BETWEEN = 60, 4


@dataclass(frozen=True)
class Said:
    """A piece of a number, in a turn."""

    turn: int
    speaker: Speaker
    atom: Atom


@dataclass(frozen=True)
class Chain:
    """Pieces with nothing else between them; `alone` is whether nothing else is said in their turns either."""

    said: tuple[Said, ...]
    alone: bool

    @property
    def was_hidden(self) -> bool:
        """Whether marks stand in its place already."""
        return MARK in self.said[0].atom.digits

    @cached_property
    def longest(self) -> str:
        """The longest of its numbers."""
        return max(self.numbers, key=len)

    @cached_property
    def numbers(self) -> tuple[str, ...]:
        """What may be one number: what is said in one turn, and what each side says in all."""
        found: dict[int | Speaker, str] = {}
        for one in self.said:
            for key in (one.turn, one.speaker):
                found[key] = found.get(key, "") + one.atom.digits
        return tuple(dict.fromkeys(found.values()))


def chains(speakers: Sequence[Speaker], texts: Sequence[str]) -> Iterator[Chain]:
    """The numbers of a call, in order; the texts are in lower case."""
    said: list[Said] = []
    for turn, text in enumerate(texts):
        for atom in atoms(text):
            one = Said(turn, speakers[turn], atom)
            if said and not _goes_on(texts, said[-1], one):
                yield _chain(texts, said)
                said = []
            if said or atom.digits != "X":
                said.append(one)
    if said:
        yield _chain(texts, said)


def is_meanwhile(text: str) -> bool:
    """Whether a text says nothing of its own, as what lies between the parts of a number."""
    if len(text) > LONGEST_BETWEEN or MARK in text:
        return False
    return not WORDS.search(text) or not WORDS.search(MEANWHILE.sub("", text))


def _goes_on(texts: Sequence[str], last: Said, one: Said) -> bool:
    """Whether this piece belongs to the same number as the one before."""
    if (MARK in last.atom.digits) != (MARK in one.atom.digits) or last.atom.in_name != one.atom.in_name:
        return False
    if last.turn == one.turn:
        between = texts[one.turn][last.atom.end : one.atom.start]
        return len(between) <= 1 if one.atom.digits == "X" else is_meanwhile(between)
    if one.turn - last.turn > MOST_TURNS_BETWEEN:
        return False
    parts = (texts[last.turn][last.atom.end :], *texts[last.turn + 1 : one.turn], texts[one.turn][: one.atom.start])
    return all(map(is_meanwhile, parts))


def _chain(texts: Sequence[str], said: Sequence[Said]) -> Chain:
    first, last = said[0], said[-1]
    alone = is_meanwhile(texts[first.turn][: first.atom.start]) and is_meanwhile(texts[last.turn][last.atom.end :])
    return Chain(tuple(said), alone)
