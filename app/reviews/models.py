"""Reviews as they are stored: what people decided; what they decided before stands in the ledger."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.domain.evidence import Verdict
from app.kit.db import UtcTime, values_of


class ReviewState(StrEnum):
    """open: to be reviewed; submitted: counts; retracted: submitted once, taken back, does not count."""

    OPEN = "open"
    SUBMITTED = "submitted"
    RETRACTED = "retracted"


class Review(SQLModel, table=True):
    """One person's judgement of a call, begun from an evaluation of the machine.

    `score`, `passed` and `critical_failed` are set when it is submitted. `version` grows with every change of it.
    """

    __table_args__ = (UniqueConstraint("call_id"),)

    id: int | None = Field(default=None, primary_key=True)
    call_id: int = Field(foreign_key="call.id")
    evaluation_id: int = Field(foreign_key="evaluation.id")
    state: ReviewState = Field(sa_column=Column(values_of(ReviewState), nullable=False, index=True))
    reviewer_id: int | None = Field(default=None, foreign_key="user.id", index=True)
    score: float | None = None
    passed: bool | None = None
    critical_failed: bool = False
    created_at: datetime = Field(sa_type=UtcTime)
    submitted_at: datetime | None = Field(default=None, sa_type=UtcTime)
    version: int = 1


class ReviewVerdict(SQLModel, table=True):
    """What a person decided about one item, beside (never in place of) the machine's finding.

    `machine_verdict` and `fingerprint` are the finding it was decided on: when a new evaluation finds other evidence,
    `outdated` is set and the person looks again. `reason_code` says why the machine was overridden. `level` is what was
    chosen of a graded item's levels, in points.
    """

    __tablename__ = "review_verdict"
    __table_args__ = (UniqueConstraint("review_id", "item_id"),)

    id: int | None = Field(default=None, primary_key=True)
    review_id: int = Field(foreign_key="review.id")
    item_id: str
    verdict: Verdict = Field(sa_column=Column(values_of(Verdict), nullable=False))
    level: float | None = None
    machine_verdict: Verdict = Field(sa_column=Column(values_of(Verdict, "machine_verdict"), nullable=False))
    fingerprint: str
    outdated: bool = False
    reason_code: str | None = None
    note: str = ""
    decided_by: int = Field(foreign_key="user.id")
    decided_at: datetime = Field(sa_type=UtcTime)
    version: int = 1
