"""Takes recordings and their facts out of the form of the calls page, each file for itself."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from pydantic import ValidationError
from sqlmodel import Session
from starlette.datastructures import FormData, UploadFile

from app.accounts import queries as accounts
from app.accounts.models import User
from app.calls import service
from app.calls.service import CallFacts
from app.kit.blobs import PIECE
from app.kit.errors import AppError, NotFound
from app.kit.i18n import Translator
from app.request import Allow, Services, SessionDep, actor

MOST_FILES = 500
MOST_FIELDS = 30
LONGEST_FIELD = 16 * 1024
# Moments beyond these are slips of the pen, and no database keeps all of them.
EARLIEST_YEAR, LATEST_YEAR = 1970, 2200


class FactsUnusable(AppError):
    """What was said about the call cannot be used."""

    code = "invalid"
    status = 422


class TimeUnreadable(AppError):
    """Give day and time, such as 2026-10-01T09:30."""

    code = "time_unreadable"
    status = 422


class NothingChosen(AppError):
    """Choose at least one recording."""

    code = "nothing_chosen"
    status = 422


@dataclass(frozen=True)
class TakenIn:
    """What became of one file: the address of its call, or why there is none."""

    name: str
    url: str = ""
    is_new: bool = True
    error: str = ""


def FormOf(policy: Callable[[User], bool]) -> Any:  # noqa: N802 (it reads as a type, like Allow)
    """The form, with its files, of somebody of whom the policy says that they may send it.

    The body is read only after that, and with no transaction open: a slow upload would hold everybody up.
    """

    def checked(user: Annotated[User, Allow(policy)], session: SessionDep) -> User:
        session.commit()
        return user

    async def received(request: Request, user: Annotated[User, Depends(checked)]) -> AsyncIterator[FormData]:
        async with request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS, max_part_size=LONGEST_FIELD) as form:
            yield form

    return Depends(received)


def take_in(session: Session, shared: Services, user: User, form: FormData, words: Translator) -> tuple[TakenIn, ...]:
    """Add a call for every file of the form; a file that cannot be taken stops none of the others."""
    facts = call_facts(session, user, form)
    session.commit()
    files = [one for one in form.getlist("files") if isinstance(one, UploadFile) and one.filename]
    if not files:
        raise NothingChosen
    return tuple(_taken(session, shared, user, file, facts, words) for file in files)


def _taken(
    session: Session, shared: Services, user: User, file: UploadFile, facts: CallFacts, words: Translator
) -> TakenIn:
    given = file.filename or ""
    try:
        name = service.check_file_name(given)
        stored = shared.blobs.put(_pieces(file), shared.settings.max_upload_mb << 20)
        added = service.add_call(session, shared.queue, stored, name, facts, actor(user), user)
        session.commit()
    except NotFound:
        session.rollback()
        return TakenIn(given, error=words.gettext("This recording is here already, with another team."))
    except AppError as error:
        session.rollback()
        return TakenIn(given, error=words.gettext(error.message))
    return TakenIn(given, f"/calls/{added.call.id}", added.is_new)


def call_facts(session: Session, user: User, form: FormData) -> CallFacts:
    """What the form says about its calls; a time is one on the clock of the team."""
    given: dict[str, object] = {
        name: value for name, value in form.items() if name in CallFacts.model_fields and isinstance(value, str)
    }
    if moment := str(given.pop("started_at", "")).strip():
        given["started_at"] = moment_on_site(session, user, moment, str(given.get("team", "")))
    try:
        return CallFacts.model_validate({name: value for name, value in given.items() if value != ""})
    except ValidationError as error:
        fault = error.errors()[0]
        raise FactsUnusable(f"{fault['loc'][0]}: {fault['msg']}") from error


def moment_on_site(session: Session, user: User, text: str, team_name: str) -> datetime:
    """A time as a form gives it, on the clock of the team named, or else of the person's own."""
    team = accounts.team_named(session, team_name) if team_name else None
    if team is None and user.team_id is not None:
        team = accounts.team(session, user.team_id)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise TimeUnreadable from error
    if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise TimeUnreadable
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(team.time_zone if team else "UTC"))


def _pieces(file: UploadFile) -> Iterator[bytes]:
    file.file.seek(0)
    return iter(lambda: file.file.read(PIECE), b"")
