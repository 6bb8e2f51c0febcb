"""Backtests as they are stored: what was tried on which calls, how far it has come, and what would change."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field, SQLModel

from app.kit.db import UtcTime, values_of


class BacktestState(StrEnum):
    """How far a backtest is."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


class Backtest(SQLModel, table=True):
    """One scorecard tried against the one that judged then, on stored calls; nothing of the calls is changed.

    It takes the calls with ids after `after` up to `last_call`, some at a time; `found` are the counts so far. Both
    scorecards are kept whole, because a draft that is tried is no version that ever judged. `team_id` is the team
    whose calls alone its starter sees; None for one who sees all.
    """

    id: int | None = Field(default=None, primary_key=True)
    scorecard: str = Field(index=True)
    language: str
    version: str
    against: str
    content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    against_content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    days: int | None = None
    most: int
    started_by: int = Field(foreign_key="user.id")
    team_id: int | None = Field(default=None, foreign_key="team.id")
    state: BacktestState = Field(sa_column=Column(values_of(BacktestState), nullable=False))
    after: int
    last_call: int
    total: int
    done: int = 0
    found: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    created_at: datetime = Field(sa_type=UtcTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)


class BacktestChange(SQLModel, table=True):
    """A call of which a verdict or the outcome would change."""

    __tablename__ = "backtest_change"
    __table_args__ = (Index("ix_backtest_change_backtest_id_id", "backtest_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    backtest_id: int = Field(foreign_key="backtest.id")
    call_id: int = Field(foreign_key="call.id", index=True)
    agent_id: int
    before: str
    after: str
    flips: list[list[str]] = Field(sa_column=Column(JSON, nullable=False))
