"""What happened to a call, in plain words, from the ledger."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.kit.i18n import Translator
from app.ledger.models import LedgerEntry
from app.reports.wording import VERDICTS, number

# What the columns of a call are called before people.
FACTS = {
    "agent_id": "agent",
    "team_id": "team",
    "queue": "queue",
    "customer_name": "customer",
    "started_at": "start",
    "direction": "direction",
    "language": "language",
    "agent_channel": "agent’s channel",
    "external_id": "external id",
}
SENTENCES = {
    "call.received": "Received as {file_name}",
    "call.transcribed": "Heard by {engine}: transcript {revision}",
    "call.mended": "Corrected: {facts}",
    "call.started_again": "Started again",
    "call.failed": "Failed: {message}",
    "call.deleted": "Deleted: {reason}",
    "transcript.mended": "Transcript corrected: revision {revision}",
    "call.rescored": "Had it scored again; items to look at again: {count}",
    "call.holds_not_found": "The holds could not be found again: {message}",
    "evaluation.scored": "Scored by the machine: {score} points",
    "review.offered": "Put into the review queue",
    "review.carried_over": "A new evaluation took the place of the one reviewed; items to look at again: {count}",
    "review.confirmed": "Confirmed {item}: {verdict}",
    "review.overridden": "Changed {item} from {machine} to {verdict}",
    "review.undone": "Took the verdict on {item} back",
    "review.submitted": "Review submitted: {score} points",
    "review.retracted": "Review retracted: {reason}",
    "review.reopened": "Review opened again: {reason}",
    "coaching.sent": "Coaching note sent to the agent",
    "coaching.acknowledged": "Coaching note acknowledged",
    "complaint.recorded": "A complaint about this call was recorded",
    "complaint.changed": "The complaint about this call was changed",
    "complaint.unlinked": "The complaint was tied to another call",
}
# Of a row of these by one person, only the number is told.
SUMMED = {"review.confirmed": "Confirmed {count} items"}


@dataclass(frozen=True)
class Happening:
    """One thing that happened: when, by whom, what."""

    at: str
    by: str
    text: str


def happenings(
    entries: Sequence[LedgerEntry], items: Mapping[str, str], words: Translator, shown: Callable[[LedgerEntry], str]
) -> tuple[Happening, ...]:
    """All that the ledger says, the latest first; `items` are the titles of items by id, `shown` tells the time."""
    told: list[Happening] = []
    for run in _runs(entries):
        last = run[-1]
        if len(run) > 1:
            text = words.gettext(SUMMED[last.event]).format(count=len(run))
        else:
            text = _sentence(last, items, words)
        told.append(Happening(shown(last), _name(last, words), text))
    return tuple(reversed(told))


def _runs(entries: Sequence[LedgerEntry]) -> list[list[LedgerEntry]]:
    """The entries, with those that are summed up put together."""
    runs: list[list[LedgerEntry]] = []
    for entry in entries:
        before = runs[-1][-1] if runs else None
        if before and entry.event in SUMMED and (before.event, before.actor) == (entry.event, entry.actor):
            runs[-1].append(entry)
        else:
            runs.append([entry])
    return runs


def _name(entry: LedgerEntry, words: Translator) -> str:
    return words.gettext("The machine") if entry.actor == "machine" else entry.actor


def _sentence(entry: LedgerEntry, items: Mapping[str, str], words: Translator) -> str:
    template = SENTENCES.get(entry.event)
    if template is None:
        return entry.event
    said: dict[str, Any] = entry.payload
    after = said.get("new") if isinstance(said.get("new"), dict) else {}
    places = {
        **{name: value for name, value in said.items() if isinstance(value, str | int | float)},
        "facts": ", ".join(words.gettext(FACTS.get(name, name)) for name in said),
        "score": number(said["score"]) if isinstance(said.get("score"), int | float) else "–",
        "item": items.get(str(said.get("item")), str(said.get("item"))),
        "machine": _verdict(said.get("machine"), words),
        "verdict": _verdict((after or {}).get("verdict"), words),
        "count": len(said.get("outdated", ())),
    }
    return words.gettext(template).format_map(_Places(places))


class _Places(dict[str, object]):
    """What an older entry does not say is left open."""

    def __missing__(self, name: str) -> str:
        return "–"


def _verdict(value: object, words: Translator) -> str:
    return next((words.gettext(shown.word) for verdict, shown in VERDICTS.items() if verdict.value == value), "–")
