"""Calls: recordings in; their state, transcript and evaluation out."""

from typing import Annotated

from fastapi import Query, Response
from sqlmodel import Session

from app.api.call_answers import CallOut, call_out
from app.api.csv_pages import csv_page
from app.api.evaluations import EvaluationOut, evaluation_out
from app.api.idempotency import OnceItself
from app.api.parameters import (
    CSV_TOO,
    PLAIN,
    ByteOrderMark,
    CsvWanted,
    Cursor,
    DaysDep,
    PageOut,
    PageSize,
    Reader,
    RowId,
    WhoseDep,
    Writer,
    wrong,
)
from app.api.problems import problems
from app.api.routing import api_router
from app.api.uploads import FORM, UploadDep
from app.calls import queries, service
from app.calls.models import Call, CallState
from app.calls.queries import CallSet, Wanted
from app.kit.db import id_of
from app.kit.errors import NotFound
from app.kit.pagination import PAGE_SIZE, Page
from app.request import ServicesDep, SessionDep
from app.reviews import whose
from app.reviews.offering import terms
from app.transcription import queries as transcripts
from app.transcription.said import phrases

router = api_router(tags=["calls"])

COLUMNS = tuple(name for name in CallOut.model_fields if name not in ("error", "segments"))


@router.post(
    "/calls",
    status_code=201,
    openapi_extra=FORM,
    responses={
        200: {"model": CallOut, "description": "These bytes were here before: that call, with newer facts."},
        **problems(404, 415, 503),
    },
)
def add_call(
    upload: UploadDep,
    client: Writer,
    session: SessionDep,
    shared: ServicesDep,
    once: OnceItself,
    response: Response,
) -> CallOut:
    """Take in a recording, or a transcript, with what is known about the call; it is scored soon after.

    The same bytes twice are one call (200 instead of 201, with the facts of the later request); an `external_id`
    belongs to one call.
    """
    once.claim(upload.content())
    file_name = service.check_file_name(upload.file_name)
    stored = shared.blobs.put(upload.pieces(), shared.settings.max_upload_mb << 20)
    on = terms(shared.settings)
    added = whose.add_call(session, shared.queue, stored, file_name, upload.facts, client.actor, client.user, on)
    if not added.is_new:
        response.status_code = 200
    response.headers["Location"] = f"/api/v1/calls/{added.call.id}"
    return call_out(session, added.call)


@router.get("/calls", response_model=PageOut[CallOut], responses=CSV_TOO)
def list_calls(
    client: Reader,
    session: SessionDep,
    csv: CsvWanted,
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
    bom: ByteOrderMark = False,
) -> PageOut[CallOut] | Response:
    """The calls you may see, the newest first; a CSV answer is one page too: X-Next-Cursor says where to go on."""
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
    shown = page.of(lambda call: call_out(session, call))
    if csv:
        return csv_page(COLUMNS, shown, bom)
    return PageOut(items=list(shown.items), next_cursor=shown.next_cursor, total=shown.total)


@router.get("/calls/{call_id}")
def get_call(call_id: RowId, client: Reader, session: SessionDep) -> CallOut:
    """One call: its facts and how far it has come."""
    return call_out(session, queries.call(session, client.user, call_id))


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
