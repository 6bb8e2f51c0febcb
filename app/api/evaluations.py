"""The shape of an evaluation as clients get it: the machine's findings and people's verdicts, never mixed."""

from typing import Any

from pydantic import BaseModel, Field
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_see_machine_verdicts
from app.api.parameters import Moment, username
from app.calls import queries as calls
from app.calls.models import Call
from app.calls.segments import agent_at
from app.domain.evidence import Verdict
from app.domain.lifecycle import ReviewState
from app.domain.transcript import Speaker
from app.evaluations import queries
from app.evaluations.answer import answer
from app.evaluations.files import Evaluated
from app.evaluations.models import Evaluation
from app.kit.db import id_of
from app.kit.errors import NotFound
from app.reviews import dispute_queries, unannounced
from app.reviews.models import DisputeOutcome, Review
from app.reviews.service import standing
from app.scorecards import queries as scorecards
from app.transcription import queries as transcripts


class NotScored(NotFound):
    """This call is not scored yet; ask for the call's state, and come back when it is scored."""

    code = "not_scored"


class NotReleased(NotFound):
    """The result of this call is not released to its agent yet."""

    code = "not_released"


class EvidenceOut(BaseModel):
    """A quotation placed in the call."""

    speaker: Speaker | None = Field(description="Who said it; null for what was heard.", examples=[Speaker.AGENT])
    turn: int | None = Field(description="In which turn, counted from 0.", examples=[0])
    start: float | None = Field(description="Begins at, in seconds from the call's start.", examples=[0.84])
    end: float | None = Field(description="Ends at, in seconds from the call's start.", examples=[2.1])
    quote: str = Field(description="The words.", examples=["Thank you for calling"])
    agent: str | None = Field(
        None, description="User name of the agent in whose part of the call it lies.", examples=["mei"]
    )


class SearchedOut(BaseModel):
    """The part of the call that was searched."""

    speaker: Speaker | None = Field(description="Whose words; null: everybody's.", examples=[Speaker.AGENT])
    from_turn: int | None = Field(description="First turn of it, counted from 0.", examples=[0])
    to_turn: int | None = Field(description="Last turn of it.", examples=[3])
    start: float | None = Field(description="Begins at, in seconds from the call's start.", examples=[0.0])
    end: float | None = Field(description="Ends at, in seconds from the call's start.", examples=[15.0])


class NearestOut(BaseModel):
    """What came closest without being enough."""

    quote: str = Field(description="The words.", examples=["Hello there"])
    turn: int | None = Field(description="In which turn, counted from 0.", examples=[0])
    similarity: float = Field(description="How close it came, 0-1.", examples=[0.41])


class ItemOut(BaseModel):
    """What the machine found about one item; the shape is that of `callmark score --jsonl`."""

    id: str = Field(description="The item's id in the scorecard.", examples=["standard_greeting"])
    verdict: Verdict = Field(
        description="uncertain and unscored wait for a person and never count as failed.", examples=[Verdict.PASS]
    )
    confidence: float = Field(description="How sure the machine is, 0-1.", examples=[0.97])
    points: float | None = Field(description="Points earned; null unless passed or failed.", examples=[10.0])
    max_points: float = Field(description="Points of the item, of 100.", examples=[10.0])
    reason: str = Field(description="Why, in a sentence.", examples=["The agent greets within 5 s."])
    evidence: list[EvidenceOut] = Field(description="The quotations that the verdict rests on.")
    searched: SearchedOut | None = Field(description="Where nothing was found: what was searched.", examples=[None])
    nearest: NearestOut | None = Field(description="Where nothing was found: what came closest.", examples=[None])


class ScorecardOut(BaseModel):
    """What the call was judged by."""

    id: str = Field(description="Id of the scorecard.", examples=["inbound-en"])
    version: str = Field(description="SHA-256 of its content.", examples=["sha256:9f86d081…"])


class MachineOut(BaseModel):
    """What the machine found; people never change it."""

    scorecard: ScorecardOut = Field(description="The scorecard, in the version that judged.")
    scored_at: Moment = Field(description="When (RFC 3339).", examples=["2026-10-01T02:03:00Z"])
    transcript_revision: int = Field(description="Which revision of the transcript.", examples=[1])
    items: list[ItemOut] = Field(description="One finding for each item, in the scorecard's order.")
    score: float | None = Field(description="Points of 100 over the decided items.", examples=[87.5])
    score_low: float | None = Field(description="Score if all open items failed.", examples=[80.0])
    score_high: float | None = Field(description="Score if all open items passed.", examples=[90.0])
    passed: bool | None = Field(description="null while open items can change the answer.", examples=[True])
    critical_failed: bool = Field(description="Whether a critical item failed.", examples=[False])


class VerdictOut(BaseModel):
    """What a person decided about one item."""

    id: str = Field(description="The item's id in the scorecard.", examples=["standard_greeting"])
    verdict: Verdict = Field(description="pass, fail or not_applicable.", examples=[Verdict.PASS])
    level: float | None = Field(
        description="Level chosen of a graded item, in points of its `max_points`; null unless graded.", examples=[3.0]
    )
    machine_verdict: Verdict = Field(description="What the machine had found.", examples=[Verdict.UNCERTAIN])
    reason_code: str | None = Field(description="Why the machine was overridden.", examples=["misheard"])
    note: str = Field(description="The person's note; empty when there is none.", examples=["Heard at 0:12."])
    decided_by: str | None = Field(description="Name of the person.", examples=["Alice"])
    decided_at: Moment = Field(description="When (RFC 3339).", examples=["2026-10-02T09:00:00Z"])
    outdated: bool = Field(description="The evidence changed since; the item is looked at again.", examples=[False])


class DisputeOut(BaseModel):
    """An agent's dispute of the verdict on one item, and what became of it."""

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
    opened_at: Moment = Field(description="When it was brought (RFC 3339).", examples=["2026-10-02T10:00:00Z"])
    decided_at: Moment | None = Field(
        description="When it was decided or withdrawn (RFC 3339).", examples=["2026-10-03T00:30:00Z"]
    )
    decided_by: str | None = Field(description="Name of the person who decided.", examples=["Bob"])


class ReviewOut(BaseModel):
    """A person's review of the call."""

    id: int = Field(description="The review's id.", examples=[5])
    state: ReviewState = Field(
        description="Where it is: open, set_aside, retracted, or counting: submitted, released to the agent, "
        "acknowledged, disputed, resolved (every dispute is decided).",
        examples=[ReviewState.RELEASED],
    )
    reviewer: str | None = Field(description="Name of the reviewer.", examples=["Alice"])
    to_confirm: int = Field(description="Items that no person has decided yet.", examples=[0])
    verdicts: list[VerdictOut] = Field(description="What people decided, item by item.")
    released_at: Moment | None = Field(
        description="Since when the agent reads it (RFC 3339); null until then.", examples=["2026-10-02T09:05:00Z"]
    )
    acknowledged_at: Moment | None = Field(
        description="When the agent acknowledged it (RFC 3339).", examples=["2026-10-03T01:00:00Z"]
    )
    disputes: list[DisputeOut] = Field(description="What the agent disputed, the oldest first.")


class FinalOut(BaseModel):
    """What the call scored in a submitted review: this, not the machine's score, counts as final."""

    score: float | None = Field(description="Points of 100.", examples=[92.5])
    passed: bool | None = Field(description="Pass mark reached and no critical item failed.", examples=[True])
    critical_failed: bool = Field(description="Whether a critical item failed.", examples=[False])
    submitted_at: Moment = Field(description="When (RFC 3339).", examples=["2026-10-02T09:05:00Z"])


class EvaluationOut(BaseModel):
    """A call's evaluation: the machine's part, the people's part, and the final score, each by itself."""

    call_id: int = Field(description="The call's id.", examples=[17])
    external_id: str | None = Field(description="What your system calls the call.", examples=["2026-10-0001"])
    machine: MachineOut = Field(description="What the machine found.")
    review: ReviewOut | None = Field(description="What people decided; null when nobody is to look at it.")
    final: FinalOut | None = Field(description="The final score; null until a review is submitted.")


def evaluation_out(session: Session, user: User, call: Call) -> EvaluationOut:
    """A call's evaluation and its review, as far as the person whose key it is may know of them."""
    evaluation = queries.current(session, id_of(call))
    if evaluation is None:
        raise NotScored
    review = unannounced.of_call(session, user, id_of(call))
    if not may_see_machine_verdicts(user):
        if review is None or not review.told:
            raise NotReleased
        # A newer evaluation is the machine's alone; the result stands on the one it was decided on.
        evaluation = session.get_one(Evaluation, review.evaluation_id)
    return EvaluationOut(
        call_id=id_of(call),
        external_id=call.external_id,
        machine=_machine(session, call, evaluation),
        review=_review(session, user, review) if review else None,
        final=_final(review) if review else None,
    )


def _machine(session: Session, call: Call, evaluation: Evaluation) -> MachineOut:
    revision = next(one for one in transcripts.revisions(session, id_of(call)) if one.id == evaluation.transcript_id)
    card = scorecards.card(session, evaluation.scorecard_version)
    found = Evaluated(call.file_name, revision.transcript, card, queries.score_of(session, evaluation), revision.engine)
    told: dict[str, Any] = {name: value for name, value in answer(found).items() if name in MachineOut.model_fields}
    _name_agents(session, call, told["items"])
    return MachineOut(**told, scored_at=evaluation.created_at, transcript_revision=revision.revision)


def _name_agents(session: Session, call: Call, items: list[dict[str, Any]]) -> None:
    """Say of each quotation in whose part of the call it lies."""
    parts = calls.segments(session, id_of(call))
    for piece in (piece for item in items for piece in item["evidence"]):
        piece["agent"] = username(session, agent_at(call, parts, piece["start"]))


def _review(session: Session, user: User, review: Review) -> ReviewOut:
    now = standing(session, review)
    disputed = dispute_queries.told_of_review(session, user, id_of(review))
    people = {one.decided_by for one in now.verdicts.values()} | {one.decided_by or 0 for one in disputed}
    names = accounts.names(session, people | {review.reviewer_id or 0})
    return ReviewOut(
        id=id_of(review),
        state=review.state,
        reviewer=names.get(review.reviewer_id or 0),
        to_confirm=now.to_confirm,
        verdicts=[
            VerdictOut(id=item, decided_by=names.get(one.decided_by), **one.model_dump(include=_SAME))
            for item, one in now.verdicts.items()
        ],
        released_at=review.released_at,
        acknowledged_at=review.acknowledged_at,
        disputes=[
            DisputeOut(item=one.item_id, decided_by=names.get(one.decided_by or 0), **one.model_dump(include=_DISPUTED))
            for one in disputed
        ],
    )


_DISPUTED = set(DisputeOut.model_fields) - {"item", "decided_by"}
_SAME = {"verdict", "level", "machine_verdict", "reason_code", "note", "decided_at", "outdated"}


def _final(review: Review) -> FinalOut | None:
    if not review.counts or review.submitted_at is None:
        return None
    return FinalOut(
        score=review.score,
        passed=review.passed,
        critical_failed=review.critical_failed,
        submitted_at=review.submitted_at,
    )
