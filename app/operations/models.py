"""Facts of agents, weights of the performance score, and costs, as they are stored."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from app.kit.db import UtcTime, values_of


class FactKind(StrEnum):
    """What a person or a list says of an agent, because no call tells it."""

    TRAINING = "training"
    DISCIPLINE = "discipline"
    CONDUCT = "conduct"
    EXAM = "exam"


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


OF_NO_TEAM = text("team_id IS NULL")


class Cost(SQLModel, table=True):
    """What a month cost: of one team or all, of one queue or all ("" stands for all); `month` is its first day.

    `amount` is in whole units of `currency` (ISO 4217), with two digits behind the point.
    """

    __tablename__ = "cost"
    __table_args__ = (
        UniqueConstraint("month", "team_id", "queue"),
        # A constraint takes no two empty teams for the same.
        Index(
            "ix_cost_of_no_team",
            *("month", "queue"),
            unique=True,
            sqlite_where=OF_NO_TEAM,
            postgresql_where=OF_NO_TEAM,
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    month: date
    team_id: int | None = Field(default=None, foreign_key="team.id", index=True)
    queue: str = ""
    amount: float
    currency: str
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
