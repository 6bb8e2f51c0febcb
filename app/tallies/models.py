"""Counts as they are stored: what each call adds, and the sums of it by day and month, person, team and site."""

from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, Integer, SmallInteger, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from app.kit.db import UtcTime


class TallyKey(SQLModel):
    """What a count belongs to; 0 and "" stand for none, so that a key is unique on every database.

    `design` is how the call came to be reviewed (as `Review.picked` says it); a machine's count has none.
    `submitted_day` is the day, in the team's time zone, on which the review was submitted or the machine judged; in a
    key None stands for the day of counting.
    """

    source: str
    site_day: date
    team_id: int = 0
    agent_id: int = 0
    queue: str = ""
    scorecard: str = ""
    version: str = ""
    design: str = ""
    submitted_day: date | None = None


COUNTS_NOW = text("counted_until IS NULL")
COUNTED_ONCE = text("counted_until IS NOT NULL")


class Contribution(TallyKey, table=True):
    """What one call adds to the tallies of one source ("machine", "final"); `items` maps item ids to verdicts.

    It counted from `counted_from` until `counted_until` (excluded), or counts still: then that is None. What a call
    counted before is kept for ever, so that every rate can be told as it was on any day. `started_at` and
    `submitted_at` are the moments behind its two days, for whoever asks in another time zone.
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
        Index("ix_contribution_submitted", "source", "submitted_day"),
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
    submitted_day: date
    submitted_at: datetime = Field(sa_type=UtcTime)
    started_at: datetime = Field(sa_type=UtcTime)


LARGE: Any = BigInteger().with_variant(Integer, "sqlite")


class Level(StrEnum):
    """How far a sum is rolled up: for an agent, a team or the site, each by queue and scorecard or as a whole.

    An agent's sums are of one team; those of the site are not by queue.
    """

    AGENT = "agent"
    TEAM = "team"
    SITE = "site"
    WHOLE_AGENT = "whole_agent"
    WHOLE_TEAM = "whole_team"
    WHOLE_SITE = "whole_site"


class Span(IntEnum):
    """What a sum stretches over: a day or a month, of the calls themselves, of their submission, or of both alike.

    Most calls are judged on the day they are made: one sum then serves both questions.
    """

    CALL_DAY = 1
    SUBMITTED_DAY = 2
    BOTH_DAY = 3
    CALL_MONTH = 4
    SUBMITTED_MONTH = 5
    BOTH_MONTH = 6


class TallyGroup(SQLModel, table=True):
    """Whose calls are summed, and by which scorecard and design; what is rolled up at its level is 0 or ""."""

    __tablename__ = "tally_group"
    __table_args__ = (
        UniqueConstraint(
            "level", "source", "team_id", "agent_id", "queue", "scorecard", "version", "design", name="uq_tally_group"
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    level: str
    source: str
    team_id: int = 0
    agent_id: int = 0
    queue: str = ""
    scorecard: str = ""
    version: str = ""
    design: str = ""


def _place(kind: Any) -> Any:
    """A part of a key that says where a sum stands."""
    return Field(sa_column=Column(kind, primary_key=True, autoincrement=False, nullable=False))


class Tally(SQLModel, table=True):
    """How many calls of a group, in a span from its `start` on, were decided (`n`), passed, are uncertain …"""

    # The sums of a group lie beside each other in the order of their days; no other index is needed.
    __table_args__ = ({"sqlite_with_rowid": False},)

    group_id: int = Field(
        sa_column=Column(Integer, ForeignKey("tally_group.id"), primary_key=True, autoincrement=False, nullable=False)
    )
    span: int = _place(SmallInteger)
    start: date = Field(primary_key=True)
    n: int = 0
    passed: int = 0
    uncertain: int = 0
    not_applicable: int = 0
    critical: int = 0
    # A month of two million calls is more than fits into 32 bits.
    score_tenths: int = Field(default=0, sa_type=LARGE)


class ItemTally(SQLModel, table=True):
    """How often an item got each verdict in the calls of a group, in a span from its `start` on."""

    __tablename__ = "item_tally"
    __table_args__ = ({"sqlite_with_rowid": False},)

    group_id: int = Field(
        sa_column=Column(Integer, ForeignKey("tally_group.id"), primary_key=True, autoincrement=False, nullable=False)
    )
    span: int = _place(SmallInteger)
    start: date = Field(primary_key=True)
    item: str = Field(primary_key=True)
    passed: int = 0
    failed: int = 0
    uncertain: int = 0
    unscored: int = 0
    not_applicable: int = 0
