"""Files that were taken in, and lists that were brought in, as they are stored."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Column
from sqlmodel import Field, SQLModel

from app.kit.db import UtcTime, values_of


class TakenFile(SQLModel, table=True):
    """A file of a folder, and what became of it.

    `place` is the machine and the folder. `file_hash` is the SHA-256 of place and path; the path itself, which may have
    a customer's number in it, is kept while the file is refused, and empty otherwise. `modified` is in nanoseconds
    since 1970, `sha256` the hash of the bytes, where they became a call. `said` is the SHA-256 of what was said of it:
    the same file with the same facts need not be read again. `fault` says why it was refused; then it has no call.
    """

    __tablename__ = "taken_file"

    id: int | None = Field(default=None, primary_key=True)
    place: str = Field(index=True)
    file_hash: str = Field(unique=True)
    path: str = ""
    size_bytes: int = Field(sa_column=Column(BigInteger, nullable=False))
    modified: int = Field(sa_column=Column(BigInteger, nullable=False))
    said: str
    sha256: str = Field(default="", index=True)
    call_id: int | None = Field(default=None, foreign_key="call.id", index=True)
    fault_code: str = ""
    fault: str = ""
    taken_at: datetime = Field(sa_type=UtcTime)


class ImportKind(StrEnum):
    """What a list tells: contacts of the switch, days of agents, or answers and outcomes of contacts."""

    CONTACTS = "contacts"
    AGENT_DAYS = "agent_days"
    ANSWERS = "answers"


class ImportState(StrEnum):
    """How far a list has come; failed: it could not be read at all, or broke off for a reason it says."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ListImport(SQLModel, table=True):
    """A list that somebody brought in, and what became of its rows.

    `mapping` names what its columns mean; empty: our own columns. `rows` were read, of them `added` were new,
    `changed` said something new of what was known, `unchanged` nothing, and `bad` were left out; `bad_rows` are the
    first of these, each with line, column and message. `blob` holds the bytes until a while after all rows are in.
    """

    __tablename__ = "list_import"

    id: int | None = Field(default=None, primary_key=True)
    kind: ImportKind = Field(sa_column=Column(values_of(ImportKind), nullable=False))
    state: ImportState = Field(sa_column=Column(values_of(ImportState), nullable=False, index=True))
    file_name: str
    mapping: str = ""
    blob: str
    size_bytes: int = Field(sa_column=Column(BigInteger, nullable=False))
    rows: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    bad: int = 0
    bad_rows: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    error_code: str | None = None
    error_message: str | None = None
    asked_by: int = Field(foreign_key="user.id", index=True)
    asked_at: datetime = Field(sa_type=UtcTime, index=True)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)
