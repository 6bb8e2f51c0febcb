"""Tells people once of each of their reviews that is due today, or was before."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.kit import db
from app.notices import queries as notices
from app.notices.models import Kind
from app.notices.service import tell
from app.reviews import due_queries
from app.reviews.models import Review

# The end of the day that it is for somebody lies no farther ahead.
AHEAD = timedelta(days=1)


def tell_due(engine: Engine, now: datetime) -> None:
    """Tell everybody of theirs, each person in a transaction of its own."""
    with db.session(engine, reads_only=True) as session:
        people = sorted({one.assigned_to or 0 for one in due_queries.due_before(session, now + AHEAD)})
        found = [one for one in people if _untold(session, one, now)]
    for user_id in found:
        with db.session(engine) as session:
            # Two who tell at once wait for each other, and the second finds it told.
            accounts.lock_user(session, user_id)
            for url in _untold(session, user_id, now):
                tell(session, [user_id], Kind.DUE, url, now)


def _untold(session: Session, user_id: int, now: datetime) -> list[str]:
    """The pages of the reviews of a person that are due and that they were not told of."""
    user = accounts.user(session, user_id)
    if user is None or not user.active:
        return []
    urls = [f"/reviews/{one.id}" for one in _due_today(session, user, now)]
    told = notices.due_told(session, user_id, urls) if urls else set()
    return [one for one in urls if one not in told]


def _due_today(session: Session, user: User, now: datetime) -> Sequence[Review]:
    """Those due by the end of the day on the reader's clock; what is due at midnight is due the day before."""
    team = accounts.team(session, user.team_id) if user.team_id else None
    zone = ZoneInfo(user.time_zone or (team.time_zone if team else "UTC"))
    today = now.astimezone(zone).date()
    found = due_queries.due_before(session, now + AHEAD, user.id)
    return [one for one in found if (one.due_at - timedelta(seconds=1)).astimezone(zone).date() <= today]
