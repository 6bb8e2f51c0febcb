"""Scorecards as they are stored: every version that judged or was published, and what people are still writing."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.kit.db import UtcTime


class ScorecardVersion(SQLModel, table=True):
    """One immutable version of a scorecard, named by the hash of its content.

    `source` is the YAML of a published one as its author wrote it, with remarks and layout.
    """

    __tablename__ = "scorecard_version"

    version: str = Field(primary_key=True)
    scorecard: str = Field(index=True)
    content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    source: str | None = Field(default=None, sa_type=Text)
    created_at: datetime = Field(sa_type=UtcTime)


class ScorecardDraft(SQLModel, table=True):
    """What one person is writing on a scorecard, as YAML that may be broken still; saved at every pause.

    `revision` grows with each saving, so that two windows of one person never write over each other. `based_on` is
    the version it began from. `faults` are what the thorough check found of the revision `checked`, None before it.
    """

    __tablename__ = "scorecard_draft"
    __table_args__ = (UniqueConstraint("user_id", "scorecard"),)

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user.id")
    scorecard: str = Field(index=True)
    content: str = Field(sa_type=Text)
    based_on: str | None = None
    revision: int = 1
    checked: int | None = None
    faults: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    created_at: datetime = Field(sa_type=UtcTime)
    updated_at: datetime = Field(sa_type=UtcTime)
