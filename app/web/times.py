"""Moments on the clock of whoever reads the page."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User


def zone_of(session: Session, user: User) -> ZoneInfo:
    """The zone of the clock that a person reads: their own, else their team's, else UTC."""
    if user.time_zone:
        return ZoneInfo(user.time_zone)
    team = accounts.team(session, user.team_id) if user.team_id is not None else None
    return ZoneInfo(team.time_zone if team else "UTC")


def shown_moment(moment: datetime, zone: ZoneInfo) -> str:
    """Day and time on that clock."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
