"""Webhooks as they are stored: who is told of what, and what was told."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Column, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from app.kit.db import UtcTime, values_of


class OffReason(StrEnum):
    """Why a webhook is switched off: a person did it, or the other system said that its address is gone (410)."""

    PERSON = "person"
    GONE = "gone"


class DeliveryState(StrEnum):
    """How far a delivery is; given up after the last try, or because its webhook was switched off."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


UNDELIVERED = text("state <> 'delivered'")


class Webhook(SQLModel, table=True):
    """An address of another system, and the events of which it is told; `off` says why it is not told any more.

    `position` is the last ledger entry that was looked at for it, also while it is off: what comes after is still to be
    told, and of calls that were deleted, what it was told is still to be forgotten. `secret` signs
    what is sent, and until `former_until` so does `former_secret`; both are encrypted with a key outside the database.
    `version` grows with every change of what a person says of it.
    """

    id: int | None = Field(default=None, primary_key=True)
    url: str = Field(sa_type=Text)
    description: str = ""
    events: list[str] = Field(sa_column=Column(JSON, nullable=False))
    off: OffReason | None = Field(default=None, sa_column=Column(values_of(OffReason), nullable=True))
    secret: str = Field(sa_type=Text)
    former_secret: str | None = Field(default=None, sa_type=Text)
    former_until: datetime | None = Field(default=None, sa_type=UtcTime)
    position: int = 0
    version: int = 1
    created_at: datetime = Field(sa_type=UtcTime)
    created_by: int = Field(foreign_key="user.id")

    @property
    def active(self) -> bool:
        """Whether anything is sent to it."""
        return self.off is None


class WebhookDelivery(SQLModel, table=True):
    """One event that one webhook is told of; a replay sends it again under the same id.

    `entry_id` is the ledger entry it tells of; None of a trial. `body` is what is sent, as JSON. `tried` counts the
    tries; who sends puts `try_after` off first, so that nobody else sends it meanwhile. `answer` is the HTTP status of
    the last try, `failure` why there was none, `excerpt` how the answer began where it was no yes.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("webhook_id", "event_id"),
        # What is to be sent now and what was given up, without looking at what was delivered.
        Index(
            "ix_webhook_delivery_undelivered",
            *("webhook_id", "state", "try_after"),
            sqlite_where=UNDELIVERED,
            postgresql_where=UNDELIVERED,
        ),
        Index("ix_webhook_delivery_created_at", "created_at"),
        Index("ix_webhook_delivery_latest", "webhook_id", "created_at", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    webhook_id: int = Field(foreign_key="webhook.id")
    event: str
    event_id: str
    entry_id: int | None = None
    body: str = Field(sa_type=Text)
    state: DeliveryState = Field(
        default=DeliveryState.WAITING, sa_column=Column(values_of(DeliveryState), nullable=False)
    )
    tried: int = 0
    try_after: datetime = Field(sa_type=UtcTime)
    tried_at: datetime | None = Field(default=None, sa_type=UtcTime)
    answer: int | None = None
    failure: str = ""
    excerpt: str = ""
    created_at: datetime = Field(sa_type=UtcTime)
