"""The shapes of plans, draws and their estimates as clients get them."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field
from sqlmodel import Session

from app.accounts import queries as accounts
from app.api.parameters import Moment, team_name, username
from app.domain.metrics import Standing, StratifiedRate
from app.kit.db import id_of
from app.reports.samples import SampleResult, StratumResult
from app.sampling.models import Dimension, Draw, How, Period, SamplingPlan
from app.sampling.stratifying import labels


class PlanOut(BaseModel):
    """A plan: which calls of which days are drawn, by what, and how many."""

    id: int = Field(description="The id that Callmark gave.", examples=[2])
    name: str = Field(description="What it is called.", examples=["Weekly, team A"])
    active: bool = Field(description="Whether it draws; stopped ones do not.", examples=[True])
    period: Period = Field(description="once, or every day, week (from Monday) or month.", examples=[Period.WEEK])
    first_day: date = Field(description="First day it draws from.", examples=["2026-10-05"])
    last_day: date | None = Field(description="Last day, of a plan that draws once.", examples=[None])
    teams: list[str] = Field(description="Names of the teams it is about; empty: all.", examples=[["Team A"]])
    queues: list[str] = Field(description="Queues it is about; empty: all.", examples=[["support"]])
    directions: list[str] = Field(description="inbound, outbound; empty: both.", examples=[["inbound"]])
    languages: list[str] = Field(description="Languages; empty: all.", examples=[["zh"]])
    strata: list[Dimension] = Field(description="By what it stratifies.", examples=[[Dimension.AGENT]])
    size: int = Field(description="How many calls are drawn: in all, or of each agent.", examples=[60])
    of_each_agent: bool = Field(description="Whether `size` is that of each agent.", examples=[False])
    seed: int = Field(description="From this and the calls' ids the same sample follows for ever.", examples=[4711])
    expected: float = Field(description="Pass rate from which the interval was predicted, 0-1.", examples=[0.9])
    target: float | None = Field(description="Pass rate that is to be reached, 0-1.", examples=[0.95])
    created_by: str | None = Field(description="User name of who made it.", examples=["bob"])
    created_at: Moment = Field(description="When it was made (RFC 3339).", examples=["2026-10-01T02:00:00Z"])


class SampleEstimateOut(BaseModel):
    """The pass rate of all calls in scope that a sample was drawn from, estimated from it."""

    n: int = Field(description="Calls of the sample that were judged.", examples=[58])
    passed: int = Field(description="How many of them passed.", examples=[52])
    rate: float | None = Field(description="The estimate, 0-1: each stratum weighs by its calls.", examples=[0.9013])
    ci_low: float | None = Field(description="Lower end of the 95 % interval.", examples=[0.8012])
    ci_high: float | None = Field(description="Upper end of the 95 % interval.", examples=[0.9532])
    ci_method: str = Field(description="How the interval was made.", examples=["stratified_wilson95"])
    population: int = Field(description="Calls that were drawn from.", examples=[8123])
    in_scope: float = Field(description="About how many of them are in scope.", examples=[8011.5])
    set_aside: int = Field(description="Calls of the sample that are out of scope.", examples=[2])
    waiting: int = Field(description="Calls of the sample that nobody has judged yet.", examples=[0])
    target: float | None = Field(description="The plan's target, 0-1.", examples=[0.95])
    verdict: Standing | None = Field(
        description="met, not_met or too_few_to_say; null without a target.", examples=[Standing.TOO_FEW_TO_SAY]
    )


class StratumOut(BaseModel):
    """A stratum: calls that are alike, of which so many were drawn."""

    name: str = Field(description="Its name within the draw.", examples=["0"])
    keys: list[dict[str, str | None]] = Field(
        description="What its calls have in common; several where small groups were put together.",
        examples=[[{"agent": "mei"}]],
    )
    calls: int = Field(description="Calls it has.", examples=[412])
    drawn: int = Field(description="Calls that were drawn of it.", examples=[12])
    judged: int = Field(description="Calls of these that were judged.", examples=[12])
    passed: int = Field(description="Calls of these that passed.", examples=[11])
    set_aside: int = Field(description="Calls of these that are out of scope.", examples=[0])


class DrawOut(BaseModel):
    """What a plan drew of one period, and what it says of all its calls."""

    id: int = Field(description="The id that Callmark gave.", examples=[9])
    plan_id: int = Field(description="The plan.", examples=[2])
    first_day: date = Field(description="First day of the period.", examples=["2026-10-05"])
    last_day: date = Field(description="Last day of the period.", examples=["2026-10-11"])
    seed: int = Field(description="The seed.", examples=[4711])
    population: int = Field(description="Calls that were drawn from.", examples=[8123])
    population_hash: str = Field(description="SHA-256 over their ids.", examples=["9f86d081…"])
    left_out: int = Field(description="Calls of the period that were not scored then.", examples=[3])
    drawn: int = Field(description="Calls that were drawn.", examples=[60])
    drawn_at: Moment = Field(description="When (RFC 3339).", examples=["2026-10-13T00:30:00Z"])
    drawn_by: str = Field(description="Who drew, or `machine`.", examples=["machine"])
    estimate: SampleEstimateOut = Field(description="What it says of all calls in scope.")
    strata: list[StratumOut] = Field(description="What came of each stratum.")


class DrawnState(StrEnum):
    """How far a call of a sample has come."""

    NOT_IN_QUEUE = "not_in_queue"
    WAITING = "waiting"
    PASSED = "passed"
    FAILED = "failed"
    SET_ASIDE = "set_aside"
    NOTHING_APPLIED = "nothing_applied"
    DELETED = "deleted"


class DrawnCallOut(BaseModel):
    """A call of a sample."""

    call_id: int = Field(description="The call's id.", examples=[17])
    external_id: str | None = Field(
        description="What your system calls it; null where you may not see the call.", examples=["2026-10-0001"]
    )
    stratum: str = Field(description="Name of its stratum.", examples=["0"])
    place: int = Field(description="Its place in the seeded order of the stratum, counted from 1.", examples=[4])
    how: How = Field(description="drawn, or standing in for one that is out of scope.", examples=[How.DRAWN])
    probability: float = Field(description="How likely it was to be drawn, 0-1.", examples=[0.029])
    state: DrawnState = Field(description="How far it has come, as you may know.", examples=[DrawnState.PASSED])


def plan_out(session: Session, plan: SamplingPlan) -> PlanOut:
    """A plan, with names in place of ids."""
    return PlanOut(
        **plan.model_dump(include=set(PlanOut.model_fields) - {"teams", "created_by"}),
        teams=[team_name(session, one) or "" for one in plan.teams],
        created_by=username(session, plan.created_by),
    )


def draw_out(session: Session, found: SampleResult, plan: SamplingPlan) -> DrawOut:
    """A draw with its estimate; agents and teams by their names."""
    made = found.draw
    people = {str(one.id): one.username for one in accounts.users(session)}
    teams = {str(one.id): one.name for one in accounts.teams(session)}
    named: dict[Dimension, Mapping[str, str]] = {Dimension.AGENT: people, Dimension.TEAM: teams}
    return DrawOut(
        **_facts(made),
        drawn=found.drawn,
        estimate=estimate_out(found.rate, plan.target),
        strata=[_stratum(one, plan, named) for one in found.strata],
    )


def estimate_out(rate: StratifiedRate, target: float | None) -> SampleEstimateOut:
    """An estimate, held against the plan's target."""
    return SampleEstimateOut(
        n=rate.n,
        passed=rate.count,
        rate=_rounded(rate.rate),
        ci_low=_rounded(rate.ci_low),
        ci_high=_rounded(rate.ci_high),
        ci_method=rate.ci_method,
        population=rate.population,
        in_scope=round(rate.in_scope, 1),
        set_aside=rate.set_aside,
        waiting=rate.waiting,
        target=target,
        verdict=rate.verdict_against(target) if target is not None else None,
    )


def _facts(made: Draw) -> dict[str, Any]:
    return made.model_dump(include=set(DrawOut.model_fields) - {"strata"}) | {"id": id_of(made)}


def _stratum(one: StratumResult, plan: SamplingPlan, named: Mapping[Dimension, Mapping[str, str]]) -> StratumOut:
    keys = [
        {dimension.value: named.get(dimension, {}).get(value, value) or None for dimension, value in labels(plan, key)}
        for key in one.keys
    ]
    return StratumOut(
        name=one.name,
        keys=keys,
        calls=one.calls,
        drawn=one.drawn,
        judged=one.came.in_scope,
        passed=one.came.passed,
        set_aside=one.came.set_aside,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
