"""What of coaching can wait in an inbox: notes and their answers, follow-ups, and what nobody has coached yet."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.coaching import queries as coaching
from app.coaching.models import CoachingNote
from app.coaching.queries import Listed
from app.coaching.service import url_of
from app.kit.i18n import Translator
from app.reports import inbox_queries
from app.reports.coaching_queries import uncoached
from app.web.inbox_kinds import SHOWN, Entry, Found, Waits, beginning
from app.web.note_views import item_title, today_on_site
from app.web.uncoached import since, url_to_coach

# A note that nobody has acknowledged for so many days is shown to those who lead.
SILENT_DAYS = 3


def notes_to_me(session: Session, user: User, waits: Waits, words: Translator) -> Found:
    """Coaching notes that this agent has not acknowledged."""
    found = coaching.notes(session, user, Listed.OPEN, agent_id=user.id, size=SHOWN).items
    names = accounts.names(session, {one.author_id for one in found})
    return words.gettext("Notes to acknowledge"), tuple(
        Entry(
            url=url_of(one),
            title=words.gettext("From %(name)s") % {"name": names.get(one.author_id, "")},
            detail=beginning(_said(one)),
            at=one.created_at,
            # What was held back came with the release.
            came=one.told_at or waits.now,
            glyph="✎",
        )
        for one in found
    )


def answered_notes(session: Session, user: User, waits: Waits, words: Translator) -> Found:
    """Notes of this person that agents have acknowledged lately, with what they answered."""
    found = inbox_queries.answers(session, user, waits.since, SHOWN)
    names = accounts.names(session, {one.agent_id for one in found})
    return words.gettext("Answers to your notes"), tuple(
        Entry(
            url=url_of(one),
            title=names.get(one.agent_id, ""),
            detail=beginning(one.reply) or words.gettext("Acknowledged, without an answer"),
            at=one.acknowledged_at or one.created_at,
            came=one.acknowledged_at or one.created_at,
            glyph="✓",
            tone="pass",
        )
        for one in found
    )


def silent_agents(session: Session, user: User, waits: Waits, words: Translator) -> Found:
    """Notes that an agent has not acknowledged for some days, although they could read them."""
    silence = timedelta(days=SILENT_DAYS)
    found = inbox_queries.unanswered(session, user, waits.now - silence, SHOWN)
    title = words.ngettext(
        "Notes not acknowledged for %(num)s day", "Notes not acknowledged for %(num)s days", SILENT_DAYS
    )
    names = _names(session, found)
    return title % {"num": SILENT_DAYS}, tuple(
        Entry(
            url=url_of(one),
            title=_between(one, names),
            detail=beginning(_said(one)),
            at=one.created_at,
            came=(one.told_at or one.created_at) + silence,
            glyph="…",
            tone="caution",
        )
        for one in found
    )


def follow_ups_due(session: Session, user: User, waits: Waits, words: Translator) -> Found:
    """Notes to be followed up today."""
    today = today_on_site(session, user, waits.now)
    found = inbox_queries.to_follow_up(session, user, today, today, SHOWN)
    return words.gettext("Follow-ups due today"), _follow_ups(session, found, waits, "◷", "neutral")


def follow_ups_overdue(session: Session, user: User, waits: Waits, words: Translator) -> Found:
    """Notes whose day to be followed up has passed."""
    today = today_on_site(session, user, waits.now)
    found = inbox_queries.to_follow_up(session, user, None, today - timedelta(days=1), SHOWN)
    return words.gettext("Follow-ups overdue"), _follow_ups(session, found, waits, "!", "caution")


def not_coached(session: Session, user: User, waits: Waits, words: Translator) -> Found:
    """Items that agents of the team failed in the last days without anybody having spoken of it."""
    today = today_on_site(session, user, waits.now)
    found = uncoached(session, user, since(today), team_id=user.team_id)[:SHOWN]
    names = accounts.names(session, {one.agent_id for one in found})
    return words.gettext("Failed and not coached yet"), tuple(
        Entry(
            url=url_to_coach(one),
            title=f"{names.get(one.agent_id, '')} · {item_title(session, one.version, one.item_id, words)}",
            detail=words.ngettext("%(num)s call", "%(num)s calls", len(one.call_ids)) % {"num": len(one.call_ids)},
            at=_beginning_of(one.last_day, waits),
            came=_beginning_of(one.last_day, waits),
            is_own=True,
            glyph="✕",
            tone="fail",
        )
        for one in found
    )


def done_notes(session: Session, user: User, waits: Waits, words: Translator) -> Found:
    """Notes to this agent that somebody has followed up to the end lately."""
    found = inbox_queries.done_lately(session, user, waits.since, SHOWN)
    names = accounts.names(session, {one.author_id for one in found})
    return words.gettext("Coaching that is done"), tuple(
        Entry(
            url=url_of(one),
            title=words.gettext("From %(name)s") % {"name": names.get(one.author_id, "")},
            detail=beginning(_said(one)),
            at=one.done_at or one.created_at,
            came=one.done_at or one.created_at,
            glyph="●",
        )
        for one in found
    )


def _follow_ups(
    session: Session, found: Sequence[CoachingNote], waits: Waits, glyph: str, tone: str
) -> tuple[Entry, ...]:
    names = _names(session, found)
    return tuple(
        Entry(
            url=url_of(one),
            title=_between(one, names),
            detail=beginning(one.reply) or beginning(_said(one)),
            at=_beginning_of(one.follow_up_on, waits) if one.follow_up_on else one.created_at,
            came=_beginning_of(one.follow_up_on, waits) if one.follow_up_on else one.created_at,
            glyph=glyph,
            tone=tone,
        )
        for one in found
    )


def _names(session: Session, found: Sequence[CoachingNote]) -> dict[int, str]:
    return accounts.names(session, {one.agent_id for one in found} | {one.author_id for one in found})


def _between(one: CoachingNote, names: dict[int, str]) -> str:
    return f"{names.get(one.author_id, '')} → {names.get(one.agent_id, '')}"


def _said(one: CoachingNote) -> str:
    """What a note says, its strength first."""
    return " ".join(text for text in (one.topic, one.strength, one.heard, one.effect, one.advice, one.text) if text)


def _beginning_of(day: date, waits: Waits) -> datetime:
    return datetime.combine(day, time(), waits.zone)
