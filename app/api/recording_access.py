"""Who was given the sound of which calls."""

from typing import Annotated

from fastapi import Depends, Query, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Scope
from app.accounts.policies import may_see_who_heard
from app.api.csv_pages import csv_page
from app.api.ledger import MOST_COUNTED, moment_asked, place_after
from app.api.parameters import (
    CSV_TOO,
    PLAIN,
    ByteOrderMark,
    CsvWanted,
    Cursor,
    Moment,
    PageOut,
    PageSize,
    username,
    wrong,
)
from app.api.routing import api_router
from app.calls.access_queries import SoughtAccess, accesses, count
from app.calls.models import AccessKind, RecordingAccess
from app.kit.pagination import PAGE_SIZE, Page
from app.request import Client, KeyFor, SessionDep

router = api_router("/recording-access", ["recording access"])

Administrator = Annotated[Client, KeyFor(may_see_who_heard, Scope.ADMIN)]


class AccessOut(BaseModel):
    """Somebody was given the sound of a call."""

    id: int = Field(description="The id that Callmark gave.", examples=[91])
    at: Moment = Field(description="When (RFC 3339).", examples=["2026-10-01T02:03:00Z"])
    user: str | None = Field(description="User name of the person, or of the key's owner.", examples=["alice"])
    key: str | None = Field(description="Name of the API key; null: a person at a browser.", examples=["night import"])
    call_id: int = Field(description="The call's id.", examples=[17])
    kind: AccessKind = Field(description="How it was heard.", examples=[AccessKind.PLAYED])
    place: str = Field(description="On which page, or `/api`; empty: not told.", examples=["/reviews/4"])
    address: str = Field(description="The address that the request came from.", examples=["192.0.2.7"])


COLUMNS = tuple(AccessOut.model_fields)


def sought(
    session: SessionDep,
    user: Annotated[
        str | None, Query(max_length=100, pattern=PLAIN, description="Only by this user name.", examples=["alice"])
    ] = None,
    call: Annotated[int | None, Query(ge=1, lt=2**31, description="Only of this call.", examples=[17])] = None,
    kind: Annotated[AccessKind | None, Query(description="Only heard so.", examples=["played_unmuted"])] = None,
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
) -> SoughtAccess:
    """Which accesses are wanted."""
    person = accounts.user_named(session, user) if user else None
    if user and person is None:
        raise wrong("user", f"there is nobody named {user!r}")
    return SoughtAccess(
        user_id=person.id if person else None,
        call_id=call,
        kind=kind,
        since=moment_asked("from", from_),
        until=moment_asked("to", to),
    )


@router.get("", response_model=PageOut[AccessOut], responses=CSV_TOO)
def list_recording_access(
    client: Administrator,
    session: SessionDep,
    csv: CsvWanted,
    wanted: Annotated[SoughtAccess, Depends(sought)],
    cursor: Cursor = None,
    limit: PageSize = PAGE_SIZE,
    bom: ByteOrderMark = False,
) -> PageOut[AccessOut] | Response:
    """Who heard what, the newest first; `total` is told up to 10,000."""
    found = accesses(session, wanted, limit + 1, place_after(cursor))
    last = found[limit - 1] if len(found) > limit else None
    after = f"{last.at.isoformat().replace('+00:00', 'Z')}~{last.id}" if last else None
    page = Page([_shown(session, one) for one in found[:limit]], after, count(session, wanted, MOST_COUNTED))
    if csv:
        return csv_page(COLUMNS, page, bom)
    return PageOut(items=list(page.items), next_cursor=page.next_cursor, total=page.total)


def _shown(session: Session, one: RecordingAccess) -> AccessOut:
    key = accounts.api_key_numbered(session, one.api_key_id) if one.api_key_id is not None else None
    return AccessOut(
        **one.model_dump(include={"id", "at", "call_id", "kind", "place", "address"}),
        user=username(session, one.user_id),
        key=key.name if key else None,
    )
