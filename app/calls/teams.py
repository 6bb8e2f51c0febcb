"""Of which team a call is: the one that somebody gave it, else the one that its agent was on that day."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session

from app.accounts import membership
from app.accounts import queries as accounts
from app.accounts.models import Team
from app.calls.models import Call


def team_of_day(session: Session, agent_id: int, moment: datetime) -> Team | None:
    """The team of an agent at the moment of a call, which nobody changes until this transaction ends."""
    accounts.keep_team(session, agent_id)
    return membership.team_at(session, agent_id, moment)


def with_team(session: Session, call: Call, changes: Mapping[str, object]) -> dict[str, object]:
    """The changes of a call, with the team that follows from them: a team that somebody says stays as it is."""
    if changes.get("team_id", call.team_id) != call.team_id:
        return {**changes, "team_given": True}
    agent_id, moment = changes.get("agent_id", call.agent_id), changes.get("started_at", call.started_at)
    unchanged = agent_id == call.agent_id and moment == call.started_at
    if unchanged or call.team_given or not isinstance(agent_id, int) or not isinstance(moment, datetime):
        return dict(changes)
    team = team_of_day(session, agent_id, moment)
    return {**changes, "team_id": team.id if team else None}
