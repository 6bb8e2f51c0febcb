"""Reads what is known of agents beside their calls."""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session, col, select

from app.operations.models import AgentFact, FactKind, PerformanceWeights


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
