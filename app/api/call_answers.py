"""The shape of a call as clients get it."""

from datetime import date

from pydantic import BaseModel, Field
from sqlmodel import Session

from app.api.parameters import Moment, team_name, username
from app.calls import queries
from app.calls.models import Call, CallState, Direction
from app.kit.db import id_of


class FailureOut(BaseModel):
    """Why a call could not be scored."""

    code: str = Field(description="Short name of the reason, for programs.", examples=["not_audio"])
    message: str = Field(description="The reason and what to do, for people.", examples=["This is no recording."])


class SegmentOut(BaseModel):
    """A part of the call in which another agent spoke."""

    agent: str | None = Field(description="User name of that agent.", examples=["dana"])
    start: float = Field(description="Begins at, in seconds from the call's start.", examples=[130.0])
    end: float = Field(description="Ends at, in seconds from the call's start.", examples=[300.0])


class CallOut(BaseModel):
    """A call and its facts."""

    id: int = Field(description="The id that Callmark gave.", examples=[17])
    external_id: str | None = Field(description="What your system calls the call.", examples=["2026-10-0001"])
    state: CallState = Field(
        description="received → transcribing → scoring → scored, or failed.", examples=[CallState.SCORED]
    )
    step: str = Field(description="What is being done at the moment; empty when nothing is.", examples=["recognising"])
    progress: float = Field(description="How far that step has come, 0-1.", examples=[0.42])
    error: FailureOut | None = Field(description="Why the call failed; null unless it did.", examples=[None])
    file_name: str = Field(description="Name of the file that came in.", examples=["call-0001.wav"])
    size_bytes: int = Field(description="Size of that file, in bytes.", examples=[480044])
    sha256: str = Field(description="SHA-256 of its bytes; the same bytes are the same call.", examples=["9f86d081…"])
    agent: str | None = Field(description="User name of the agent.", examples=["mei"])
    team: str | None = Field(description="Name of the team.", examples=["Team A"])
    queue: str = Field(description="Queue or project; empty when unknown.", examples=["support"])
    customer_name: str | None = Field(description="Name of the customer.", examples=["Li Na"])
    direction: Direction = Field(description="inbound: the customer called.", examples=[Direction.INBOUND])
    language: str | None = Field(description="Language: en, zh or ja; null until it is heard.", examples=["zh"])
    agent_channel: str | None = Field(description="Channel of the agent, if it was told.", examples=["left"])
    ended_by: str | None = Field(description="Who hung up: agent or customer, if it was told.", examples=["customer"])
    engine: str | None = Field(description="Recogniser that was asked for; null: the usual.", examples=[None])
    started_at: Moment = Field(description="When the call began (RFC 3339).", examples=["2026-10-01T01:30:00Z"])
    site_day: date = Field(description="Day it counts on, in its team's time zone.", examples=["2026-10-01"])
    duration: float | None = Field(description="Length in seconds; null until it is heard.", examples=[184.2])
    channels: int | None = Field(description="2: each side apart, 1: together, 0: text only.", examples=[2])
    segments: list[SegmentOut] = Field(description="The parts in which other agents spoke; the call counts once.")
    sound_removed_at: Moment | None = Field(
        description="Since when the recording is gone: its period was over (RFC 3339).", examples=[None]
    )
    words_removed_at: Moment | None = Field(
        description="Since when what was said is gone: its period was over (RFC 3339).", examples=[None]
    )
    created_at: Moment = Field(description="When it came in (RFC 3339).", examples=["2026-10-01T02:00:00Z"])
    version: int = Field(description="Grows with every change of the facts.", examples=[1])


def call_out(session: Session, call: Call) -> CallOut:
    """A call and its facts, with names in place of ids."""
    return CallOut(
        **call.model_dump(include=set(CallOut.model_fields)),
        error=FailureOut(code=call.error_code, message=call.error_message or "") if call.error_code else None,
        sha256=call.content_hash,
        agent=username(session, call.agent_id),
        team=team_name(session, call.team_id),
        segments=[
            SegmentOut(agent=username(session, one.agent_id), start=one.start, end=one.end)
            for one in queries.segments(session, id_of(call))
        ],
    )
