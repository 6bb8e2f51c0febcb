"""The clock of a person's site: days of the site begin and end on it."""

from zoneinfo import ZoneInfo

from sqlmodel import Session

from app.accounts import queries
from app.accounts.models import User


def site_zone(session: Session, user: User) -> ZoneInfo:
    """The zone of a person's team; who belongs to none has that of all teams, if they share one; else UTC."""
    team = queries.team(session, user.team_id) if user.team_id is not None else None
    if team is not None:
        return ZoneInfo(team.time_zone)
    zones = {one.time_zone for one in queries.teams(session)}
    return ZoneInfo(zones.pop() if len(zones) == 1 else "UTC")
