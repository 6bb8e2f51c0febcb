"""What is kept how long, what must not be removed, and what people asked to have erased, as it is stored."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Column, Index, text
from sqlmodel import Field, SQLModel

from app.kit.db import UtcTime, values_of

# The team of the policy that holds for whoever has none of their own.
SITE = 0


class RetentionPolicy(SQLModel, table=True):
    """For how many days after the day of a call its sound is kept, and its words; None: for ever.

    `team_id` is SITE, or the team to whose calls it applies in place of that of the site.
    """

    __tablename__ = "retention_policy"

    team_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    sound_days: int | None = None
    words_days: int | None = None
    set_by: int = Field(foreign_key="user.id")
    set_at: datetime = Field(sa_type=UtcTime)


class AgedCall(SQLModel, table=True):
    """By which policy sound or words of a call were removed: of which team (SITE: of none), after how many days.

    On `look_again_on` what people have written about it since is removed too.
    """

    __tablename__ = "aged_call"

    call_id: int = Field(primary_key=True, foreign_key="call.id", sa_column_kwargs={"autoincrement": False})
    policy_team_id: int = SITE
    sound_days: int | None = None
    words_days: int | None = None
    look_again_on: date | None = Field(default=None, index=True)


STANDS = text("lifted_at IS NULL")


class LegalHold(SQLModel, table=True):
    """Why some calls must not be removed, until somebody lifts it; `calls` is how many these are."""

    __tablename__ = "legal_hold"
    __table_args__ = (Index("ix_legal_hold_stands", "id", sqlite_where=STANDS, postgresql_where=STANDS),)

    id: int | None = Field(default=None, primary_key=True)
    reason: str
    calls: int
    put_by: int = Field(foreign_key="user.id")
    put_at: datetime = Field(sa_type=UtcTime)
    lifted_by: int | None = Field(default=None, foreign_key="user.id")
    lifted_at: datetime | None = Field(default=None, sa_type=UtcTime)
    lift_reason: str = ""


class HeldCall(SQLModel, table=True):
    """A call on hold; it may be on several holds, and is free when all of them are lifted."""

    __tablename__ = "held_call"
    __table_args__ = (Index("ix_held_call_call_id", "call_id", "hold_id"),)

    hold_id: int = Field(primary_key=True, foreign_key="legal_hold.id")
    call_id: int = Field(primary_key=True, foreign_key="call.id")


UNDONE = text("ended_at IS NULL")


class Erasure(SQLModel, table=True):
    """What a person asked to have erased; who that was is kept nowhere, only what the house calls the request."""

    __table_args__ = (Index("ix_erasure_undone", "id", sqlite_where=UNDONE, postgresql_where=UNDONE),)

    id: int | None = Field(default=None, primary_key=True)
    reference: str = ""
    asked_by: int = Field(foreign_key="user.id")
    asked_at: datetime = Field(sa_type=UtcTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)


class Erased(StrEnum):
    """What can be erased: a call, a record of the switch, a complaint, a refused file, a list that was brought in."""

    CALL = "call"
    CONTACT = "contact"
    COMPLAINT = "complaint"
    FILE = "file"
    LIST = "list"


# A thing that is to be erased: its kind and its id.
Target = tuple[Erased, int]
LEFT = text("done_at IS NULL")


class ErasureTarget(SQLModel, table=True):
    """One thing that is to be erased, and since when nothing is left of it."""

    __tablename__ = "erasure_target"
    __table_args__ = (
        Index("ix_erasure_target_left", "erasure_id", sqlite_where=LEFT, postgresql_where=LEFT),
        Index("ix_erasure_target_what", "kind", "target_id"),
    )

    erasure_id: int = Field(primary_key=True, foreign_key="erasure.id")
    kind: Erased = Field(sa_column=Column(values_of(Erased, "kind"), primary_key=True))
    target_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    done_at: datetime | None = Field(default=None, sa_type=UtcTime)

    @property
    def what(self) -> Target:
        """Its kind and id."""
        return Erased(self.kind), self.target_id


class Tidying(SQLModel, table=True):
    """How often words were removed, and how often of these SQLite's file was tidied afterwards; one row in all."""

    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    asked: int = 0
    done: int = 0
