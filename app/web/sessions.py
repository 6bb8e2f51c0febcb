"""The browsers in which a person is signed in, as their own page and an administrator's list them."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.accounts.models import UserSession
from app.web.times import Moment, moment

# As many letters of a session's hash name it without doubt.
REFERENCE_LENGTH = 16


@dataclass(frozen=True)
class SessionRow:
    """A browser in which somebody is signed in; `is_this`: the one that shows the page."""

    reference: str
    browser: str
    since: Moment
    last_seen: Moment
    until: Moment
    is_this: bool


def session_rows(sessions: Sequence[UserSession], here: str, zone: ZoneInfo) -> tuple[SessionRow, ...]:
    """These sessions on the reader's clock; `here` is the hash of the token of this browser."""
    return tuple(
        SessionRow(
            one.token_hash[:REFERENCE_LENGTH],
            one.browser,
            moment(one.created_at, zone),
            moment(one.last_seen_at, zone),
            moment(one.expires_at, zone),
            one.token_hash == here,
        )
        for one in sessions
    )
