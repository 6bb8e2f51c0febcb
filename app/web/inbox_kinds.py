"""The kinds of things that can wait in an inbox: each a function from what is stored to its title and its entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.calls.models import Call
from app.domain.lifecycle import ReviewState
from app.kit.i18n import N_, Translator
from app.reports import inbox_queries
from app.reports.wording import OUTCOMES, Shown, number
from app.reviews import queries as reviews
from app.reviews.models import Review
from app.reviews.queries import Waiting
from app.web.call_rows import outcome
from app.web.times import shown_moment

SHOWN = 10
# So many are looked through for those that concern this person.
LOOKED_AT = 100

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
    rows, _ = reviews.queue(session, user, LOOKED_AT, Waiting(mine=True))
    found = [(review, call) for review, call in rows if review.opened_by == user.id][:SHOWN]
    names = agents_of(session, [call for _, call in found])
    return words.gettext("Reviews you have begun"), tuple(
        Entry(
            url=f"/reviews/{review.id}",
            title=called(call, names, words),
            detail=due(review, waits, words),
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
    names = agents_of(session, [call for _, call in found])
    title = words.gettext("Due today or overdue: %(count)s") % {
        "count": f"{total}+" if total >= reviews.MOST_COUNTED else total
    }
    return title, tuple(
        Entry(
            url=f"/reviews/{review.id}",
            title=called(call, names, words),
            detail=due(review, waits, words),
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
    names = agents_of(session, [one.call for one in found])
    return words.gettext("Evidence has changed since you decided"), tuple(
        Entry(
            url=f"/reviews/{one.review.id}",
            title=called(one.call, names, words),
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


def released_results(session: Session, user: User, waits: Waits, words: Translator) -> Found:
    """Results of this agent's calls that were released lately; one that waits for their own score does not say yet."""
    found = inbox_queries.released(session, user, waits.since, SHOWN)
    told = [(review, call, _result(review)) for review, call in found]
    return words.gettext("Results of your calls"), tuple(
        Entry(
            url=f"/calls/{call.id}",
            title=call.customer_name or call.external_id or call.file_name,
            detail=" · ".join(
                (
                    words.gettext(shown.word),
                    *([f"{number(review.score)}/100"] if review.told else []),
                    shown_moment(call.started_at, waits.zone),
                )
            ),
            at=review.released_at or review.created_at,
            came=review.released_at or review.created_at,
            glyph=shown.glyph,
            tone=shown.tone,
        )
        for review, call, shown in told
    )


def _result(review: Review) -> Shown:
    """What came of a call, for its agent."""
    if review.told:
        return OUTCOMES[outcome(review.passed, review.score)]
    return Shown("✎", N_("Your own score comes first"), "neutral")


def taken_back(session: Session, user: User, waits: Waits, words: Translator) -> Found:
    """Reviews of the team that somebody else opened again or retracted lately."""
    found = inbox_queries.taken_back(session, user, waits.since, SHOWN)
    names = agents_of(session, [one.call for one in found])
    return words.gettext("Reviews opened again or retracted"), tuple(
        Entry(
            url=f"/reviews/{one.review.id}",
            title=called(one.call, names, words),
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


def agents_of(session: Session, calls: Sequence[Call]) -> dict[int, str]:
    return accounts.names(session, {call.agent_id for call in calls if call.agent_id is not None})


def called(call: Call, names: dict[int, str], words: Translator) -> str:
    """A call as an inbox names it: its agent, and whom they spoke with."""
    agent = names.get(call.agent_id or 0) or words.gettext("Unknown agent")
    return (
        f"{agent} → {call.customer_name}" if call.customer_name else f"{agent} · {call.external_id or call.file_name}"
    )


def due(review: Review, waits: Waits, words: Translator) -> str:
    if review.due_at <= waits.now:
        days = (waits.now - review.due_at).days
        if days:
            return words.ngettext("Overdue by %(num)s day", "Overdue by %(num)s days", days) % {"num": days}
        return words.gettext("Overdue")
    # What is due at the end of a day is due on that day.
    last = review.due_at - timedelta(seconds=1)
    return words.gettext("Due on %(day)s") % {"day": f"{last.astimezone(waits.zone):%Y-%m-%d}"}


def beginning(text: str, length: int = 140) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"
