"""The ledger as it is stored."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.kit.db import UtcTime


class LedgerEntry(SQLModel, table=True):
    """One thing that happened in one stream (a call, an account), chained to the entry before it by its hash.

    Streams are named by text ("call:17"), so that an entry outlives what it tells of. `actor` is a user's name, the
    name of an API key, or "machine".
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (
        UniqueConstraint("stream", "sequence"),
        # What is looked for in the whole ledger: a time, an event, what a person did.
        Index("ix_ledger_entry_at", "at", "id"),
        Index("ix_ledger_entry_event", "event", "at", "id"),
        Index("ix_ledger_entry_actor", "actor_id", "at", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    stream: str
    sequence: int
    at: datetime = Field(sa_type=UtcTime)
    actor_id: int | None = None
    actor: str
    event: str
    payload: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    previous_hash: str
    hash: str


class LedgerWords(SQLModel, table=True):
    """What people wrote or said that an entry tells of: kept beside the ledger, for it goes when its call is deleted.

    `said` is JSON. The entry has its hash with the salt, which proves what was written, and tells nothing without that.
    """

    __tablename__ = "ledger_words"

    entry_id: int = Field(primary_key=True, foreign_key="ledger_entry.id", sa_column_kwargs={"autoincrement": False})
    stream: str = Field(index=True)
    salt: str
    said: str


class LedgerHead(SQLModel, table=True):
    """The end of a stream: how many entries it has, and the hash of the last; who adds an entry holds this row."""

    __tablename__ = "ledger_head"

    stream: str = Field(primary_key=True)
    sequence: int
    hash: str
