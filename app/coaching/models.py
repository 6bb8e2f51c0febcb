"""Coaching notes as they are stored."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from app.kit.db import UtcTime


class CoachingNote(SQLModel, table=True):
    """A note to an agent about one item of one call; `start` and `end` (seconds) bound the clip it speaks of."""

    __tablename__ = "coaching_note"

    id: int | None = Field(default=None, primary_key=True)
    call_id: int = Field(foreign_key="call.id", index=True)
    review_id: int | None = Field(default=None, foreign_key="review.id")
    item_id: str | None = None
    agent_id: int = Field(foreign_key="user.id", index=True)
    author_id: int = Field(foreign_key="user.id", index=True)
    start: float | None = None
    end: float | None = None
    text: str
    created_at: datetime = Field(sa_type=UtcTime)
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcTime)
    reply: str = ""
