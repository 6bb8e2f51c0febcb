"""What a plan says, the strata it makes of the calls of some days, and what a draw from them would tell."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from app.domain import sampling
from app.domain.metrics import predicted_interval
from app.domain.sampling import Key, Stratum
from app.sampling import queries
from app.sampling.models import Dimension, Period, SamplingPlan
from app.sampling.periods import Days
from app.sampling.queries import Met

# Calls shorter than so many seconds stand in the band of that name; what is longer, or unknown, in a band of its own.
BANDS = ((120.0, "2"), (300.0, "5"), (600.0, "10"))
LONGEST, UNKNOWN = "longer", "unknown"


@dataclass(frozen=True)
class PlanFacts:
    """What a plan says; see SamplingPlan."""

    name: str
    period: Period
    first_day: date
    last_day: date | None
    size: int
    seed: int
    teams: tuple[int, ...] = ()
    queues: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    strata: tuple[Dimension, ...] = ()
    of_each_agent: bool = False
    expected: float = 0.9
    target: float | None = None


@dataclass(frozen=True)
class Prediction:
    """What a plan would draw of some days: from how many calls, by which strata, and which interval to expect."""

    days: Days
    population: int
    left_out: int
    strata: tuple[Stratum, ...]
    ends: tuple[float, float] | None

    @property
    def width(self) -> float | None:
        """How wide the 95 % interval will be (0-1)."""
        return None if self.ends is None else self.ends[1] - self.ends[0]

    @property
    def drawn(self) -> int:
        return sum(one.drawn for one in self.strata)


def predicted(session: Session, plan: SamplingPlan | PlanFacts, days: Days) -> Prediction:
    """What a plan would draw of these days, as their calls are now."""
    met = list(queries.population(session, plan, *days))
    strata = stratified(plan, keyed(plan, met))
    ends = predicted_interval([(len(one.calls), one.drawn) for one in strata], plan.expected)
    return Prediction(days, len(met), queries.left_out(session, plan, *days)[0], strata, ends)


def keyed(plan: SamplingPlan | PlanFacts, met: Sequence[Met]) -> Iterator[tuple[int, Key]]:
    """Each call with its values in the plan's dimensions."""
    wanted = dimensions(plan)
    for call in met:
        values = {
            Dimension.TEAM: str(call.team_id or ""),
            Dimension.AGENT: str(call.agent_id or ""),
            Dimension.QUEUE: call.queue,
            Dimension.LENGTH: band(call.duration),
        }
        yield call.call_id, tuple(values[one] for one in wanted)


def stratified(plan: SamplingPlan | PlanFacts, calls: Iterator[tuple[int, Key]]) -> tuple[Stratum, ...]:
    """The strata of a plan's calls, and how many are drawn from each."""
    return sampling.strata_of_each(calls, plan.size) if plan.of_each_agent else sampling.strata(calls, plan.size)


def band(seconds: float | None) -> str:
    """In which band of length a call lies."""
    if seconds is None:
        return UNKNOWN
    return next((name for limit, name in BANDS if seconds < limit), LONGEST)


def dimensions(plan: SamplingPlan | PlanFacts) -> list[Dimension]:
    """By what a plan stratifies; where so many of each agent are drawn, by the agent first."""
    wanted = [Dimension(one) for one in plan.strata]
    if plan.of_each_agent:
        return [Dimension.AGENT, *(one for one in wanted if one != Dimension.AGENT)]
    return wanted


def labels(plan: SamplingPlan | PlanFacts, key: Sequence[str]) -> list[tuple[Dimension, str]]:
    """The dimensions of a stratum's key with their values, in the order of the key."""
    return list(zip(dimensions(plan), key, strict=True))
