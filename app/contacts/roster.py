"""Who the people of a list are, and of which team a contact is: all read at once, before many contacts are kept."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from app.accounts import membership
from app.accounts import queries as accounts
from app.accounts.models import Team, TeamMembership
from app.kit.db import id_of


@dataclass(frozen=True)
class Roster:
    """People by user name and teams by name (both in small letters), and who was on which team when.

    `home` is the zone that all teams share, or UTC where they differ: the one of contacts without a team.
    `shared` says whether they do share one.
    """

    agents: dict[str, int]
    named: dict[str, int]
    teams: dict[int | None, Team]
    zones: dict[int | None, ZoneInfo]
    memberships: dict[int, list[TeamMembership]]
    home: ZoneInfo
    shared: bool

    def team_of(self, agent_id: int | None, moment: datetime) -> int | None:
        """The team (id) that an agent was on at a moment."""
        begun = self.memberships.get(agent_id, ()) if agent_id is not None else ()
        if len(begun) == 1 and begun[0].since == membership.BEGINNING:
            return begun[0].team_id
        found = membership.team_among(begun, self.teams, moment)
        return None if found is None else found.id

    def day(self, moment: datetime, team_id: int | None) -> date:
        """The day it was where a team works."""
        zone = self.zones.get(team_id, self.home)
        return moment.astimezone(zone).date()

    def team_on(self, agent_id: int, day: date, team_id: int | None = None) -> int | None:
        """The team (id) that an agent was on during a day: at its noon."""
        zone = self.zones.get(team_id, self.home)
        return self.team_of(agent_id, datetime(day.year, day.month, day.day, 12, tzinfo=zone).astimezone(UTC))


def roster(session: Session) -> Roster:
    """All of it, as it is now."""
    teams: dict[int | None, Team] = {one.id: one for one in accounts.teams(session)}
    memberships: dict[int, list[TeamMembership]] = {}
    for one in accounts.all_memberships(session):
        memberships.setdefault(one.user_id, []).append(one)
    names = {one.time_zone for one in teams.values()}
    return Roster(
        agents={one.username.lower(): id_of(one) for one in accounts.users(session)},
        named={one.name.lower(): id_of(one) for one in teams.values()},
        teams=teams,
        zones={team: ZoneInfo(one.time_zone) for team, one in teams.items()},
        memberships=memberships,
        home=ZoneInfo(names.pop()) if len(names) == 1 else ZoneInfo("UTC"),
        shared=len({one.time_zone for one in teams.values()}) <= 1,
    )
