"""A note as its author wrote it, before it is stored."""

from dataclasses import dataclass, fields
from datetime import date

from app.coaching.models import Occasion, PointKind

LONGEST_TEXT = 5000
LONGEST_LINE = 200


@dataclass(frozen=True)
class Texts:
    """The words of a note: what went well; what was heard, its effect, what to try next time; and all else."""

    text: str = ""
    strength: str = ""
    heard: str = ""
    effect: str = ""
    advice: str = ""

    @property
    def plain(self) -> "Texts":
        """Without NUL characters, which no database keeps, and without space around."""
        return Texts(*(plain(getattr(self, one.name)) for one in fields(self)))

    @property
    def said(self) -> tuple[str, ...]:
        return (self.text, self.strength, self.heard, self.effect, self.advice)


@dataclass(frozen=True)
class Point:
    """One thing a note speaks of: an item, a clip or a moment (`start` alone) of a call, in seconds."""

    call_id: int | None = None
    item_id: str | None = None
    start: float | None = None
    end: float | None = None
    kind: PointKind = PointKind.CHANGE
    # Of an item without a call, the scorecard by which it is known.
    scorecard_version: str | None = None


@dataclass(frozen=True)
class Written:
    """A whole note as its author wrote it; a note without calls says when and where the guidance was given."""

    agent_id: int
    texts: Texts
    points: tuple[Point, ...] = ()
    occasion: Occasion = Occasion.CALL
    topic: str = ""
    place: str = ""
    held_on: date | None = None
    follow_up_on: date | None = None


@dataclass(frozen=True)
class NoteFacts:
    """What a note says about one place of a call; `start` and `end` are seconds."""

    text: str = ""
    item_id: str | None = None
    start: float | None = None
    end: float | None = None
    strength: str = ""
    heard: str = ""
    effect: str = ""
    advice: str = ""
    follow_up_on: date | None = None


def plain(text: str) -> str:
    """Text without NUL characters, which no database keeps, and without space around it."""
    return text.replace("\0", "").strip()
