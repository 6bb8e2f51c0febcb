"""The transcript as it is read on a page: turns in order, holds between them, evidence marked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.transcript import Hold, Turn
from app.reports.wording import SPEAKERS, clock

# Times of words are not exact: a turn that begins this little before a hold is still inside it.
CLOCK_SECONDS = 0.5


@dataclass(frozen=True)
class Piece:
    """A part of a turn's text; `marked` when an item's verdict rests on it."""

    text: str
    marked: bool


@dataclass(frozen=True)
class Badge:
    """An item whose verdict rests on this turn."""

    number: int
    tone: str


@dataclass(frozen=True)
class Line:
    """A line of the transcript: a turn, or a hold (then `pieces` is one, and there is no speaker)."""

    time: str
    speaker: str
    tone: str
    pieces: tuple[Piece, ...]
    badges: tuple[Badge, ...] = ()


def lines(
    turns: Sequence[Turn],
    holds: Sequence[Hold],
    quoted: Mapping[int, Sequence[str]],
    badges: Mapping[int, Sequence[Badge]],
) -> tuple[Line, ...]:
    """The transcript; `quoted` and `badges` are by turn, counted from 0."""
    left = list(holds)
    found: list[Line] = []
    for place, turn in enumerate(turns):
        while left and turn.start is not None and left[0].start <= turn.start + CLOCK_SECONDS:
            found.append(_wait(left.pop(0)))
        found.append(
            Line(
                time=clock(turn.start) if turn.start is not None else "",
                speaker=SPEAKERS[turn.speaker],
                tone=turn.speaker.value,
                pieces=_marked(turn.text, quoted.get(place, ())),
                badges=tuple(dict.fromkeys(badges.get(place, ()))),
            )
        )
    return (*found, *map(_wait, left))


def _wait(hold: Hold) -> Line:
    text = f"Hold, {clock(hold.length)} · {hold.kind.value}"
    return Line(time=clock(hold.start), speaker="", tone="hold", pieces=(Piece(text, False),))


def _marked(text: str, quotes: Sequence[str]) -> tuple[Piece, ...]:
    """The text in pieces, those that are quoted marked."""
    marked = [False] * len(text)
    for quote in quotes:
        at = text.find(quote)
        if at >= 0:
            marked[at : at + len(quote)] = [True] * len(quote)
    pieces: list[Piece] = []
    begin = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or marked[at] != marked[begin]:
            pieces.append(Piece(text[begin:at], marked[begin]))
            begin = at
    return tuple(pieces)
