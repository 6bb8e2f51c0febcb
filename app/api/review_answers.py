"""A review as clients get it: where it stands, what people decided item by item, what the agent said to it."""

from pydantic import BaseModel, Field
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Role, User
from app.accounts.policies import may_release, may_see_machine_verdicts
from app.api.parameters import Moment, username
from app.calls.models import Call
from app.domain.evidence import Verdict
from app.domain.lifecycle import ReviewState
from app.kit.db import id_of
from app.reviews import dispute_queries
from app.reviews.models import Dispute, DisputeOutcome, Picked, Purpose, Review, ReviewVerdict
from app.reviews.set_aside import Aside
from app.reviews.standing import Standing


class VerdictOut(BaseModel):
    """What a person decided about one item."""

    id: str = Field(description="The item's id in the scorecard.", examples=["standard_greeting"])
    verdict: Verdict = Field(description="pass, fail or not_applicable.", examples=[Verdict.PASS])
    level: float | None = Field(
        description="Level chosen of a graded item, in points of its `max_points`; null unless graded.", examples=[3.0]
    )
    machine_verdict: Verdict | None = Field(
        description="What the machine had found; null while the call is reviewed blind.", examples=[Verdict.UNCERTAIN]
    )
    reason_code: str | None = Field(description="Why the machine was overridden.", examples=["misheard"])
    note: str = Field(description="The person's note; empty when there is none.", examples=["Heard at 0:12."])
    decided_by: str | None = Field(description="Name of the person.", examples=["Alice"])
    decided_at: Moment = Field(description="When (RFC 3339).", examples=["2026-10-02T09:00:00Z"])
    outdated: bool = Field(description="The evidence changed since; the item is looked at again.", examples=[False])
    version: int = Field(description="Grows with every change; the ETag of the verdict.", examples=[4])


class DisputeOut(BaseModel):
    """An agent's dispute of the verdict on one item, and what became of it."""

    id: int = Field(description="The dispute's id.", examples=[2])
    review_id: int = Field(description="The review whose verdict is disputed.", examples=[5])
    item: str = Field(description="The item's id in the scorecard.", examples=["standard_greeting"])
    outcome: DisputeOutcome = Field(
        description="open, accepted, partly (accepted in part), rejected or withdrawn.", examples=[DisputeOutcome.OPEN]
    )
    verdict_before: Verdict = Field(description="The verdict that is disputed.", examples=[Verdict.FAIL])
    level_before: float | None = Field(description="Its level, in points; null unless graded.", examples=[0.0])
    proposed: Verdict = Field(description="The verdict that the agent proposes.", examples=[Verdict.PASS])
    proposed_level: float | None = Field(description="The level that the agent proposes.", examples=[5.0])
    verdict_after: Verdict | None = Field(description="The verdict decided on.", examples=[Verdict.PASS])
    level_after: float | None = Field(description="The level decided on.", examples=[3.0])
    reason: str = Field(description="Why, in the agent's words.", examples=["I greeted at 0:02."])
    reply: str = Field(description="What whoever decided told the agent.", examples=["You are right."])
    opened_at: Moment = Field(description="When it was brought (RFC 3339).", examples=["2026-10-02T10:00:00Z"])
    decided_at: Moment | None = Field(
        description="When it was decided or withdrawn (RFC 3339).", examples=["2026-10-03T00:30:00Z"]
    )
    decided_by: str | None = Field(description="Name of the person who decided.", examples=["Bob"])


class ReviewRowOut(BaseModel):
    """A person's review of a call, as lists show it."""

    id: int = Field(description="The review's id.", examples=[5])
    state: ReviewState = Field(
        description="Where it is: open, set_aside, retracted, compared (of a calibration), or counting: submitted, "
        "released to the agent, acknowledged, disputed, resolved (every dispute is decided).",
        examples=[ReviewState.RELEASED],
    )
    call_id: int = Field(description="The call's id.", examples=[17])
    external_id: str | None = Field(description="What your system calls the call.", examples=["2026-10-0001"])
    agent: str | None = Field(description="User name of the call's agent.", examples=["mei"])
    reviewer: str | None = Field(description="Name of the reviewer.", examples=["Alice"])
    blind: bool = Field(
        description="Whether nobody is shown what the machine found until the review is submitted.", examples=[False]
    )
    score: float | None = Field(description="Points of 100, once it is submitted.", examples=[92.5])
    passed: bool | None = Field(description="Pass mark reached and no critical item failed.", examples=[True])
    critical_failed: bool = Field(description="Whether a critical item failed.", examples=[False])
    assigned_to: str | None = Field(
        description="User name of whoever is to do it; null: nobody yet. Told to staff.", examples=["alice"]
    )
    due_at: Moment | None = Field(
        description="By when it is to be done (RFC 3339). Told to staff.", examples=["2026-10-04T16:00:00Z"]
    )
    picked: Picked | None = Field(
        description="Why it is in the queue: every call is, drawn by chance, for a risk, sent by a person. Told to "
        "staff.",
        examples=[Picked.SAMPLE],
    )
    set_aside_reason: Aside | None = Field(
        description="Why the call is out of scope; null unless it is set aside.", examples=[Aside.VOICEMAIL]
    )
    submitted_at: Moment | None = Field(
        description="When it was submitted (RFC 3339).", examples=["2026-10-02T09:05:00Z"]
    )
    release_at: Moment | None = Field(
        description="When the agent reads it by itself (RFC 3339); null: a person releases it. Told to who may.",
        examples=["2026-10-03T09:05:00Z"],
    )
    released_at: Moment | None = Field(
        description="Since when the agent reads it (RFC 3339); null until then.", examples=["2026-10-02T09:05:00Z"]
    )
    acknowledged_at: Moment | None = Field(
        description="When the agent acknowledged it (RFC 3339).", examples=["2026-10-03T01:00:00Z"]
    )
    version: int = Field(description="Grows with every change of the review; its ETag begins with it.", examples=[7])


class ReviewOut(ReviewRowOut):
    """A person's review of a call, with what they decided item by item and what the agent said to it."""

    to_confirm: int = Field(description="Items that no person has decided yet.", examples=[0])
    verdicts: list[VerdictOut] = Field(description="What people decided, item by item.")
    reply: str = Field(description="What the agent said to it; empty when nothing.", examples=["I see."])
    disputes: list[DisputeOut] = Field(description="What the agent disputed, the oldest first.")


_SAME = {"verdict", "level", "reason_code", "note", "decided_at", "outdated", "version"}
_OF_DISPUTE = (set(DisputeOut.model_fields) & set(Dispute.model_fields)) - {"decided_by"}
_OF_REVIEW = {"score", "passed", "critical_failed", "submitted_at", "released_at", "acknowledged_at", "version"}


def verdict_out(session: Session, one: ReviewVerdict, review: Review) -> VerdictOut:
    """A verdict as it may be told: of a blind review that is open, without what the machine found."""
    return VerdictOut(
        id=one.item_id,
        machine_verdict=None if review.hides_machine else one.machine_verdict,
        decided_by=_name(session, one.decided_by),
        **one.model_dump(include=_SAME),
    )


def dispute_out(session: Session, one: Dispute) -> DisputeOut:
    """A dispute as it is told to everybody who may read it."""
    return DisputeOut(
        item=one.item_id,
        reply=one.words,
        decided_by=_name(session, one.decided_by),
        **one.model_dump(include=_OF_DISPUTE),
    )


def review_row(session: Session, user: User, call: Call, review: Review) -> ReviewRowOut:
    """A review as a row of a list, as this person may know it."""
    staff = may_see_machine_verdicts(user)
    return ReviewRowOut(
        id=id_of(review),
        state=state_told(user, review),
        call_id=review.call_id,
        external_id=call.external_id,
        agent=username(session, call.agent_id),
        reviewer=_name(session, review.reviewer_id),
        blind=review.hides_machine,
        assigned_to=username(session, review.assigned_to) if staff else None,
        due_at=review.due_at if staff else None,
        picked=Picked(review.picked) if staff else None,
        set_aside_reason=Aside(review.set_aside_reason) if review.set_aside_reason else None,
        release_at=review.release_at if may_release(user) else None,
        **review.model_dump(include=_OF_REVIEW),
    )


def review_out(session: Session, user: User, call: Call, now: Standing) -> ReviewOut:
    """A review with all that was decided in it, as this person may know it."""
    review = now.review
    disputed = dispute_queries.told_of_review(session, user, id_of(review))
    is_told = may_see_machine_verdicts(user) or call.agent_id == user.id
    return ReviewOut(
        **dict(review_row(session, user, call, review)),
        to_confirm=now.to_confirm,
        verdicts=[verdict_out(session, one, review) for one in now.verdicts.values()],
        reply=review.acknowledged_words if is_told else "",
        disputes=[dispute_out(session, one) for one in disputed],
    )


def state_told(user: User, review: Review) -> ReviewState:
    """Where a review is, to this person: who scores a call for the second time has simply submitted it."""
    is_second = review.purpose == Purpose.SECOND and review.state == ReviewState.COMPARED
    return ReviewState.SUBMITTED if is_second and user.role == Role.REVIEWER else review.state


def _name(session: Session, user_id: int | None) -> str | None:
    user = accounts.user(session, user_id) if user_id is not None else None
    return user.name if user else None
