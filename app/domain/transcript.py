"""What was said and what was heard in a call, and when."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

# Of what is not as it should be only the first is told: what somebody sends may hold a million faults.
FIRST_FAULT = Field(fail_fast=True)


class Value(BaseModel):
    """A frozen value that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Speaker(StrEnum):
    """Who speaks; `system` is the switch itself: announcements played to a waiting customer."""

    AGENT = "agent"
    CUSTOMER = "customer"
    SYSTEM = "system"


class HoldKind(StrEnum):
    """What the customer hears while waiting."""

    MUSIC = "music"
    ANNOUNCEMENT = "announcement"
    SILENCE = "silence"
    UNKNOWN = "unknown"


class Span(Value):
    """A stretch of time, in seconds from the start of the recording."""

    start: float
    end: float

    @property
    def length(self) -> float:
        return self.end - self.start


class Word(Value):
    """One recognised word (in Chinese and Japanese: one token of the recogniser), in seconds."""

    text: str
    start: float
    end: float
    confidence: float | None = None


class Turn(Value):
    """What one speaker says before somebody else speaks or a pause of the recogniser ends it.

    `start` and `end` are seconds, or both None where only text was kept. `confidence` is how sure the
    recogniser was of the words (0-1), `speaker_confidence` how sure we are that this speaker said them
    (1.0 when each side has its own channel).
    """

    speaker: Speaker
    start: float | None = None
    end: float | None = None
    text: str
    confidence: float | None = None
    speaker_confidence: float = 1.0
    words: Annotated[tuple[Word, ...], FIRST_FAULT] = ()


class Hold(Value):
    """A wait of the customer: from the agent's last word before it to the agent's next word, in seconds.

    When the agent comes back for a sentence and the wait goes on, it is one hold, and `check_ins` are
    the stretches in which the agent was back. `confidence` is how sure we are that this is a hold.
    """

    start: float
    end: float
    kind: HoldKind = HoldKind.UNKNOWN
    check_ins: Annotated[tuple[Span, ...], FIRST_FAULT] = ()
    confidence: float = 1.0

    @property
    def length(self) -> float:
        return self.end - self.start


class Activity(Value):
    """When each side was heard to speak, measured on its own channel (system announcements excluded)."""

    agent: Annotated[tuple[Span, ...], FIRST_FAULT]
    customer: Annotated[tuple[Span, ...], FIRST_FAULT]


class Transcript(Value):
    """A call as it was heard: who said what, when, and where the customer was kept waiting.

    `holds` is None when nobody listened for holds (a bare transcript): they are then read from the words.
    `channels` is 2 when agent and customer were recorded apart, 1 when together, 0 for text.
    `activity` exists only for two-channel recordings. `duration` is in seconds. `queue` (by which
    the call came in) and `ended_by` (who hung up) are None where nobody recorded them.
    """

    id: str = ""
    language: str
    direction: Literal["inbound", "outbound"] = "inbound"
    customer_name: str | None = None
    queue: str | None = None
    ended_by: Speaker | None = None
    duration: float | None = None
    channels: Literal[0, 1, 2] = 0
    turns: Annotated[tuple[Turn, ...], FIRST_FAULT] = Field(default=())
    holds: Annotated[tuple[Hold, ...], FIRST_FAULT] | None = None
    activity: Activity | None = None

    @property
    def timed(self) -> bool:
        """Whether every turn has its time."""
        return all(turn.start is not None for turn in self.turns)

    def by(self, speaker: Speaker) -> Iterator[tuple[int, Turn]]:
        """The turns of one speaker with their places in the call."""
        return ((place, turn) for place, turn in enumerate(self.turns) if turn.speaker == speaker)
