"""A form that a centre keeps in a spreadsheet, or a scorecard file, becomes a draft."""

import re
import tempfile
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session
from starlette.datastructures import FormData, UploadFile

from app.accounts.models import User
from app.accounts.policies import may_edit_scorecards
from app.evaluations.preview import MEMORY_MB, look
from app.kit import clock
from app.kit.apart import Apart
from app.kit.db import id_of
from app.kit.errors import AppError
from app.request import Allow, SessionDep
from app.scorecards import drafts, queries
from app.scorecards.draft import draft
from app.scorecards.folder import ENDINGS
from app.scorecards.form import form
from app.scorecards.loader import LARGEST_BYTES
from app.scorecards.sheets import LARGEST_BYTES as LARGEST_FORM
from app.web.rendering import see_other
from app.web.uploads import FormOf

router = APIRouter()

# Far more than any form takes.
READING_SECONDS = 60.0


class FormMissing(AppError):
    """Choose a form (.xlsx or .csv) or a scorecard (.yaml)."""

    code = "form_missing"
    status = 422


class FormTooBig(AppError):
    """This file is larger than any form; keep only the sheet with the form in it."""

    code = "form_too_big"
    status = 413


class NotText(AppError):
    """This scorecard is no UTF-8 text; save it as UTF-8."""

    code = "not_text"
    status = 422


@router.post("/scorecards/import")
def import_form(
    request: Request,
    session: SessionDep,
    given: Annotated[FormData, FormOf(may_edit_scorecards)],
    user: Annotated[User, Allow(may_edit_scorecards)],
) -> Response:
    name = _draft_of(session, user, given)
    return see_other(f"/scorecards/{name}/edit", "imported")


def _draft_of(session: Session, user: User, given: FormData) -> str:
    """Keep what the file says as a draft; the name under which it is edited."""
    file = given.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        raise FormMissing
    file.file.seek(0)
    content = file.file.read(LARGEST_FORM + 1)
    if len(content) > LARGEST_FORM:
        raise FormTooBig
    text = _text(Path(file.filename).name, content)
    seen = look(text, None, None)
    name = _free_name(session, user, seen.id or _plain(Path(file.filename).stem))
    drafts.begin(session, id_of(user), name, text, None, clock.now())
    return name


def _text(file: str, content: bytes) -> str:
    if Path(file).suffix.lower() not in ENDINGS:
        text, error = _reading.ask(_from_form, file, content, seconds=READING_SECONDS)
        if error is not None:
            raise FormUnreadable(error)
        return str(text)
    if len(content) > LARGEST_BYTES:
        raise FormTooBig
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise NotText from error


class FormUnreadable(AppError):
    """This is no form that can be read."""

    code = "form_unreadable"
    status = 422


def _from_form(name: str, content: bytes) -> tuple[str, str | None]:
    """The YAML that a form becomes, or why it becomes none."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"form{Path(name).suffix.lower()}"
        path.write_bytes(content)
        try:
            return draft(form(path), Path(name).stem, name).text, None
        except AppError as error:
            return "", error.message.replace(path.name, name)


def _free_name(session: Session, user: User, wanted: str) -> str:
    """A name under which this person has no draft yet: an import never writes over one."""
    name, place = wanted, 1
    while queries.draft(session, id_of(user), name) is not None:
        place += 1
        name = f"{wanted}-{place}"
    return name


def _plain(name: str) -> str:
    made = "-".join(re.findall(r"[a-z0-9]+", name.lower()))
    return made if made[:1].isalpha() else f"card-{made}".strip("-")


# Spreadsheets are archives, which may hold far more than they seem to.
_reading = Apart(MEMORY_MB)
