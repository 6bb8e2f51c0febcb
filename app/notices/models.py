"""Notices as they are stored."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, Index, text
from sqlmodel import Field, SQLModel

from app.kit.db import UtcTime, values_of


class Kind(StrEnum):
    """What a notice is about."""

    ASSIGNED = "assigned"
    DUE = "due"
    RELEASED = "released"
    DISPUTED = "disputed"
    DECIDED = "decided"
    COACHING = "coaching"
    ANSWERED = "answered"
    CALIBRATION = "calibration"


UNSENT = text("settled_at IS NULL")
IS_DUE = text("kind = 'due'")


class Notice(SQLModel, table=True):
    """Something that a person is told of; `url` is the page it is about, within the product.

    `settled_at`: it was sent by mail, or need not be. `tried` counts the attempts to send it, the
    next of which comes after `try_after`.
    """

    __table_args__ = (
        Index("ix_notice_unsent", "id", sqlite_where=UNSENT, postgresql_where=UNSENT),
        Index("ix_notice_due", "user_id", "url", sqlite_where=IS_DUE, postgresql_where=IS_DUE),
    )

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user.id", index=True)
    kind: Kind = Field(sa_column=Column(values_of(Kind), nullable=False))
    url: str
    at: datetime = Field(sa_type=UtcTime)
    tried: int = 0
    try_after: datetime | None = Field(default=None, sa_type=UtcTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcTime)
