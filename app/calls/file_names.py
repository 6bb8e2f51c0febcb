"""Facts of a call read from the name of its file, by a pattern such as {started_at:%Y%m%d-%H%M%S}_{agent}_{*}."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import PurePath

from app.kit.errors import AppError

FIELDS = (
    "external_id",
    "agent",
    "team",
    "queue",
    "customer_name",
    "started_at",
    "direction",
    "language",
    "agent_channel",
    "ended_by",
)
# The letters a time may be written with, and how many digits each stands for.
DIGITS = {"Y": 4, "y": 2, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2}
LONGEST_PATTERN = 200


class PatternUnusable(AppError):
    """The file name pattern cannot be used; write fields such as {agent} with the text that stands between them."""

    code = "pattern_unusable"
    status = 422


class BracesWrong(PatternUnusable):
    """In the file name pattern every { needs its }, with one of the fields named on this page between them."""


class NothingBetween(PatternUnusable):
    """In the file name pattern two fields need some text between them, such as _ or -."""


class FieldTwice(PatternUnusable):
    """The file name pattern names a field twice."""


class TimeShapeWrong(PatternUnusable):
    """Say how the time is written, with year, month and day: {started_at:%Y%m%d-%H%M%S}."""


class NameDiffers(AppError):
    """The name is not as the pattern says."""

    code = "name_differs"
    status = 422


@dataclass(frozen=True)
class Text:
    """What stands in every name as it is."""

    text: str


@dataclass(frozen=True)
class Skipped:
    """What may be anything, and is not kept."""


@dataclass(frozen=True)
class Fact:
    """What is kept under a fact's name; it reaches to the text that follows, which it never has in itself."""

    field: str


@dataclass(frozen=True)
class Moment:
    """When the call began, in a shape whose length is known: `shape` as strptime reads it."""

    shape: str

    @property
    def length(self) -> int:
        """How many characters it takes."""
        return sum(len(text) if text else DIGITS[letter] for letter, text in _shape(self.shape))


Part = Text | Skipped | Fact | Moment


@dataclass(frozen=True)
class Pattern:
    """How the files of one system are named."""

    parts: tuple[Part, ...]

    def facts(self, file_name: str) -> Mapping[str, str]:
        """What a name says, by the names of CallFacts; a time as ISO text, without a zone."""
        name = _plain(file_name)
        last, ending = self.parts[-1], PurePath(name).suffix
        names_ending = ending and isinstance(last, Text) and last.text.endswith(ending)
        text = name if names_ending else PurePath(name).stem
        begins = self._begins(text)
        if not begins[0][0]:
            raise NameDiffers
        return dict(self._read(text, begins))

    def _begins(self, text: str) -> list[list[bool]]:
        """For each part and each place: whether the text from there on is as this part and the later ones say."""
        fits = [[False] * (len(text) + 1) for _ in range(len(self.parts) + 1)]
        fits[-1][len(text)] = True
        for at in reversed(range(len(self.parts))):
            for place in reversed(range(len(text) + 1)):
                fits[at][place] = self._fits(at, place, text, fits)
        return fits

    def _fits(self, at: int, place: int, text: str, fits: list[list[bool]]) -> bool:
        part = self.parts[at]
        if isinstance(part, Skipped):
            # Nothing is skipped from here, or one more character.
            return fits[at + 1][place] or (place < len(text) and fits[at][place + 1])
        end = self._end(at, place, text)
        return end is not None and fits[at + 1][end]

    def _end(self, at: int, place: int, text: str) -> int | None:
        """Where the part ends that begins here; None, where it cannot begin here."""
        part = self.parts[at]
        if isinstance(part, Text):
            return place + len(part.text) if text.startswith(part.text, place) else None
        if isinstance(part, Moment):
            end = place + part.length
            return end if end <= len(text) and _moment(text[place:end], part.shape) else None
        follows = self.parts[at + 1] if at + 1 < len(self.parts) else None
        end = text.find(follows.text, place) if isinstance(follows, Text) else len(text)
        if end <= place or not text[place:end].strip():
            return None
        before = self.parts[at - 1] if at else None
        # An agent called a_b in a name that is parted by _ would lose half of their name.
        return None if isinstance(before, Text) and before.text in text[place:end] else end

    def _read(self, text: str, fits: list[list[bool]]) -> Iterator[tuple[str, str]]:
        place = 0
        for at, part in enumerate(self.parts):
            if isinstance(part, Skipped):
                place = next(one for one in range(place, len(text) + 1) if fits[at + 1][one])
                continue
            end = self._end(at, place, text) or 0
            if isinstance(part, Fact):
                yield part.field, text[place:end].strip()
            elif isinstance(part, Moment):
                moment = _moment(text[place:end], part.shape)
                yield "started_at", moment.isoformat() if moment else ""
            place = end


def read_pattern(written: str) -> Pattern:
    """The pattern as a person writes it: {field}, {started_at:%Y%m%d}, {*} for what is skipped, and text between."""
    parts = tuple(_parts(_plain(written.strip())[: LONGEST_PATTERN + 1]))
    kept = ["started_at" if isinstance(one, Moment) else one.field for one in parts if isinstance(one, Fact | Moment)]
    if len(written.strip()) > LONGEST_PATTERN or not kept:
        raise PatternUnusable
    if len(set(kept)) < len(kept):
        raise FieldTwice
    for one, other in pairwise(parts):
        if isinstance(one, Fact | Skipped) and isinstance(other, Fact | Skipped):
            raise NothingBetween
        if isinstance(one, Fact) and isinstance(other, Moment):
            raise NothingBetween
    return Pattern(parts)


def as_written(field: str) -> str:
    """A field as it stands in a pattern."""
    return "{started_at:%Y%m%d-%H%M%S}" if field == "started_at" else f"{{{field}}}"


def _parts(written: str) -> Iterator[Part]:
    for text, inside in re.findall(r"([^{}]+)|\{([^{}]*)\}|[{}]", written):
        if text:
            yield Text(text)
            continue
        field, _, shape = inside.partition(":")
        if field.strip() == "*":
            yield Skipped()
        elif field.strip() == "started_at":
            yield Moment(_checked(shape))
        elif field.strip() in FIELDS and not shape:
            yield Fact(field.strip())
        else:
            raise BracesWrong


def _checked(shape: str) -> str:
    letters = [letter for letter, text in _shape(shape) if not text]
    has_day = {"m", "d"} <= set(letters) and ("Y" in letters) != ("y" in letters)
    if not has_day or len(set(letters)) < len(letters) or set(letters) - set(DIGITS):
        raise TimeShapeWrong
    return shape


def _shape(shape: str) -> list[tuple[str, str]]:
    """The letters and the texts of a time's shape, as pairs of which one is empty."""
    return re.findall(r"%(.?)|([^%]+)", shape)


def _moment(text: str, shape: str) -> datetime | None:
    if not text.isascii():
        return None
    try:
        # Its zone is that of the team, which others know.
        moment = datetime.strptime(text, shape)
    except ValueError:
        return None
    # strptime takes a space for a leading nought too, which no system writes.
    return moment if moment.strftime(shape) == text else None


def _plain(text: str) -> str:
    """The same letters, however the system that named the file puts them together (が is one or two)."""
    return unicodedata.normalize("NFC", text)
