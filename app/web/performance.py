"""The performance score of an agent: its parts, where each comes from, and the months before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts.models import User
from app.accounts.policies import may_enter_performance, may_see_performance
from app.domain.metrics.performance_score import PARTS, PartOfScore
from app.kit import clock
from app.kit.db import id_of
from app.kit.errors import AppError
from app.kit.i18n import N_, Translator
from app.operations import service
from app.operations.fact_list import month_of
from app.operations.models import FactKind
from app.reports import agent_queries, performance
from app.reports.performance import MonthOfAgent
from app.reports.wording import number
from app.request import Allow, SessionDep, actor
from app.web.note_views import today_on_site
from app.web.rendering import render, see_other, words_for
from app.web.row_ids import RowId

router = APIRouter()

Viewer = Annotated[User, Allow(may_see_performance)]
Leader = Annotated[User, Allow(may_enter_performance)]

NAMES = {
    "workload": N_("Workload"),
    "training": N_("Training"),
    "qa": N_("Quality of the calls"),
    "discipline": N_("Discipline"),
    "conduct": N_("Conduct"),
}


class MonthUnreadable(AppError):
    """Give the month as 2026-11."""

    code = "month_unreadable"
    status = 422


@dataclass(frozen=True)
class PartLine:
    """One part: its points, its weight, what it adds to the score, and where it comes from."""

    name: str
    value: str
    percent: float
    weight: str
    adds: str
    source: str
    note: str


@dataclass(frozen=True)
class MonthLine:
    """A month in the list of months."""

    month: str
    url: str
    score: str
    known: str
    range: str
    chosen: bool


@dataclass(frozen=True)
class FactField:
    """What a leader enters of one part."""

    kind: str
    label: str
    points: str
    note: str


@dataclass(frozen=True)
class PerformancePage:
    """A month of an agent; `score` is "" while a part is not known, `known` is then what the others come to."""

    template: ClassVar[str] = "agents/performance.html"
    id: int
    name: str
    month: str
    score: str
    known: str
    range: str
    weight_known: str
    parts: tuple[PartLine, ...]
    months: tuple[MonthLine, ...]
    suggested: bool
    holds_from: str
    weights_url: str
    fields: tuple[FactField, ...]
    mine: bool
    enters: bool
    error: str = ""


@router.get("/agents/{agent_id}/performance")
def show_performance(
    request: Request,
    agent_id: RowId,
    session: SessionDep,
    user: Viewer,
    month: Annotated[str, Query(max_length=7)] = "",
) -> Response:
    agent = agent_queries.agent(session, user, agent_id)
    return render(request, _page(session, user, agent, _month(session, user, month), words_for(request)))


@router.post("/agents/{agent_id}/performance")
def enter_facts(
    request: Request,
    agent_id: RowId,
    session: SessionDep,
    user: Leader,
    month: Annotated[str, Form(max_length=7)],
    training: Annotated[str, Form(max_length=20)] = "",
    training_note: Annotated[str, Form(max_length=2000)] = "",
    discipline: Annotated[str, Form(max_length=20)] = "",
    discipline_note: Annotated[str, Form(max_length=2000)] = "",
    conduct: Annotated[str, Form(max_length=20)] = "",
    conduct_note: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    agent = agent_queries.agent(session, user, agent_id)
    chosen = _month(session, user, month)
    given = {
        FactKind.TRAINING: (training, training_note),
        FactKind.DISCIPLINE: (discipline, discipline_note),
        FactKind.CONDUCT: (conduct, conduct_note),
    }
    try:
        _enter(session, user, id_of(agent), chosen, given)
    except AppError as error:
        session.rollback()
        words = words_for(request)
        page = _page(session, user, agent, chosen, words, words.gettext(error.message), given)
        return render(request, page, error.status)
    return see_other(f"/agents/{agent_id}/performance?month={chosen:%Y-%m}", "saved")


def _enter(session: Session, user: User, agent_id: int, month: date, given: Mapping[FactKind, tuple[str, str]]) -> None:
    """Keep every part that was filled in, and take back those that were emptied."""
    for kind, (points, note) in given.items():
        if not points.strip():
            service.remove_fact(session, agent_id, month, kind, actor(user))
        else:
            service.enter_fact(session, agent_id, month, kind, _points(points), note, actor(user))


def _points(written: str) -> float:
    try:
        return float(written)
    except ValueError as error:
        raise service.PointsOutOfRange from error


def _month(session: Session, user: User, written: str) -> date:
    """The month that is meant; without one, that of today."""
    if not written:
        return today_on_site(session, user, clock.now()).replace(day=1)
    found = month_of(written)
    if found is None:
        raise MonthUnreadable
    return found


def _page(
    session: Session,
    user: User,
    agent: User,
    month: date,
    words: Translator,
    error: str = "",
    given: Mapping[FactKind, tuple[str, str]] | None = None,
) -> PerformancePage:
    months = performance.months_of(session, user, agent, month)
    now, score = months[0], months[0].score
    return PerformancePage(
        id=id_of(agent),
        name=agent.name,
        month=f"{month:%Y-%m}",
        score=number(score.score) if score.score is not None else "",
        known=number(score.known) if score.known is not None else "",
        range=f"{score.low:.1f}–{score.high:.1f}",
        weight_known=f"{score.weight_known:.0f}",
        parts=tuple(_part(now, one, words) for one in score.parts),
        months=tuple(_line(id_of(agent), one, month) for one in months),
        suggested=now.weights is None,
        holds_from=f"{now.weights.holds_from:%Y-%m}" if now.weights else "",
        weights_url=f"/performance/weights?team={agent.team_id}" if may_enter_performance(user) else "",
        fields=_fields(now, given or {}, words),
        mine=agent.id == user.id,
        enters=may_enter_performance(user),
        error=error,
    )


def _part(of: MonthOfAgent, part: PartOfScore, words: Translator) -> PartLine:
    fact = of.facts.get(part.name)
    return PartLine(
        name=words.gettext(NAMES[part.name]),
        value=number(part.value) if part.value is not None else "",
        percent=round(part.value or 0.0, 2),
        weight=f"{part.weight:g}" if part.weight == round(part.weight) else f"{part.weight:.1f}",
        adds=f"{part.adds:.1f}" if part.adds is not None else "",
        source=_source(of, part, words),
        note=fact.note if fact else "",
    )


def _source(of: MonthOfAgent, part: PartOfScore, words: Translator) -> str:
    """What a part was made from, or why it is not known."""
    _ = words.gettext
    if part.name == "workload":
        target = _("target %(target)s") % {"target": of.target} if of.target else _("no target is set")
        handled = words.ngettext("%(num)s call handled", "%(num)s calls handled", of.calls) % {"num": of.calls}
        return f"{handled}; {target}"
    if part.name == "qa":
        if not of.reviewed.n:
            return _("no call of this month is reviewed")
        told = words.ngettext("mean of %(num)s reviewed call", "mean of %(num)s reviewed calls", of.reviewed.n)
        return told % {"num": of.reviewed.n}
    fact = of.facts.get(part.name)
    return _("entered on %(day)s") % {"day": f"{fact.entered_at:%Y-%m-%d}"} if fact else _("nothing entered")


def _line(agent_id: int, one: MonthOfAgent, chosen: date) -> MonthLine:
    score = one.score
    return MonthLine(
        month=f"{one.month:%Y-%m}",
        url=f"/agents/{agent_id}/performance?month={one.month:%Y-%m}",
        score=number(score.score) if score.score is not None else "",
        known=number(score.known) if score.known is not None else "",
        range=f"{score.low:.1f}–{score.high:.1f}",
        chosen=one.month == chosen,
    )


def _fields(of: MonthOfAgent, given: Mapping[FactKind, tuple[str, str]], words: Translator) -> tuple[FactField, ...]:
    fields = []
    for kind in (FactKind(part) for part in PARTS if part in {one.value for one in FactKind}):
        fact = of.facts.get(kind.value)
        kept = (f"{fact.value:g}", fact.note) if fact else ("", "")
        points, note = given.get(kind, kept)
        fields.append(FactField(kind.value, words.gettext(NAMES[kind.value]), points, note))
    return tuple(fields)
