"""How the parts of the performance score weigh in each team, and lists of what is entered of many agents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel import Session
from starlette.datastructures import FormData, UploadFile

from app.accounts import queries as accounts
from app.accounts.models import Role, Team, User
from app.accounts.policies import may_enter_performance
from app.domain.metrics.performance_score import EQUAL, PARTS
from app.kit import clock
from app.kit.db import id_of
from app.kit.errors import AppError, NotFound
from app.kit.i18n import Translator
from app.operations import queries, service
from app.operations.fact_list import FactsTaken, FactsUnreadable, month_of, take_facts
from app.operations.models import PerformanceWeights
from app.request import Allow, SessionDep, actor
from app.web.choices import Choice
from app.web.note_views import today_on_site
from app.web.performance import NAMES, MonthUnreadable
from app.web.rendering import render, see_other, words_for
from app.web.uploads import FormOf

router = APIRouter(prefix="/performance")

Leader = Annotated[User, Allow(may_enter_performance)]
LARGEST_LIST_BYTES = 5_000_000


@dataclass(frozen=True)
class WeightField:
    """The weight of one part as it is typed."""

    part: str
    label: str
    value: str


@dataclass(frozen=True)
class WeightsLine:
    """Weights that hold from a month on."""

    month: str
    weights: tuple[str, ...]
    target: str
    holds: bool


@dataclass(frozen=True)
class WeightsPage:
    """The weights of a team and the form for new ones; `taken` is what became of a list."""

    template: ClassVar[str] = "agents/weights.html"
    teams: tuple[Choice, ...]
    team: int
    name: str
    fields: tuple[WeightField, ...]
    target: str
    month: str
    labels: tuple[str, ...]
    lines: tuple[WeightsLine, ...]
    suggested: bool
    taken: FactsTaken | None = None
    error: str = ""
    list_error: str = ""


@router.get("/weights")
def show_weights(
    request: Request, session: SessionDep, user: Leader, team: Annotated[int | None, Query(ge=1, lt=2**31)] = None
) -> Response:
    return render(request, _page(session, user, team, words_for(request)))


@router.post("/weights")
def set_weights(
    request: Request, session: SessionDep, user: Leader, form: Annotated[FormData, FormOf(may_enter_performance)]
) -> Response:
    given = {name: value.strip() for name, value in form.items() if isinstance(value, str)}
    team = _team(_teams(session, user), given.get("team", ""))
    try:
        _set(session, id_of(team), given, user)
    except AppError as error:
        session.rollback()
        words = words_for(request)
        page = _page(session, user, id_of(team), words, given=given, error=words.gettext(error.message))
        return render(request, page, error.status)
    return see_other(f"/performance/weights?team={team.id}", "saved")


@router.post("/import")
def import_facts(
    request: Request, session: SessionDep, user: Leader, form: Annotated[FormData, FormOf(may_enter_performance)]
) -> Response:
    words, file = words_for(request), form.get("file")
    content = file.file.read(LARGEST_LIST_BYTES + 1) if isinstance(file, UploadFile) else b""
    try:
        if not content or len(content) > LARGEST_LIST_BYTES:
            raise FactsUnreadable
        taken = take_facts(session, content, _agents(session, user), words.language, actor(user))
    except FactsUnreadable as error:
        session.rollback()
        page = _page(session, user, None, words, list_error=words.gettext(error.message))
        return render(request, page, error.status)
    return render(request, _page(session, user, None, words, taken=taken))


def _agents(session: Session, user: User) -> "_Agents":
    return _Agents({one.username.lower(): one for one in accounts.agents(session, _only(user))})


@dataclass(frozen=True)
class _Agents:
    """The agents that a person may speak of, by user name."""

    known: Mapping[str, User]

    def __call__(self, username: str) -> User | None:
        return self.known.get(username.strip().lower())


def _only(user: User) -> int | None:
    """The one team a supervisor speaks of; administrators, and who belongs to none, speak of all."""
    return None if user.role == Role.ADMIN else user.team_id


def _teams(session: Session, user: User) -> Sequence[Team]:
    only = _only(user)
    return [one for one in accounts.teams(session) if only is None or one.id == only]


def _team(teams: Sequence[Team], given: str | int | None) -> Team:
    found = next((one for one in teams if str(one.id) == str(given)), None)
    if found is None:
        raise NotFound
    return found


def _set(session: Session, team_id: int, given: Mapping[str, str], user: User) -> None:
    month = month_of(given.get("month", ""))
    if month is None:
        raise MonthUnreadable
    try:
        weights = {part: float(given.get(part) or 0) for part in PARTS}
    except ValueError as error:
        raise service.WeightsUnusable from error
    target = given.get("target", "")
    if target and not (target.isdecimal() and len(target) < 9):
        raise service.TargetUnusable
    service.set_weights(session, team_id, month, weights, int(target) if target else None, actor(user))


def _page(
    session: Session,
    user: User,
    asked: int | None,
    words: Translator,
    *,
    given: Mapping[str, str] | None = None,
    error: str = "",
    taken: FactsTaken | None = None,
    list_error: str = "",
) -> WeightsPage:
    teams = _teams(session, user)
    team = _team(teams, asked) if asked is not None else next(iter(teams), None)
    month = today_on_site(session, user, clock.now()).replace(day=1)
    all_ = queries.weights_of(session, id_of(team)) if team else ()
    now = queries.weights_in(session, team.id, month) if team else None
    typed = given or {"month": f"{month:%Y-%m}", **_typed(now)}
    return WeightsPage(
        teams=tuple(Choice(str(one.id), one.name, one is team) for one in teams),
        team=id_of(team) if team else 0,
        name=team.name if team else "",
        fields=tuple(WeightField(part, words.gettext(NAMES[part]), typed.get(part, "")) for part in PARTS),
        target=typed.get("target", ""),
        month=typed.get("month", ""),
        labels=tuple(words.gettext(NAMES[part]) for part in PARTS),
        lines=tuple(_line(one, one is now or (now is not None and one.id == now.id)) for one in all_),
        suggested=now is None,
        taken=taken,
        error=error,
        list_error=list_error,
    )


def _typed(now: PerformanceWeights | None) -> dict[str, str]:
    if now is None:
        return {part: f"{weight:g}" for part, weight in EQUAL.items()}
    return {**{part: f"{getattr(now, part):g}" for part in PARTS}, "target": str(now.calls_target or "")}


def _line(one: PerformanceWeights, holds: bool) -> WeightsLine:
    weights = tuple(f"{getattr(one, part):g}" for part in PARTS)
    return WeightsLine(f"{one.holds_from:%Y-%m}", weights, str(one.calls_target or "–"), holds)
