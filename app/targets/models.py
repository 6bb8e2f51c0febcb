"""Targets that people have set, as they are stored."""

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from app.kit.db import UtcTime

OF_NO_TEAM = text("team_id IS NULL")


class SetTarget(SQLModel, table=True):
    """What an indicator is to reach, in its own unit, for one team or all, one queue or all ("" stands for all).

    It holds from `holds_from` to `holds_until`, both counted (no end: until a newer one holds). `direction` is inbound,
    outbound, or "" for calls of both directions together.
    """

    __tablename__ = "target"
    __table_args__ = (
        UniqueConstraint("indicator", "team_id", "queue", "direction", "holds_from"),
        # A constraint takes no two empty teams for the same.
        Index(
            "ix_target_of_no_team",
            *("indicator", "queue", "direction", "holds_from"),
            unique=True,
            sqlite_where=OF_NO_TEAM,
            postgresql_where=OF_NO_TEAM,
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    indicator: str = Field(max_length=64)
    team_id: int | None = Field(default=None, foreign_key="team.id", index=True)
    queue: str = ""
    direction: str = Field(default="", max_length=16)
    holds_from: date
    holds_until: date | None = None
    value: float
    note: str = ""
    set_by: int | None = Field(default=None, foreign_key="user.id")
    set_at: datetime = Field(sa_type=UtcTime)
