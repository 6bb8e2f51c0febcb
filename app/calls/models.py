"""Calls as they are stored."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Column, Index, text
from sqlmodel import Field, SQLModel

from app.kit.db import UtcTime, values_of

REPLACED = text("bytes_replaced <> ''")


class CallState(StrEnum):
    """How far a call has come: received → transcribing → scoring → scored, or failed, or deleted."""

    RECEIVED = "received"
    TRANSCRIBING = "transcribing"
    SCORING = "scoring"
    SCORED = "scored"
    FAILED = "failed"
    DELETED = "deleted"


class Direction(StrEnum):
    """Who called whom."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


SOUND_KEPT, WORDS_KEPT = text("sound_removed_at IS NULL"), text("words_removed_at IS NULL")
SOUND_LEFT = text("sound_removed_at IS NOT NULL AND blob <> ''")


class Call(SQLModel, table=True):
    """A recording (or a bare transcript) and its facts.

    `content_hash` is the SHA-256 of the bytes that came in: the same bytes twice are one call. `attempt` counts the
    runs through the pipeline that were asked for (the first, a retry, another engine). `version` grows with every
    change of facts. `site_day` is the day of `started_at` in the team's time zone, fixed when the call comes in.
    `ended_by` (agent or customer) hung up; None where the switch did not say. `duration` is in seconds; `progress`
    (0-1) is how far `step` has come; that of a scored call is still to be done. `blob`, `playback` and `peaks` are
    where the bytes lie that came in, the MP3 that browsers play, and the waveform. Where that MP3 is muted in some
    stretches (`muted`), `playback_unmuted` is the whole of it; `mute_due`: there are more to mute. `bytes_replaced`
    are keys, parted by spaces, of bytes that nothing needs any more and that are to be removed. `team_given`: somebody
    said of which team the call is, so that it stays there when it becomes known on which team its agent was that day.
    `sound_removed_at` and `words_removed_at`: since then what came in is gone, and what was said in it, because the
    period was over for which they are kept; what was found stays.
    """

    __table_args__ = (
        Index("ix_call_day_team_agent", "site_day", "team_id", "agent_id"),
        # Names are looked through by their middle: that is quick where nothing else is read. PostgreSQL refuses to
        # index what is as long as a name may be.
        # Few calls at a time are to be muted, or have bytes that are to go.
        Index("ix_call_mute_due", "id", sqlite_where=text("mute_due = 1"), postgresql_where=text("mute_due")),
        Index("ix_call_bytes_replaced", "id", sqlite_where=REPLACED, postgresql_where=REPLACED),
        Index("ix_call_names", "file_name", "external_id", "customer_name").ddl_if(dialect="sqlite"),
        # What is kept for too long is found without looking at what is gone already.
        Index("ix_call_sound_kept", "site_day", sqlite_where=SOUND_KEPT, postgresql_where=SOUND_KEPT),
        Index("ix_call_words_kept", "site_day", sqlite_where=WORDS_KEPT, postgresql_where=WORDS_KEPT),
        Index("ix_call_sound_left", "id", sqlite_where=SOUND_LEFT, postgresql_where=SOUND_LEFT),
    )

    id: int | None = Field(default=None, primary_key=True)
    external_id: str | None = Field(default=None, unique=True)
    content_hash: str = Field(unique=True)
    blob: str
    playback: str | None = None
    playback_unmuted: str | None = None
    peaks: str | None = None
    muted: int = 0
    mute_due: bool = False
    bytes_replaced: str = ""
    file_name: str
    size_bytes: int
    state: CallState = Field(sa_column=Column(values_of(CallState), nullable=False, index=True))
    attempt: int = 1
    step: str = Field(default="", index=True)
    progress: float = 0.0
    error_code: str | None = None
    error_message: str | None = None
    engine: str | None = None
    language: str | None = None
    direction: Direction = Field(default=Direction.INBOUND, sa_column=Column(values_of(Direction), nullable=False))
    agent_channel: str | None = None
    agent_id: int | None = Field(default=None, foreign_key="user.id", index=True)
    team_id: int | None = Field(default=None, foreign_key="team.id", index=True)
    team_given: bool = False
    queue: str = ""
    customer_name: str | None = None
    ended_by: str | None = None
    started_at: datetime = Field(sa_type=UtcTime, index=True)
    site_day: date
    duration: float | None = None
    channels: int | None = None
    created_at: datetime = Field(sa_type=UtcTime)
    created_by: str
    version: int = 1
    sound_removed_at: datetime | None = Field(default=None, sa_type=UtcTime)
    words_removed_at: datetime | None = Field(default=None, sa_type=UtcTime)

    @property
    def is_recording(self) -> bool:
        """Whether sound was kept; a bare transcript has none. Before it was heard, its name says what it is."""
        return self.playback is not None or not self.file_name.lower().endswith((".json", ".srt", ".vtt"))


class CallSegment(SQLModel, table=True):
    """The part of a call, in seconds, in which another agent than its own spoke; all the rest is its own agent's."""

    __tablename__ = "call_segment"
    __table_args__ = (
        Index("ix_call_segment_call", "call_id", "start"),
        Index("ix_call_segment_agent", "agent_id", "call_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    call_id: int = Field(foreign_key="call.id")
    agent_id: int = Field(foreign_key="user.id")
    start: float
    end: float


class AccessKind(StrEnum):
    """How somebody came to hear a recording."""

    PLAYED = "played"
    CLIP = "clip"
    UNMUTED = "played_unmuted"
    DOWNLOADED = "downloaded"


class RecordingAccess(SQLModel, table=True):
    """Somebody, or a program by a key, was given sound of a call: nothing changes such a row; it goes after a time.

    `place` is where in the product that was, `address` where the request came from.
    """

    __tablename__ = "recording_access"
    __table_args__ = (
        Index("ix_recording_access_at", "at", "id"),
        Index("ix_recording_access_call", "call_id", "user_id", "at"),
        Index("ix_recording_access_user", "user_id", "at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcTime)
    user_id: int = Field(foreign_key="user.id")
    api_key_id: int | None = Field(default=None, foreign_key="api_key.id")
    call_id: int = Field(foreign_key="call.id")
    kind: AccessKind = Field(sa_column=Column(values_of(AccessKind), nullable=False))
    place: str
    address: str


class Installation(SQLModel, table=True):
    """What this database is called in its store of recordings; one row in all, and in no backup."""

    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    name: str
