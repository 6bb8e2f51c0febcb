"""Reviews as they are stored: what people decided; what they decided before stands in the ledger."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from app.domain.evidence import Verdict
from app.domain.lifecycle import COUNTING, ReviewState
from app.kit.db import UtcTime, values_of


class Picked(StrEnum):
    """Why a call came into the queue: every scored one does, a plan drew it, a risk was seen, or a person sent it."""

    EVERY = "every"
    SAMPLE = "sample"
    RISK = "risk"
    PERSON = "person"


class Purpose(StrEnum):
    """What a review is for: it counts, or is only compared: a second scoring, a calibration, an agent's own score."""

    COUNTS = "counts"
    SECOND = "second"
    CALIBRATION = "calibration"
    SELF = "self"


COUNTS = text("purpose = 'counts'")
UNRELEASED = text("state = 'submitted'")


class Review(SQLModel, table=True):
    """One person's judgement of a call, begun from an evaluation of the machine.

    `score`, `passed` and `critical_failed` are set when it is submitted. `version` grows with every change of it.
    `blind`: decided without what the machine found being shown; no longer so once it was opened again. `due_at` is the
    end of the day by which it is to be done, `called_at` the beginning of its call as it was offered, which orders the
    queue. `picked` is one of Picked; the database does not check it, so that a new way of picking needs no migration.
    `opened_by` was at it last, at `opened_at`; `reviewer_id` decided first, or submitted it. `assigned_to` is who is to
    do it. Submitted, it is the agent's to read from `release_at` on, and was so at `released_at`; without a
    `release_at`, when a person releases it. `set_aside_reason` is why it is out of scope. Of each call one review
    counts; others are compared with it, by their `purpose`.
    """

    __table_args__ = (
        # Of each call one review counts; every other question about a call's reviews is answered by it too.
        Index("uq_review_counts", "call_id", unique=True, sqlite_where=COUNTS, postgresql_where=COUNTS),
        Index("ix_review_call_id", "call_id"),
        # The order of the queue; where a review waits is found, and who waits there, without looking at others.
        Index("ix_review_queue", "state", "due_at", "called_at", "id"),
        # What a person has begun, among all that they ever reviewed.
        Index("ix_review_reviewer_id", "reviewer_id", "state"),
        Index("ix_review_opened_by", "opened_by", "state"),
        Index("ix_review_assigned_to", "assigned_to", "state"),
        Index("ix_review_release", "release_at", sqlite_where=UNRELEASED, postgresql_where=UNRELEASED),
        # The calls that came out so are found without reading any review.
        Index("ix_review_outcome", "state", "passed", "score", "call_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    call_id: int = Field(foreign_key="call.id")
    evaluation_id: int = Field(foreign_key="evaluation.id")
    state: ReviewState = Field(sa_column=Column(values_of(ReviewState), nullable=False))
    reviewer_id: int | None = Field(default=None, foreign_key="user.id")
    score: float | None = None
    passed: bool | None = None
    critical_failed: bool = False
    blind: bool = False
    picked: str = Picked.EVERY.value
    purpose: Purpose = Field(default=Purpose.COUNTS, sa_column=Column(values_of(Purpose), nullable=False))
    assigned_to: int | None = Field(default=None, foreign_key="user.id")
    assigned_at: datetime | None = Field(default=None, sa_type=UtcTime)
    set_aside_reason: str | None = None
    release_at: datetime | None = Field(default=None, sa_type=UtcTime)
    released_at: datetime | None = Field(default=None, sa_type=UtcTime)
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcTime)
    due_at: datetime = Field(sa_type=UtcTime)
    called_at: datetime = Field(sa_type=UtcTime)
    opened_by: int | None = Field(default=None, foreign_key="user.id")
    opened_at: datetime | None = Field(default=None, sa_type=UtcTime)
    reopened_at: datetime | None = Field(default=None, sa_type=UtcTime)
    created_at: datetime = Field(sa_type=UtcTime)
    submitted_at: datetime | None = Field(default=None, sa_type=UtcTime)
    version: int = 1

    @property
    def counts(self) -> bool:
        """Whether its result counts in the final rates."""
        return self.state in COUNTING

    @property
    def hides_machine(self) -> bool:
        """Whether nobody may see yet what the machine found."""
        return self.blind and self.state == ReviewState.OPEN


class ReviewVerdict(SQLModel, table=True):
    """What a person decided about one item, beside (never in place of) the machine's finding.

    `machine_verdict` and `fingerprint` are the finding it was decided on: when a new evaluation finds other evidence,
    `outdated` is set and the person looks again. `reason_code` says why the machine was overridden. `level` is what was
    chosen of a graded item's levels, in points. `blind`: given before what the machine found was shown.
    """

    __tablename__ = "review_verdict"
    __table_args__ = (
        UniqueConstraint("review_id", "item_id"),
        # What somebody is to look at again: few of very many.
        Index(
            "ix_review_verdict_outdated",
            "decided_by",
            "review_id",
            sqlite_where=text("outdated = 1"),
            postgresql_where=text("outdated"),
        ),
        # What people said of an item, and the few notes beside it, without looking at other items.
        Index("ix_review_verdict_item", "item_id", "verdict", "review_id"),
        Index(
            "ix_review_verdict_noted", "item_id", sqlite_where=text("note != ''"), postgresql_where=text("note != ''")
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    review_id: int = Field(foreign_key="review.id")
    item_id: str
    verdict: Verdict = Field(sa_column=Column(values_of(Verdict), nullable=False))
    level: float | None = None
    machine_verdict: Verdict = Field(sa_column=Column(values_of(Verdict, "machine_verdict"), nullable=False))
    fingerprint: str
    outdated: bool = False
    blind: bool = False
    reason_code: str | None = None
    note: str = ""
    decided_by: int = Field(foreign_key="user.id")
    decided_at: datetime = Field(sa_type=UtcTime)
    version: int = 1


class BlindLabel(SQLModel, table=True):
    """What a person said of an item, and the machine too, when a blind review was submitted for the first time.

    It never changes: whoever changes a verdict after having seen the machine's gives no blind one any more, and without
    those who change their minds machine and people would seem to agree more than they do.
    """

    __tablename__ = "blind_label"
    __table_args__ = (
        UniqueConstraint("review_id", "item_id"),
        # All that is counted stands in it: the table itself is not read.
        Index("ix_blind_label_counts", "scorecard", "item_id", "machine_verdict", "verdict"),
    )

    id: int | None = Field(default=None, primary_key=True)
    review_id: int = Field(foreign_key="review.id")
    scorecard: str
    item_id: str
    machine_verdict: Verdict = Field(sa_column=Column(values_of(Verdict, "machine_verdict"), nullable=False))
    verdict: Verdict = Field(sa_column=Column(values_of(Verdict), nullable=False))
    labelled_at: datetime = Field(sa_type=UtcTime)
