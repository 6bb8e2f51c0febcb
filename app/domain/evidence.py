"""Why a verdict stands: what was said and where, or what was searched and how near it came."""

from enum import StrEnum

from app.domain.transcript import Speaker, Value


class Verdict(StrEnum):
    """The five answers to "did the agent do this?"; `uncertain` goes to a person and never counts as a fail."""

    PASS = "pass"
    FAIL = "fail"
    NOT_APPLICABLE = "not_applicable"
    UNCERTAIN = "uncertain"
    UNSCORED = "unscored"


class Evidence(Value):
    """A quotation placed in the call; `turn` counts from 0, times are seconds, None where unknown.

    For evidence that was heard rather than said (a hold, an interruption) `speaker` may be None and
    `quote` names what was heard.
    """

    speaker: Speaker | None
    turn: int | None
    start: float | None
    end: float | None
    quote: str


class Searched(Value):
    """The part of the call that was searched: turns from `from_turn` up to and including `to_turn`."""

    speaker: Speaker | None
    from_turn: int | None
    to_turn: int | None
    start: float | None
    end: float | None


class Nearest(Value):
    """What came closest without being enough; `similarity` is 0-1."""

    quote: str
    turn: int | None
    similarity: float


class Reason(Value):
    """A sentence with named places, kept apart from its values so that it can be translated."""

    template: str
    values: dict[str, str | int | float] = {}

    def __str__(self) -> str:
        return self.template.format(**self.values)
