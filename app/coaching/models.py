"""Coaching notes as they are stored."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Column, Index, text
from sqlmodel import Field, SQLModel

from app.domain.evidence import Verdict
from app.kit.db import UtcTime, values_of


class NoteState(StrEnum):
    """How far a note has come: seen by its author alone, sent, acknowledged by the agent, or done with."""

    DRAFT = "draft"
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    DONE = "done"


class Occasion(StrEnum):
    """Where a note comes from: calls that were heard, guidance on the spot, or a training for several agents."""

    CALL = "call"
    SPOT = "spot"
    TRAINING = "training"


class PointKind(StrEnum):
    """Whether a point of a note is a strength or something to change."""

    STRENGTH = "strength"
    CHANGE = "change"


UNTOLD = text("told_at IS NULL AND state <> 'draft'")
WAITING = text("state IN ('open', 'acknowledged')")


class CoachingNote(SQLModel, table=True):
    """A note to an agent: what went well (`strength`); what was heard, its effect, what to try next time (`advice`).

    `text` is what stands in none of these. A note without calls has the day (`held_on`) and the place of the guidance.
    `told_at` is when the agent could read it first; until then it is held back with the result it speaks of. On
    `follow_up_on`, a day of the site, somebody looks whether it helped. `erased`: what was said in a
    call it speaks of is gone, and the note with it, or as soon as nobody holds another of its calls.
    """

    __tablename__ = "coaching_note"
    __table_args__ = (
        # An agent's list, and what still waits of it.
        Index("ix_coaching_note_agent_state", "agent_id", "state", "created_at"),
        Index("ix_coaching_note_untold", "id", sqlite_where=UNTOLD, postgresql_where=UNTOLD),
        Index("ix_coaching_note_follow_up", "follow_up_on", sqlite_where=WAITING, postgresql_where=WAITING),
    )

    id: int | None = Field(default=None, primary_key=True)
    agent_id: int = Field(foreign_key="user.id", index=True)
    author_id: int = Field(foreign_key="user.id", index=True)
    occasion: Occasion = Field(default=Occasion.CALL, sa_column=Column(values_of(Occasion), nullable=False))
    state: NoteState = Field(default=NoteState.OPEN, sa_column=Column(values_of(NoteState), nullable=False))
    topic: str = ""
    place: str = ""
    held_on: date | None = None
    text: str = ""
    strength: str = ""
    heard: str = ""
    effect: str = ""
    advice: str = ""
    created_at: datetime = Field(sa_type=UtcTime)
    told_at: datetime | None = Field(default=None, sa_type=UtcTime)
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcTime)
    reply: str = ""
    follow_up_on: date | None = None
    done_at: datetime | None = Field(default=None, sa_type=UtcTime)
    erased: bool = False


class CoachingPoint(SQLModel, table=True):
    """What a note speaks of: an item, a clip or a moment (`start` alone) of a call, seconds; or an item as such.

    `verdict` is what a person had decided of the item when the note was written, by the scorecard of
    `scorecard_version`; None where nobody had.
    """

    __tablename__ = "coaching_point"
    __table_args__ = (
        # Whether anybody has spoken of an item of a call.
        Index("ix_coaching_point_call_item", "call_id", "item_id"),
        Index("ix_coaching_point_item", "item_id", "note_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    note_id: int = Field(foreign_key="coaching_note.id", index=True)
    call_id: int | None = Field(default=None, foreign_key="call.id")
    item_id: str | None = None
    scorecard_version: str | None = Field(default=None, foreign_key="scorecard_version.version")
    start: float | None = None
    end: float | None = None
    verdict: Verdict | None = Field(default=None, sa_column=Column(values_of(Verdict), nullable=True))
    kind: PointKind = Field(default=PointKind.CHANGE, sa_column=Column(values_of(PointKind), nullable=False))


class FollowUp(SQLModel, table=True):
    """What somebody found who looked whether a note helped; `next_on` is when they look again, else it is done."""

    __tablename__ = "coaching_follow_up"

    id: int | None = Field(default=None, primary_key=True)
    note_id: int = Field(foreign_key="coaching_note.id", index=True)
    author_id: int = Field(foreign_key="user.id")
    at: datetime = Field(sa_type=UtcTime)
    text: str
    next_on: date | None = None


class CoachingTemplate(SQLModel, table=True):
    """Words that a note can begin with; those of no team are everybody's."""

    __tablename__ = "coaching_template"

    id: int | None = Field(default=None, primary_key=True)
    team_id: int | None = Field(default=None, foreign_key="team.id", index=True)
    title: str
    strength: str = ""
    heard: str = ""
    effect: str = ""
    advice: str = ""
    changed_at: datetime = Field(sa_type=UtcTime)
    changed_by: int = Field(foreign_key="user.id")
