"""Plans, what they drew, and calls picked for a risk, as they are stored."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from app.kit.db import UtcTime, values_of


class Period(StrEnum):
    """Which days a plan draws from: one range, or every day, week (from Monday) or month."""

    ONCE = "once"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Dimension(StrEnum):
    """What a plan can stratify by."""

    TEAM = "team"
    AGENT = "agent"
    QUEUE = "queue"
    LENGTH = "length"


class SamplingPlan(SQLModel, table=True):
    """Which calls of which days are drawn from, by what, and how many; it never changes, but can be stopped.

    A recurring plan begins on `first_day`; one that draws once ends on `last_day`. Empty lists leave nothing out.
    `team_id` is the one team it is about; None: several, or all. `size` calls are drawn in all, or of each agent.
    `expected` is the pass rate (0-1) from which the width of the interval was told, `target` what is to be reached.
    """

    __tablename__ = "sampling_plan"

    id: int | None = Field(default=None, primary_key=True)
    name: str
    period: Period = Field(sa_column=Column(values_of(Period), nullable=False))
    first_day: date
    last_day: date | None = None
    team_id: int | None = Field(default=None, foreign_key="team.id", index=True)
    teams: list[int] = Field(sa_column=Column(JSON, nullable=False))
    queues: list[str] = Field(sa_column=Column(JSON, nullable=False))
    directions: list[str] = Field(sa_column=Column(JSON, nullable=False))
    languages: list[str] = Field(sa_column=Column(JSON, nullable=False))
    strata: list[str] = Field(sa_column=Column(JSON, nullable=False))
    size: int
    of_each_agent: bool = False
    seed: int
    expected: float
    target: float | None = None
    active: bool = True
    created_by: int = Field(foreign_key="user.id")
    created_at: datetime = Field(sa_type=UtcTime)


class Draw(SQLModel, table=True):
    """What a plan drew of one period, once and for all.

    `population` calls were drawn from, whose ids make `population_hash`; `left_out` calls of the period were not scored
    then. `strata` lists each stratum: its `name` and `keys`, how many `calls` it has, and how many were `drawn`.
    """

    __table_args__ = (UniqueConstraint("plan_id", "first_day"),)

    id: int | None = Field(default=None, primary_key=True)
    plan_id: int = Field(foreign_key="sampling_plan.id")
    first_day: date
    last_day: date
    seed: int
    population: int
    population_hash: str
    left_out: int = 0
    strata: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    drawn_at: datetime = Field(sa_type=UtcTime)
    drawn_by: str


class DrawnFrom(SQLModel, table=True):
    """The population of a draw as it was: [key, ids] of its calls, so that it can be drawn again for ever."""

    __tablename__ = "drawn_from"

    draw_id: int = Field(primary_key=True, foreign_key="draw.id")
    calls: list[Any] = Field(sa_column=Column(JSON, nullable=False))


class How(StrEnum):
    """How a call came into a sample: it was drawn, or stands in for one that is out of scope."""

    DRAWN = "drawn"
    REPLACEMENT = "replacement"


UNOFFERED = text("offered_at IS NULL")


class DrawnCall(SQLModel, table=True):
    """A call of a sample: its `place` in the seeded order of its stratum, and how likely it was to be drawn (0-1).

    `offered_at` is when its review was opened; of a call out of scope by then, when another stood in for it.
    """

    __tablename__ = "drawn_call"
    __table_args__ = (
        UniqueConstraint("draw_id", "call_id"),
        Index("ix_drawn_call_call_id", "call_id"),
        Index("ix_drawn_call_unoffered", "id", sqlite_where=UNOFFERED, postgresql_where=UNOFFERED),
    )

    id: int | None = Field(default=None, primary_key=True)
    draw_id: int = Field(foreign_key="draw.id")
    call_id: int = Field(foreign_key="call.id")
    stratum: str
    place: int
    probability: float
    how: How = Field(sa_column=Column(values_of(How), nullable=False))
    offered_at: datetime | None = Field(default=None, sa_type=UtcTime)


class Risk(StrEnum):
    """Why a call is listened to beside the plan; never a reason to be counted in an estimate."""

    CRITICAL = "critical"
    COMPLAINT = "complaint"
    LOW_CONFIDENCE = "low_confidence"
    LONG_HOLD = "long_hold"
    BANNED_WORDS = "banned_words"


class RiskRule(SQLModel, table=True):
    """Whether calls are picked for a kind of risk, from which limit on, and how many a day at most."""

    __tablename__ = "risk_rule"

    kind: Risk = Field(sa_column=Column(values_of(Risk, "kind"), primary_key=True))
    active: bool = False
    limit: float | None = None
    per_day: int


class RiskPick(SQLModel, table=True):
    """A risk seen in a call on a `day` (UTC); `offered_at` is when the call was picked for it, within the day's cap."""

    __tablename__ = "risk_pick"
    __table_args__ = (
        UniqueConstraint("call_id", "kind"),
        Index("ix_risk_pick_day", "day", "kind", "offered_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    call_id: int = Field(foreign_key="call.id")
    kind: Risk = Field(sa_column=Column(values_of(Risk, "kind"), nullable=False))
    day: date
    seen_at: datetime = Field(sa_type=UtcTime)
    offered_at: datetime | None = Field(default=None, sa_type=UtcTime)
