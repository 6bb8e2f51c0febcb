"""The shape of a transcript as clients get it."""

from typing import Literal

from pydantic import BaseModel, Field
from sqlmodel import Session

from app.calls.models import Call
from app.domain.transcript import HoldKind, Speaker
from app.kit.db import id_of
from app.kit.errors import NotFound
from app.transcription import queries


class NotTranscribed(NotFound):
    """Nothing was heard yet; ask for the call's state, and come back when it is scored."""

    code = "not_transcribed"


class TurnOut(BaseModel):
    """What one speaker says before somebody else speaks."""

    speaker: Speaker = Field(description="agent, customer, or system (the switch).", examples=[Speaker.AGENT])
    start: float | None = Field(description="Begins at, in seconds from the call's start.", examples=[0.84])
    end: float | None = Field(description="Ends at, in seconds from the call's start.", examples=[4.2])
    text: str = Field(description="The words.", examples=["Thank you for calling, how may I help you?"])
    confidence: float | None = Field(description="How sure the recogniser was of the words, 0-1.", examples=[0.93])
    speaker_confidence: float = Field(description="How sure it is that this speaker said them, 0-1.", examples=[1.0])


class HoldOut(BaseModel):
    """A wait of the customer."""

    start: float = Field(description="Begins at, in seconds: the agent's last word before it.", examples=[61.3])
    end: float = Field(description="Ends at, in seconds: the agent's next word.", examples=[95.8])
    kind: HoldKind = Field(description="What the customer hears meanwhile.", examples=[HoldKind.MUSIC])


class TranscriptOut(BaseModel):
    """A call as it was heard."""

    call_id: int = Field(description="The call's id.", examples=[17])
    revision: int = Field(description="1 for what was heard first; grows when words are mended.", examples=[1])
    engine: str = Field(description="What heard it; `transcript` when text came in.", examples=["faster-whisper"])
    language: str = Field(description="Language of the call.", examples=["en"])
    duration: float | None = Field(description="Length in seconds; null for text without times.", examples=[184.2])
    channels: Literal[0, 1, 2] = Field(description="2: each side apart, 1: together, 0: text only.", examples=[2])
    turns: list[TurnOut] = Field(description="Who said what, in order; evidence counts turns from 0.")
    holds: list[HoldOut] | None = Field(description="Waits that were heard; null when text came in.")


def transcript_out(session: Session, call: Call) -> TranscriptOut:
    """A call's current transcript."""
    revision = queries.current(session, id_of(call))
    if revision is None:
        raise NotTranscribed
    heard = revision.transcript
    return TranscriptOut(
        call_id=id_of(call),
        revision=revision.revision,
        engine=revision.engine,
        language=heard.language,
        duration=heard.duration,
        channels=heard.channels,
        turns=[TurnOut(**turn.model_dump(include=set(TurnOut.model_fields))) for turn in heard.turns],
        holds=None
        if heard.holds is None
        else [HoldOut(start=hold.start, end=hold.end, kind=hold.kind) for hold in heard.holds],
    )
