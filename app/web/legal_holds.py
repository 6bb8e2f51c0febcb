"""Legal holds, for administrators: putting calls on hold, and lifting it."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response
from pydantic import ValidationError
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_hold
from app.kit.db import id_of
from app.kit.errors import AppError
from app.kit.i18n import N_, Translator
from app.request import Allow, SessionDep, actor
from app.retention import holds, queries
from app.retention.holds import LONGEST_REASON, Meant, NothingToHold
from app.retention.models import LegalHold
from app.web.choices import Choice
from app.web.rendering import render, see_other, words_for
from app.web.row_ids import RowId
from app.web.times import Moment, moment, zone_of

router = APIRouter(prefix="/admin/retention/holds")

Administrator = Annotated[User, Allow(may_hold)]
Text = Annotated[str, Form(max_length=200)]

PATH = "/admin/retention/holds"
# So many calls of a hold are named on its page.
MOST_SHOWN = 200
WHICH = (("", N_("In force")), ("lifted", N_("Lifted")))


@dataclass(frozen=True)
class HoldRow:
    """A hold: why, on how many calls, by whom since when; and the same of its lifting."""

    id: int
    reason: str
    calls: int
    put: Moment
    put_by: str
    lifted: Moment | None
    lifted_by: str
    lift_reason: str


@dataclass(frozen=True)
class HoldsPage:
    """The holds, and the form that puts one; `typed` is what somebody has written into it."""

    template: ClassVar[str] = "retention/holds.html"
    rows: tuple[HoldRow, ...]
    total: int
    next: str
    tabs: tuple[Choice, ...]
    teams: tuple[Choice, ...]
    agents: tuple[Choice, ...]
    typed: dict[str, str]
    longest: int = LONGEST_REASON
    error: str = ""


@dataclass(frozen=True)
class HoldPage:
    """One hold with its calls."""

    template: ClassVar[str] = "retention/hold.html"
    hold: HoldRow
    calls: tuple[int, ...]
    longest: int = LONGEST_REASON
    error: str = ""


@router.get("")
def list_holds(
    request: Request,
    session: SessionDep,
    user: Administrator,
    which: str = "",
    cursor: Annotated[str, Query(max_length=400)] = "",
    call: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    return render(request, _list(request, session, user, {"calls": call}, which=which, cursor=cursor))


@router.post("")
def put_hold(
    request: Request,
    session: SessionDep,
    user: Administrator,
    calls: Annotated[str, Form(max_length=50_000)] = "",
    agent: Text = "",
    team: Text = "",
    customer: Text = "",
    first_day: Text = "",
    last_day: Text = "",
    reason: Annotated[str, Form(max_length=LONGEST_REASON)] = "",
) -> Response:
    typed = {
        "calls": calls,
        "agent": agent,
        "team": team,
        "customer": customer,
        "first_day": first_day,
        "last_day": last_day,
        "reason": reason,
    }
    try:
        made = holds.put(session, _meant(typed), reason, user, actor(user))
    except AppError as error:
        session.rollback()
        said = words_for(request).gettext(error.message)
        return render(request, _list(request, session, user, typed, error=said), error.status)
    return see_other(f"{PATH}/{id_of(made)}", "held")


@router.get("/{hold_id}")
def show_hold(request: Request, hold_id: RowId, session: SessionDep, user: Administrator) -> Response:
    return render(request, _page(session, user, hold_id))


@router.post("/{hold_id}/lift")
def lift_hold(
    request: Request,
    hold_id: RowId,
    session: SessionDep,
    user: Administrator,
    reason: Annotated[str, Form(max_length=LONGEST_REASON)] = "",
) -> Response:
    try:
        holds.lift(session, hold_id, reason, user, actor(user))
    except AppError as error:
        session.rollback()
        page = _page(session, user, hold_id, words_for(request).gettext(error.message))
        return render(request, page, error.status)
    return see_other(f"{PATH}/{hold_id}", "lifted")


def _meant(typed: dict[str, str]) -> Meant:
    """Which calls a form means; numbers of calls may stand in any order, with anything between them."""
    try:
        return Meant(
            call_ids=tuple(sorted({int(one) for one in re.findall(r"\d{1,9}", typed["calls"])})),
            agent_id=int(typed["agent"]) if typed["agent"] else None,
            team_id=int(typed["team"]) if typed["team"] else None,
            customer=typed["customer"],
            first_day=date.fromisoformat(typed["first_day"]) if typed["first_day"] else None,
            last_day=date.fromisoformat(typed["last_day"]) if typed["last_day"] else None,
        )
    except (ValueError, ValidationError) as error:
        raise NothingToHold from error


def _list(
    request: Request,
    session: Session,
    user: User,
    typed: dict[str, str],
    *,
    which: str = "",
    cursor: str = "",
    error: str = "",
) -> HoldsPage:
    words, is_lifted = words_for(request), which == "lifted"
    found = queries.holds_page(session, not is_lifted, cursor=cursor or None, size=50)
    told = {"which": "lifted"} if is_lifted else {}
    address = f"{PATH}?{urlencode({**told, 'cursor': found.next_cursor})}" if found.next_cursor else ""
    return HoldsPage(
        rows=tuple(_row(session, user, one) for one in found.items),
        total=found.total,
        next=address,
        tabs=tuple(_tab(of, label, is_lifted, words) for of, label in WHICH),
        teams=tuple(Choice(str(one.id), one.name, typed.get("team") == str(one.id)) for one in accounts.teams(session)),
        agents=tuple(
            Choice(str(one.id), one.name, typed.get("agent") == str(one.id)) for one in accounts.agents(session, None)
        ),
        typed={name: typed.get(name, "") for name in ("calls", "customer", "first_day", "last_day", "reason")},
        error=error,
    )


def _tab(of: str, label: str, is_lifted: bool, words: Translator) -> Choice:
    return Choice(f"{PATH}?which={of}" if of else PATH, words.gettext(label), bool(of) == is_lifted)


def _page(session: Session, user: User, hold_id: int, error: str = "") -> HoldPage:
    found = queries.hold(session, hold_id)
    return HoldPage(
        hold=_row(session, user, found), calls=tuple(queries.calls_on(session, hold_id, MOST_SHOWN)), error=error
    )


def _row(session: Session, user: User, one: LegalHold) -> HoldRow:
    zone, people = zone_of(session, user), accounts.names(session, {one.put_by, one.lifted_by or one.put_by})
    return HoldRow(
        id=id_of(one),
        reason=one.reason,
        calls=one.calls,
        put=moment(one.put_at, zone),
        put_by=people.get(one.put_by, ""),
        lifted=moment(one.lifted_at, zone) if one.lifted_at else None,
        lifted_by=people.get(one.lifted_by or 0, ""),
        lift_reason=one.lift_reason,
    )
