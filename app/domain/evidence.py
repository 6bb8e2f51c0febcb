"""Why a verdict stands: what was said and where, or what was searched and how near it came."""

from collections.abc import Callable
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
    """A sentence with named places, kept apart from its values so that it can be translated.

    A value may be a reason itself; `parts` are whole reasons one after the other, and then there is no template.
    """

    template: str = ""
    values: dict[str, "str | int | float | Reason"] = {}
    parts: tuple["Reason", ...] = ()

    def said(self, translated: Callable[[str], str]) -> str:
        """The sentence in another language, by what each of its English texts is there."""
        if self.parts:
            return " ".join(dict.fromkeys(part.said(translated) for part in self.parts))
        values = {name: _value(value, translated) for name, value in self.values.items()}
        return translated(self.template).format(**values)

    def __str__(self) -> str:
        return self.said(str)


def _value(value: str | int | float | Reason, translated: Callable[[str], str]) -> str | int | float:
    if isinstance(value, Reason):
        # Inside a sentence it does not end one.
        return value.said(translated).rstrip(".。")
    return translated(value) if isinstance(value, str) else value
