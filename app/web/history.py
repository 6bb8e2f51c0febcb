"""What happened to a call, in plain words, from the ledger."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.kit.i18n import N_, Translator
from app.ledger.models import LedgerEntry
from app.reports.wording import VERDICTS, clock, number, points
from app.web.account_words import ACCOUNT_FACTS, ACCOUNT_SENTENCES
from app.web.leave_forms import REASONS
from app.web.times import Moment

# What the columns of a call are called before people.
FACTS = {
    "agent_id": N_("agent"),
    "team_id": N_("team"),
    "queue": N_("queue"),
    "customer_name": N_("customer"),
    "started_at": N_("start"),
    "direction": N_("direction"),
    "language": N_("language"),
    "agent_channel": N_("agent’s channel"),
    "external_id": N_("external id"),
    **ACCOUNT_FACTS,
}
SENTENCES = {
    "call.received": N_("Received as {file_name}"),
    "call.transcribed": N_("Heard by {engine}: transcript {revision}"),
    "call.mended": N_("Corrected: {facts}"),
    "call.started_again": N_("Started again"),
    "call.failed": N_("Failed: {message}"),
    "call.deleted": N_("Deleted: {reason}"),
    "call.erased": N_("Erased on a person’s request (number {erasure})"),
    "call.aged": N_("Removed because its period was over: {removed}"),
    "call.held": N_("Put on legal hold (number {hold})"),
    "call.released_from_hold": N_("The legal hold was lifted (number {hold})"),
    "transcript.mended": N_("Transcript corrected: {what} (revision {revision})"),
    "transcript.redacted": N_("Numbers hidden: transcripts {revisions}, corrections {corrections}"),
    "call.rescored": N_("Had it scored again; items to look at again: {count}"),
    "call.holds_not_found": N_("The holds could not be found again: {message}"),
    "evaluation.scored": N_("Scored by the machine: {score} points"),
    "review.offered": N_("Put into the review queue"),
    "review.drawn": N_("Drawn by chance: it is in a plan’s sample now"),
    "call.segments": N_("Corrected who spoke in which part"),
    "review.assigned": N_("Review given to {to}"),
    "review.claimed": N_("Took the review"),
    "review.given_back": N_("Review of {of} given back"),
    "review.handed_over": N_("Review of {of} handed over to {to}"),
    "review.set_aside": N_("Set aside: {aside}"),
    "review.brought_back": N_("Brought back into the queue"),
    "review.carried_over": N_("A new evaluation took the place of the one reviewed; items to look at again: {count}"),
    "review.confirmed": N_("Confirmed {item}: {verdict}"),
    "review.overridden": N_("Changed {item} from {machine} to {verdict}"),
    "review.decided_blind": N_("Decided {item} blind: {verdict}"),
    "review.undone": N_("Took the verdict on {item} back"),
    "review.submitted": N_("Review submitted: {score} points"),
    "review.retracted": N_("Review retracted: {reason}"),
    "review.second_opened": N_("Drawn to be scored by a second person"),
    "review.second_withdrawn": N_("The second scoring was taken away"),
    "review.settled": N_("Settled what two reviewers saw differently"),
    "review.reference_removed": N_("What was held to be right of the two scorings was taken away"),
    "calibration.opened": N_("Given out in a calibration"),
    "calibration.ended": N_("The scoring in a calibration was ended"),
    "calibration.agreed": N_("Kept in a calibration what is held to be right"),
    "calibration.closed": N_("A calibration agreed on a reference"),
    "review.reopened": N_("Review opened again: {reason}"),
    "review.compared": N_("A score to compare was given"),
    "review.self_score_declined": N_("Read the result without an own score"),
    "review.released": N_("Result released to the agent: {score} points"),
    "review.taken_back": N_("Result taken back from the agent, whose call it is not"),
    "review.acknowledged": N_("Result acknowledged"),
    "review.disputed": N_("Disputed {item}: {before} stands, {verdict} is proposed"),
    "dispute.withdrawn": N_("Withdrew the dispute of {item}"),
    "dispute.decided": N_("Decided the dispute of {item}, {outcome}: {before} → {verdict}"),
    "clip.shared": N_("Shared the clip {clip} by a link"),
    "clip.withdrawn": N_("Withdrew the link to the clip {clip}"),
    "coaching.sent": N_("Coaching note sent to the agent"),
    "coaching.acknowledged": N_("Coaching note acknowledged"),
    "coaching.followed_up": N_("Coaching note followed up"),
    "coaching.done": N_("Coaching note done with"),
    "complaint.recorded": N_("A complaint about this call was recorded"),
    "complaint.changed": N_("The complaint about this call was changed"),
    "complaint.unlinked": N_("The complaint was tied to another call"),
    **ACCOUNT_SENTENCES,
}
# What of a transcript was corrected.
MENDED = {
    "sides": N_("agent and customer swapped"),
    "speaker": N_("the speaker of a turn"),
    "words": N_("the words of a turn"),
    "hold": N_("a hold"),
    "hold added": N_("a hold added"),
    "hold removed": N_("a hold removed"),
    "holds": N_("holds found again"),
    "facts": N_("facts"),
}
# What is removed when a period is over.
REMOVED = {
    "sound": N_("the recording"),
    "words": N_("what was said and written"),
    "notes": N_("what was written since"),
}
# What became of a dispute.
DECIDED = {"accepted": N_("accepted"), "partly": N_("accepted in part"), "rejected": N_("rejected")}
# Of a row of these by one person, only the number is told.
SUMMED = {
    "review.confirmed": N_("Confirmed {count} items"),
    "review.decided_blind": N_("Decided {count} items blind"),
}
# What tells of the machine's findings, which a blind review hides until it is submitted.
MACHINE_ALONE = ("evaluation.scored",)


@dataclass(frozen=True)
class Happening:
    """One thing that happened: when, by whom, what."""

    at: Moment
    by: str
    text: str


def happenings(
    entries: Sequence[LedgerEntry],
    in_words: Mapping[int, Mapping[str, Any]],
    items: Mapping[str, str],
    words: Translator,
    shown: Callable[[LedgerEntry], Moment],
) -> tuple[Happening, ...]:
    """All that the ledger says, the latest first, with what people wrote, by the ids of the entries.

    `items` are the titles of items by id, `shown` tells the time.
    """
    told: list[Happening] = []
    for run in _runs(entries):
        last = run[-1]
        if len(run) > 1:
            text = words.gettext(SUMMED[last.event]).format(count=len(run))
        else:
            text = sentence(last, in_words.get(last.id or 0, {}), items, words)
        told.append(Happening(shown(last), by_whom(last, words), text))
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


def by_whom(entry: LedgerEntry, words: Translator) -> str:
    """Who did what an entry tells: a person, an API key, or the machine."""
    return words.gettext("The machine") if entry.actor == "machine" else entry.actor


def sentence(entry: LedgerEntry, in_words: Mapping[str, Any], items: Mapping[str, str], words: Translator) -> str:
    """What one entry tells, with what was written, as far as that is still known."""
    template = SENTENCES.get(entry.event)
    if template is None:
        return entry.event
    said: dict[str, Any] = {**entry.payload, **in_words}
    facts = [one for one in (*entry.payload, *entry.payload.get("in_words", ())) if one not in ("in_words", "seal")]
    after = said.get("new") if isinstance(said.get("new"), dict) else {}
    places = {
        **{name: value for name, value in said.items() if isinstance(value, str | int | float) and value != ""},
        "what": words.gettext(MENDED.get(str(said.get("what")), "–")),
        "facts": ", ".join(words.gettext(FACTS.get(name, name)) for name in facts),
        "message": words.gettext(str(said["message"])) if said.get("message") else "–",
        "score": number(said["score"]) if isinstance(said.get("score"), int | float) else "–",
        "item": items.get(str(said.get("item")), str(said.get("item"))),
        "before": _decided(said["old"] if isinstance(said.get("old"), dict) else {}, said.get("max_points"), words),
        "outcome": words.gettext(DECIDED.get(str(said.get("outcome")), "–")),
        "machine": _verdict(said.get("machine"), words),
        "verdict": _decided(after or {}, said.get("max_points"), words),
        "count": len(said.get("outdated", ())),
        "aside": _aside(said, words),
        "removed": ", ".join(words.gettext(REMOVED.get(str(one), str(one))) for one in said.get("removed", ())),
        "whose": str(said.get("team") or words.gettext("the site")),
        "sound": _days(said.get("sound_days"), words),
        "words": _days(said.get("words_days"), words),
        "clip": f"{clock(said.get('start'))}–{clock(said.get('end'))}",
    }
    return words.gettext(template).format_map(_Places(places))


def _days(change: object, words: Translator) -> str:
    """For how many days something is kept from now on."""
    days = change.get("new") if isinstance(change, Mapping) else None
    return words.gettext("for ever") if days is None else str(days)


def _aside(said: Mapping[str, Any], words: Translator) -> str:
    """Why a call was set aside, in the words of who did it where no reason of the list fitted."""
    named = next((label for code, label in REASONS.items() if code.value == said.get("reason")), "")
    return str(said.get("words") or "") or (words.gettext(named) if named else "–")


class _Places(dict[str, object]):
    """What an older entry does not say is left open."""

    def __missing__(self, name: str) -> str:
        return "–"


def _verdict(value: object, words: Translator) -> str:
    return next((words.gettext(shown.word) for verdict, shown in VERDICTS.items() if verdict.value == value), "–")


def _decided(after: Mapping[str, Any], possible: object, words: Translator) -> str:
    """What a person decided, with the level of a graded item: "Pass 3/5"."""
    verdict, level = _verdict(after.get("verdict"), words), after.get("level")
    if isinstance(level, int | float) and isinstance(possible, int | float):
        return f"{verdict} {points(level, possible)}"
    return verdict
