"""The roster: who is on which team since when, what they review, who is away, who leaves; from a file or by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlmodel import Session
from starlette.datastructures import FormData, UploadFile

from app.accounts import queries, roster_import
from app.accounts.models import Role, Team, TeamMembership, User
from app.accounts.policies import may_manage_people, may_see_roster
from app.accounts.roster_file import COLUMNS, LARGEST_BYTES, BadRow, roster_text, written_roster
from app.accounts.roster_import import Plan, roster_values
from app.kit import clock
from app.kit.db import id_of
from app.kit.errors import AppError
from app.kit.i18n import Translator
from app.request import Allow, SessionDep, actor
from app.web.people import ROLES
from app.web.rendering import render, see_other, words_for
from app.web.roster_person import LANGUAGE_NAMES, Away, away
from app.web.roster_record import record_import
from app.web.uploads import FormOf

router = APIRouter()

Reader = Annotated[User, Allow(may_see_roster)]
Administrator = Annotated[User, Allow(may_manage_people)]


class RosterChanged(AppError):
    """Something changed meanwhile; this is what the file would change now."""

    code = "roster_changed"
    status = 409


class NoRoster(AppError):
    """Choose a file."""

    code = "no_roster"
    status = 422


@dataclass(frozen=True)
class RosterRow:
    """One person of the roster; `next` is the team to which they come, and when."""

    id: int
    name: str
    username: str
    role: str
    team: str
    since: str
    next: str
    languages: str
    away: Away
    active: bool


@dataclass(frozen=True)
class RosterPage:
    """Everybody, or the people of a supervisor's team; and the form for a file."""

    template: ClassVar[str] = "roster/list.html"
    people: tuple[RosterRow, ...]
    gone: tuple[RosterRow, ...]
    manages: bool
    columns: tuple[str, ...]
    error: str = ""


@dataclass(frozen=True)
class ChangeView:
    """What a cell would change."""

    column: str
    old: str
    new: str


@dataclass(frozen=True)
class PersonView:
    """What a row would change."""

    line: int
    username: str
    name: str
    is_new: bool
    changes: tuple[ChangeView, ...]


@dataclass(frozen=True)
class PreviewPage:
    """What a file would change, before anything is changed."""

    template: ClassVar[str] = "roster/preview.html"
    file_name: str
    people: tuple[PersonView, ...]
    added: int
    unchanged: int
    new_teams: tuple[str, ...]
    bad_rows: tuple[BadRow, ...]
    text: str
    digest: str
    error: str = ""


@router.get("/roster")
def show_roster(request: Request, session: SessionDep, user: Reader) -> Response:
    return render(request, _page(session, user, words_for(request)))


@router.get("/roster.csv")
def export_roster(session: SessionDep, user: Reader) -> Response:
    teams, begins = _teams(session), _memberships(session)
    people = [roster_values(one, begins.get(id_of(one), ()), teams) for one in queries.roster(session, user)]
    headers = {"Content-Disposition": 'attachment; filename="roster.csv"'}
    return Response(written_roster(people), media_type="text/csv", headers=headers)


@router.post("/roster/preview")
def preview_roster(
    request: Request, session: SessionDep, user: Administrator, form: Annotated[FormData, FormOf(may_manage_people)]
) -> Response:
    words, file = words_for(request), form.get("file")
    try:
        if not isinstance(file, UploadFile) or not file.filename:
            raise NoRoster
        text = roster_text(file.file.read(LARGEST_BYTES + 1), words.language)
        found = roster_import.plan(session, text, user, clock.now())
    except AppError as error:
        return render(request, _page(session, user, words, words.gettext(error.message)), error.status)
    return render(request, _preview(found, file.filename, text))


@router.post("/roster/import")
def import_roster(
    request: Request,
    session: SessionDep,
    user: Administrator,
    text: Annotated[str, Form(max_length=LARGEST_BYTES)] = "",
    digest: Annotated[str, Form(max_length=64)] = "",
    file_name: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    by, words = actor(user), words_for(request)
    try:
        found = roster_import.plan(session, text, user, by.at)
    except AppError as error:
        return render(request, _page(session, user, words, words.gettext(error.message)), error.status)
    if found.digest != digest:
        why = RosterChanged()
        return render(request, _preview(found, file_name, text, words.gettext(why.message)), why.status)
    record_import(session, by, file_name, roster_import.apply(session, found, user, by.at))
    return see_other("/roster", "roster_imported")


def _page(session: Session, user: User, words: Translator, error: str = "") -> RosterPage:
    teams, begins, now = _teams(session), _memberships(session), clock.now()
    rows = [_row(one, begins.get(id_of(one), ()), teams, now, words) for one in queries.roster(session, user)]
    return RosterPage(
        people=tuple(one for one in rows if one.active),
        gone=tuple(one for one in rows if not one.active),
        manages=may_manage_people(user),
        columns=COLUMNS,
        error=error,
    )


def _row(
    one: User,
    memberships: Sequence[TeamMembership],
    teams: dict[int | None, Team],
    now: datetime,
    words: Translator,
) -> RosterRow:
    values = roster_values(one, memberships, teams)
    coming = next((ahead for ahead in memberships if ahead.since > now.date()), None)
    to = teams.get(coming.team_id) if coming else None
    return RosterRow(
        id=id_of(one),
        name=one.name,
        username=one.username,
        role=words.gettext(ROLES[one.role]),
        team=values["team"],
        since=values["since"],
        next=f"{to.name if to else '–'} {coming.since}" if coming else "",
        languages=_languages(one, words),
        away=away(one, teams, now, words),
        active=one.active,
    )


def _languages(one: User, words: Translator) -> str:
    """The languages in which a person reviews; agents review nothing."""
    if one.role == Role.AGENT:
        return ""
    return " ".join(words.gettext(LANGUAGE_NAMES[code]) for code in one.languages) or words.gettext("All languages")


def _preview(found: Plan, file_name: str, text: str, error: str = "") -> PreviewPage:
    return PreviewPage(
        file_name=file_name,
        people=tuple(
            PersonView(
                one.row.line,
                one.row.username,
                one.name,
                one.is_new,
                tuple(ChangeView(change.column, change.old, change.new) for change in one.changes),
            )
            for one in found.people
        ),
        added=sum(one.is_new for one in found.people),
        unchanged=found.unchanged,
        new_teams=found.new_teams,
        bad_rows=found.bad_rows,
        text=text,
        digest=found.digest,
        error=error,
    )


def _teams(session: Session) -> dict[int | None, Team]:
    return {one.id: one for one in queries.teams(session)}


def _memberships(session: Session) -> dict[int, list[TeamMembership]]:
    found: dict[int, list[TeamMembership]] = {}
    for one in queries.all_memberships(session):
        found.setdefault(one.user_id, []).append(one)
    return found
