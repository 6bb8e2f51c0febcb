"""Lets calls follow the roster: who was entered late on a team takes the calls since that day along."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session

from app.accounts import membership
from app.accounts import queries as accounts
from app.accounts.models import Team
from app.calls import queries
from app.calls.models import CallState
from app.calls.service import correct
from app.calls.teams import team_of_day
from app.kit import db
from app.ledger.service import Actor, machine

# How many people, and how many calls of each, are settled in one sweep; the next one goes on.
PEOPLE_AT_ONCE = 50
CALLS_AT_ONCE = 500


@dataclass(frozen=True)
class Follower:
    """What else follows the roster: `hold` keeps others from changing it, `follow` says whether more is left to move.

    Whoever takes such things in refers to people while they hold it: it is held before a person is.
    """

    hold: Callable[[Session], None]
    follow: Callable[[Session, int], bool]


def settle(engine: Engine, now: datetime, followers: Sequence[Follower] = ()) -> None:
    """Put people on the team whose day has come, and the calls of those whose teams were corrected where they belong.

    Each call in a transaction of its own, so that it may be cut off at any place and begun again.
    """
    with db.session(engine, reads_only=True) as session:
        found = membership.unsettled(session, now)
    for user_id in found[:PEOPLE_AT_ONCE]:
        _settle(engine, user_id, now, followers)


def _settle(engine: Engine, user_id: int, now: datetime, followers: Sequence[Follower]) -> None:
    with db.session(engine) as session:
        for one in followers:
            one.hold(session)
        accounts.lock_user(session, user_id)
        user = accounts.user(session, user_id)
        if user is None:
            return
        membership.turn(session, user, now)
        astray = _astray(session, user_id)
        left = [one.follow(session, user_id) for one in followers]
        if not astray and not any(left):
            # Nobody added or corrected one meanwhile: whoever does waits for the lock.
            membership.settle(session, user, now)
    for call_id in astray[:CALLS_AT_ONCE]:
        with db.session(engine) as session:
            follow_roster(session, call_id, machine(now))


def _astray(session: Session, user_id: int) -> list[int]:
    """The calls of an agent that are of another team than the agent was on that day."""
    memberships = accounts.memberships(session, user_id)
    teams: dict[int | None, Team] = {one.id: one for one in accounts.teams(session)}
    return [
        call_id
        for call_id, moment, team_id in queries.of_teams_not_given(session, user_id)
        if getattr(membership.team_among(memberships, teams, moment), "id", None) != team_id
    ]


def follow_roster(session: Session, call_id: int, actor: Actor) -> None:
    """Count a call for the team that its agent was on, unless somebody said of which team it is."""
    call = queries.lock(session, call_id)
    if call.team_given or call.agent_id is None or call.state == CallState.DELETED:
        return
    team = team_of_day(session, call.agent_id, call.started_at)
    correct(session, call, {"team_id": team.id if team else None}, actor)
