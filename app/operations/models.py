"""Facts of agents and weights of the performance score as they are stored."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.kit.db import UtcTime, values_of


class FactKind(StrEnum):
    """What a person or a list says of an agent, because no call tells it."""

    TRAINING = "training"
    DISCIPLINE = "discipline"
    CONDUCT = "conduct"


class AgentFact(SQLModel, table=True):
    """What was found of an agent in a month, in points of 100; `month` is its first day."""

    __tablename__ = "agent_fact"
    __table_args__ = (UniqueConstraint("agent_id", "month", "kind"),)

    id: int | None = Field(default=None, primary_key=True)
    agent_id: int = Field(foreign_key="user.id")
    month: date
    kind: FactKind = Field(sa_column=Column(values_of(FactKind), nullable=False))
    value: float
    note: str = ""
    entered_by: int | None = Field(default=None, foreign_key="user.id")
    entered_at: datetime = Field(sa_type=UtcTime)


class PerformanceWeights(SQLModel, table=True):
    """How much each part of the performance score weighs in a team, from a month on until the next weights hold.

    `calls_target` is how many calls a month an agent is to handle for a full workload; None: nobody has said.
    """

    __tablename__ = "performance_weights"
    __table_args__ = (UniqueConstraint("team_id", "holds_from"),)

    id: int | None = Field(default=None, primary_key=True)
    team_id: int = Field(foreign_key="team.id")
    holds_from: date
    workload: float
    training: float
    qa: float
    discipline: float
    conduct: float
    calls_target: int | None = None
    set_by: int | None = Field(default=None, foreign_key="user.id")
    set_at: datetime = Field(sa_type=UtcTime)
