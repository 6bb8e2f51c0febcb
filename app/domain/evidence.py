"""Why a verdict stands: what was said and where, or what was searched and how near it came."""

from enum import StrEnum
from typing import Annotated, Protocol

from pydantic import Field, StrictFloat, StrictInt

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


LEFT_TO_RIGHT = Field(union_mode="left_to_right")


class Words(Protocol):
    """The words of a reader's language for what is written in English in the code."""

    @property
    def language(self) -> str: ...

    def gettext(self, message: str, /) -> str: ...


class _English:
    language = "en"

    def gettext(self, message: str, /) -> str:
        return message


class Reason(Value):
    """A sentence with named places, kept apart from its values so that it can be translated.

    A value may be a reason itself, or a text of a scorecard by its languages; `parts` are whole reasons one after
    the other, and then there is no template.
    """

    template: str = ""
    # Tried in this order, which is quicker than weighing which of them fits best.
    values: dict[str, Annotated["str | StrictInt | StrictFloat | Reason | dict[str, str]", LEFT_TO_RIGHT]] = {}
    parts: tuple["Reason", ...] = ()

    def said(self, words: Words) -> str:
        """The sentence in the language of these words."""
        if self.parts:
            return " ".join(dict.fromkeys(part.said(words) for part in self.parts))
        values = {name: _value(value, words) for name, value in self.values.items()}
        return words.gettext(self.template).format(**values)

    def __str__(self) -> str:
        return self.said(_English())


def _value(value: str | int | float | Reason | dict[str, str], words: Words) -> str | int | float:
    if isinstance(value, Reason):
        # Inside a sentence it does not end one.
        return value.said(words).rstrip(".。")
    if isinstance(value, dict):
        return value.get(words.language) or value.get("en") or next(iter(value.values()), "")
    return words.gettext(value) if isinstance(value, str) else value
