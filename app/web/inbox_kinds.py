"""The kinds of things that can wait in an inbox: each a function from what is stored to its title and its entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.calls.models import Call
from app.coaching import queries as coaching
from app.domain.lifecycle import ReviewState
from app.kit.i18n import Translator
from app.reports import inbox_queries
from app.reports.wording import OUTCOMES, number
from app.reviews import queries as reviews
from app.reviews.models import Review
from app.reviews.queries import Waiting
from app.web.call_rows import outcome
from app.web.times import shown_moment

SHOWN = 10
# A note that nobody has acknowledged for so many days is shown to those who lead.
SILENT_DAYS = 3

Found = tuple[str, tuple["Entry", ...]]


@dataclass(frozen=True)
class Waits:
    """As of when, and on whose clock; what happened more than `days` ago waits for nobody any more."""

    now: datetime
    zone: ZoneInfo
    days: int = 14

    @property
    def since(self) -> datetime:
        return self.now - timedelta(days=self.days)

    @property
    def end_of_day(self) -> datetime:
        """The end of today on the reader's clock."""
        today = self.now.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        return today + timedelta(days=1)


@dataclass(frozen=True)
class Entry:
    """One thing that waits: `at` is the moment it is about, `came` when it came here; what is `is_own` is never new."""

    url: str
    title: str
    detail: str
    at: datetime
    came: datetime
    is_own: bool = False
    glyph: str = "•"
    tone: str = "neutral"


def begun_reviews(session: Session, user: User, waits: Waits, words: Translator) -> Found:
    """Reviews that this person began and has not submitted."""
    found, _ = reviews.queue(session, user, SHOWN, Waiting(mine=True))
    names = _agents(session, [call for _, call in found])
    return words.gettext("Reviews you have begun"), tuple(
        Entry(
            url=f"/reviews/{review.id}",
            title=_called(call, names, words),
            detail=_due(review, waits, words),
            at=review.opened_at or review.created_at,
            came=review.created_at,
            is_own=True,
            glyph="◐",
        )
        for review, call in found
    )


def due_reviews(session: Session, user: User, waits: Waits, words: Translator) -> Found:
    """Reviews that anybody may take up and that are due today or overdue."""
    found, total = reviews.queue(session, user, SHOWN, Waiting(due_before=waits.end_of_day))
    names = _agents(session, [call for _, call in found])
    title = words.gettext("Due today or overdue: %(count)s") % {
        "count": f"{total}+" if total >= reviews.MOST_COUNTED else total
    }
    return title, tuple(
        Entry(
            url=f"/reviews/{review.id}",
            title=_called(call, names, words),
            detail=_due(review, waits, words),
            at=call.started_at,
            # It came here on the day it became due, or when it was offered, if that was later.
            came=max(review.created_at, review.due_at - timedelta(days=1)),
            glyph="!" if review.due_at <= waits.now else "◷",
            tone="caution" if review.due_at <= waits.now else "neutral",
        )
        for review, call in found
    )


def changed_evidence(session: Session, user: User, waits: Waits, words: Translator) -> Found:
    """Verdicts of this person on evidence that a new evaluation has changed."""
    found = inbox_queries.outdated(session, user, SHOWN)
    names = _agents(session, [one.call for one in found])
    return words.gettext("Evidence has changed since you decided"), tuple(
        Entry(
            url=f"/reviews/{one.review.id}",
            title=_called(one.call, names, words),
            detail=words.ngettext(
                "%(num)s verdict of yours rests on evidence that has changed",
                "%(num)s verdicts of yours rest on evidence that has changed",
                one.verdicts,
            )
            % {"num": one.verdicts},
            at=one.call.started_at,
            came=one.evaluated_at,
            glyph="⚠",
            tone="caution",
        )
        for one in found
    )


def failed_uploads(session: Session, user: User, waits: Waits, words: Translator) -> Found:
    """Recordings of this person that could not be processed."""
    return words.gettext("Your uploads that were not processed"), tuple(
        Entry(
            url=f"/calls/{call.id}",
            title=call.file_name,
            detail=words.gettext(call.error_message) if call.error_message else "",
            at=call.created_at,
            came=call.created_at,
            glyph="✕",
            tone="fail",
        )
        for call in inbox_queries.failed_uploads(session, user, SHOWN)
    )


def notes_to_me(session: Session, user: User, waits: Waits, words: Translator) -> Found:
    """Coaching notes that this agent has not acknowledged."""
    found = coaching.notes(session, user, agent_id=user.id, acknowledged=False, size=SHOWN).items
    names = accounts.names(session, {one.author_id for one in found})
    return words.gettext("Notes to acknowledge"), tuple(
        Entry(
            url=f"/coaching#note-{one.id}",
            title=words.gettext("From %(name)s") % {"name": names.get(one.author_id, "")},
            detail=_beginning(one.text),
            at=one.created_at,
            came=one.created_at,
            glyph="✎",
        )
        for one in found
    )


def released_results(session: Session, user: User, waits: Waits, words: Translator) -> Found:
    """Results of this agent's calls that were submitted lately."""
    found = inbox_queries.released(session, user, waits.since, SHOWN)
    told = [(review, call, OUTCOMES[outcome(review.passed, review.score)]) for review, call in found]
    return words.gettext("Results of your calls"), tuple(
        Entry(
            url=f"/calls/{call.id}",
            title=call.customer_name or call.external_id or call.file_name,
            detail=" · ".join(
                (words.gettext(shown.word), f"{number(review.score)}/100", shown_moment(call.started_at, waits.zone))
            ),
            at=review.submitted_at or review.created_at,
            came=review.submitted_at or review.created_at,
            glyph=shown.glyph,
            tone=shown.tone,
        )
        for review, call, shown in told
    )


def answered_notes(session: Session, user: User, waits: Waits, words: Translator) -> Found:
    """Notes of this person that agents have acknowledged lately, with what they answered."""
    found = inbox_queries.answers(session, user, waits.since, SHOWN)
    names = accounts.names(session, {one.agent_id for one in found})
    return words.gettext("Answers to your notes"), tuple(
        Entry(
            url=f"/calls/{one.call_id}#note-{one.id}",
            title=names.get(one.agent_id, ""),
            detail=_beginning(one.reply) or words.gettext("Acknowledged, without an answer"),
            at=one.acknowledged_at or one.created_at,
            came=one.acknowledged_at or one.created_at,
            glyph="✓",
            tone="pass",
        )
        for one in found
    )


def silent_agents(session: Session, user: User, waits: Waits, words: Translator) -> Found:
    """Notes that an agent has not acknowledged for some days."""
    silence = timedelta(days=SILENT_DAYS)
    found = inbox_queries.unanswered(session, user, waits.now - silence, SHOWN)
    names = accounts.names(session, {one.agent_id for one in found} | {one.author_id for one in found})
    title = words.ngettext(
        "Notes not acknowledged for %(num)s day", "Notes not acknowledged for %(num)s days", SILENT_DAYS
    )
    return title % {"num": SILENT_DAYS}, tuple(
        Entry(
            url=f"/calls/{one.call_id}#note-{one.id}",
            title=f"{names.get(one.author_id, '')} → {names.get(one.agent_id, '')}",
            detail=_beginning(one.text),
            at=one.created_at,
            came=one.created_at + silence,
            glyph="…",
            tone="caution",
        )
        for one in found
    )


def taken_back(session: Session, user: User, waits: Waits, words: Translator) -> Found:
    """Reviews of the team that somebody else opened again or retracted lately."""
    found = inbox_queries.taken_back(session, user, waits.since, SHOWN)
    names = _agents(session, [one.call for one in found])
    return words.gettext("Reviews opened again or retracted"), tuple(
        Entry(
            url=f"/reviews/{one.review.id}",
            title=_called(one.call, names, words),
            detail=_taken_back(one.review, words) % {"name": one.by},
            at=one.at,
            came=one.at,
            glyph="↺",
            tone="caution",
        )
        for one in found
    )


def _taken_back(review: Review, words: Translator) -> str:
    if review.state == ReviewState.OPEN:
        return words.gettext("Opened again by %(name)s")
    return words.gettext("Retracted by %(name)s")


def _agents(session: Session, calls: Sequence[Call]) -> dict[int, str]:
    return accounts.names(session, {call.agent_id for call in calls if call.agent_id is not None})


def _called(call: Call, names: dict[int, str], words: Translator) -> str:
    """A call as an inbox names it: its agent, and whom they spoke with."""
    agent = names.get(call.agent_id or 0) or words.gettext("Unknown agent")
    return (
        f"{agent} → {call.customer_name}" if call.customer_name else f"{agent} · {call.external_id or call.file_name}"
    )


def _due(review: Review, waits: Waits, words: Translator) -> str:
    if review.due_at <= waits.now:
        days = (waits.now - review.due_at).days
        if days:
            return words.ngettext("Overdue by %(num)s day", "Overdue by %(num)s days", days) % {"num": days}
        return words.gettext("Overdue")
    # What is due at the end of a day is due on that day.
    last = review.due_at - timedelta(seconds=1)
    return words.gettext("Due on %(day)s") % {"day": f"{last.astimezone(waits.zone):%Y-%m-%d}"}


def _beginning(text: str, length: int = 140) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"
