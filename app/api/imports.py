"""Imports: lists of the switch (contacts, days of agents, answers) in; what became of their rows out."""

import hashlib
import json
import tempfile
from collections.abc import AsyncIterator, Iterator
from typing import IO, Annotated, Any

from fastapi import Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field
from sqlmodel import Session

from app.accounts.models import Scope
from app.accounts.policies import may_import_lists
from app.api.idempotency import OnceItself
from app.api.parameters import PLAIN, Cursor, Moment, PageOut, PageSize, RowId, username, wrong
from app.api.problems import problems
from app.api.routing import api_router
from app.contacts.mapping import COLUMNS
from app.imports import lists, queries
from app.imports.lists import Asked
from app.imports.models import ImportKind, ImportState, ListImport
from app.kit.blobs import PIECE, UploadTooLarge, told_when_full
from app.kit.csv_files import csv_text
from app.kit.db import id_of
from app.kit.pagination import PAGE_SIZE
from app.request import Client, KeyFor, ServicesDep, SessionDep

router = api_router("/imports", ["imports"])

Importer = Annotated[Client, KeyFor(may_import_lists, Scope.CALLS_WRITE)]
CSV, JSON = "text/csv", "application/json"
# More rows than these are better sent as CSV.
MOST_JSON_ROWS, LARGEST_JSON = 10_000, 10_000_000
EXAMPLE = (
    "external_id,started_at,answered,agent,wait_seconds,talk_seconds\r\nc-1,2026-11-02T09:30:00Z,yes,mei,12,180\r\n"
)
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            CSV: {"schema": {"type": "string"}, "example": EXAMPLE},
            JSON: {
                "schema": {
                    "type": "array",
                    "maxItems": MOST_JSON_ROWS,
                    "items": {
                        "type": "object",
                        "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
                    },
                },
                "example": [{"external_id": "c-1", "started_at": "2026-11-02T09:30:00Z", "answered": True}],
            },
        },
    }
}


class BadImportRow(BaseModel):
    """A row that was left out."""

    line: int = Field(description="Line of the file; the header is line 1.", examples=[17])
    column: str = Field(description="The column that is wrong; empty: the whole row.", examples=["started_at"])
    message: str = Field(description="Why.", examples=["is no time"])


class ImportOut(BaseModel):
    """A list that was sent, and what became of its rows so far."""

    id: int = Field(description="The id that Callmark gave.", examples=[4])
    kind: ImportKind = Field(description="What the list tells.", examples=["contacts"])
    mapping: str = Field(description="What its columns mean; empty: our own columns.", examples=["asterisk-cdr"])
    file_name: str = Field(description="What the sender calls it.", examples=["cdr-2026-11-02.csv"])
    state: ImportState = Field(description="waiting, running, done, or failed: it cannot be read.", examples=["done"])
    rows: int = Field(description="Rows read.", examples=[1200])
    added: int = Field(description="Of them new.", examples=[1190])
    changed: int = Field(description="Of them saying something new of what was known.", examples=[4])
    unchanged: int = Field(description="Of them saying nothing new.", examples=[5])
    bad: int = Field(description="Of them left out.", examples=[1])
    error: str | None = Field(description="Why the list could not be read.", examples=[None])
    sent_by: str | None = Field(description="User name of who sent it.", examples=["alex"])
    sent_at: Moment = Field(description="When it came (RFC 3339).", examples=["2026-11-02T10:00:00Z"])
    ended_at: Moment | None = Field(description="When all rows were read.", examples=["2026-11-02T10:00:03Z"])
    bad_rows: list[BadImportRow] = Field(description="The first 1,000 rows left out; empty in lists of imports.")


def checked(client: Importer, session: SessionDep) -> Client:
    """Whose key it is; the transaction that looked it up ends here, for a slow upload would hold everybody up."""
    session.commit()
    return client


async def received(
    request: Request, shared: ServicesDep, client: Annotated[Client, Depends(checked)]
) -> AsyncIterator[IO[bytes]]:
    """The body, in a file that is gone afterwards."""
    limit = shared.settings.max_upload_mb << 20
    with told_when_full(), tempfile.TemporaryFile() as waiting:
        size = 0
        async for piece in request.stream():
            size += len(piece)
            if size > limit:
                raise UploadTooLarge
            await run_in_threadpool(waiting.write, piece)
        if not size:
            raise wrong("body", "send the list as the body of the request", "body")
        yield waiting


@router.post("", status_code=202, openapi_extra=BODY, responses=problems(415, 503))
def add_import(
    request: Request,
    body: Annotated[IO[bytes], Depends(received)],
    client: Importer,
    session: SessionDep,
    shared: ServicesDep,
    once: OnceItself,
    response: Response,
    kind: Annotated[ImportKind, Query(description="What the list tells.", examples=["contacts"])],
    mapping: Annotated[
        str, Query(max_length=60, pattern=PLAIN, description="A mapping that comes along.", examples=["asterisk-cdr"])
    ] = "",
    file_name: Annotated[
        str, Query(max_length=200, pattern=PLAIN, description="What you call it.", examples=["cdr.csv"])
    ] = "",
) -> ImportOut:
    """Send a list, as CSV of any length or as JSON of at most 10,000 rows; a worker reads it soon after.

    Contacts and answers are known by their `external_id`, days by agent and day: the same list again changes nothing.
    """
    once.claim(_digest(body))
    if request.headers.get("content-type", "").split(";")[0].strip().lower() == JSON:
        pieces = iter([_as_csv(body, kind)])
    else:
        pieces = _pieces(body)
    stored = shared.blobs.put(pieces, shared.settings.max_upload_mb << 20)
    asked = Asked(kind, file_name or f"{kind.value}.csv", mapping)
    added = lists.ask(session, shared.queue, asked, stored, client.user, client.actor)
    response.headers["Location"] = f"/api/v1/imports/{added.id}"
    return _shown(session, added)


@router.get("")
def list_imports(
    client: Importer, session: SessionDep, cursor: Cursor = None, limit: PageSize = PAGE_SIZE
) -> PageOut[ImportOut]:
    """The lists that came in, the newest first; administrators see all, others their own."""
    found = queries.list_imports(session, client.user, cursor, limit)
    items = [_shown(session, one, whole=False) for one in found.items]
    return PageOut(items=items, next_cursor=found.next_cursor, total=found.total)


@router.get("/{import_id}")
def get_import(import_id: RowId, client: Importer, session: SessionDep) -> ImportOut:
    """One list, and what became of its rows so far."""
    return _shown(session, queries.list_import(session, client.user, import_id))


def _shown(session: Session, one: ListImport, whole: bool = True) -> ImportOut:
    return ImportOut(
        id=id_of(one),
        kind=one.kind,
        mapping=one.mapping,
        file_name=one.file_name,
        state=one.state,
        rows=one.rows,
        added=one.added,
        changed=one.changed,
        unchanged=one.unchanged,
        bad=one.bad,
        error=one.error_message,
        sent_by=username(session, one.asked_by),
        sent_at=one.asked_at,
        ended_at=one.ended_at,
        bad_rows=[BadImportRow(**row) for row in one.bad_rows] if whole else [],
    )


def _pieces(body: IO[bytes]) -> Iterator[bytes]:
    body.seek(0)
    return iter(lambda: body.read(PIECE), b"")


def _digest(body: IO[bytes]) -> str:
    digest = hashlib.sha256()
    for piece in _pieces(body):
        digest.update(piece)
    return digest.hexdigest()


def _as_csv(body: IO[bytes], kind: ImportKind) -> bytes:
    """JSON rows as the list they stand for; a value that is not given is an empty cell."""
    body.seek(0)
    written = body.read(LARGEST_JSON + 1)
    try:
        rows = json.loads(written) if len(written) <= LARGEST_JSON else None
    except (ValueError, RecursionError) as error:
        raise wrong("body", "is no JSON", "body") from error
    if not isinstance(rows, list) or not 0 < len(rows) <= MOST_JSON_ROWS:
        raise wrong("body", "send a list of 1 to 10,000 rows; more of them as CSV", "body")
    columns = COLUMNS[kind.value]
    for place, row in enumerate(rows):
        if not isinstance(row, dict) or not all(isinstance(one, str | int | float | None) for one in row.values()):
            raise wrong(str(place), "is no object of texts, numbers, true, false and null", "body")
        if strange := set(row) - set(columns):
            raise wrong(f"{place}.{sorted(strange)[0]}"[:200], f"is none of {', '.join(columns)}", "body")
    return csv_text(columns, [[_cell(row.get(name)) for name in columns] for row in rows]).encode("utf-8", "replace")


def _cell(value: str | float | None) -> str | float | None:
    return ("yes" if value else "no") if isinstance(value, bool) else value
