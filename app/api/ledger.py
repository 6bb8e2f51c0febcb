"""The ledger: who did what when, each entry chained to the one before it, and whether the chains hold."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Query, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Scope
from app.accounts.policies import may_manage_people
from app.api.csv_pages import csv_page
from app.api.parameters import (
    CSV_TOO,
    EARLIEST_YEAR,
    LATEST_YEAR,
    PLAIN,
    ByteOrderMark,
    CsvWanted,
    Cursor,
    Moment,
    PageOut,
    PageSize,
    RowId,
    moment_of,
    wrong,
)
from app.api.problems import problems
from app.api.routing import api_router
from app.kit.db import id_of
from app.kit.errors import NotFound
from app.kit.pagination import LARGEST_ID, PAGE_SIZE, CursorInvalid, Page
from app.ledger import auditing, queries
from app.ledger.models import LedgerEntry
from app.ledger.search import Sought, count, search
from app.ledger.service import call_stream
from app.request import Client, KeyFor, ServicesDep, SessionDep

router = api_router("/ledger", ["ledger"])

Administrator = Annotated[Client, KeyFor(may_manage_people, Scope.ADMIN)]
# So many entries are counted; a longer list says that there are so many.
MOST_COUNTED = 10_000


class EntryOut(BaseModel):
    """One thing that happened, as it stands in the ledger."""

    id: int = Field(description="The id that Callmark gave.", examples=[311])
    stream: str = Field(description="What it is about; each stream is a chain of its own.", examples=["call:17"])
    sequence: int = Field(description="Its place in the stream, counted from 1.", examples=[3])
    at: Moment = Field(description="When (RFC 3339).", examples=["2026-10-01T02:03:00Z"])
    actor: str = Field(description="Who: a person, a key, or `machine`.", examples=["Alice"])
    actor_id: int | None = Field(description="Id of the person; null for the machine.", examples=[2])
    event: str = Field(description="What.", examples=["review.submitted"])
    payload: dict[str, Any] = Field(
        description="The facts; what changed is {old, new}. `seal` proves the words beside it.",
        examples=[{"score": 92.5}],
    )
    in_words: dict[str, Any] | None = Field(
        description="What a person wrote or said there; null: nothing, or it went with its call.",
        examples=[{"note": "Heard at 0:12."}],
    )
    previous_hash: str = Field(description="Hash of the entry before it in its stream.", examples=["0" * 64])
    hash: str = Field(
        description="SHA-256 of the JSON list [stream, sequence, at, actor_id, actor, event, payload, previous_hash].",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )


COLUMNS = tuple(name for name in EntryOut.model_fields if name != "in_words")


class LedgerFaultOut(BaseModel):
    """Something in the ledger that is not what was written."""

    what: str = Field(description="What is wrong.", examples=["is not what was written"])
    stream: str = Field(description="In which stream; empty: in a stretch of entries.", examples=["call:17"])
    sequence: int = Field(description="At which place of it.", examples=[3])
    first_id: int = Field(description="First entry concerned, by id.", examples=[311])
    last_id: int = Field(description="Last entry concerned, by id.", examples=[311])


class VerificationOut(BaseModel):
    """How far the ledger was verified when that was last asked for."""

    verified_at: Moment | None = Field(
        description="When it was last verified (RFC 3339); null: never.", examples=["2026-10-01T02:03:00Z"]
    )
    asked_at: Moment | None = Field(description="Since when another result is awaited; null: none.", examples=[None])
    entries: int = Field(description="Entries that were read.", examples=[48211])
    streams: int = Field(description="Streams that were read.", examples=[9021])
    anchors: int = Field(description="Signed anchors they were held against.", examples=[12])
    found: int = Field(description="Faults found.", examples=[0])
    faults: list[LedgerFaultOut] = Field(description="The first of them.")


def sought(
    session: SessionDep,
    stream: Annotated[
        str | None, Query(max_length=100, pattern=PLAIN, description="Only this stream.", examples=["call:17"])
    ] = None,
    call: Annotated[int | None, Query(ge=1, lt=2**31, description="Only about this call.", examples=[17])] = None,
    by: Annotated[
        str | None, Query(max_length=100, pattern=PLAIN, description="Only by this user name.", examples=["alice"])
    ] = None,
    event: Annotated[
        str | None, Query(max_length=100, pattern=PLAIN, description="Only this event.", examples=["call.mended"])
    ] = None,
    from_: Annotated[
        str | None,
        Query(
            alias="from",
            max_length=40,
            description="Not before this moment (RFC 3339).",
            examples=["2026-10-01T00:00:00+08:00"],
        ),
    ] = None,
    to: Annotated[
        str | None,
        Query(max_length=40, description="Before this moment (RFC 3339).", examples=["2026-11-01T00:00:00+08:00"]),
    ] = None,
) -> Sought:
    """Which entries are wanted."""
    if stream and call:
        raise wrong("call", "give `stream` or `call`, not both")
    person = accounts.user_named(session, by) if by else None
    if by and person is None:
        raise wrong("by", f"there is nobody named {by!r}")
    return Sought(
        stream=call_stream(call) if call else stream or None,
        actor_id=person.id if person else None,
        event=event or None,
        since=moment_asked("from", from_),
        until=moment_asked("to", to),
    )


@router.get("", response_model=PageOut[EntryOut], responses=CSV_TOO)
def list_ledger_entries(
    client: Administrator,
    session: SessionDep,
    csv: CsvWanted,
    wanted: Annotated[Sought, Depends(sought)],
    cursor: Cursor = None,
    limit: PageSize = PAGE_SIZE,
    bom: ByteOrderMark = False,
) -> PageOut[EntryOut] | Response:
    """What happened, the newest first; `total` is told up to 10,000."""
    found = search(session, wanted, limit + 1, place_after(cursor))
    last = found[limit - 1] if len(found) > limit else None
    after = f"{last.at.isoformat().replace('+00:00', 'Z')}~{last.id}" if last else None
    page = Page(_shown(session, found[:limit]), after, count(session, wanted, MOST_COUNTED))
    if csv:
        return csv_page(COLUMNS, page, bom)
    return PageOut(items=list(page.items), next_cursor=page.next_cursor, total=page.total)


@router.get("/verification")
def get_ledger_verification(client: Administrator, session: SessionDep) -> VerificationOut:
    """What verifying the whole ledger found last."""
    return _verification(session)


@router.post("/verification", status_code=202, responses=problems(503))
def verify_ledger(client: Administrator, session: SessionDep, shared: ServicesDep) -> VerificationOut:
    """Have a worker read the whole ledger and hold it against its chains and anchors; ask for the result later."""
    auditing.ask(session, shared.queue, client.actor)
    return _verification(session)


@router.get("/{entry_id}")
def get_ledger_entry(entry_id: RowId, client: Administrator, session: SessionDep) -> EntryOut:
    """One entry."""
    found = queries.entry(session, entry_id)
    if found is None:
        raise NotFound
    return _shown(session, [found])[0]


def _shown(session: Session, entries: Sequence[LedgerEntry]) -> list[EntryOut]:
    written = queries.in_words(session, entries)
    return [EntryOut(**one.model_dump(), in_words=written.get(id_of(one))) for one in entries]


def _verification(session: Session) -> VerificationOut:
    state = auditing.audit(session)
    told = state.last.payload if state.last else {}
    return VerificationOut(
        verified_at=state.last.at if state.last else None,
        asked_at=state.asked_at,
        **{name: int(told.get(name, 0)) for name in ("entries", "streams", "anchors", "found")},
        faults=[LedgerFaultOut(**one) for one in state.faults],
    )


def moment_asked(field: str, given: str | None) -> datetime | None:
    if not given:
        return None
    try:
        moment = moment_of(given)
    except (ValueError, OverflowError) as error:
        raise wrong(field, str(error).removesuffix(", or only the date")) from error
    if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise wrong(field, f"must lie between {EARLIEST_YEAR} and {LATEST_YEAR}")
    return moment.astimezone(UTC)


def place_after(cursor: str | None) -> tuple[datetime, int] | None:
    """The place in the list after which the page begins."""
    if cursor is None:
        return None
    at, _, last_id = cursor.partition("~")
    try:
        moment, place = datetime.fromisoformat(at), int(last_id)
        if moment.tzinfo is None or not 0 <= place <= LARGEST_ID:
            raise CursorInvalid
        return moment.astimezone(UTC), place
    except (ValueError, OverflowError) as error:
        raise CursorInvalid from error
