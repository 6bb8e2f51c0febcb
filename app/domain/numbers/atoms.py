"""The pieces of numbers in a text, without those that may be shown whatever is said."""

import re
from bisect import bisect_right
from collections.abc import Sequence

from app.domain.numbers import en, ja, zh
from app.domain.numbers.words import MARK, WRITTEN, Atom

TABLES = (en.WORDS, zh.WORDS, ja.WORDS)
# The count in 3个8 is no digit of its own.
DIGITS = re.compile(f"[{WRITTEN}]+?(?=[2-4][个個][{WRITTEN}])|[{WRITTEN}]+")
SOME_DIGIT = re.compile(f"[{WRITTEN}]")
# Where digits belong to something with letters (user101), so few of them are no card and no telephone.
SHORTEST_IN_A_NAME = 6
MARKS = re.compile(f"{MARK}+")
LATIN = re.compile("[a-z@]")
# An underscore belongs to a name (user_101) only beside its letters; between digits it is a space.
JOINED = re.compile(f"[{WRITTEN}_]+")
CHECK = re.compile(r"(?<![a-z])(?:[x×叉]|[艾埃]克斯|エックス)(?![a-z0-9])")
ALONE = (rf"(?<![{WRITTEN}])(?<![{WRITTEN}][-.,/:])", rf"(?![-.,/:]?[{WRITTEN}])")
# Fractions and thousands may be groups of a longer number.
APART = (rf"{ALONE[0]}(?<![{WRITTEN}] )", rf"(?![-.,/: ]?[{WRITTEN}])")
# What looks like a date, a time, an address of a computer, a decimal fraction or an amount in thousands.
SHAPES = "|".join(
    f"{before}{shape}{after}"
    for shape, (before, after) in (
        (r"(?:19|20)\d{2}[-./]\d{1,2}[-./]\d{1,2}", ALONE),
        (r"\d{1,2}[-./]\d{1,2}[-./](?:19|20)\d{2}", ALONE),
        (r"\d{1,2}[:：]\d{2}(?:[:：]\d{2})?", ALONE),
        (r"\d{1,2}/\d{2,4}", ALONE),
        (r"\d{1,3}(?:\.\d{1,3}){3}", ALONE),
        (r"\d{1,6}\.\d{1,2}", APART),
        (r"\d{1,3}(?:,\d{3}){1,3}", APART),
    )
)
# Whoever pays so much says it in millions; with more digits, or going on after a space, it is something else.
MONEY = rf"[¥￥$£€] ?[{WRITTEN}]{{1,9}}(?:[,，][{WRITTEN}]{{3}}){{0,3}}(?:[.,，][{WRITTEN}]{{1,2}})?{APART[1]}"
KEEPS = re.compile("|".join((MONEY, SHAPES, *(table.keeps for table in TABLES))))
UNIT = re.compile("|".join(table.unit for table in TABLES))
UNIT_OF_FEW = re.compile("|".join(table.unit_of_few for table in TABLES))
# No amount or count has more digits.
MOST_DIGITS, FEW_DIGITS = 6, 4
# After these an amount in words goes on.
ROUND = ("hundred", "thousand", "million")
PIECE = re.compile(rf"[{WRITTEN}]|[x×叉]|[艾埃]克斯|エックス|{'|'.join(table.word for table in TABLES)}")


def lowered(text: str) -> str:
    """The text in lower case, as long as before."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(one.lower() if len(one.lower()) == 1 else one for one in text)


def atoms(lower: str) -> list[Atom]:
    """The pieces of numbers in a text in lower case, in their order."""
    found = [*_written(lower), *_marks(lower), *(atom for table in TABLES for atom in table.spoken(lower))]
    if not found:
        return []
    found += [Atom(*match.span(), "X") for match in CHECK.finditer(lower)]
    atoms: list[Atom] = []
    for atom in sorted(found, key=lambda one: (one.start, -one.end)):
        if not atoms or atom.start >= atoms[-1].end:
            atoms.append(atom)
    kept = [match.span() for match in KEEPS.finditer(lower)]
    counted = _counted(lower, atoms)
    return [atom for at, atom in enumerate(atoms) if at not in counted and not _overlaps(atom, kept)]


def pieces(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The digits of a stretch one by one, and the words that stand for digits."""
    return [match.span() for match in PIECE.finditer(lowered(text), start, end)]


def _counted(lower: str, atoms: Sequence[Atom]) -> set[int]:
    """The places of those that count something, with what belongs to them."""
    counted: set[int] = set()
    for last, atom in enumerate(atoms):
        unit = UNIT.match(lower, atom.end)
        if unit is None and not UNIT_OF_FEW.match(lower, atom.end):
            continue
        first = last
        while first and _is_one_amount(lower, atoms[first - 1], atoms[first]):
            first -= 1
        digits = sum(len(one.digits) for one in atoms[first : last + 1])
        is_apart = first == 0 or atoms[first].start - atoms[first - 1].end > 1
        if digits <= MOST_DIGITS if unit else digits <= FEW_DIGITS and is_apart:
            counted.update(range(first, last + 1))
    return counted


def _is_one_amount(lower: str, before: Atom, atom: Atom) -> bool:
    """Whether two pieces are one amount: digits of a script side by side, or words of which the first is round."""
    between = lower[before.end : atom.start]
    if not between:
        return lower[before.end - 1].isdecimal() == lower[atom.start].isdecimal()
    return between in (" ", " and ") and lower.endswith(ROUND, before.start, before.end)


def _marks(lower: str) -> list[Atom]:
    return [Atom(*match.span(), match[0]) for match in MARKS.finditer(lower)] if MARK in lower else []


def _written(lower: str) -> list[Atom]:
    found: list[Atom] = []
    # Most turns have none, which is seen faster so.
    if not SOME_DIGIT.search(lower):
        return found
    in_names = _in_names(lower)
    for match in DIGITS.finditer(lower):
        digits = "".join(str(int(one)) for one in match[0])
        found.append(Atom(match.start(), match.end(), digits, match.start() in in_names))
    return found


def _in_names(lower: str) -> set[int]:
    """Where the few digits stand that belong to something with letters."""
    found: set[int] = set()
    for match in JOINED.finditer(lower):
        start, end = match.span()
        before = start > 0 and LATIN.match(lower, start - 1) is not None
        after = LATIN.match(lower, end) is not None and not CHECK.match(lower, end)
        if (before or after) and sum(map(str.isdecimal, match[0])) < SHORTEST_IN_A_NAME:
            found.update(range(start, end))
    return found


def _overlaps(atom: Atom, spans: list[tuple[int, int]]) -> bool:
    """Whether the atom lies in one of these spans, which are in order and apart."""
    place = bisect_right(spans, (atom.end - 1, 10**9)) - 1
    return place >= 0 and spans[place][1] > atom.start
