"""Evaluations as they are stored: what the machine found, never changed afterwards."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from app.domain.evidence import Verdict
from app.kit.db import UtcTime, values_of


class Evaluation(SQLModel, table=True):
    """One transcript revision judged by one scorecard version with one state of the rules; one per call is current.

    `score`, `low`, `high` are points of 100; `passed` is None while open items can change the answer.
    """

    __table_args__ = (
        UniqueConstraint("transcript_id", "scorecard_version", "rules_version"),
        Index(
            "uq_evaluation_current",
            "call_id",
            unique=True,
            sqlite_where=text("current"),
            postgresql_where=text("current"),
        ),
        # The calls that came out so are found without reading any evaluation.
        Index(
            "ix_evaluation_outcome",
            "passed",
            "low",
            "call_id",
            sqlite_where=text("current = 1"),
            postgresql_where=text("current"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    call_id: int = Field(foreign_key="call.id", index=True)
    transcript_id: int = Field(foreign_key="transcript_revision.id")
    scorecard_version: str = Field(foreign_key="scorecard_version.version")
    rules_version: str
    current: bool = True
    score: float | None
    low: float | None
    high: float | None
    passed: bool | None
    critical_failed: bool
    created_at: datetime = Field(sa_type=UtcTime)
    created_by: str


class StoredFinding(SQLModel, table=True):
    """What an evaluation says about one item; `content` is a domain Finding as JSON."""

    __tablename__ = "finding"
    __table_args__ = (
        UniqueConstraint("evaluation_id", "item_id"),
        # The calls that fail an item are found without looking at those that pass it.
        Index("ix_finding_item_verdict", "item_id", "verdict", "evaluation_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    evaluation_id: int = Field(foreign_key="evaluation.id")
    item_id: str
    place: int
    verdict: Verdict = Field(sa_column=Column(values_of(Verdict), nullable=False))
    content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
