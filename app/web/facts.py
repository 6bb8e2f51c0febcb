"""What no switch knows: results of agents and costs, by file and by form."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session
from starlette.datastructures import FormData, UploadFile

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_enter_facts
from app.kit import clock
from app.kit.csv_files import csv_text
from app.kit.db import id_of
from app.kit.errors import AppError, NotFound
from app.kit.i18n import Translator
from app.operations import cost_entry, queries, service
from app.operations.cost_entry import CostFacts
from app.operations.cost_list import CostRowUnusable, amount_of, costs_csv, take_costs
from app.operations.fact_list import FactsTaken, NoSuchAgent, month_of, take_facts
from app.operations.models import FactKind
from app.operations.service import PointsOutOfRange
from app.request import Allow, ServicesDep, SessionDep, actor
from app.web.choices import Choice
from app.web.fact_intake import LENGTHS, only_of, take_file, take_one
from app.web.fact_views import (
    COLUMNS,
    PARTS,
    CostLine,
    Known,
    Told,
    cost_lines,
    in_words,
    known_of_agents,
    known_of_answers,
    known_of_costs,
    known_of_days,
)
from app.web.note_views import today_on_site
from app.web.performance import MonthUnreadable
from app.web.rendering import render, see_other, words_for
from app.web.row_ids import RowId
from app.web.uploads import FormOf

router = APIRouter(prefix="/facts")

Leader = Annotated[User, Allow(may_enter_facts)]
LeaderForm = Annotated[FormData, FormOf(may_enter_facts)]
LARGEST_LIST_BYTES = 5_000_000


class FileUnusable(AppError):
    """Choose a CSV file with rows in it, of at most 5 MB."""

    code = "file_unusable"
    status = 422


@dataclass(frozen=True)
class FactsPage:
    """Every kind of fact with how much of it is known, and the forms by which more comes in."""

    template: ClassVar[str] = "facts/show.html"
    of_agents: tuple[Known, ...]
    of_days: tuple[Known, ...]
    of_answers: tuple[Known, ...]
    of_costs: tuple[Known, ...]
    costs: tuple[CostLine, ...]
    columns: Mapping[str, str]
    parts: tuple[Choice, ...]
    agents: tuple[Choice, ...]
    teams: tuple[Choice, ...]
    lengths: tuple[Choice, ...]
    for_all: bool
    month: str
    told: Told


@router.get("")
def show_facts(request: Request, session: SessionDep, user: Leader) -> Response:
    return render(request, _page(session, user, words_for(request), Told()))


@router.get("/costs.csv")
def export_costs(session: SessionDep, user: Leader) -> Response:
    return _file("costs.csv", costs_csv(session, queries.cost_rows(session, user), byte_order_mark=True))


@router.get("/{kind}/template.csv")
def download_template(kind: str, user: Leader) -> Response:
    if kind not in COLUMNS:
        raise NotFound
    return _file(f"{kind}.csv", csv_text(COLUMNS[kind], (), byte_order_mark=True))


@router.post("/agents")
def enter_fact(request: Request, session: SessionDep, user: Leader, form: LeaderForm) -> Response:
    return _entered(request, session, user, "agents", form, _enter_fact)


@router.post("/costs")
def enter_cost(request: Request, session: SessionDep, user: Leader, form: LeaderForm) -> Response:
    return _entered(request, session, user, "costs", form, _enter_cost)


@router.post("/agents/import")
def import_facts(request: Request, session: SessionDep, user: Leader, form: LeaderForm) -> Response:
    agents = {one.username.lower(): one for one in accounts.agents(session, only_of(user))}

    def take(content: bytes, language: str) -> FactsTaken:
        return take_facts(session, content, lambda name: agents.get(name.strip().lower()), language, actor(user))

    return _imported(request, session, user, "agents", form, take)


@router.post("/costs/import")
def import_costs(request: Request, session: SessionDep, user: Leader, form: LeaderForm) -> Response:
    def take(content: bytes, language: str) -> FactsTaken:
        return take_costs(session, user, content, language, actor(user))

    return _imported(request, session, user, "costs", form, take)


@router.post("/days")
def enter_day(request: Request, session: SessionDep, shared: ServicesDep, user: Leader, form: LeaderForm) -> Response:
    def enter(session: Session, user: User, given: Mapping[str, str]) -> None:
        take_one(session, shared, user, "days", given, words_for(request))

    return _entered(request, session, user, "days", form, enter)


@router.post("/answers")
def enter_answer(
    request: Request, session: SessionDep, shared: ServicesDep, user: Leader, form: LeaderForm
) -> Response:
    def enter(session: Session, user: User, given: Mapping[str, str]) -> None:
        take_one(session, shared, user, "answers", given, words_for(request))

    return _entered(request, session, user, "answers", form, enter)


@router.post("/days/import")
def import_days(request: Request, session: SessionDep, shared: ServicesDep, user: Leader, form: LeaderForm) -> Response:
    def take(content: bytes, language: str) -> FactsTaken:
        return take_file(session, shared, user, "days", content, language)

    return _imported(request, session, user, "days", form, take)


@router.post("/answers/import")
def import_answers(
    request: Request, session: SessionDep, shared: ServicesDep, user: Leader, form: LeaderForm
) -> Response:
    def take(content: bytes, language: str) -> FactsTaken:
        return take_file(session, shared, user, "answers", content, language)

    return _imported(request, session, user, "answers", form, take)


@router.post("/costs/{cost_id}/remove")
def remove_cost(cost_id: RowId, session: SessionDep, user: Leader) -> Response:
    known = queries.cost_row(session, user, cost_id)
    cost_entry.remove_cost(session, user, known.month, known.team_id, known.queue, actor(user))
    return see_other("/facts", "removed")


def _entered(
    request: Request,
    session: Session,
    user: User,
    kind: str,
    form: FormData,
    enter: Callable[[Session, User, Mapping[str, str]], None],
) -> Response:
    """Keep what one form says; what is refused stands in it again, with why."""
    given = {name: value.strip() for name, value in form.items() if isinstance(value, str)}
    try:
        enter(session, user, given)
    except AppError as error:
        session.rollback()
        words = words_for(request)
        told = Told(kind, words.gettext(error.message), given)
        return render(request, _page(session, user, words, told), error.status)
    return see_other("/facts", "saved")


def _imported(
    request: Request,
    session: Session,
    user: User,
    kind: str,
    form: FormData,
    take: Callable[[bytes, str], FactsTaken],
) -> Response:
    """Keep the good rows of a file, and name the bad ones."""
    words, file = words_for(request), form.get("file")
    content = file.file.read(LARGEST_LIST_BYTES + 1) if isinstance(file, UploadFile) else b""
    try:
        if not content or len(content) > LARGEST_LIST_BYTES:
            raise FileUnusable
        told = Told(kind, taken=in_words(take(content, words.language), words))
    except AppError as error:
        session.rollback()
        page = _page(session, user, words, Told(kind, words.gettext(error.message)))
        return render(request, page, error.status)
    return render(request, _page(session, user, words, told))


def _enter_fact(session: Session, user: User, given: Mapping[str, str]) -> None:
    """Keep one result of an agent; without points, take back what was entered."""
    name = given.get("agent", "").lower()
    agent = next((one for one in accounts.agents(session, only_of(user)) if one.username.lower() == name), None)
    if agent is None:
        raise NoSuchAgent
    month, part, points = _month(given), given.get("part", ""), given.get("points", "")
    if part not in set(FactKind):
        raise NotFound
    if not points:
        service.remove_fact(session, id_of(agent), month, FactKind(part), actor(user))
        return
    try:
        value = float(points)
    except ValueError as error:
        raise PointsOutOfRange from error
    service.enter_fact(session, id_of(agent), month, FactKind(part), value, given.get("note", ""), actor(user))


def _enter_cost(session: Session, user: User, given: Mapping[str, str]) -> None:
    name = given.get("team", "")
    team = next((one for one in accounts.teams(session) if str(one.id) == name), None)
    if name and team is None:
        raise CostRowUnusable("there is no team of this name")
    facts = CostFacts(
        month=_month(given),
        amount=amount_of(given.get("amount", "")),
        currency=given.get("currency", ""),
        team_id=team.id if team else None,
        queue=given.get("queue", ""),
        note=given.get("note", ""),
    )
    cost_entry.enter_cost(session, user, facts, actor(user))


def _month(given: Mapping[str, str]) -> date:
    found = month_of(given.get("month", ""))
    if found is None:
        raise MonthUnreadable
    return found


def _file(name: str, content: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, headers=headers, media_type="text/csv")


def _page(session: Session, user: User, words: Translator, told: Told) -> FactsPage:
    only, given = only_of(user), told.given
    return FactsPage(
        of_agents=known_of_agents(session, user, words),
        of_days=known_of_days(session, user, words),
        of_answers=known_of_answers(session, user, words),
        of_costs=known_of_costs(session, user, words),
        costs=cost_lines(session, user, words),
        columns={kind: ", ".join(columns) for kind, columns in COLUMNS.items()},
        parts=tuple(
            Choice(one.value, words.gettext(label), one.value == given.get("part")) for one, label in PARTS.items()
        ),
        agents=tuple(Choice(one.username, one.name, False) for one in accounts.agents(session, only)),
        teams=tuple(
            Choice(str(one.id), one.name, str(one.id) == given.get("team"))
            for one in accounts.teams(session)
            if only in (None, one.id)
        ),
        lengths=tuple(Choice(name, words.gettext(label), False) for name, label in LENGTHS.items()),
        for_all=only is None,
        month=f"{today_on_site(session, user, clock.now()):%Y-%m}",
        told=told,
    )
