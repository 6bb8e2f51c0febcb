"""Scorecards as they are stored: every version that ever judged a call, named by the hash of its content."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from app.kit.db import UtcTime


class ScorecardVersion(SQLModel, table=True):
    """One immutable version of a scorecard."""

    __tablename__ = "scorecard_version"

    version: str = Field(primary_key=True)
    scorecard: str = Field(index=True)
    content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    created_at: datetime = Field(sa_type=UtcTime)
