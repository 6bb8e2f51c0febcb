"""Points that were entered of agents (exam, training, discipline, conduct), added up by agent, team or month."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Literal

from sqlmodel import Session, col, select

from app.accounts import queries as accounts
from app.accounts.membership import team_among
from app.accounts.models import Role, Team, TeamMembership, User
from app.operations.costing import last_day
from app.operations.models import AgentFact, FactKind

Dimension = Literal["agent_id", "team_id", "month"]
Key = tuple[int | date | None, ...]


@dataclass(frozen=True)
class PointSums:
    """How many results there are, their points (0-100 each) and the points' squares, added up."""

    n: int = 0
    points: float = 0.0
    squares: float = 0.0

    @property
    def mean(self) -> float | None:
        return self.points / self.n if self.n else None

    def with_one(self, points: float) -> "PointSums":
        return PointSums(self.n + 1, self.points + points, self.squares + points * points)


def exam_points(
    session: Session,
    user: User,
    first: date,
    last: date,
    by: Sequence[Dimension] = (),
    *,
    agent_id: int | None = None,
    team_id: int | None = None,
    kind: FactKind = FactKind.EXAM,
) -> dict[Key, PointSums]:
    """Results of the months that lie wholly between two days, both counted, by the dimensions in their order.

    A result belongs to the team its agent was on at the end of the month. Agents know their own, team staff those of
    their team. Without results there is no key, and so no mean.
    """
    wanted = select(AgentFact).where(AgentFact.kind == kind, col(AgentFact.month).between(first, last))
    if user.role == Role.AGENT:
        wanted = wanted.where(AgentFact.agent_id == user.id)
    if agent_id is not None:
        wanted = wanted.where(AgentFact.agent_id == agent_id)
    only = {None, team_id, *([] if user.role in (Role.ADMIN, Role.AGENT) else [user.team_id])} - {None}
    teams = Memberships.read(session) if only or "team_id" in by else None
    found: dict[Key, PointSums] = defaultdict(PointSums)
    for one in session.exec(wanted.order_by(col(AgentFact.id))):
        if last_day(one.month) > last:
            continue
        team = teams.team_in(one.agent_id, one.month) if teams else None
        if only <= {team}:
            known = {"agent_id": one.agent_id, "team_id": team, "month": one.month}
            key = tuple(known[name] for name in by)
            found[key] = found[key].with_one(one.value)
    return dict(found)


@dataclass(frozen=True)
class Memberships:
    """Who was on which team when, read once."""

    teams: dict[int | None, Team]
    of: dict[int, list[TeamMembership]]

    @classmethod
    def read(cls, session: Session) -> "Memberships":
        of: dict[int, list[TeamMembership]] = defaultdict(list)
        for one in accounts.all_memberships(session):
            of[one.user_id].append(one)
        return cls({one.id: one for one in accounts.teams(session)}, of)

    def team_in(self, user_id: int, month: date) -> int | None:
        """The team (id) that somebody was on at the end of a month."""
        end = datetime.combine(last_day(month), time(12), UTC)
        team = team_among(self.of.get(user_id, []), self.teams, end)
        return team.id if team else None
