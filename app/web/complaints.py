"""The complaint register: recorded by hand or from a file, with what each inquiry found."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, ClassVar
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from sqlmodel import Session
from starlette.datastructures import FormData, UploadFile

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_record_complaints
from app.calls import queries as calls
from app.complaints import queries, service
from app.complaints.models import Complaint, ComplaintCategory, ComplaintOutcome
from app.complaints.register import BadRow, RegisterUnreadable, export_register, import_register
from app.complaints.service import ComplaintFacts
from app.kit.db import id_of
from app.kit.errors import AppError
from app.kit.i18n import N_, Translator
from app.kit.pagination import LARGEST_PAGE, Page
from app.reports.wording import Shown
from app.request import Allow, SessionDep, actor
from app.web.call_facts import moment_on_site
from app.web.rendering import render, see_other, within, words_for
from app.web.row_ids import RowId
from app.web.uploads import FormOf

router = APIRouter()

CATEGORIES = {
    ComplaintCategory.ATTITUDE: N_("Attitude"),
    ComplaintCategory.INFORMATION: N_("Information"),
    ComplaintCategory.RESOLUTION: N_("Resolution"),
    ComplaintCategory.WAITING: N_("Waiting"),
    ComplaintCategory.OTHER: N_("Other"),
}
OUTCOMES = {
    ComplaintOutcome.OPEN: Shown("?", N_("Open"), "caution"),
    ComplaintOutcome.UPHELD: Shown("✕", N_("Upheld"), "fail"),
    ComplaintOutcome.NOT_UPHELD: Shown("✓", N_("Not upheld"), "pass"),
}
# The fields of the form for one complaint.
BLANK = dict.fromkeys(
    ("external_id", "received_at", "category", "outcome", "call", "agent", "team", "channel", "text"), ""
)
LARGEST_REGISTER_BYTES = 10_000_000

Clerk = Annotated[User, Allow(may_record_complaints)]


class ComplaintFilter(BaseModel):
    """What the address of the register says about which complaints are wanted."""

    model_config = ConfigDict(frozen=True)

    category: ComplaintCategory | None = None
    outcome: ComplaintOutcome | None = None
    agent: int | None = Field(None, ge=1, lt=2**31)
    team: int | None = Field(None, ge=1, lt=2**31)
    first: date | None = None
    last: date | None = None
    cursor: str | None = Field(None, max_length=400)

    @field_validator("*", mode="before")
    @classmethod
    def empty_is_none(cls, given: object) -> object:
        return None if given == "" else given

    def address(self, path: str, cursor: str | None = None) -> str:
        """The address of this part of the register."""
        query = urlencode(self.model_copy(update={"cursor": cursor}).model_dump(mode="json", exclude_none=True))
        return f"{path}?{query}" if query else path

    @property
    def narrows(self) -> bool:
        """Whether some complaints are left out."""
        return bool(self.model_dump(exclude_none=True, exclude={"cursor"}))


@dataclass(frozen=True)
class ComplaintRow:
    """One complaint of the register; `call` is the id of its call."""

    id: int
    external_id: str
    day: str
    category: str
    outcome: ComplaintOutcome
    shown: Shown
    agent: str
    team: str
    call: int | None
    channel: str
    text: str


@dataclass(frozen=True)
class Option:
    """One entry of a drop-down or of a list of suggestions."""

    value: str
    label: str


@dataclass(frozen=True)
class ImportView:
    """What became of a file."""

    added: int = 0
    updated: int = 0
    bad_rows: tuple[BadRow, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class ComplaintsPage:
    """The register, the form for a new complaint and that for a file."""

    template: ClassVar[str] = "complaints/list.html"
    rows: tuple[ComplaintRow, ...]
    total: int
    chosen: ComplaintFilter
    address: str
    next: str
    export: str
    categories: tuple[Option, ...]
    outcomes: tuple[Option, ...]
    agents: tuple[Option, ...]
    people: tuple[Option, ...]
    teams: tuple[Option, ...]
    given: Mapping[str, str]
    recording: bool
    error: str = ""
    imported: ImportView | None = None


@router.get("/complaints")
def list_complaints(
    request: Request, session: SessionDep, user: Clerk, chosen: Annotated[ComplaintFilter, Query()], call: str = ""
) -> Response:
    return render(request, _page(session, user, chosen, words_for(request), {"call": call} if call else {}))


@router.post("/complaints")
def record_complaint(
    request: Request, session: SessionDep, user: Clerk, form: Annotated[FormData, FormOf(may_record_complaints)]
) -> Response:
    given = {name: value for name, value in form.items() if isinstance(value, str)}
    try:
        service.record_complaint(session, user, _facts(session, user, given), actor(user))
    except (AppError, ValidationError) as error:
        session.rollback()
        words = words_for(request)
        page = _page(session, user, ComplaintFilter(), words, given, words.gettext(_why(error)))
        return render(request, page, 422)
    return see_other(within(given.get("next", ""), "/complaints"), "recorded")


@router.post("/complaints/import")
def import_complaints(
    request: Request, session: SessionDep, user: Clerk, form: Annotated[FormData, FormOf(may_record_complaints)]
) -> Response:
    words, file = words_for(request), form.get("file")
    content = file.file.read(LARGEST_REGISTER_BYTES + 1) if isinstance(file, UploadFile) else b""
    try:
        if not content or len(content) > LARGEST_REGISTER_BYTES:
            raise RegisterUnreadable
        done = import_register(session, user, content, actor(user))
        told = ImportView(done.added, done.updated, done.bad_rows)
    except RegisterUnreadable as error:
        session.rollback()
        told = ImportView(error=words.gettext(error.message))
    page = _page(session, user, ComplaintFilter(), words, imported=told)
    return render(request, page, 422 if told.error else 200)


@router.get("/complaints/export.csv")
def export_complaints(session: SessionDep, user: Clerk, chosen: Annotated[ComplaintFilter, Query()]) -> Response:
    found = [one for page in _pages(session, user, chosen) for one in page.items]
    headers = {"Content-Disposition": 'attachment; filename="complaints.csv"'}
    return Response(export_register(session, found, byte_order_mark=True), media_type="text/csv", headers=headers)


@router.post("/complaints/{complaint_id}/outcome")
def change_outcome(
    complaint_id: RowId,
    session: SessionDep,
    user: Clerk,
    outcome: Annotated[ComplaintOutcome, Form()],
    next: Annotated[str, Form()] = "",
) -> Response:
    service.change_outcome(session, user, complaint_id, outcome, actor(user))
    return see_other(within(next, "/complaints"), "saved")


def shown_outcome(outcome: ComplaintOutcome, words: Translator) -> Shown:
    """What an inquiry found, as it is shown."""
    shown = OUTCOMES[outcome]
    return shown._replace(word=words.gettext(shown.word))


def _pages(session: Session, user: User, chosen: ComplaintFilter) -> Iterator[Page[Complaint]]:
    cursor: str | None = None
    while True:
        page = _found(session, user, chosen, cursor, size=LARGEST_PAGE)
        yield page
        cursor = page.next_cursor
        if cursor is None:
            return


def _found(session: Session, user: User, chosen: ComplaintFilter, cursor: str | None, **how: Any) -> Page[Complaint]:
    return queries.complaints(
        session,
        user,
        category=chosen.category,
        outcome=chosen.outcome,
        agent_id=chosen.agent,
        team_id=chosen.team,
        first_day=chosen.first,
        last_day=chosen.last,
        cursor=cursor,
        **how,
    )


def _page(
    session: Session,
    user: User,
    chosen: ComplaintFilter,
    words: Translator,
    given: Mapping[str, str] | None = None,
    error: str = "",
    imported: ImportView | None = None,
) -> ComplaintsPage:
    page = _found(session, user, chosen, chosen.cursor)
    agents = accounts.agents(session, user.team_id)
    return ComplaintsPage(
        rows=_rows(session, page, words),
        total=page.total,
        chosen=chosen,
        address=chosen.address("/complaints", chosen.cursor),
        next=chosen.address("/complaints", page.next_cursor) if page.next_cursor else "",
        export=chosen.address("/complaints/export.csv"),
        categories=tuple(Option(one.value, words.gettext(label)) for one, label in CATEGORIES.items()),
        outcomes=tuple(Option(one.value, words.gettext(shown.word)) for one, shown in OUTCOMES.items()),
        agents=tuple(Option(str(one.id), one.name) for one in agents),
        people=tuple(Option(one.username, one.name) for one in agents),
        teams=tuple(Option(str(one.id), one.name) for one in accounts.teams(session) if user.team_id in (None, one.id)),
        given={**BLANK, **(given or {})},
        recording=bool(given),
        error=error,
        imported=imported,
    )


def _rows(session: Session, page: Page[Complaint], words: Translator) -> tuple[ComplaintRow, ...]:
    names = accounts.names(session, {one.agent_id for one in page.items if one.agent_id is not None})
    teams = {team.id: team.name for team in accounts.teams(session)}
    return tuple(
        ComplaintRow(
            id=id_of(one),
            external_id=one.external_id or "",
            day=one.site_day.isoformat(),
            category=words.gettext(CATEGORIES[one.category]),
            outcome=one.outcome,
            shown=shown_outcome(one.outcome, words),
            agent=names.get(one.agent_id or 0, ""),
            team=teams.get(one.team_id, ""),
            call=one.call_id,
            channel=one.channel,
            text=one.text,
        )
        for one in page.items
    )


def _facts(session: Session, user: User, given: Mapping[str, str]) -> ComplaintFacts:
    """What the form says; `call` is a call's number, or what another system calls it."""
    said: dict[str, object] = {
        name: value.strip() for name, value in given.items() if name in ComplaintFacts.model_fields and value.strip()
    }
    call = given.get("call", "").strip()
    if call and calls.by_external_id(session, call) is None and call.removeprefix("#").isdigit():
        said["call_id"] = call.removeprefix("#")
    elif call:
        said["call_external_id"] = call
    said["received_at"] = moment_on_site(session, user, str(said.get("received_at", "")), given.get("team", ""))
    return ComplaintFacts.model_validate(said)


def _why(error: AppError | ValidationError) -> str:
    if isinstance(error, AppError):
        return error.message
    fault = error.errors()[0]
    return f"{fault['loc'][0]}: {fault['msg']}"
