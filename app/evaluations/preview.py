"""A scorecard that is being written, tried on one call at once: its faults, and what it would find beside another one.

It runs in a process apart, because nobody knows yet what is in it.
"""

from dataclasses import dataclass
from typing import Any

from app.domain.reading import Prepared, Reading
from app.domain.scorecard import Scorecard
from app.domain.scoring import Score, score_reading
from app.domain.transcript import Transcript
from app.kit.apart import Apart
from app.kit.errors import AppError
from app.scorecards.check import check_text, examples, told
from app.scorecards.faults import Fault
from app.scorecards.loader import LARGEST_BYTES, ScorecardInvalid, understood

# A look must not keep the next one waiting; the thorough check of a large card in Japanese takes half a minute.
LOOK_SECONDS, CHECK_SECONDS = 30.0, 120.0
# With the dictionaries of Chinese and Japanese; what a process reserves counts, not only what it uses.
MEMORY_MB = 4096


class DraftTooLarge(AppError):
    """This is larger than any scorecard; a scorecard has at most 2 MB."""

    code = "draft_too_large"
    status = 413


@dataclass(frozen=True)
class TrialCall:
    """A call to try a scorecard on: its transcript, and what the rules read of it, as JSON (None: not known)."""

    transcript: Transcript
    reading: dict[str, Any] | None


@dataclass(frozen=True)
class Tried:
    """An item of the draft, or of the card that judges."""

    id: str
    title: dict[str, str]
    points: float


@dataclass(frozen=True)
class Look:
    """What is to be seen of a draft at a glance; without a language it is no scorecard yet.

    `faults` stop it from being read, `examples` are judged otherwise than they say. `before` and `after` are there
    when a call was given in its language.
    """

    faults: tuple[Fault, ...] = ()
    examples: tuple[Fault, ...] = ()
    proven: int = 0
    id: str = ""
    version: str = ""
    language: str = ""
    pass_mark: float = 0.0
    items: tuple[Tried, ...] = ()
    before: Score | None = None
    after: Score | None = None


def look(text: str, judging: str | None, call: TrialCall | None) -> Look:
    """A draft at a glance, beside the card that judges (as JSON), on a call."""
    _check_size(text)
    found: Look = _quick.ask(_look, text, judging, call, seconds=LOOK_SECONDS)
    return found


def thorough_check(name: str, text: str, longest_seconds: float) -> tuple[Fault, ...]:
    """Everything that can be said about a draft before it judges; it may take a minute."""
    _check_size(text)
    found: tuple[Fault, ...] = _thorough.ask(check_text, name, text, longest_seconds, seconds=CHECK_SECONDS)
    return found


def _check_size(text: str) -> None:
    if len(text.encode()) > LARGEST_BYTES:
        raise DraftTooLarge


def _look(text: str, judging: str | None, call: TrialCall | None) -> Look:
    try:
        card = _read(text)
    except ScorecardInvalid as error:
        return Look(faults=error.faults)
    wrong = told(text.encode(), examples(card))
    before = after = None
    other = _judging(judging) if judging else None
    if call is not None and call.transcript.language.lower().startswith(card.language):
        reading = Reading(call.transcript, Prepared.model_validate(call.reading) if call.reading else None)
        after = score_reading(card, reading)
        before = score_reading(other, reading) if other is not None and other.language == card.language else None
    return Look(
        examples=wrong,
        proven=sum(len(kind) for item in card.items for _, kind in item.examples),
        id=card.id,
        version=card.version,
        language=card.language,
        pass_mark=card.pass_mark,
        items=_items(card, other),
        before=before,
        after=after,
    )


def _items(card: Scorecard, other: Scorecard | None) -> tuple[Tried, ...]:
    """The items of the draft, and after them those that only the card that judges has."""
    mine = {item.id for item in card.items}
    gone = [item for item in other.items if item.id not in mine] if other is not None else []
    return tuple(
        Tried(item.id, {str(code): text for code, text in item.title.items()}, item.points)
        for item in (*card.items, *gone)
    )


# What the process apart remembers: the draft it read last, and the card that judges.
_last: list[Scorecard] = []
_known: dict[str, Scorecard] = {}


def _read(text: str) -> Scorecard:
    """The draft; word sets that are as they were a moment ago are not compiled anew."""
    card = understood("draft", text)
    if _last and _last[0].language == card.language and _last[0].fragments == card.fragments:
        before = _last[0]
        same = {name: before.lexicons[name] for name, words in card.sets.items() if before.sets.get(name) == words}
        # Put where the property would keep them.
        card.__dict__["lexicons"] = card.lexicons | same
    _last[:] = [card]
    return card


def _judging(content: str) -> Scorecard:
    if content not in _known:
        _known.clear()
        _known[content] = Scorecard.model_validate_json(content)
    return _known[content]


_quick, _thorough = Apart(MEMORY_MB), Apart(MEMORY_MB)
