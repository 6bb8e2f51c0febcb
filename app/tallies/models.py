"""Counts as they are stored: what each call adds, and the sums by day, team, agent, queue and scorecard."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from app.kit.db import UtcTime

# What is added up of an item, and whose calls it is.
SUMMED = ("verdict", "team_id", "agent_id", "design", "n")


class TallyKey(SQLModel):
    """What a count belongs to; 0 and "" stand for none, so that a key is unique on every database.

    `design` is how the call came to be reviewed (as `Review.picked` says it); a machine's count has none.
    """

    source: str
    site_day: date
    team_id: int = 0
    agent_id: int = 0
    queue: str = ""
    scorecard: str = ""
    version: str = ""
    design: str = ""


COUNTS_NOW = text("counted_until IS NULL")
COUNTED_ONCE = text("counted_until IS NOT NULL")


class Contribution(TallyKey, table=True):
    """What one call adds to the tallies of one source ("machine", "final"); `items` maps item ids to verdicts.

    It counted from `counted_from` until `counted_until` (excluded), or counts still: then that is None. What a call
    counted before is kept for ever, so that every rate can be told as it was on any day.
    """

    __table_args__ = (
        # A call counts once at a time.
        Index(
            "uq_contribution_now",
            "call_id",
            "source",
            unique=True,
            sqlite_where=COUNTS_NOW,
            postgresql_where=COUNTS_NOW,
        ),
        Index("ix_contribution_call_id", "call_id", "source"),
        # What counted on a day of the past is summed over the days it is about.
        Index("ix_contribution_day", "source", "site_day", "counted_from"),
        # What was counted otherwise before: few of very many.
        Index(
            "ix_contribution_ended",
            *("source", "call_id"),
            sqlite_where=COUNTED_ONCE,
            postgresql_where=COUNTED_ONCE,
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    call_id: int
    n: int = 0
    passed: int = 0
    uncertain: int = 0
    not_applicable: int = 0
    critical: int = 0
    score_tenths: int = 0
    items: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    counted_from: datetime = Field(sa_type=UtcTime)
    counted_until: datetime | None = Field(default=None, sa_type=UtcTime)


class Tally(TallyKey, table=True):
    """How many calls of a key were decided (`n`), passed, stayed uncertain or had no item that applied."""

    __table_args__ = (
        UniqueConstraint(
            "source", "site_day", "team_id", "agent_id", "queue", "scorecard", "version", "design", name="uq_tally_key"
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    n: int = 0
    passed: int = 0
    uncertain: int = 0
    not_applicable: int = 0
    critical: int = 0
    score_tenths: int = 0


class ItemTally(TallyKey, table=True):
    """How often an item got a verdict in the calls of a key."""

    __tablename__ = "item_tally"
    __table_args__ = (
        UniqueConstraint(
            "source",
            "site_day",
            "team_id",
            "agent_id",
            "queue",
            "scorecard",
            "version",
            "design",
            "item",
            "verdict",
            name="uq_item_tally_key",
        ),
        # One item over the days, and every item of some days; the table itself is not read.
        Index("ix_item_tally_item_day", "item", "source", "site_day", "scorecard", *SUMMED),
        Index("ix_item_tally_sums", "source", "site_day", "scorecard", "item", *SUMMED),
    )

    id: int | None = Field(default=None, primary_key=True)
    item: str
    verdict: str
    n: int = 0
