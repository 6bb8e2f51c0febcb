"""What the samples say: the estimate of each draw, and what came of each stratum."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from app.domain.metrics import StratifiedRate, StratumCounts, stratified_rate
from app.kit.db import id_of
from app.reports import sample_queries
from app.reports.sample_queries import Came
from app.sampling.models import Draw

NONE = Came(0, 0, 0, 0, 0)


@dataclass(frozen=True)
class StratumResult:
    """A stratum of a draw: the keys of its calls, how many were drawn of how many, and what came of them."""

    name: str
    keys: tuple[tuple[str, ...], ...]
    calls: int
    drawn: int
    came: Came


@dataclass(frozen=True)
class SampleResult:
    """What a draw says of all its calls in scope."""

    draw: Draw
    strata: tuple[StratumResult, ...]
    rate: StratifiedRate

    @property
    def drawn(self) -> int:
        """How many calls were to be listened to."""
        return sum(one.drawn for one in self.strata)

    @property
    def deleted(self) -> int:
        """How many of them were deleted before anybody judged them."""
        return sum(one.came.deleted for one in self.strata)


def results(session: Session, draws: Sequence[Draw]) -> list[SampleResult]:
    """What each of these draws says."""
    came = sample_queries.came_of(session, [id_of(one) for one in draws])
    return [_result(one, came) for one in draws]


def _result(made: Draw, came: dict[tuple[int, str], Came]) -> SampleResult:
    strata = tuple(_stratum(one, came.get((id_of(made), one["name"]), NONE)) for one in made.strata)
    counts = [
        StratumCounts(
            population=one.calls,
            # Who is out of scope was replaced; who was deleted, nobody waits for.
            drawn=min(one.calls, one.drawn + one.came.set_aside) - one.came.deleted,
            in_scope=one.came.in_scope,
            passed=one.came.passed,
            set_aside=one.came.set_aside,
        )
        for one in strata
    ]
    return SampleResult(made, strata, stratified_rate(counts))


def _stratum(kept: dict[str, Any], came: Came) -> StratumResult:
    keys = tuple(tuple(key) for key in kept["keys"])
    return StratumResult(kept["name"], keys, kept["calls"], kept["drawn"], came)
