"""Who is on which team since when: a call belongs to the team that its agent was on that day."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, delete

from app.accounts import queries
from app.accounts.models import Team, TeamMembership, User
from app.kit.db import id_of
from app.kit.errors import NotFound

# The first team that somebody is known to be on is theirs for all the time before.
BEGINNING = date(1970, 1, 1)
# Somewhere it is tomorrow already.
MOST_AHEAD = timedelta(hours=14)

# The teams of a person (ids, None: no team) by the day on which they came there.
Begins = dict[date, int | None]


def begin(session: Session, user: User, since: date = BEGINNING) -> None:
    """Note down the first team of a person, or that they have none."""
    session.add(TeamMembership(user_id=id_of(user), team_id=user.team_id, since=since, settled=True))
    session.flush()


def join(session: Session, user: User, team: Team | None, now: datetime, since: date | None = None) -> None:
    """Put a person on a team, or on none, from a day on: that of today if none is said, one gone by, or one to come.

    Who is on that team already since an earlier day came on this one: the other day was a mistake. The calls move to
    their team by and by: the worker settles it (`calls.teams`).
    """
    queries.lock_user(session, id_of(user))
    if since is None and user.team_id == (None if team is None else team.id):
        return
    before = {one.since: one.team_id for one in queries.memberships(session, id_of(user))}
    _keep(session, user, before, joined(before, None if team is None else team.id, since or today(team, now)), now)


def withdraw(session: Session, user: User, since: date, now: datetime) -> None:
    """Take back that a person came to a team on that day: they stayed where they were."""
    queries.lock_user(session, id_of(user))
    before = {one.since: one.team_id for one in queries.memberships(session, id_of(user))}
    if since not in before or since == min(before):
        raise NotFound
    _keep(session, user, before, _without_repeats({day: one for day, one in before.items() if day != since}), now)


def joined(before: Begins, team_id: int | None, since: date) -> Begins:
    """The teams of a person after they were put on one from a day on."""
    in_force = max((day for day in before if day <= since), default=None)
    moved = in_force not in (None, BEGINNING) and before.get(in_force or since, 0) == team_id
    kept = {day: one for day, one in before.items() if not (moved and day == in_force)}
    return _without_repeats({**kept, since: team_id})


def turn(session: Session, user: User, now: datetime) -> None:
    """Let a person be on the team of today."""
    team = team_at(session, id_of(user), now)
    user.team_id = None if team is None else team.id
    session.add(user)
    session.flush()


def team_at(session: Session, user_id: int, moment: datetime) -> Team | None:
    """The team that somebody was on at a moment: the last one that had begun on its own clock."""
    return team_among(queries.memberships(session, user_id), _teams(session), moment)


def team_among(memberships: Sequence[TeamMembership], teams: dict[int | None, Team], moment: datetime) -> Team | None:
    """The same, told from what was read."""
    begun = (one for one in reversed(memberships) if today(teams.get(one.team_id), moment) >= one.since)
    last = next(begun, None)
    return None if last is None else teams.get(last.team_id)


def settle(session: Session, user: User, now: datetime) -> None:
    """Note that the calls of a person are where they belong, by all that has begun."""
    teams = _teams(session)
    for one in queries.memberships(session, id_of(user)):
        if not one.settled and today(teams.get(one.team_id), now) >= one.since:
            one.settled = True
            session.add(one)
    session.flush()


def unsettled(session: Session, now: datetime) -> list[int]:
    """Those (ids) whose calls may have to move to another team, or who come to another team today."""
    teams = _teams(session)
    found = queries.unsettled(session, (now + MOST_AHEAD).date())
    return sorted({one.user_id for one in found if today(teams.get(one.team_id), now) >= one.since})


def today(team: Team | None, now: datetime) -> date:
    """The day it is where a team works."""
    return now.astimezone(ZoneInfo(team.time_zone if team else "UTC")).date()


def _teams(session: Session) -> dict[int | None, Team]:
    return {one.id: one for one in queries.teams(session)}


def _keep(session: Session, user: User, before: Begins, wanted: Begins, now: datetime) -> None:
    if wanted == before:
        return
    session.exec(delete(TeamMembership).where(col(TeamMembership.user_id) == user.id))
    session.add_all([TeamMembership(user_id=id_of(user), team_id=one, since=day) for day, one in wanted.items()])
    session.flush()
    turn(session, user, now)


def _without_repeats(begins: Begins) -> Begins:
    """Without those that change nothing, because the one before is of the same team."""
    kept: Begins = {}
    for day in sorted(begins):
        if not kept or begins[day] != list(kept.values())[-1]:
            kept[day] = begins[day]
    return kept
