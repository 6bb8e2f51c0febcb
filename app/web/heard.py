"""Who heard which recordings, for administrators: on a page, and as a file."""

from collections.abc import Sequence
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
from app.accounts.policies import may_see_who_heard
from app.calls import queries as calls
from app.calls.access_queries import SoughtAccess, accesses
from app.calls.models import AccessKind, RecordingAccess
from app.kit.csv_files import csv_text
from app.kit.i18n import N_, Translator
from app.kit.pagination import PAGE_SIZE, CursorInvalid
from app.request import Allow, ServicesDep, SessionDep
from app.web.choices import Choice
from app.web.rendering import render, words_for
from app.web.times import Moment, moment, zone_of

router = APIRouter(prefix="/admin/heard")

Administrator = Annotated[User, Allow(may_see_who_heard)]

# So many rows are in a file at most; narrower questions get to the rest.
MOST_ROWS = 50_000
COLUMNS = ["id", "at", "username", "name", "key", "call", "kind", "place", "address"]
KINDS = {
    AccessKind.PLAYED: N_("Played"),
    AccessKind.CLIP: N_("Clip played"),
    AccessKind.UNMUTED: N_("Played unmuted"),
    AccessKind.DOWNLOADED: N_("Downloaded"),
}
TONES = {
    AccessKind.PLAYED: ("neutral", "▸"),
    AccessKind.CLIP: ("neutral", "▸"),
    AccessKind.UNMUTED: ("caution", "⚠"),
    AccessKind.DOWNLOADED: ("caution", "↓"),
}


class HeardFilter(BaseModel):
    """What the address says about which accesses are wanted; people are named by their user names."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    by: str = Field("", max_length=100)
    call: int | None = Field(None, ge=1, lt=2**31)
    kind: AccessKind | None = None
    first: date | None = None
    last: date | None = None
    after: str = Field("", max_length=80)

    @model_validator(mode="before")
    @classmethod
    def empty_is_not_chosen(cls, given: Any) -> Any:
        return {name: value for name, value in given.items() if value != ""} if isinstance(given, dict) else given

    def address(self, path: str, after: str = "") -> str:
        """The address of this part of the list."""
        told = self.model_copy(update={"after": after}).model_dump(
            mode="json", exclude_none=True, exclude_defaults=True
        )
        return f"{path}?{urlencode(told)}" if told else path

    @property
    def narrows(self) -> bool:
        """Whether some are left out."""
        return bool(self.model_dump(exclude_none=True, exclude_defaults=True, exclude={"after"}))


@dataclass(frozen=True)
class HeardRow:
    """Somebody was given the sound of a call; `place` is the page on which that was, `key` that of a program."""

    at: Moment
    name: str
    user: int
    key: str
    call: int
    reference: str
    tone: str
    glyph: str
    kind: str
    place: str
    address: str


@dataclass(frozen=True)
class HeardPage:
    """The accesses that were asked for, the newest first; they are kept for so many `days`."""

    template: ClassVar[str] = "people/heard.html"
    rows: tuple[HeardRow, ...]
    chosen: HeardFilter
    kinds: tuple[Choice, ...]
    people: tuple[tuple[str, str], ...]
    next: str
    export: str
    most: int
    days: int
    nobody: bool


@router.get("")
def list_heard(
    request: Request,
    session: SessionDep,
    shared: ServicesDep,
    user: Administrator,
    chosen: Annotated[HeardFilter, Query()],
) -> Response:
    return render(request, _page(session, user, chosen, words_for(request), shared.settings.access_log_days))


@router.get("/export.csv")
def export_heard(session: SessionDep, user: Administrator, chosen: Annotated[HeardFilter, Query()]) -> Response:
    sought = _sought(session, chosen, zone_of(session, user))
    found = accesses(session, sought, MOST_ROWS) if sought else ()
    people, keys = _people(session, found), _keys(session, found)
    rows = [
        [
            *(one.id, one.at.isoformat(), *people[one.user_id], keys.get(one.api_key_id or 0, "")),
            *(one.call_id, one.kind.value, one.place, one.address),
        ]
        for one in found
    ]
    headers = {"Content-Disposition": 'attachment; filename="recordings-heard.csv"'}
    return Response(csv_text(COLUMNS, rows, byte_order_mark=True), media_type="text/csv", headers=headers)


def _page(session: Session, user: User, chosen: HeardFilter, words: Translator, days: int) -> HeardPage:
    zone = zone_of(session, user)
    sought = _sought(session, chosen, zone)
    found = accesses(session, sought, PAGE_SIZE + 1, _place(chosen.after)) if sought else ()
    more = found[PAGE_SIZE - 1] if len(found) > PAGE_SIZE else None
    return HeardPage(
        rows=_rows(session, found[:PAGE_SIZE], zone, words),
        chosen=chosen,
        kinds=tuple(Choice(one.value, words.gettext(label), one == chosen.kind) for one, label in KINDS.items()),
        people=tuple((one.username, one.name) for one in accounts.users(session)),
        next=chosen.address("/admin/heard", f"{more.at.isoformat()}~{more.id}") if more else "",
        export=chosen.address("/admin/heard/export.csv"),
        most=MOST_ROWS,
        days=days,
        nobody=sought is None,
    )


def _sought(session: Session, chosen: HeardFilter, zone: ZoneInfo) -> SoughtAccess | None:
    """What is asked for; None where nobody has the name that was typed."""
    by = accounts.user_named(session, chosen.by) if chosen.by else None
    if chosen.by and by is None:
        return None
    return SoughtAccess(
        user_id=by.id if by else None,
        call_id=chosen.call,
        kind=chosen.kind,
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


def _rows(
    session: Session, found: Sequence[RecordingAccess], zone: ZoneInfo, words: Translator
) -> tuple[HeardRow, ...]:
    people, keys = _people(session, found), _keys(session, found)
    references = calls.references(session, {one.call_id for one in found})
    return tuple(
        HeardRow(
            at=moment(one.at, zone),
            name=people[one.user_id][1],
            user=one.user_id,
            key=keys.get(one.api_key_id or 0, ""),
            call=one.call_id,
            reference=references.get(one.call_id, ""),
            tone=TONES[one.kind][0],
            glyph=TONES[one.kind][1],
            kind=words.gettext(KINDS[one.kind]),
            place=one.place,
            address=one.address,
        )
        for one in found
    )


def _people(session: Session, found: Sequence[RecordingAccess]) -> dict[int, tuple[str, str]]:
    """User name and name of those who heard something, by id."""
    wanted = {one.user_id for one in found}
    return {one.id or 0: (one.username, one.name) for one in accounts.users(session) if one.id in wanted}


def _keys(session: Session, found: Sequence[RecordingAccess]) -> dict[int, str]:
    """The names of the keys by which programs heard something, by id."""
    wanted = {one.api_key_id for one in found if one.api_key_id is not None}
    return {one.id or 0: one.name for one in accounts.api_keys(session) if one.id in wanted}
