"""Complaints as they are stored."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from app.kit.db import UtcTime, values_of


class ComplaintCategory(StrEnum):
    """What a complaint is about; `attitude` is 服务态度."""

    ATTITUDE = "attitude"
    INFORMATION = "information"
    RESOLUTION = "resolution"
    WAITING = "waiting"
    OTHER = "other"


class ComplaintOutcome(StrEnum):
    """What the inquiry found; only upheld complaints count in the rate."""

    OPEN = "open"
    UPHELD = "upheld"
    NOT_UPHELD = "not_upheld"


class Complaint(SQLModel, table=True):
    """A complaint, linked to its call and agent where they are known; `site_day` is the day it counts on."""

    id: int | None = Field(default=None, primary_key=True)
    external_id: str | None = Field(default=None, unique=True)
    call_id: int | None = Field(default=None, foreign_key="call.id", index=True)
    agent_id: int | None = Field(default=None, foreign_key="user.id", index=True)
    team_id: int | None = Field(default=None, foreign_key="team.id", index=True)
    received_at: datetime = Field(sa_type=UtcTime)
    site_day: date = Field(index=True)
    channel: str = "phone"
    category: ComplaintCategory = Field(sa_column=Column(values_of(ComplaintCategory), nullable=False))
    outcome: ComplaintOutcome = Field(sa_column=Column(values_of(ComplaintOutcome), nullable=False))
    text: str = ""
    created_at: datetime = Field(sa_type=UtcTime)
    created_by: str
