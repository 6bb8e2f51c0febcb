"""Calls: recordings in; their state, transcript and evaluation out."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from app.api.evaluations import EvaluationOut, evaluation_out
from app.api.parameters import (
    PLAIN,
    Cursor,
    DaysDep,
    Moment,
    PageOut,
    PageSize,
    Reader,
    RowId,
    WhoseDep,
    Writer,
    team_name,
    username,
    wrong,
)
from app.api.problems import ERRORS
from app.api.transcripts import TranscriptOut, transcript_out
from app.api.uploads import FORM, UploadDep
from app.calls import queries, service
from app.calls.models import Call, CallState, Direction
from app.calls.queries import CallSet, Wanted
from app.kit.db import id_of
from app.kit.errors import NotFound
from app.kit.pagination import PAGE_SIZE, Page
from app.request import ServicesDep, SessionDep
from app.reviews import whose
from app.reviews.offering import terms
from app.transcription import queries as transcripts
from app.transcription.said import phrases

router = APIRouter(tags=["calls"], responses=ERRORS)


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
    created_at: Moment = Field(description="When it came in (RFC 3339).", examples=["2026-10-01T02:00:00Z"])
    version: int = Field(description="Grows with every change of the facts.", examples=[1])


@router.post(
    "/calls",
    status_code=201,
    openapi_extra=FORM,
    responses={200: {"model": CallOut, "description": "These bytes were here before: that call, with newer facts."}},
)
def add_call(
    upload: UploadDep, client: Writer, session: SessionDep, shared: ServicesDep, response: Response
) -> CallOut:
    """Take in a recording, or a transcript, with what is known about the call; it is scored soon after.

    The same bytes twice are one call (200 instead of 201, with the facts of the later request); an `external_id`
    belongs to one call.
    """
    file_name = service.check_file_name(upload.file_name)
    stored = shared.blobs.put(upload.pieces(), shared.settings.max_upload_mb << 20)
    on = terms(shared.settings)
    added = whose.add_call(session, shared.queue, stored, file_name, upload.facts, client.actor, client.user, on)
    if not added.is_new:
        response.status_code = 200
    response.headers["Location"] = f"/api/v1/calls/{added.call.id}"
    return _shown(session, added.call)


@router.get("/calls")
def list_calls(
    client: Reader,
    session: SessionDep,
    days: DaysDep,
    whose: WhoseDep,
    state: Annotated[CallState | None, Query(description="Only calls in this state.", examples=["scored"])] = None,
    language: Annotated[
        str | None, Query(max_length=10, pattern=PLAIN, description="Only calls in this language.", examples=["zh"])
    ] = None,
    external_id: Annotated[
        str | None,
        Query(max_length=200, pattern=PLAIN, description="The one call of this id.", examples=["2026-10-0001"]),
    ] = None,
    q: Annotated[
        str,
        Query(
            max_length=200,
            pattern=PLAIN,
            description="Part of the file name, the external id or the customer's name.",
            examples=["Li"],
        ),
    ] = "",
    said: Annotated[
        str,
        Query(
            max_length=200,
            pattern=PLAIN,
            description='Words that were all said in the call; "quotation marks" keep a phrase together.',
            examples=["refund"],
        ),
    ] = "",
    cursor: Cursor = None,
    limit: PageSize = PAGE_SIZE,
) -> PageOut[CallOut]:
    """The calls you may see, the newest first."""
    if external_id is not None:
        page = _named(session, client, external_id)
    else:
        wanted = Wanted(
            state=state,
            agent_id=whose.agent_id,
            team_id=whose.team_id,
            language=language,
            first_day=days.first_day,
            last_day=days.last_day,
            words=(q,) if q else (),
            said=_said(session, said),
        )
        found, total = queries.calls(session, client.user, wanted, before_id=_before(cursor), limit=limit + 1)
        next_cursor = str(found[limit - 1].id) if len(found) > limit else None
        page = Page(found[:limit], next_cursor, total)
    return PageOut(items=[_shown(session, call) for call in page.items], next_cursor=page.next_cursor, total=page.total)


@router.get("/calls/{call_id}")
def get_call(call_id: RowId, client: Reader, session: SessionDep) -> CallOut:
    """One call: its facts and how far it has come."""
    return _shown(session, queries.call(session, client.user, call_id))


@router.get("/calls/{call_id}/transcript")
def get_transcript(call_id: RowId, client: Reader, session: SessionDep) -> TranscriptOut:
    """Who said what and when, and where the customer was kept waiting: the current revision."""
    return transcript_out(session, queries.call(session, client.user, call_id))


@router.get("/calls/{call_id}/evaluation")
def get_evaluation(call_id: RowId, client: Reader, session: SessionDep) -> EvaluationOut:
    """What the machine found, what people decided beside it, and the final score once a review is submitted."""
    return evaluation_out(session, client.user, queries.call(session, client.user, call_id))


def _before(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    if not cursor.isascii() or not cursor.isdigit() or int(cursor) >= 2**31:
        raise wrong("cursor", "is not one that this list gave")
    return int(cursor)


def _said(session: Session, words: str) -> CallSet | None:
    found = transcripts.said(session, phrases(words)) if words.strip() else None
    if words.strip() and found is None:
        raise wrong("said", "names no word that can be said")
    return found


def _named(session: Session, client: Reader, external_id: str) -> Page[Call]:
    known = queries.by_external_id(session, external_id)
    try:
        found = [queries.call(session, client.user, id_of(known))] if known else []
    except NotFound:
        found = []
    return Page(found, None, len(found))


def _shown(session: Session, call: Call) -> CallOut:
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
