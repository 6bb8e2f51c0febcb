"""Before a recording is a call: what its name and the list say of it, and large ones piece by piece."""

import json
from dataclasses import asdict, dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import FormData, UploadFile

from app.accounts.models import User
from app.accounts.policies import may_upload
from app.calls.manifest import Manifest, key, template
from app.calls.sources import Sources, rows_without_file
from app.kit.blobs import UploadTooLarge
from app.kit.errors import AppError
from app.kit.i18n import Translator
from app.request import Allow, Services, ServicesDep, SessionDep
from app.web.call_facts import Fact, sources, told
from app.web.rendering import words_for
from app.web.uploads import ArrivalIncomplete, FormOf, arrival_of

router = APIRouter()

Uploader = Annotated[User, Allow(may_upload)]
# How many names are read at once at most, and of how many rows it is told one by one what is wrong with them.
MOST_NAMES, MOST_TOLD = 5000, 20


class UploadUnreadable(AppError):
    """What was sent cannot be read; open the page again and choose the files once more."""

    code = "upload_unreadable"
    status = 422


@dataclass(frozen=True)
class NameView:
    """What is known of one file before it is sent, or why it cannot be: `line` is that of its row, 0 without one."""

    name: str
    facts: tuple[Fact, ...] = ()
    line: int = 0
    fault: str = ""


@router.post("/calls/names")
def read_names(
    request: Request, session: SessionDep, user: Uploader, form: Annotated[FormData, FormOf(may_upload)]
) -> Response:
    words = words_for(request)
    found, names = sources(session, user, form, words), _names(form)
    views = [asdict(_view(found, name, words)) for name in names]
    return JSONResponse({"files": views, "notes": list_notes(found.manifest, names, words)})


@router.get("/calls/list.csv")
def download_template(user: Uploader) -> Response:
    headers = {"Content-Disposition": 'attachment; filename="recordings.csv"'}
    return Response(template(), media_type="text/csv", headers=headers)


@router.get("/uploads")
def tell_arrived(
    shared: ServicesDep,
    user: Uploader,
    name: Annotated[str, Query(min_length=1, max_length=1000)],
    size: Annotated[str, Query(pattern="^[0-9]{1,15}$")],
    modified: Annotated[str, Query(pattern="^[0-9]{1,15}$")],
) -> Response:
    arrival = arrival_of(user, {"name": name, "size": size, "modified": modified})
    return JSONResponse({"came": arrival.came(shared.blobs) if arrival else 0})


@router.post("/uploads")
def take_piece(
    shared: ServicesDep, user: Uploader, session: SessionDep, form: Annotated[FormData, FormOf(may_upload)]
) -> Response:
    return JSONResponse({"came": _take(shared, user, form)})


def list_notes(manifest: Manifest | None, names: list[str], words: Translator) -> list[str]:
    """What is wrong with the list as a whole: rows that cannot be used, and rows without a recording."""
    if manifest is None:
        return []
    _ = words.gettext
    notes = [
        _("Line %(line)s of the list: %(fault)s") % {"line": one.line, "fault": _(one.message)}
        for one in manifest.bad_rows
    ]
    notes += [
        _("Line %(line)s of the list: no recording “%(file)s” is among those chosen.")
        % {"line": row.line, "file": row.file}
        for row in rows_without_file(manifest, {key(name) for name in names})
    ]
    left = len(notes) - MOST_TOLD
    more = [words.ngettext("And %(num)s more row.", "And %(num)s more rows.", left) % {"num": left}] if left > 0 else []
    return [*notes[:MOST_TOLD], *more]


def _view(found: Sources, name: str, words: Translator) -> NameView:
    row = found.row(name)
    line = row.line if row else 0
    try:
        return NameView(name, told(found, name, words), line)
    except AppError as error:
        return NameView(name, line=line, fault=words.gettext(error.message))


def _names(form: FormData) -> list[str]:
    """The names of the chosen files, which a script sends as a file of its own: there may be thousands."""
    sent = form.get("names")
    try:
        names = json.loads(sent.file.read()) if isinstance(sent, UploadFile) else []
    except ValueError as error:
        raise UploadUnreadable from error
    if not isinstance(names, list) or len(names) > MOST_NAMES:
        raise UploadUnreadable
    return [str(name)[:1000] for name in names]


def _take(shared: Services, user: User, form: FormData) -> int:
    """Keep one piece; how much is here then. Only what comes next is taken."""
    arrival, piece, offset = arrival_of(user, form), form.get("piece"), str(form.get("offset", ""))
    if arrival is None or not isinstance(piece, UploadFile) or not offset.isdecimal():
        raise UploadUnreadable
    if arrival.size > shared.settings.max_upload_mb << 20:
        raise UploadTooLarge
    came, size = arrival.came(shared.blobs), piece.size or 0
    if int(offset[:15]) != came or not 0 < size <= arrival.size - came:
        raise ArrivalIncomplete(came=came)
    piece.file.seek(0)
    shared.blobs.keep_piece(arrival.id, came, piece.file)
    return came + size
