"""The form for a plan: what it would draw is told before it is kept, while its parts are chosen."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, ClassVar, Literal

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Role, User
from app.domain.language import LANGUAGES as JUDGED
from app.domain.sampling import LEAST_CALLS, LEAST_DRAWN
from app.kit import clock
from app.kit.db import id_of
from app.kit.errors import AppError
from app.kit.i18n import Translator
from app.reports.wording import LANGUAGES
from app.request import SessionDep, actor
from app.sampling import queries
from app.sampling.models import Dimension, Period
from app.sampling.periods import Days
from app.sampling.service import MOST, MOST_NAME, make_plan
from app.sampling.stratifying import PlanFacts, Prediction, predicted
from app.web.choices import Choice
from app.web.rendering import render, see_other, words_for
from app.web.sample_views import DIMENSIONS, DIRECTIONS, PERIODS, Names, days, names
from app.web.sampling import Planner
from app.web.times import site_zone

router = APIRouter()

LARGEST_SEED = 2**31 - 1
# Queues of calls that came in so many days ago, or later, can be chosen.
QUEUES_OF_DAYS = 92
# A plan that begins in days to come is predicted from as many days that have just passed.
LENGTHS = {Period.DAY: 1, Period.WEEK: 7, Period.MONTH: 30}
MOST_STRATA = 40
PERCENT = Field(ge=0, le=100)


class PlanForm(BaseModel):
    """What is chosen so far."""

    model_config = ConfigDict(frozen=True)

    name: Annotated[str, Field(max_length=1000)] = ""
    period: Period = Period.WEEK
    first_day: date | None = None
    last_day: date | None = None
    size: Annotated[int | None, Field(ge=0, le=MOST)] = 60
    each: Literal["all", "agent"] = "all"
    teams: list[int] = []
    queues: Annotated[list[str], Field(max_length=200)] = []
    directions: list[Literal["inbound", "outbound"]] = []
    languages: list[Literal["en", "zh", "ja"]] = []
    strata: list[Dimension] = []
    expected: Annotated[float | None, PERCENT] = 90
    target: Annotated[float | None, PERCENT] = None
    seed: Annotated[int | None, Field(ge=0, le=LARGEST_SEED)] = None

    @field_validator("first_day", "last_day", "size", "expected", "target", "seed", mode="before")
    @classmethod
    def empty_is_none(cls, given: object) -> object:
        return None if given == "" else given

    def facts(self, user: User, today: date) -> PlanFacts:
        """The plan it makes for this person, who may plan for their own team alone."""
        return PlanFacts(
            name=self.name,
            period=self.period,
            first_day=self.first_day or today,
            last_day=self.last_day,
            size=self.size or 0,
            seed=self.seed if self.seed is not None else secrets.randbelow(LARGEST_SEED),
            teams=tuple(self.teams) if user.team_id is None else (user.team_id,),
            queues=tuple(self.queues),
            directions=tuple(self.directions),
            languages=tuple(self.languages),
            strata=tuple(one for one in Dimension if one in self.strata),
            of_each_agent=self.each == "agent",
            expected=(self.expected if self.expected is not None else 90) / 100,
            target=None if self.target is None else self.target / 100,
        )


@dataclass(frozen=True)
class PredictedStratum:
    """A stratum as it would be: how many calls it has, and how many of them would be drawn."""

    name: str
    calls: int
    drawn: int


@dataclass(frozen=True)
class PredictionView:
    """What the plan would draw, from which days that is told, and how wide the interval would be (points of 100)."""

    days: str
    past: bool
    population: int
    drawn: int
    left_out: int
    strata: tuple[PredictedStratum, ...]
    more: int
    joined: int
    fewest: int
    most: int
    half: str
    between: str


@dataclass(frozen=True)
class PlanFormPage:
    """The form, and what a plan of what is chosen would draw."""

    template: ClassVar[str] = "sampling/new.html"
    least: ClassVar[int] = LEAST_CALLS
    most_size: ClassVar[int] = MOST
    least_size: ClassVar[int] = LEAST_DRAWN
    most_name: ClassVar[int] = MOST_NAME
    largest_seed: ClassVar[int] = LARGEST_SEED
    given: PlanFacts
    periods: tuple[Choice, ...]
    teams: tuple[Choice, ...]
    queues: tuple[Choice, ...]
    directions: tuple[Choice, ...]
    languages: tuple[Choice, ...]
    strata: tuple[Choice, ...]
    expected: str
    target: str
    predicted: PredictionView | None
    error: str = ""


@router.get("/sampling/new")
def plan_form(request: Request, session: SessionDep, user: Planner, given: Annotated[PlanForm, Query()]) -> Response:
    # What is looked at first stratifies by agent; who has chosen may choose nothing.
    asked = given if request.query_params else given.model_copy(update={"strata": [Dimension.AGENT]})
    return render(request, _page(session, user, asked, words_for(request)))


@router.post("/sampling/new")
def keep_plan(request: Request, session: SessionDep, user: Planner, given: Annotated[PlanForm, Form()]) -> Response:
    try:
        made = make_plan(session, user, given.facts(user, _today(session, user)), actor(user))
    except AppError as error:
        session.rollback()
        words = words_for(request)
        return render(request, _page(session, user, given, words, words.gettext(error.message)), error.status)
    return see_other(f"/sampling/plans/{id_of(made)}", "planned")


def _today(session: Session, user: User) -> date:
    return clock.now().astimezone(site_zone(session, user)).date()


def _page(session: Session, user: User, given: PlanForm, words: Translator, error: str = "") -> PlanFormPage:
    today = _today(session, user)
    facts, named = given.facts(user, today), names(session, words)
    sees_all = user.role == Role.ADMIN or user.team_id is None
    teams = accounts.teams(session) if sees_all else ()
    queues_now = queries.queues(session, user, today - timedelta(days=QUEUES_OF_DAYS))
    return PlanFormPage(
        given=facts,
        periods=_choices({one.value: label for one, label in PERIODS.items()}, (facts.period.value,), words),
        teams=tuple(Choice(str(one.id), one.name, one.id in facts.teams) for one in teams),
        queues=tuple(Choice(one, one, one in facts.queues) for one in sorted({*queues_now, *facts.queues})),
        directions=_choices(DIRECTIONS, facts.directions, words),
        languages=_choices({code: LANGUAGES[code] for code in JUDGED}, facts.languages, words),
        strata=_choices({one.value: label for one, label in DIMENSIONS.items()}, facts.strata, words),
        expected=f"{100 * facts.expected:g}",
        target="" if facts.target is None else f"{100 * facts.target:g}",
        predicted=_predicted(session, facts, today, named),
        error=error,
    )


def _predicted(session: Session, facts: PlanFacts, today: date, named: Names) -> PredictionView | None:
    """What the plan would draw; None as long as it has no size, or its days are no period."""
    if facts.size < LEAST_DRAWN or (facts.last_day is not None and facts.last_day < facts.first_day):
        return None
    looked_at, past = _days(facts, today)
    found = predicted(session, facts, looked_at)
    strata = sorted(found.strata, key=lambda one: (-len(one.calls), one.keys))
    shares = [one.drawn for one in found.strata]
    return PredictionView(
        days=days(*looked_at),
        past=past,
        population=found.population,
        drawn=found.drawn,
        left_out=found.left_out,
        strata=tuple(
            PredictedStratum(named.stratum(facts, one.keys), len(one.calls), one.drawn) for one in strata[:MOST_STRATA]
        ),
        more=max(0, len(strata) - MOST_STRATA),
        joined=sum(len(one.keys) > 1 for one in strata),
        fewest=min(shares, default=0),
        most=max(shares, default=0),
        half=f"{50 * found.width:.1f}" if found.width is not None else "",
        between=_between(found),
    )


def _days(facts: PlanFacts, today: date) -> tuple[Days, bool]:
    """The days whose calls tell what to expect: those of the plan, if they are over; else as many that just passed."""
    first, last = facts.first_day, facts.last_day
    if facts.period == Period.ONCE and last is not None:
        if last < today:
            return (first, last), True
        length = (last - first).days + 1
    else:
        length = LENGTHS.get(facts.period, LENGTHS[Period.MONTH])
    return (today - timedelta(days=length), today - timedelta(days=1)), False


def _between(found: Prediction) -> str:
    return "" if found.ends is None else f"{100 * found.ends[0]:.1f}–{100 * found.ends[1]:.1f} %"


def _choices(named: Mapping[str, str], chosen: Sequence[str], words: Translator) -> tuple[Choice, ...]:
    return tuple(Choice(value, words.gettext(label), value in chosen) for value, label in named.items())
