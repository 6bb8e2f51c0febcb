"""Reviews as they are stored: what people decided; what they decided before stands in the ledger."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from app.domain.evidence import Verdict
from app.domain.lifecycle import COUNTING, TOLD, ReviewState
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
UNANSWERED = text("outcome = 'open'")
REOPENED = text("reopened_at IS NOT NULL")
DECIDED = text("decided_at IS NOT NULL")
SET_ASIDE = text("state = 'set_aside'")


class DisputeOutcome(StrEnum):
    """What became of an agent's dispute of one item."""

    OPEN = "open"
    ACCEPTED = "accepted"
    PARTLY = "partly"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Review(SQLModel, table=True):
    """One person's judgement of a call, begun from an evaluation of the machine.

    `score`, `passed` and `critical_failed` are set when it is submitted. `version` grows with every change of it.
    `blind`: decided without what the machine found being shown; no longer so once it was opened again. `due_at` is the
    end of the day by which it is to be done, `called_at` the beginning of its call as it was offered, which orders the
    queue. `picked` is one of Picked; the database does not check it, so that a new way of picking needs no migration.
    `opened_by` was at it last, at `opened_at`; `reviewer_id` decided first, or submitted it. `assigned_to` is who is to
    do it, or who set it aside; `given_back_by` is who could not do it. Submitted, it is the agent's to read from
    `release_at` on, and was so at `released_at`; without a `release_at`, when a person releases it.
    `awaits_self_score`: the agent is to score the call too, or to decline, before they read it. `acknowledged_words` is
    what the agent said to it. `set_aside_reason` is why it is out of scope. Of each call one review counts; others are
    compared with it, by their `purpose`.
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
        # What somebody, or nobody, is to do, in the order of the queue, however much the others have.
        Index("ix_review_assigned_to", "assigned_to", "state", "due_at", "called_at", "id"),
        Index(
            "ix_review_set_aside", *("set_aside_reason", "call_id"), sqlite_where=SET_ASIDE, postgresql_where=SET_ASIDE
        ),
        Index("ix_review_release", "release_at", sqlite_where=UNRELEASED, postgresql_where=UNRELEASED),
        # What was opened again lately, for the inboxes.
        Index("ix_review_reopened_at", "reopened_at", sqlite_where=REOPENED, postgresql_where=REOPENED),
        # What was decided without seeing what the machine found: few, by which its error is measured.
        Index("ix_review_blind", "id", sqlite_where=text("blind = 1"), postgresql_where=text("blind")),
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
    calibration_id: int | None = Field(default=None, foreign_key="calibration.id", index=True)
    assigned_to: int | None = Field(default=None, foreign_key="user.id")
    assigned_at: datetime | None = Field(default=None, sa_type=UtcTime)
    given_back_by: int | None = Field(default=None, foreign_key="user.id")
    set_aside_reason: str | None = None
    release_at: datetime | None = Field(default=None, sa_type=UtcTime)
    released_at: datetime | None = Field(default=None, sa_type=UtcTime)
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcTime)
    acknowledged_words: str = ""
    awaits_self_score: bool = False
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
    def told(self) -> bool:
        """Whether the call's agent may read it."""
        return self.state in TOLD and not self.awaits_self_score

    @property
    def hides_machine(self) -> bool:
        """Whether nobody may see yet what the machine found."""
        # One that was set aside may be brought back, and is as blind as before.
        return self.blind and self.state in (ReviewState.OPEN, ReviewState.SET_ASIDE)


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
    """What a person (`labelled_by`) said of an item, and the machine too, when a blind review was first submitted.

    It never changes: whoever changes a verdict after having seen the machine's gives no blind one any more, and without
    those who change their minds machine and people would seem to agree more than they do. `level` is what the person
    chose of a graded item's levels, in points.
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
    level: float | None = None
    labelled_at: datetime = Field(sa_type=UtcTime)
    labelled_by: int | None = Field(default=None, foreign_key="user.id")


UNSETTLED = text("differs AND settled_at IS NULL")


class DoubleScoring(SQLModel, table=True):
    """A call that two people score blind, neither knowing of the other; the first result is the one that counts.

    `first_…` is what the first of them submitted, whatever becomes of it later. `differs`: one passed the call and the
    other did not, or they disagree about a critical item. `reference_passed` is what the call is worth once a third
    person has settled what they disagree about, or at once where there is nothing to settle.
    """

    __tablename__ = "double_scoring"
    __table_args__ = (
        Index("ix_double_scoring_unsettled", "compared_at", sqlite_where=UNSETTLED, postgresql_where=UNSETTLED),
    )

    id: int | None = Field(default=None, primary_key=True)
    call_id: int = Field(foreign_key="call.id", index=True)
    first_id: int = Field(foreign_key="review.id", unique=True)
    second_id: int = Field(foreign_key="review.id", unique=True)
    first_by: int = Field(foreign_key="user.id")
    second_by: int | None = Field(default=None, foreign_key="user.id")
    first_passed: bool | None = None
    second_passed: bool | None = None
    reference_passed: bool | None = None
    differs: bool = False
    opened_at: datetime = Field(sa_type=UtcTime)
    compared_at: datetime | None = Field(default=None, sa_type=UtcTime, index=True)
    settled_at: datetime | None = Field(default=None, sa_type=UtcTime)
    settled_by: int | None = Field(default=None, foreign_key="user.id")


class Calibration(SQLModel, table=True):
    """Some people score the same calls blind and then talk about what they saw differently.

    From `ended_at` on they see each other's verdicts: everybody has submitted, or who leads it has ended it. From
    `closed_at` on it is over, and what they agreed on is the reference.
    """

    __table_args__ = (Index("ix_calibration_due_at", "due_at"),)

    id: int | None = Field(default=None, primary_key=True)
    title: str
    due_at: datetime = Field(sa_type=UtcTime)
    opened_by: int = Field(foreign_key="user.id")
    opened_at: datetime = Field(sa_type=UtcTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcTime)
    closed_by: int | None = Field(default=None, foreign_key="user.id")


class CalibrationSeat(SQLModel, table=True):
    """Who takes part in a calibration."""

    __tablename__ = "calibration_seat"

    calibration_id: int = Field(foreign_key="calibration.id", primary_key=True)
    user_id: int = Field(foreign_key="user.id", primary_key=True, index=True)


class ReferenceVerdict(SQLModel, table=True):
    """What is held to be right about an item of a call: agreed on in a calibration, or settled between two people."""

    __tablename__ = "reference_verdict"
    __table_args__ = (
        Index("ix_reference_verdict_call_id", "call_id", "item_id"),
        Index("ix_reference_verdict_calibration_id", "calibration_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    call_id: int = Field(foreign_key="call.id")
    calibration_id: int | None = Field(default=None, foreign_key="calibration.id")
    item_id: str
    verdict: Verdict = Field(sa_column=Column(values_of(Verdict), nullable=False))
    level: float | None = None
    words: str = ""
    agreed_by: int = Field(foreign_key="user.id")
    agreed_at: datetime = Field(sa_type=UtcTime)


class Dispute(SQLModel, table=True):
    """An agent's objection to the verdict on one item: what they propose and why, and what was decided.

    `verdict_before` and what stands beside it is what was disputed, as it was; `verdict_after` what it was then decided
    to be. Points of a graded item's levels are in `…level…`. `words` are those of who decided.
    """

    __table_args__ = (
        Index(
            "uq_dispute_open", "review_id", "item_id", unique=True, sqlite_where=UNANSWERED, postgresql_where=UNANSWERED
        ),
        Index("ix_dispute_review_id", "review_id"),
        # The list, by age.
        Index("ix_dispute_outcome", "outcome", "opened_at", "id"),
        Index("ix_dispute_agent_id", "agent_id"),
        Index("ix_dispute_decided_at", "decided_at", sqlite_where=DECIDED, postgresql_where=DECIDED),
        # How often an item is disputed, and with what success; the table itself is not read.
        Index("ix_dispute_item", "scorecard", "item_id", "outcome", "review_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    review_id: int = Field(foreign_key="review.id")
    scorecard: str
    item_id: str
    agent_id: int = Field(foreign_key="user.id")
    proposed: Verdict = Field(sa_column=Column(values_of(Verdict, "proposed"), nullable=False))
    proposed_level: float | None = None
    reason: str
    opened_at: datetime = Field(sa_type=UtcTime)
    outcome: DisputeOutcome = Field(
        default=DisputeOutcome.OPEN, sa_column=Column(values_of(DisputeOutcome), nullable=False)
    )
    verdict_before: Verdict = Field(sa_column=Column(values_of(Verdict, "verdict_before"), nullable=False))
    level_before: float | None = None
    reason_before: str | None = None
    note_before: str = ""
    by_before: int = Field(foreign_key="user.id")
    verdict_after: Verdict | None = Field(
        default=None, sa_column=Column(values_of(Verdict, "verdict_after"), nullable=True)
    )
    level_after: float | None = None
    decided_by: int | None = Field(default=None, foreign_key="user.id")
    decided_at: datetime | None = Field(default=None, sa_type=UtcTime)
    words: str = ""
