"""The complaint register: complaints in, and what the inquiry found; the register out."""

from datetime import date
from typing import Annotated

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from app.accounts.models import Scope
from app.accounts.policies import may_record_complaints
from app.api.conditional import IfMatch
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
    team_name,
    username,
)
from app.api.problems import problems
from app.api.routing import api_router
from app.complaints import queries, service
from app.complaints.models import Complaint, ComplaintCategory, ComplaintOutcome
from app.complaints.register import export_register, import_register
from app.complaints.service import ComplaintChanges, ComplaintFacts
from app.kit.blobs import UploadTooLarge
from app.kit.errors import AppError
from app.kit.i18n import LANGUAGES, N_, translator
from app.kit.pagination import PAGE_SIZE
from app.request import Client, KeyFor, SessionDep

router = api_router("/complaints", ["complaints"])

Clerk = Annotated[Client, KeyFor(may_record_complaints, Scope.CALLS_WRITE)]
# The register is for staff: who complained of an agent is not told to the agent.
Registrar = Annotated[Client, KeyFor(may_record_complaints, Scope.SCORES_READ)]

CATEGORIES = {
    ComplaintCategory.ATTITUDE: N_("Attitude"),
    ComplaintCategory.INFORMATION: N_("Information"),
    ComplaintCategory.RESOLUTION: N_("Resolution"),
    ComplaintCategory.WAITING: N_("Waiting"),
    ComplaintCategory.OTHER: N_("Other"),
}
LARGEST_REGISTER_BYTES = 10_000_000
EXAMPLE = "external_id,received_at,category,agent\r\nC-1,2026-10-05T14:00:00+08:00,attitude,mei\r\n"


class NotCsv(AppError):
    """Send the file as it is, with Content-Type: text/csv."""

    code = "not_csv"
    status = 415


async def csv_body(request: Request) -> bytes:
    """A CSV file that is sent as the body."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "text/csv":
        raise NotCsv
    content = await request.body()
    if len(content) > LARGEST_REGISTER_BYTES:
        raise UploadTooLarge
    return content


CsvBody = Annotated[bytes, Depends(csv_body)]


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


class CategoryOut(BaseModel):
    """What complaints can be about."""

    id: ComplaintCategory = Field(description="The name that programs use.", examples=[ComplaintCategory.ATTITUDE])
    name: dict[str, str] = Field(
        description="What people call it, by language.", examples=[{"en": "Attitude", "zh": "服务态度"}]
    )


class BadRowOut(BaseModel):
    """A row that was left out."""

    line: int = Field(description="On which line of the file it begins; the header is line 1.", examples=[7])
    field: str = Field(description="The column at fault.", examples=["category"])
    message: str = Field(description="Why.", examples=["there is no such category"])


class ImportedOut(BaseModel):
    """What became of a file's rows."""

    added: int = Field(description="New complaints.", examples=[12])
    updated: int = Field(description="Known complaints, brought up to date.", examples=[3])
    bad_rows: list[BadRowOut] = Field(description="Rows that were left out; the others are kept.")


@router.post(
    "",
    status_code=201,
    responses={200: {"model": ComplaintOut, "description": "The complaint of this `external_id`, brought up to date."}},
)
def record_complaint(facts: ComplaintFacts, client: Clerk, session: SessionDep, response: Response) -> ComplaintOut:
    """Record a complaint; one whose `external_id` is known is brought up to date with the fields that are sent."""
    complaint, is_new = service.record_complaint(session, client.user, facts, client.actor)
    response.status_code = 201 if is_new else 200
    response.headers["Location"] = f"/api/v1/complaints/{complaint.id}"
    return _shown(session, complaint)


@router.get("", response_model=PageOut[ComplaintOut], responses=CSV_TOO)
def list_complaints(
    client: Registrar,
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


@router.get("/categories")
def list_complaint_categories(client: Reader) -> list[CategoryOut]:
    """What complaints can be about; attitude, 服务态度, has a rate of its own."""
    return [
        CategoryOut(id=one, name={code: translator(code).gettext(said) for code in LANGUAGES})
        for one, said in CATEGORIES.items()
    ]


@router.post(
    "/import",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"text/csv": {"schema": {"type": "string", "examples": [EXAMPLE], "description": "The file."}}},
        }
    },
    responses=problems(415),
)
def import_complaints(client: Clerk, session: SessionDep, content: CsvBody) -> ImportedOut:
    """Record the complaints of a CSV file, as the register exports it: every good row is kept, every bad one named.

    The columns are external_id, received_at, category, outcome, call (its external id), agent, team, channel and text;
    a row whose `external_id` is known brings that complaint up to date. At most 10 MB, in UTF-8.
    """
    done = import_register(session, client.user, content, client.actor)
    bad = [BadRowOut(line=one.line, field=one.field, message=one.message) for one in done.bad_rows]
    return ImportedOut(added=done.added, updated=done.updated, bad_rows=bad)


@router.get("/{complaint_id}")
def get_complaint(complaint_id: RowId, client: Registrar, session: SessionDep) -> ComplaintOut:
    """One complaint."""
    return _shown(session, queries.complaint(session, client.user, complaint_id))


@router.patch("/{complaint_id}")
def change_complaint(
    complaint_id: RowId, said: ComplaintChanges, client: Clerk, session: SessionDep, if_match: IfMatch
) -> ComplaintOut:
    """Correct a complaint, or note what the inquiry found; what is left out stays as it is."""
    queries.complaint(session, client.user, complaint_id)
    if_match.check(_shown(session, queries.lock(session, complaint_id)))
    return _shown(session, service.correct(session, client.user, complaint_id, said, client.actor))


def _shown(session: Session, complaint: Complaint) -> ComplaintOut:
    return ComplaintOut(
        **complaint.model_dump(include=set(ComplaintOut.model_fields)),
        agent=username(session, complaint.agent_id),
        team=team_name(session, complaint.team_id),
    )
