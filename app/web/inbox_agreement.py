"""What waits of calibrations, and of calls that two people scored differently."""

from datetime import timedelta

from sqlmodel import Session

from app.accounts.models import User
from app.kit.db import id_of
from app.kit.i18n import Translator
from app.reviews import calibration, second_queries
from app.web.agreement import to_settle
from app.web.inbox_kinds import SHOWN, Entry, Found, Waits


def calibrations_to_score(session: Session, user: User, waits: Waits, words: Translator) -> Found:
    """Calibrations in which this person has calls left to score."""
    found = second_queries.open_for(session, user)[:SHOWN]
    return words.gettext("Calibrations to score"), tuple(
        Entry(
            url=calibration.url(one),
            title=one.title,
            detail=words.gettext("Due on %(day)s")
            % {"day": f"{(one.due_at - timedelta(seconds=1)).astimezone(waits.zone):%Y-%m-%d}"},
            at=one.opened_at,
            came=one.opened_at,
            is_own=one.opened_by == id_of(user),
            glyph="!" if one.due_at <= waits.now else "◌",
            tone="caution" if one.due_at <= waits.now else "neutral",
        )
        for one in found
    )


def calibrations_to_agree_on(session: Session, user: User, waits: Waits, words: Translator) -> Found:
    """Calibrations that everybody has scored and in which nobody has closed what was agreed on."""
    found = second_queries.to_agree_on(session, user, SHOWN)
    return words.gettext("Calibrations to agree on"), tuple(
        Entry(
            url=calibration.url(one),
            title=one.title,
            detail=words.gettext("All verdicts are known now"),
            at=one.ended_at or one.opened_at,
            came=one.ended_at or one.opened_at,
            glyph="◐",
        )
        for one in found
    )


def two_differ(session: Session, user: User, waits: Waits, words: Translator) -> Found:
    """Calls that two reviewers scored differently and nobody has settled."""
    found = second_queries.unsettled(session, user, SHOWN)
    lines = to_settle(session, user, words, SHOWN)
    return words.gettext("Two reviewers differ"), tuple(
        Entry(
            url=line.url,
            title=f"{line.agent} · {line.reference}",
            detail=words.gettext("Settle what they see differently"),
            at=one.compared_at or one.opened_at,
            came=one.compared_at or one.opened_at,
            glyph="≠",
            tone="caution",
        )
        for line, (one, _) in zip(lines, found, strict=True)
    )
