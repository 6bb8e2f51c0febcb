"""Calibrations: some people score the same calls blind, then look at what they saw differently and agree on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, ClassVar

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel import Session
from starlette.datastructures import FormData

from app.accounts import queries as accounts
from app.accounts.models import Role, User
from app.accounts.policies import may_calibrate, may_lead_calibrations
from app.calls import queries as calls
from app.calls.models import Call, CallState
from app.calls.queries import Wanted
from app.kit import clock
from app.kit.db import id_of
from app.kit.errors import AppError
from app.kit.i18n import N_, Translator
from app.reports.wording import Shown
from app.request import Allow, SessionDep, actor
from app.reviews import calibration, second_queries
from app.reviews.models import Calibration
from app.web.calibration_page import calibration_page
from app.web.call_rows import CallRow, call_rows
from app.web.rendering import render, see_other, words_for
from app.web.row_ids import RowId
from app.web.second_scorings import said
from app.web.times import Moment, moment, site_zone, zone_of
from app.web.uploads import FormOf

router = APIRouter()

Participant = Annotated[User, Allow(may_calibrate)]
Lead = Annotated[User, Allow(may_lead_calibrations)]

# So many calls are offered to choose from, the newest first.
OFFERED = 30
DUE_DAYS = 7
STATES = {
    "blind": Shown("◌", N_("Being scored"), "neutral"),
    "ended": Shown("◐", N_("To be agreed on"), "caution"),
    "closed": Shown("✓", N_("Closed"), "pass"),
}


@dataclass(frozen=True)
class CalibrationLine:
    """A calibration in the list; `mine` of `of` calls this person has scored."""

    url: str
    title: str
    shown: Shown
    due: Moment
    overdue: bool
    calls: int
    people: int
    mine: int
    of: int


@dataclass(frozen=True)
class CalibrationsPage:
    """The calibrations that a person sees."""

    template: ClassVar[str] = "calibrations/list.html"
    rows: tuple[CalibrationLine, ...]
    leads: bool


@dataclass(frozen=True)
class PersonChoice:
    """Somebody who can take part."""

    id: int
    name: str
    team: str
    chosen: bool


@dataclass(frozen=True)
class NewPage:
    """The form for a new calibration; `error` is why the last try was refused."""

    template: ClassVar[str] = "calibrations/new.html"
    longest: ClassVar[int] = calibration.LONGEST_TITLE
    most: ClassVar[int] = calibration.MOST_CALLS
    title: str
    due: date
    words: str
    rows: tuple[CallRow, ...]
    chosen: frozenset[int]
    people: tuple[PersonChoice, ...]
    error: str = ""


@router.get("/calibrations")
def list_calibrations(request: Request, session: SessionDep, user: Participant) -> Response:
    return render(request, _list(session, user, words_for(request)))


@router.get("/calibrations/new")
def show_form(
    request: Request,
    session: SessionDep,
    user: Lead,
    call: Annotated[list[RowId] | None, Query(max_length=calibration.MOST_CALLS)] = None,
    words: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    return render(request, _form(session, user, words_for(request), words.strip(), call or ()))


@router.post("/calibrations")
def open_calibration(
    request: Request, session: SessionDep, user: Lead, form: Annotated[FormData, FormOf(may_lead_calibrations)]
) -> Response:
    title, due = str(form.get("title", "")), _day(str(form.get("due", "")))
    chosen, people = _ids(form, "call"), _ids(form, "person")
    zone = site_zone(session, user)
    try:
        opened = calibration.open_calibration(session, user, title, due, chosen, people, zone, actor(user))
    except AppError as error:
        session.rollback()
        words = words_for(request)
        page = _form(session, user, words, "", chosen, people, title, due, words.gettext(error.message))
        return render(request, page, error.status)
    return see_other(calibration.url(opened), "calibration_opened")


@router.get("/calibrations/{calibration_id}")
def show_calibration(request: Request, calibration_id: RowId, session: SessionDep, user: Participant) -> Response:
    found = second_queries.calibration(session, user, calibration_id)
    return render(request, calibration_page(session, user, found, words_for(request)))


@router.post("/calibrations/{calibration_id}/end")
def end_calibration(calibration_id: RowId, session: SessionDep, user: Lead) -> Response:
    second_queries.calibration(session, user, calibration_id)
    calibration.end(session, calibration_id, user, actor(user))
    return see_other(f"/calibrations/{calibration_id}")


@router.post("/calibrations/{calibration_id}/calls/{call_id}")
def agree_on_call(
    calibration_id: RowId,
    call_id: RowId,
    session: SessionDep,
    user: Lead,
    form: Annotated[FormData, FormOf(may_lead_calibrations)],
) -> Response:
    second_queries.calibration(session, user, calibration_id)
    calibration.agree(session, calibration_id, call_id, said(form), user, actor(user))
    return see_other(f"/calibrations/{calibration_id}?notice=saved#call-{call_id}")


@router.post("/calibrations/{calibration_id}/close")
def close_calibration(calibration_id: RowId, session: SessionDep, user: Lead) -> Response:
    second_queries.calibration(session, user, calibration_id)
    calibration.close(session, calibration_id, user, actor(user))
    return see_other(f"/calibrations/{calibration_id}", "calibration_closed")


def state_of(found: Calibration) -> str:
    """How far a calibration has come, as STATES names it."""
    if found.closed_at is not None:
        return "closed"
    return "ended" if found.ended_at is not None else "blind"


def _list(session: Session, user: User, words: Translator) -> CalibrationsPage:
    found = second_queries.calibrations(session, user)
    ids, now, zone = [id_of(one) for one in found], clock.now(), zone_of(session, user)
    seats, given = second_queries.seats(session, ids), second_queries.reviews_in(session, ids)
    rows = []
    for one in found:
        reviews = [review for review in given if review.calibration_id == one.id]
        own = [review for review in reviews if review.assigned_to == user.id]
        shown = STATES[state_of(one)]
        rows.append(
            CalibrationLine(
                url=calibration.url(one),
                title=one.title,
                shown=shown._replace(word=words.gettext(shown.word)),
                due=moment(one.due_at - timedelta(seconds=1), zone),
                overdue=one.ended_at is None and one.due_at <= now,
                calls=len({review.call_id for review in reviews}),
                people=len(seats[id_of(one)]),
                mine=sum(review.submitted_at is not None for review in own),
                of=len(own),
            )
        )
    return CalibrationsPage(tuple(rows), may_lead_calibrations(user))


def _form(
    session: Session,
    user: User,
    words: Translator,
    asked: str,
    chosen: Sequence[int],
    people: Sequence[int] = (),
    title: str = "",
    due: date | None = None,
    error: str = "",
) -> NewPage:
    wanted = Wanted(state=CallState.SCORED, words=(asked,) if asked else ())
    found = [*calls.call_ids(session, user, wanted, limit=OFFERED)]
    offered: Mapping[int | None, Call] = {one.id: one for one in calls.some(session, user, [*chosen, *found])}
    order = [one for one in dict.fromkeys([*chosen, *found]) if one in offered]
    today = clock.now().astimezone(site_zone(session, user)).date()
    return NewPage(
        title=title,
        due=due or today + timedelta(days=DUE_DAYS),
        words=asked,
        rows=call_rows(session, user, [offered[one] for one in order], words),
        chosen=frozenset(chosen),
        people=_people(session, user, people),
        error=error,
    )


def _people(session: Session, user: User, chosen: Sequence[int]) -> tuple[PersonChoice, ...]:
    """Who can take part: active staff of the same team, or of all teams where the lead sees all."""
    teams = {one.id: one.name for one in accounts.teams(session)}
    sees_all = user.role == Role.ADMIN or user.team_id is None
    return tuple(
        PersonChoice(id_of(one), one.name, teams.get(one.team_id, ""), one.id in chosen)
        for one in accounts.users(session)
        if one.active and may_calibrate(one) and (sees_all or one.team_id in (None, user.team_id))
    )


def _ids(form: FormData, name: str) -> list[int]:
    return [int(value) for value in map(str, form.getlist(name)) if value.isascii() and value.isdigit()][:100]


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None
