"""Shared clips as they are stored."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from app.kit.db import UtcTime


class ClipLink(SQLModel, table=True):
    """A link to one stretch of a call; only the hash of its token is kept. `start` and `end` are seconds.

    It opens nothing to anybody who may not see the call anyway.
    """

    __tablename__ = "clip_link"

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True)
    call_id: int = Field(foreign_key="call.id", index=True)
    start: float
    end: float
    item_id: str | None = None
    created_by: int = Field(foreign_key="user.id")
    created_at: datetime = Field(sa_type=UtcTime)
    expires_at: datetime = Field(sa_type=UtcTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcTime)
