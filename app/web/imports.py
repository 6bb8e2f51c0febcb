"""Imports: lists of the switch read by a worker, with their bad rows; and the folders that recordings come from."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session
from starlette.datastructures import FormData, UploadFile

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_import_lists
from app.contacts.mapping import COLUMNS, shipped_mappings
from app.imports import lists, queries
from app.imports.lists import Asked
from app.imports.models import ImportKind, ImportState, ListImport
from app.imports.queries import Folder
from app.kit.blobs import PIECE, Blob
from app.kit.csv_files import csv_text
from app.kit.db import id_of
from app.kit.errors import AppError
from app.kit.i18n import N_, Translator
from app.reports.wording import Shown
from app.request import Allow, Services, ServicesDep, SessionDep, actor
from app.web.choices import Choice
from app.web.rendering import render, see_other, words_for
from app.web.row_ids import RowId
from app.web.times import Moment, moment, zone_of
from app.web.uploads import FormOf

router = APIRouter(prefix="/imports")

Importer = Annotated[User, Allow(may_import_lists)]
MOST_REFUSED, PAGE = 50, 25
KINDS = {
    ImportKind.CONTACTS: N_("Contacts of the switch"),
    ImportKind.AGENT_DAYS: N_("Days of agents"),
    ImportKind.ANSWERS: N_("Answers and outcomes"),
}
STATES = {
    ImportState.WAITING: Shown("…", N_("Waiting"), "neutral"),
    ImportState.RUNNING: Shown("◔", N_("Under way"), "neutral"),
    ImportState.DONE: Shown("✓", N_("Done"), "pass"),
    ImportState.FAILED: Shown("✕", N_("Not read"), "fail"),
}


class NoListChosen(AppError):
    """Choose a list that has rows in it."""

    code = "no_list_chosen"
    status = 422


@dataclass(frozen=True)
class BadRowView:
    """A row that was left out, and why."""

    line: int
    column: str
    message: str


@dataclass(frozen=True)
class ImportView:
    """One list and what became of its rows; `bad_rows` are the first of those left out."""

    id: int
    kind: str
    file_name: str
    mapping: str
    state: Shown
    under_way: bool
    rows: int
    added: int
    changed: int
    unchanged: int
    bad: int
    bad_rows: tuple[BadRowView, ...]
    error: str
    by: str
    asked: Moment


@dataclass(frozen=True)
class RefusedFile:
    """A recording in a folder that could not be taken in."""

    path: str
    place: str
    message: str
    at: Moment


@dataclass(frozen=True)
class ImportsPage:
    """What can be brought in, what was, and the folders that are watched."""

    template: ClassVar[str] = "imports/list.html"
    kinds: tuple[Choice, ...]
    mappings: tuple[Choice, ...]
    columns: tuple[tuple[str, str], ...]
    imports: tuple[ImportView, ...]
    next_cursor: str | None
    under_way: bool
    folders: tuple[Folder, ...]
    refused: tuple[RefusedFile, ...]
    error: str = ""


@dataclass(frozen=True)
class ImportPage:
    """One list, with every bad row that is remembered."""

    template: ClassVar[str] = "imports/show.html"
    one: ImportView


@router.get("")
def show_imports(request: Request, session: SessionDep, user: Importer, cursor: str | None = None) -> Response:
    return render(request, _page(session, user, words_for(request), cursor))


@router.post("")
def bring_in(
    request: Request,
    session: SessionDep,
    shared: ServicesDep,
    user: Importer,
    form: Annotated[FormData, FormOf(may_import_lists)],
) -> Response:
    words = words_for(request)
    try:
        stored, asked = _kept(shared, form), _asked(form)
        added = lists.ask(session, shared.queue, asked, stored, user, actor(user))
    except AppError as error:
        session.rollback()
        page = _page(session, user, words, None, words.gettext(error.message))
        return render(request, page, error.status)
    return see_other(f"/imports/{added.id}")


@router.get("/{import_id}")
def show_import(request: Request, session: SessionDep, user: Importer, import_id: RowId) -> Response:
    one = queries.list_import(session, user, import_id)
    return render(request, ImportPage(_view(session, user, one, words_for(request))))


@router.get("/{import_id}/bad.csv")
def download_bad_rows(request: Request, session: SessionDep, user: Importer, import_id: RowId) -> Response:
    words = words_for(request)
    view = _view(session, user, queries.list_import(session, user, import_id), words)
    rows = [(row.line, row.column, row.message) for row in view.bad_rows]
    headers = {"Content-Disposition": f'attachment; filename="import-{import_id}-bad.csv"'}
    return Response(csv_text(("line", "column", "message"), rows, True), media_type="text/csv", headers=headers)


@router.get("/columns/{kind}.csv")
def download_columns(user: Importer, kind: ImportKind) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{kind.value}.csv"'}
    return Response(csv_text(COLUMNS[kind.value], [], True), media_type="text/csv", headers=headers)


def _kept(shared: Services, form: FormData) -> Blob:
    sent = form.get("file")
    if not isinstance(sent, UploadFile) or not sent.filename or not sent.size:
        raise NoListChosen
    sent.file.seek(0)
    return shared.blobs.put(iter(lambda: sent.file.read(PIECE), b""), shared.settings.max_upload_mb << 20)


def _asked(form: FormData) -> Asked:
    sent, kind = form.get("file"), str(form.get("kind", ""))
    if kind not in {one.value for one in ImportKind}:
        raise NoListChosen
    return Asked(ImportKind(kind), getattr(sent, "filename", "") or "", str(form.get("mapping", "")))


def _page(session: Session, user: User, words: Translator, cursor: str | None, error: str = "") -> ImportsPage:
    found = queries.list_imports(session, user, cursor, PAGE)
    zone = zone_of(session, user)
    views = tuple(_view(session, user, one, words) for one in found.items)
    return ImportsPage(
        kinds=tuple(Choice(kind.value, words.gettext(label), False) for kind, label in KINDS.items()),
        mappings=tuple(Choice(one.id, one.title, False) for one in shipped_mappings().values()),
        columns=tuple((kind.value, ", ".join(COLUMNS[kind.value])) for kind in KINDS),
        imports=views,
        next_cursor=found.next_cursor,
        under_way=any(one.under_way for one in views),
        folders=queries.folders(session),
        refused=tuple(
            RefusedFile(one.path, one.place, words.gettext(one.fault), moment(one.taken_at, zone))
            for one in queries.refused_files(session, MOST_REFUSED)
        ),
        error=error,
    )


def _view(session: Session, user: User, one: ListImport, words: Translator) -> ImportView:
    asker = accounts.user(session, one.asked_by)
    return ImportView(
        id=id_of(one),
        kind=words.gettext(KINDS[one.kind]),
        file_name=one.file_name,
        mapping=one.mapping,
        state=_stands(one.state, words),
        under_way=one.state in queries.UNDER_WAY,
        rows=one.rows,
        added=one.added,
        changed=one.changed,
        unchanged=one.unchanged,
        bad=one.bad,
        bad_rows=tuple(BadRowView(row["line"], row["column"], words.gettext(row["message"])) for row in one.bad_rows),
        error=words.gettext(one.error_message) if one.error_message else "",
        by=asker.name if asker else "",
        asked=moment(one.asked_at, zone_of(session, user)),
    )


def _stands(state: ImportState, words: Translator) -> Shown:
    glyph, word, tone = STATES[state]
    return Shown(glyph, words.gettext(word), tone)
