"""The complaint register: recorded by hand or from a file, with what each inquiry found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response
from pydantic import ValidationError
from sqlmodel import Session
from starlette.datastructures import FormData, UploadFile

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_record_complaints
from app.calls import queries as calls
from app.complaints import service
from app.complaints.models import Complaint, ComplaintCategory, ComplaintOutcome
from app.complaints.register import BadRow, RegisterUnreadable, export_register, import_register
from app.complaints.service import ComplaintFacts
from app.kit.db import id_of
from app.kit.errors import AppError
from app.kit.i18n import N_, Translator
from app.kit.pagination import Page
from app.kit.xlsx_files import MEDIA_TYPE, Table, xlsx_bytes
from app.reports import complaint_links
from app.reports.complaint_links import Summary
from app.reports.wording import Shown
from app.request import Allow, SessionDep, actor
from app.web.call_facts import moment_on_site
from app.web.complaint_caught import CaughtView, caught_view
from app.web.complaint_filter import ComplaintFilter, every_page, page_of
from app.web.downloads import download
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
# The register as a workbook for people; the CSV file has the columns that an import reads.
HEADS = (
    *(N_("External id"), N_("Day"), N_("About"), N_("What the inquiry found"), N_("Came by"), N_("Agent"), N_("Team")),
    *(
        N_("Call"),
        N_("Review"),
        N_("Failed by people"),
        N_("Machine"),
        N_("Failed by the machine"),
        N_("What was said"),
    ),
)

Clerk = Annotated[User, Allow(may_record_complaints)]


@dataclass(frozen=True)
class ComplaintRow:
    """One complaint of the register; `call` is the id of its call, `caught` what had been found in it."""

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
    caught: CaughtView | None


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
    workbook: str
    links: str
    summary: Summary
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
    found = [one for page in every_page(session, user, chosen) for one in page.items]
    headers = {"Content-Disposition": 'attachment; filename="complaints.csv"'}
    return Response(export_register(session, found, byte_order_mark=True), media_type="text/csv", headers=headers)


@router.get("/complaints/export.xlsx")
def export_workbook(
    request: Request, session: SessionDep, user: Clerk, chosen: Annotated[ComplaintFilter, Query()]
) -> Response:
    words = words_for(request)
    rows = (_row_of(one) for page in every_page(session, user, chosen) for one in _rows(session, user, page, words))
    heads = tuple(words.gettext(one) for one in HEADS)
    return download(xlsx_bytes([Table(words.gettext("Complaints"), heads, rows)]), "complaints.xlsx", MEDIA_TYPE)


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


def _page(
    session: Session,
    user: User,
    chosen: ComplaintFilter,
    words: Translator,
    given: Mapping[str, str] | None = None,
    error: str = "",
    imported: ImportView | None = None,
) -> ComplaintsPage:
    page = page_of(session, user, chosen, chosen.cursor)
    agents = accounts.agents(session, user.team_id)
    return ComplaintsPage(
        rows=_rows(session, user, page, words),
        total=page.total,
        chosen=chosen,
        address=chosen.address("/complaints", chosen.cursor),
        next=chosen.address("/complaints", page.next_cursor) if page.next_cursor else "",
        export=chosen.address("/complaints/export.csv"),
        workbook=chosen.address("/complaints/export.xlsx"),
        links=chosen.links_url,
        summary=complaint_links.summary(session, user, chosen.upheld),
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


def _rows(session: Session, user: User, page: Page[Complaint], words: Translator) -> tuple[ComplaintRow, ...]:
    names = accounts.names(session, {one.agent_id for one in page.items if one.agent_id is not None})
    teams = {team.id: team.name for team in accounts.teams(session)}
    found = complaint_links.links(session, user, [id_of(one) for one in page.items])
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
            caught=caught_view(session, found[id_of(one)], words) if one.id in found else None,
        )
        for one in page.items
    )


def _row_of(one: ComplaintRow) -> tuple[str | int | None, ...]:
    """A complaint as a row of the workbook."""
    known = (one.external_id, one.day, one.category, one.shown.word, one.channel, one.agent, one.team, one.call)
    sides = (one.caught.review, one.caught.machine) if one.caught else ()
    found = [cell for side in sides for cell in (side.shown.word, ", ".join(item.title for item in side.failed))]
    return *known, *(found or [""] * 4), one.text


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
