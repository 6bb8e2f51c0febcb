"""Transcripts as they are stored: every revision is kept; what the current one says can be searched."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Dialect, Index, Text, TypeDecorator, UniqueConstraint
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.types import TypeEngine
from sqlmodel import Field, SQLModel

from app.domain.transcript import Span, Transcript
from app.kit.db import UtcTime


class TranscriptRevision(SQLModel, table=True):
    """One state of a call's transcript: heard by an engine (`attempt` is set) or mended by a person.

    Numbers that nobody is to read were taken out before it was kept; `muted` are the stretches in which they are
    heard, in seconds ([[start, end], …]), None where nobody looked for any. The current one is that with the highest
    `revision`. `content` is a domain Transcript as JSON; `reading` is what the rules read of it, made by the rules of
    its language in the state `reading_version`.
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
    muted: list[list[float]] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True), nullable=True))
    created_at: datetime = Field(sa_type=UtcTime)
    created_by: str

    @property
    def transcript(self) -> Transcript:
        """What was said and heard."""
        return Transcript.model_validate(self.content)

    @property
    def muted_spans(self) -> tuple[Span, ...]:
        """When its numbers are heard."""
        return tuple(Span(start=start, end=end) for start, end in self.muted or ())


class Terms(TypeDecorator[tuple[str, ...]]):
    """The terms under which a text is found; words of letters and digits alone, so that nothing is quoted in them."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(TSVECTOR() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:
        return None if value is None else " ".join(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...] | None:
        return None if value is None else tuple(one.strip("'") for one in value.split())


class Spoken(SQLModel, table=True):
    """What is said in a call now, ready for search; a deleted call has none.

    `turns` has a line for each turn as it is read, `text` the same lines in the form in which they are searched.
    SQLite finds the terms by a table `spoken_index` beside this one, which triggers keep.
    """

    __table_args__ = (
        Index("ix_spoken_terms", "terms", postgresql_using="gin", postgresql_with={"fastupdate": "off"}).ddl_if(
            dialect="postgresql"
        ),
    )

    call_id: int = Field(primary_key=True, foreign_key="call.id")
    turns: str
    text: str
    terms: tuple[str, ...] = Field(sa_column=Column(Terms, nullable=False))
