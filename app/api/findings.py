"""What the machine found about a call, as clients get it: a verdict for every item, with its evidence."""

from typing import Any

from pydantic import BaseModel, Field
from sqlmodel import Session

from app.api.parameters import Moment, username
from app.calls import queries as calls
from app.calls.models import Call
from app.calls.segments import agent_at
from app.domain.evidence import Verdict
from app.domain.transcript import Speaker
from app.evaluations import queries
from app.evaluations.answer import answer
from app.evaluations.files import Evaluated
from app.evaluations.models import Evaluation
from app.kit.db import id_of
from app.scorecards import queries as scorecards
from app.transcription import queries as transcripts


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


def machine_out(session: Session, call: Call, evaluation: Evaluation) -> MachineOut:
    """What the machine found in this evaluation; whether somebody may read it is asked before."""
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
