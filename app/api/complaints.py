"""The complaint register: complaints in, and what the inquiry found; the register out."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from app.api.parameters import (
    CSV_TOO,
    ByteOrderMark,
    CsvWanted,
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
)
from app.api.problems import ERRORS
from app.complaints import queries, service
from app.complaints.models import Complaint, ComplaintCategory, ComplaintOutcome
from app.complaints.register import export_register
from app.complaints.service import ComplaintFacts
from app.kit.pagination import PAGE_SIZE
from app.request import SessionDep

router = APIRouter(prefix="/complaints", tags=["complaints"], responses=ERRORS)


class ComplaintOut(BaseModel):
    """A complaint, with its call and agent where they are known."""

    id: int = Field(description="The id that Callmark gave.", examples=[3])
    external_id: str | None = Field(description="What your system calls the complaint.", examples=["C-2026-031"])
    call_id: int | None = Field(description="The call it is about.", examples=[17])
    agent: str | None = Field(description="User name of the agent it is about.", examples=["mei"])
    team: str | None = Field(description="Name of the team it counts for.", examples=["Team A"])
    received_at: Moment = Field(description="When it was made (RFC 3339).", examples=["2026-10-05T06:00:00Z"])
    site_day: date = Field(description="Day it counts on, in its team's time zone.", examples=["2026-10-05"])
    channel: str = Field(description="How it came.", examples=["phone"])
    category: ComplaintCategory = Field(
        description="What it is about; attitude is 服务态度.", examples=[ComplaintCategory.ATTITUDE]
    )
    outcome: ComplaintOutcome = Field(
        description="What the inquiry found; only upheld ones count.", examples=[ComplaintOutcome.OPEN]
    )
    text: str = Field(description="What was said.", examples=["The agent hung up."])
    created_at: Moment = Field(description="When it was recorded (RFC 3339).", examples=["2026-10-05T07:00:00Z"])


class OutcomeIn(BaseModel):
    """What the inquiry found."""

    outcome: ComplaintOutcome = Field(description="open, upheld or not_upheld.", examples=[ComplaintOutcome.UPHELD])


@router.post(
    "",
    status_code=201,
    responses={200: {"model": ComplaintOut, "description": "The complaint of this `external_id`, brought up to date."}},
)
def record_complaint(facts: ComplaintFacts, client: Writer, session: SessionDep, response: Response) -> ComplaintOut:
    """Record a complaint; one whose `external_id` is known is brought up to date with the fields that are sent."""
    complaint, is_new = service.record_complaint(session, client.user, facts, client.actor)
    response.status_code = 201 if is_new else 200
    response.headers["Location"] = f"/api/v1/complaints/{complaint.id}"
    return _shown(session, complaint)


@router.get("", response_model=PageOut[ComplaintOut], responses=CSV_TOO)
def list_complaints(
    client: Reader,
    session: SessionDep,
    days: DaysDep,
    whose: WhoseDep,
    csv: CsvWanted,
    category: Annotated[
        ComplaintCategory | None, Query(description="Only of this category.", examples=["attitude"])
    ] = None,
    outcome: Annotated[
        ComplaintOutcome | None, Query(description="Only with this outcome.", examples=["upheld"])
    ] = None,
    cursor: Cursor = None,
    limit: PageSize = PAGE_SIZE,
    bom: ByteOrderMark = False,
) -> PageOut[ComplaintOut] | Response:
    """The complaints you may see, the latest first; CSV has the columns that an import reads.

    A CSV answer is one page too: its next cursor stands in the header `X-Next-Cursor`.
    """
    page = queries.complaints(
        session,
        client.user,
        category=category,
        outcome=outcome,
        agent_id=whose.agent_id,
        team_id=whose.team_id,
        first_day=days.first_day,
        last_day=days.last_day,
        cursor=cursor,
        size=limit,
    )
    if csv:
        headers = {"X-Next-Cursor": page.next_cursor} if page.next_cursor else {}
        content = export_register(session, page.items, bom)
        return Response(content, headers=headers, media_type="text/csv; charset=utf-8")
    items = [_shown(session, one) for one in page.items]
    return PageOut(items=items, next_cursor=page.next_cursor, total=page.total)


@router.get("/{complaint_id}")
def get_complaint(complaint_id: RowId, client: Reader, session: SessionDep) -> ComplaintOut:
    """One complaint."""
    return _shown(session, queries.complaint(session, client.user, complaint_id))


@router.patch("/{complaint_id}")
def change_outcome(complaint_id: RowId, said: OutcomeIn, client: Writer, session: SessionDep) -> ComplaintOut:
    """Note what the inquiry found."""
    return _shown(session, service.change_outcome(session, client.user, complaint_id, said.outcome, client.actor))


def _shown(session: Session, complaint: Complaint) -> ComplaintOut:
    return ComplaintOut(
        **complaint.model_dump(include=set(ComplaintOut.model_fields)),
        agent=username(session, complaint.agent_id),
        team=team_name(session, complaint.team_id),
    )
