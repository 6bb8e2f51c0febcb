"""What the samples say: the estimate of each draw, and what came of each stratum."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from app.accounts.models import User
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
        """How many calls of the sample were deleted."""
        return sum(one.came.deleted for one in self.strata)


def results(session: Session, user: User, draws: Sequence[Draw]) -> list[SampleResult]:
    """What each of these draws says, as far as this person may know."""
    came = sample_queries.came_of(session, user, [id_of(one) for one in draws])
    return [_result(one, came) for one in draws]


def _result(made: Draw, came: dict[tuple[int, str], Came]) -> SampleResult:
    strata = tuple(_stratum(one, came.get((id_of(made), one["name"]), NONE)) for one in made.strata)
    counts = [
        StratumCounts(
            population=one.calls,
            # As many as are in the sample: not everything out of scope was replaced, and nobody waits for the deleted.
            drawn=one.came.in_scope + one.came.set_aside + one.came.waiting,
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
