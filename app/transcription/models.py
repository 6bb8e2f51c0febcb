"""Transcripts as they are stored: every revision is kept."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.domain.transcript import Transcript
from app.kit.db import UtcTime


class TranscriptRevision(SQLModel, table=True):
    """One state of a call's transcript: heard by an engine (`attempt` is set) or mended by a person.

    The current one is that with the highest `revision`. `content` is a domain Transcript as JSON; `reading` is what
    the rules read of it, made by the rules of its language in the state `reading_version`.
    """

    __tablename__ = "transcript_revision"
    __table_args__ = (UniqueConstraint("call_id", "revision"), UniqueConstraint("call_id", "attempt"))

    id: int | None = Field(default=None, primary_key=True)
    call_id: int = Field(foreign_key="call.id")
    revision: int
    attempt: int | None = None
    engine: str
    content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    reading: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON, nullable=True))
    reading_version: str | None = None
    created_at: datetime = Field(sa_type=UtcTime)
    created_by: str

    @property
    def transcript(self) -> Transcript:
        """What was said and heard."""
        return Transcript.model_validate(self.content)
