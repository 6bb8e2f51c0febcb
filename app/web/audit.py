"""The ledger, for administrators: who did what when, and proof that nobody has touched it."""

import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, ClassVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_manage_people
from app.calls import queries as calls
from app.kit.csv_files import Cell, csv_text
from app.kit.i18n import Translator
from app.kit.pagination import PAGE_SIZE, CursorInvalid
from app.ledger import auditing
from app.ledger.models import LedgerEntry
from app.ledger.queries import in_words
from app.ledger.search import Sought, search
from app.ledger.service import call_stream
from app.request import Allow, ServicesDep, SessionDep, actor
from app.web.history import SENTENCES, by_whom, sentence
from app.web.rendering import render, see_other, words_for
from app.web.times import Moment, moment, zone_of

router = APIRouter(prefix="/admin/audit")

Administrator = Annotated[User, Allow(may_manage_people)]

# So many entries are in a file at most; narrower questions get to the rest.
MOST_ROWS = 50_000
COLUMNS = ["id", "stream", "sequence", "at", "actor", "event", "told", "payload", "hash"]


class AuditFilter(BaseModel):
    """What the address says about which entries are wanted; people are named by their user names."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    by: str = Field("", max_length=100)
    about: str = Field("", max_length=100)
    call: int | None = Field(None, ge=1, lt=2**31)
    event: str = Field("", max_length=100)
    first: date | None = None
    last: date | None = None
    after: str = Field("", max_length=80)

    @model_validator(mode="before")
    @classmethod
    def empty_is_not_chosen(cls, given: Any) -> Any:
        return {name: value for name, value in given.items() if value != ""} if isinstance(given, dict) else given

    def address(self, path: str, after: str = "") -> str:
        """The address of this part of the ledger."""
        told = self.model_copy(update={"after": after}).model_dump(
            mode="json", exclude_none=True, exclude_defaults=True
        )
        return f"{path}?{urlencode(told)}" if told else path

    @property
    def narrows(self) -> bool:
        """Whether some entries are left out."""
        return bool(self.model_dump(exclude_none=True, exclude_defaults=True, exclude={"after"}))


@dataclass(frozen=True)
class EntryRow:
    """One entry as it is read: what it is about, with the address of that where it has one."""

    at: Moment
    by: str
    text: str
    stream: str
    sequence: int
    url: str


@dataclass(frozen=True)
class FaultRow:
    """What is wrong with the ledger, and where."""

    where: str
    what: str


@dataclass(frozen=True)
class AuditPage:
    """The entries that were asked for, and how far the ledger was verified."""

    template: ClassVar[str] = "people/audit.html"
    rows: tuple[EntryRow, ...]
    chosen: AuditFilter
    events: tuple[tuple[str, str], ...]
    people: tuple[tuple[str, str], ...]
    next: str
    export: str
    most: int
    verified: Moment | None
    entries: int
    anchors: int
    found: int
    faults: tuple[FaultRow, ...]
    asked: Moment | None
    nobody: bool


@router.get("")
def show_ledger(
    request: Request, session: SessionDep, user: Administrator, chosen: Annotated[AuditFilter, Query()]
) -> Response:
    return render(request, _page(session, user, chosen, words_for(request)))


@router.post("/verify")
def verify_ledger(session: SessionDep, shared: ServicesDep, user: Administrator) -> Response:
    auditing.ask(session, shared.queue, actor(user))
    return see_other("/admin/audit")


@router.get("/export.csv")
def export_ledger(
    request: Request, session: SessionDep, user: Administrator, chosen: Annotated[AuditFilter, Query()]
) -> Response:
    sought, words = _sought(session, chosen, zone_of(session, user)), words_for(request)
    found = search(session, sought, MOST_ROWS) if sought else ()
    written = in_words(session, found)
    rows = [_cells(one, written.get(one.id or 0, {}), words) for one in found]
    headers = {"Content-Disposition": 'attachment; filename="ledger.csv"'}
    return Response(csv_text(COLUMNS, rows, byte_order_mark=True), media_type="text/csv", headers=headers)


def _page(session: Session, user: User, chosen: AuditFilter, words: Translator) -> AuditPage:
    zone, state = zone_of(session, user), auditing.audit(session)
    sought = _sought(session, chosen, zone)
    found = search(session, sought, PAGE_SIZE + 1, _place(chosen.after)) if sought else ()
    more = found[PAGE_SIZE - 1] if len(found) > PAGE_SIZE else None
    told = state.last.payload if state.last else {}
    return AuditPage(
        rows=_rows(session, found[:PAGE_SIZE], zone, words),
        chosen=chosen,
        events=tuple((one, words.gettext(SENTENCES[one])) for one in sorted(SENTENCES)),
        people=tuple((one.username, one.name) for one in accounts.users(session)),
        next=chosen.address("/admin/audit", f"{more.at.isoformat()}~{more.id}") if more else "",
        export=chosen.address("/admin/audit/export.csv"),
        most=MOST_ROWS,
        verified=moment(state.last.at, zone) if state.last else None,
        entries=int(told.get("entries", 0)),
        anchors=int(told.get("anchors", 0)),
        found=int(told.get("found", 0)),
        faults=tuple(_fault(one, words) for one in state.faults),
        asked=moment(state.asked_at, zone) if state.asked_at else None,
        nobody=sought is None,
    )


def _sought(session: Session, chosen: AuditFilter, zone: ZoneInfo) -> Sought | None:
    """What the ledger is asked for; None where nobody has the name that was typed."""
    by = accounts.user_named(session, chosen.by) if chosen.by else None
    about = accounts.user_named(session, chosen.about) if chosen.about else None
    if (chosen.by and by is None) or (chosen.about and about is None):
        return None
    stream = f"user:{about.id}" if about else call_stream(chosen.call) if chosen.call else None
    return Sought(
        stream=stream,
        actor_id=by.id if by else None,
        event=chosen.event or None,
        since=_midnight(chosen.first, zone) if chosen.first else None,
        until=_midnight(chosen.last + timedelta(days=1), zone) if chosen.last and chosen.last < date.max else None,
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    # The first and the last day of the calendar have no other clock than ours.
    local = datetime.combine(day, time(), zone if 1 < day.year < date.max.year else UTC)
    return local.astimezone(UTC)


def _place(after: str) -> tuple[datetime, int] | None:
    """The place in the list after which the page begins."""
    if not after:
        return None
    at, _, last_id = after.partition("~")
    try:
        return datetime.fromisoformat(at).astimezone(UTC), int(last_id) % 2**63
    except (ValueError, OverflowError) as error:
        raise CursorInvalid from error


def _rows(session: Session, found: Sequence[LedgerEntry], zone: ZoneInfo, words: Translator) -> tuple[EntryRow, ...]:
    written = in_words(session, found)
    # A call that was deleted has no page any more.
    told = {one.stream.removeprefix("call:") for one in found}
    here = calls.by_ids(session, [int(which) for which in told if which.isdecimal()])
    return tuple(
        EntryRow(
            at=moment(one.at, zone),
            by=by_whom(one, words),
            text=sentence(one, written.get(one.id or 0, {}), {}, words),
            stream=one.stream,
            sequence=one.sequence,
            url=_url(one.stream, here),
        )
        for one in found
    )


def _url(stream: str, here: Container[int]) -> str:
    kind, _, which = stream.partition(":")
    if kind == "call" and not (which.isdecimal() and int(which) in here):
        return ""
    places = {"call": "/calls/{}", "user": "/admin/users/{}", "key": "/admin/keys", "team": "/teams/{}"}
    return places[kind].format(which) if kind in places and which.isdecimal() else ""


def _fault(one: dict[str, Any], words: Translator) -> FaultRow:
    what = words.gettext(str(one.get("what", "")))
    if one.get("stream"):
        return FaultRow(f"{one['stream']} · {one.get('sequence')}", what)
    return FaultRow(f"{one.get('first_id')}–{one.get('last_id')}", what)


def _cells(one: LedgerEntry, written: Mapping[str, Any], words: Translator) -> list[Cell]:
    told = sentence(one, written, {}, words)
    payload = json.dumps(one.payload, ensure_ascii=False, sort_keys=True)
    return [one.id, one.stream, one.sequence, one.at.isoformat(), one.actor, one.event, told, payload, one.hash]
