"""Reads what is known of agents beside their calls, and what months cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy
from sqlalchemy import ColumnElement, false, true
from sqlmodel import Session, col, func, select

from app.accounts.models import Role, User
from app.kit.errors import NotFound
from app.kit.pagination import PAGE_SIZE, Page, paginate
from app.operations.models import AgentFact, Cost, FactKind, PerformanceWeights


@dataclass(frozen=True)
class Coverage:
    """How much is known: so many entries, about so many agents (0: it is about none), of which months."""

    n: int
    agents: int
    first: date
    last: date


def agents_visible_to(user: User) -> ColumnElement[bool]:
    """Of which agents (rows of `user`) a person knows facts: agents themselves, team staff their team's, others all."""
    if user.role == Role.AGENT:
        return col(User.id) == user.id
    if user.role == Role.ADMIN or user.team_id is None:
        return true()
    return col(User.team_id) == user.team_id


def costs_visible_to(user: User) -> ColumnElement[bool]:
    """Which costs a person knows: agents none, who belongs to a team its own alone, others all."""
    if user.role == Role.AGENT:
        return false()
    if user.role == Role.ADMIN or user.team_id is None:
        return true()
    return col(Cost.team_id) == user.team_id


def facts(session: Session, agent_id: int, first: date, last: date) -> Sequence[AgentFact]:
    """What was entered of an agent for these months, both counted."""
    wanted = select(AgentFact).where(AgentFact.agent_id == agent_id)
    return session.exec(wanted.where(col(AgentFact.month).between(first, last)).order_by(col(AgentFact.month))).all()


def fact(session: Session, agent_id: int, month: date, kind: FactKind) -> AgentFact | None:
    wanted = select(AgentFact).where(AgentFact.agent_id == agent_id, AgentFact.month == month, AgentFact.kind == kind)
    return session.exec(wanted).first()


def weights_in(session: Session, team_id: int | None, month: date) -> PerformanceWeights | None:
    """The weights that hold in a team in this month; None: nobody has set any."""
    wanted = select(PerformanceWeights).where(PerformanceWeights.team_id == team_id)
    wanted = wanted.where(col(PerformanceWeights.holds_from) <= month)
    return session.exec(wanted.order_by(col(PerformanceWeights.holds_from).desc()).limit(1)).first()


def weights_of(session: Session, team_id: int) -> Sequence[PerformanceWeights]:
    """All weights that were set for a team, the newest first."""
    wanted = select(PerformanceWeights).where(PerformanceWeights.team_id == team_id)
    return session.exec(wanted.order_by(col(PerformanceWeights.holds_from).desc())).all()


def weights_from(session: Session, team_id: int, month: date) -> PerformanceWeights | None:
    """The weights that were set for a team from just this month on."""
    wanted = select(PerformanceWeights).where(PerformanceWeights.team_id == team_id)
    return session.exec(wanted.where(PerformanceWeights.holds_from == month)).first()


def cost(session: Session, month: date, team_id: int | None, queue: str) -> Cost | None:
    """What was entered for just this month, team and queue."""
    wanted = select(Cost).where(Cost.month == month, Cost.queue == queue)
    return session.exec(wanted.where(col(Cost.team_id).is_not_distinct_from(team_id))).first()


def cost_row(session: Session, user: User, cost_id: int) -> Cost:
    """The cost with this id, if a person knows it."""
    found = session.exec(select(Cost).where(Cost.id == cost_id, costs_visible_to(user))).first()
    if found is None:
        raise NotFound
    return found


def cost_page(
    session: Session,
    user: User,
    *,
    team_id: int | None = None,
    first: date | None = None,
    last: date | None = None,
    cursor: str | None = None,
    size: int = PAGE_SIZE,
) -> Page[Cost]:
    """The costs that a person knows, the last entered first."""
    wanted = select(Cost).where(costs_visible_to(user))
    wanted = wanted if team_id is None else wanted.where(Cost.team_id == team_id)
    wanted = wanted if first is None else wanted.where(Cost.month >= first)
    wanted = wanted if last is None else wanted.where(Cost.month <= last)
    return paginate(session, wanted, by=Cost.id, row_id=Cost.id, cursor=cursor, size=size)


def cost_rows(session: Session, user: User, first: date | None = None, last: date | None = None) -> Sequence[Cost]:
    """The costs that a person knows, the newest month first."""
    wanted = select(Cost).where(costs_visible_to(user))
    wanted = wanted if first is None else wanted.where(Cost.month >= first)
    wanted = wanted if last is None else wanted.where(Cost.month <= last)
    order = (col(Cost.month).desc(), col(Cost.team_id), col(Cost.queue), col(Cost.id))
    return session.exec(wanted.order_by(*order)).all()


def fact_rows(
    session: Session,
    user: User,
    *,
    agent_id: int | None = None,
    team_id: int | None = None,
    kind: FactKind | None = None,
    first: date | None = None,
    last: date | None = None,
    cursor: str | None = None,
    size: int = PAGE_SIZE,
) -> Page[AgentFact]:
    """What was entered of the agents that a person knows, the last first; of a team: of those who are on it now."""
    wanted = select(AgentFact).join(User, col(User.id) == AgentFact.agent_id).where(agents_visible_to(user))
    wanted = wanted if agent_id is None else wanted.where(AgentFact.agent_id == agent_id)
    wanted = wanted if team_id is None else wanted.where(User.team_id == team_id)
    wanted = wanted if kind is None else wanted.where(AgentFact.kind == kind)
    wanted = wanted if first is None else wanted.where(AgentFact.month >= first)
    wanted = wanted if last is None else wanted.where(AgentFact.month <= last)
    return paginate(session, wanted, by=AgentFact.id, row_id=AgentFact.id, cursor=cursor, size=size)


def fact_row(session: Session, user: User, fact_id: int) -> AgentFact:
    """What was entered under this id, if it is of an agent that the person knows."""
    wanted = select(AgentFact).join(User, col(User.id) == AgentFact.agent_id)
    found = session.exec(wanted.where(AgentFact.id == fact_id, agents_visible_to(user))).first()
    if found is None:
        raise NotFound
    return found


def fact_coverage(session: Session, user: User) -> dict[FactKind, Coverage]:
    """How much is known of the agents that a person knows, by what it is."""
    kind, month, agent = col(AgentFact.kind), col(AgentFact.month), col(AgentFact.agent_id)
    counted = sqlalchemy.select(kind, func.count(), func.count(agent.distinct()), func.min(month), func.max(month))
    rows = session.execute(counted.join(User, col(User.id) == agent).where(agents_visible_to(user)).group_by(kind))
    return {one: Coverage(n, agents, first, last) for one, n, agents, first, last in rows}


def cost_coverage(session: Session, user: User) -> Coverage | None:
    """How many costs are known to a person, and of which months."""
    month = col(Cost.month)
    n, first, last = session.exec(
        select(func.count(), func.min(month), func.max(month)).where(costs_visible_to(user))
    ).one()
    return Coverage(n, 0, first, last) if first and last else None
