"""Which entries of the ledger other systems are told of, under which name, and with which of their facts.

Only facts that stand in this table go out, and of a value that changed only STANDS: nothing that a person wrote, no
customer, and nothing of reviews that do not count, which are to stay unannounced.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.ledger.models import LedgerEntry
from app.scorecards import queries as scorecards


class Event(StrEnum):
    """What other systems can be told of."""

    SCORED = "evaluation.scored"
    SUBMITTED = "evaluation.submitted"
    ADJUSTED = "evaluation.adjusted"
    DISPUTED = "evaluation.disputed"
    RESOLVED = "evaluation.resolved"
    ACKNOWLEDGED = "evaluation.acknowledged"
    COACHING_SENT = "coaching.sent"
    COACHING_ACKNOWLEDGED = "coaching.acknowledged"
    CALIBRATION_CLOSED = "calibration.closed"
    SCORECARD_PUBLISHED = "scorecard.published"
    COMPLAINT_RECORDED = "complaint.recorded"


class About(StrEnum):
    """What an event is about, of which the facts that other systems need are looked up."""

    EVALUATION = "evaluation"
    COACHING = "coaching"
    CALIBRATION = "calibration"
    SCORECARD = "scorecard"
    COMPLAINT = "complaint"


# A trial, which no entry of the ledger tells of.
TRIAL = "webhook.test"
# What of an old and a new state goes out.
STANDS = ("verdict", "level", "score", "passed", "state")


@dataclass(frozen=True)
class Telling:
    """How an entry is told: as which event, about what, with which facts of its own, and what is added to them.

    `once_per` is the fact that names what several entries tell of together: a note about three calls is one note.
    `each_override`: it is told once for each item that the submitted review decides otherwise than the machine.
    """

    event: Event
    about: About
    facts: tuple[str, ...] = ()
    added: tuple[tuple[str, str], ...] = ()
    once_per: str = ""
    each_override: bool = False


RESULT = ("evaluation", "version", "score", "passed")

# What a person decides while a review is open is nothing yet: it may be undone, and counts once it is submitted.
TOLD: dict[str, tuple[Telling, ...]] = {
    "evaluation.scored": (Telling(Event.SCORED, About.EVALUATION, (*RESULT, "transcript_revision")),),
    "review.submitted": (
        Telling(Event.SUBMITTED, About.EVALUATION, RESULT),
        Telling(Event.ADJUSTED, About.EVALUATION, ("evaluation",), (("change", "overridden"),), each_override=True),
    ),
    "review.reopened": (Telling(Event.ADJUSTED, About.EVALUATION, ("old",), (("change", "reopened"),)),),
    "review.retracted": (Telling(Event.ADJUSTED, About.EVALUATION, ("old",), (("change", "retracted"),)),),
    "review.disputed": (Telling(Event.DISPUTED, About.EVALUATION, ("dispute", "item", "old", "new")),),
    "dispute.decided": (
        Telling(Event.RESOLVED, About.EVALUATION, ("dispute", "item", "outcome", "version", "old", "new")),
    ),
    "dispute.withdrawn": (Telling(Event.RESOLVED, About.EVALUATION, ("dispute", "item"), (("outcome", "withdrawn"),)),),
    "review.acknowledged": (Telling(Event.ACKNOWLEDGED, About.EVALUATION, ("replied",)),),
    "coaching.sent": (Telling(Event.COACHING_SENT, About.COACHING, ("note", "occasion"), once_per="note"),),
    "coaching.acknowledged": (
        Telling(Event.COACHING_ACKNOWLEDGED, About.COACHING, ("note", "replied"), once_per="note"),
    ),
    "calibration.closed": (
        Telling(Event.CALIBRATION_CLOSED, About.CALIBRATION, ("calibration",), once_per="calibration"),
    ),
    scorecards.PUBLISHED: (
        Telling(
            Event.SCORECARD_PUBLISHED,
            About.SCORECARD,
            ("scorecard", "version", "old_scorecard", "old_version", "shipped"),
            (("by", "person"),),
        ),
    ),
    scorecards.ACTIVE: (
        Telling(Event.SCORECARD_PUBLISHED, About.SCORECARD, ("scorecard", "version"), (("by", "folder"),)),
    ),
    "complaint.recorded": (Telling(Event.COMPLAINT_RECORDED, About.COMPLAINT, ("category", "outcome", "site_day")),),
}


def tellings(entry: LedgerEntry) -> tuple[Telling, ...]:
    """How this entry is told, if it is: as one event or as several."""
    return tuple(how for how in TOLD.get(entry.event, ()) if _is_told(entry, how))


def _is_told(entry: LedgerEntry, how: Telling) -> bool:
    if how.about == About.EVALUATION:
        # A review is named only where it is not the one that counts.
        return "review" not in entry.payload
    # The history of its call tells of a complaint a second time.
    return how.about != About.COMPLAINT or entry.stream.startswith("complaint:")


def facts(entry: LedgerEntry, how: Telling) -> dict[str, Any]:
    """What the entry itself says, as far as it goes out."""
    said = {name: _told(entry.payload[name]) for name in how.facts if name in entry.payload}
    return {**said, **dict(how.added)}


def entries_of(events: Collection[str]) -> tuple[str, ...]:
    """The entries of the ledger that may tell of one of these events."""
    return tuple(name for name, hows in TOLD.items() if any(how.event.value in events for how in hows))


def _told(value: object) -> object:
    if isinstance(value, dict):
        return {name: one for name, one in value.items() if name in STANDS}
    return value
