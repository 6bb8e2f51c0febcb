"""Tells people once of each of their reviews that is due today, or was before."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlmodel import Session

from app.accounts import queries as accounts
from app.kit import db
from app.kit.db import id_of
from app.notices.models import Kind
from app.notices.service import tell
from app.reviews import due_queries
from app.reviews.models import Review

# The end of the day that it is for somebody lies no farther ahead.
AHEAD = timedelta(days=1)


def tell_due(engine: Engine, now: datetime) -> None:
    """Tell everybody of theirs, each person in a transaction of its own."""
    with db.session(engine, reads_only=True) as session:
        people = {one.assigned_to or 0 for one in _due_today(session, now)}
    for user_id in sorted(people):
        with db.session(engine) as session:
            # Two who tell at once wait for each other, and the second finds it told.
            accounts.lock_user(session, user_id)
            for one in _due_today(session, now, user_id):
                tell(session, [user_id], Kind.DUE, f"{due_queries.PAGE}{id_of(one)}", now)


def _due_today(session: Session, now: datetime, user_id: int | None = None) -> Sequence[Review]:
    """What nobody was told of and is due by the end of the day on the reader's clock; midnight is the day before."""
    found = due_queries.untold(session, now + AHEAD, user_id)
    zones = {one.id: one.time_zone for one in accounts.teams(session)} if found else {}
    due = []
    for review, user in found:
        zone = ZoneInfo(user.time_zone or zones.get(user.team_id, "UTC"))
        if (review.due_at - timedelta(seconds=1)).astimezone(zone).date() <= now.astimezone(zone).date():
            due.append(review)
    return due
