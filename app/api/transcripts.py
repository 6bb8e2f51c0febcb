"""Transcripts: what was said and heard in a call, in every revision, and its corrections."""

from typing import Annotated, Literal

from fastapi import Path, Query, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from app.accounts.models import Scope
from app.accounts.policies import may_mend
from app.api.conditional import IfMatch
from app.api.csv_pages import csv_page
from app.api.parameters import CSV_TOO, ByteOrderMark, CsvWanted, Moment, PageOut, Reader, RowId
from app.api.problems import problems
from app.api.routing import api_router
from app.calls import queries as calls
from app.calls.models import Call
from app.calls.service import WordsRemoved
from app.domain.mending import LONGEST_TEXT
from app.domain.transcript import HoldKind, Speaker
from app.kit.db import id_of
from app.kit.errors import NotFound
from app.kit.pagination import Page
from app.request import Client, KeyFor, ServicesDep, SessionDep
from app.reviews import rescoring
from app.reviews.offering import terms
from app.transcription import mending, queries

router = api_router(tags=["transcripts"])


class NotTranscribed(NotFound):
    """Nothing was heard yet; ask for the call's state, and come back when it is scored."""

    code = "not_transcribed"


COLUMNS = ("speaker", "start", "end", "text", "confidence", "speaker_confidence")


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


class RevisionOut(BaseModel):
    """One state of a call's transcript."""

    revision: int = Field(description="1 for what was heard first; grows when words are mended.", examples=[2])
    engine: str = Field(description="What heard it; `transcript` when text came in.", examples=["faster-whisper"])
    mended: bool = Field(description="Whether a person made it by correcting the one before.", examples=[True])
    created_at: Moment = Field(description="Since when it is there (RFC 3339).", examples=["2026-10-01T02:02:00Z"])
    created_by: str = Field(description="Who or what made it.", examples=["Alice"])


class TurnIn(BaseModel):
    """What is to be corrected of a turn; what is left out stays."""

    text: str | None = Field(None, max_length=LONGEST_TEXT, description="What was said.", examples=["Thank you."])
    speaker: Literal["agent", "customer"] | None = Field(None, description="Who said it.", examples=["customer"])


@router.get("/calls/{call_id}/transcript", response_model=TranscriptOut, responses={**CSV_TOO, **problems(410)})
def get_transcript(
    call_id: RowId,
    client: Reader,
    session: SessionDep,
    csv: CsvWanted,
    revision: Annotated[
        int | None, Query(ge=1, lt=2**31, description="An earlier revision; without it, the current one.", examples=[1])
    ] = None,
    bom: ByteOrderMark = False,
) -> TranscriptOut | Response:
    """Who said what and when, and where the customer was kept waiting; as CSV, one line for each turn."""
    found = transcript_out(session, calls.call(session, client.user, call_id), revision)
    return csv_page(COLUMNS, Page(found.turns, None, len(found.turns)), bom) if csv else found


@router.get("/calls/{call_id}/transcript/revisions")
def list_transcript_revisions(call_id: RowId, client: Reader, session: SessionDep) -> PageOut[RevisionOut]:
    """Every state of the transcript, the newest first; they are few, so all are on one page."""
    call = calls.call(session, client.user, call_id)
    found = [
        RevisionOut(**one.model_dump(include=set(RevisionOut.model_fields)), mended=one.attempt is None)
        for one in queries.revisions(session, id_of(call))
    ]
    return PageOut(items=found, next_cursor=None, total=len(found))


@router.patch("/calls/{call_id}/transcript/turns/{turn}", responses=problems(410))
def correct_turn(
    call_id: RowId,
    turn: Annotated[int, Path(ge=0, lt=2**31, description="Which turn, counted from 0.", examples=[3])],
    said: TurnIn,
    client: Annotated[Client, KeyFor(may_mend, Scope.CALLS_WRITE)],
    session: SessionDep,
    shared: ServicesDep,
    when: IfMatch,
) -> TranscriptOut:
    """Correct what was said in a turn, or who said it; the call is judged again by the new revision."""
    calls.call(session, client.user, call_id)
    call = calls.lock(session, call_id)
    now = transcript_out(session, call)
    when.check(now)
    if turn >= len(now.turns):
        raise NotFound
    if said.text is not None:
        words = mending.words(turn, said.text)
        mending.mend(session, call_id, words, client.actor, redact=shared.settings.redacts)
    if said.speaker is not None and said.speaker != now.turns[turn].speaker:
        mending.mend(session, call_id, mending.speaker(turn), client.actor)
    rescoring.judge(session, call_id, client.actor, terms(shared.settings))
    return transcript_out(session, call)


def transcript_out(session: Session, call: Call, number: int | None = None) -> TranscriptOut:
    """A call's transcript: the current one, or that of a number."""
    if call.words_removed_at is not None:
        raise WordsRemoved
    if number is None:
        revision = queries.current(session, id_of(call))
    else:
        revision = next((one for one in queries.revisions(session, id_of(call)) if one.revision == number), None)
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
