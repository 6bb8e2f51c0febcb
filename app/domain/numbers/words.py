"""What the table of a language says about numbers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

# What stands for a hidden digit. It is no letter, digit or punctuation of any language: rules and search pass over
# it, and nobody takes it for something that was said.
MARK = "•"
# Any digit as it may be written, for a class of characters.
WRITTEN = "0-9０-９"


class Kind(StrEnum):
    """What a number is that must not be shown; bank accounts are hidden as cards are, PINs as security codes."""

    CARD = "card"
    SECURITY_CODE = "security_code"
    ID = "id"
    PHONE = "phone"


@dataclass(frozen=True)
class Atom:
    """The smallest piece of a number: written digits, or words that stand for digits; X is the last of some IDs.

    `in_name` is whether it is part of something with letters, such as user101 or the number of some passports.

    What was hidden before is a number too: it still answers the question for it.
    """

    start: int
    end: int
    digits: str
    in_name: bool = False


@dataclass(frozen=True)
class NumberWords:
    """How one language says numbers and speaks about them; patterns are over text in lower case.

    `spoken` finds number words, `word` is a pattern of one of them. What may be shown whatever is said around it: a
    number with a `unit` right after it (an amount, a time, a count), one of few digits with a `unit_of_few`, and what
    `keeps` finds (dates, years, large amounts). `asks` are words after which a number of that kind is said,
    `asks_other` those after which another number is; `after_phone` are words that follow a telephone number.
    `meanwhile` are words that may stand within a number, or between its parts when the other side says them; a longer
    one stands before one that begins it. `is_ascii` is whether all its words are in plain Latin letters.
    """

    spoken: Callable[[str], Iterator[Atom]]
    word: str
    unit: str
    unit_of_few: str
    keeps: str
    asks: dict[Kind, str]
    after_phone: str
    asks_other: str
    meanwhile: str
    is_ascii: bool = False
