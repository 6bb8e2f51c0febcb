"""Exports: whole tables, streamed, for a warehouse or a spreadsheet."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from fastapi import Path, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from app.accounts.models import Scope
from app.accounts.policies import may_see_team
from app.api.parameters import ByteOrderMark, DaysDep, PageOut, WhoseDep
from app.api.routing import api_router
from app.exports.tables import TABLES, Chosen
from app.exports.writing import Form, written
from app.request import Client, KeyFor, ServicesDep

router = api_router("/exports", ["exports"])

Exporter = Annotated[Client, KeyFor(may_see_team, Scope.EXPORT_READ)]
MEDIA = {"csv": "text/csv; charset=utf-8", "ndjson": "application/x-ndjson"}


class TableName(StrEnum):
    """What can be exported."""

    CALLS = "calls"
    EVALUATIONS = "evaluations"
    FINDINGS = "findings"
    REVIEWS = "reviews"
    COMPLAINTS = "complaints"
    COACHING = "coaching"


STREAMED: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/x-ndjson": {"schema": {"type": "string"}},
        },
        "description": "All rows; CSV with a header, or one JSON object on each line.",
    }
}


class TableOut(BaseModel):
    """A table that can be exported."""

    name: TableName = Field(description="Its name.", examples=[TableName.CALLS])
    columns: list[str] = Field(description="Its columns, in their order.", examples=[["call_id", "external_id"]])


@router.get("")
def list_exports(client: Exporter) -> PageOut[TableOut]:
    """What can be exported, with the columns of each table."""
    found = [TableOut(name=one, columns=list(TABLES[one.value].columns)) for one in TableName]
    return PageOut(items=found, next_cursor=None, total=len(found))


@router.get("/{table}", response_class=StreamingResponse, responses=STREAMED)
def export_table(
    table: Annotated[TableName, Path(description="Which table.", examples=["calls"])],
    client: Exporter,
    shared: ServicesDep,
    days: DaysDep,
    whose: WhoseDep,
    request: Request,
    format_: Annotated[
        Literal["csv", "ndjson"] | None,
        Query(alias="format", description="Else by `Accept`; CSV where that says neither.", examples=["ndjson"]),
    ] = None,
    bom: ByteOrderMark = False,
) -> StreamingResponse:
    """All rows that you may see, in the order of their ids, however many: evaluations and findings that count now,
    reviews that count; coaching notes by the day they were written (UTC), all else by the day it counts on.
    """
    form: Form = format_ or ("ndjson" if "ndjson" in request.headers.get("accept", "").lower() else "csv")
    chosen = Chosen(days.first_day, days.last_day, whose.agent_id, whose.team_id)
    content = written(shared.engine, client.user, TABLES[table.value], chosen, form, bom)
    headers = {"Content-Disposition": f'attachment; filename="{table.value}.{form}"'}
    return StreamingResponse(content, headers=headers, media_type=MEDIA[form])
