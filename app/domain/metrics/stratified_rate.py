"""Pass rate of a stratified random sample: each stratum weighs as many calls as it has, and the interval knows it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.domain.metrics.interval import Rate, Z
from app.domain.transcript import Value

# Each stratum's rate is drawn towards the rate of all by so many calls: two or three calls alone say little of how far
# the calls of their stratum differ, and where all of them came out alike they would say: not at all.
PRIOR_CALLS = 2.0


class StratumCounts(Value):
    """What came of the calls drawn from a stratum of `population` calls.

    Of the `drawn` ones, `in_scope` were judged, `passed` of these passed, and `set_aside` are out of scope; about the
    others nobody knows anything yet.
    """

    population: int
    drawn: int
    in_scope: int
    passed: int
    set_aside: int = 0

    @property
    def known(self) -> int:
        """Of how many of its calls something is known: that they are out of scope, or how they came out."""
        return self.in_scope + self.set_aside

    @property
    def waiting(self) -> int:
        """How many drawn calls nobody has judged or set aside."""
        return max(0, self.drawn - self.known)


class StratifiedRate(Rate):
    """A rate estimated for all calls in scope of a population; `rate` weighs each stratum by its calls.

    `count` of `n` judged calls passed. `population` calls were drawn from, about `in_scope` of which are in scope.
    `effective_n`: a simple random sample of so many calls from very many would be as sure; None for a full count.
    """

    population: int
    in_scope: float
    set_aside: int
    waiting: int
    effective_n: float | None


def stratified_rate(found: Sequence[StratumCounts]) -> StratifiedRate:
    """The share (0-1) of all in-scope calls that pass, with its 95 % interval, from a sample without replacement.

    Estimate: the combined ratio of a domain, Σ N·y/m over Σ N·d/m, with N calls in a stratum, m of them known, d of
    these in scope and y passed (W. G. Cochran, Sampling Techniques, 3rd ed. 1977, sections 5A.14 and 6.11). Variance:
    linearised, with (1 - m/N) in every stratum. Interval: Wilson's score with the effective size R(1-R)/variance in
    place of n, which holds near 0 and 1 where the normal one fails (N. Dean, M. Pagano, Journal of Survey Statistics
    and Methodology 3, 2015, p. 484-503). Calls nobody has judged yet are left out of it, but a target must hold with
    all of them failed, or all passed.
    """
    joined = _joined(found)
    in_scope = sum(_scale(one) * one.in_scope for one in joined)
    n, count = sum(one.in_scope for one in found), sum(one.passed for one in found)
    rate = sum(_scale(one) * one.passed for one in joined) / in_scope if in_scope else None
    effective = _effective(joined, rate, in_scope) if rate is not None else None
    low, high = wilson_share(rate, effective) if rate is not None else (None, None)
    waiting = sum(one.waiting for one in found)
    at_least, at_most = (low, high) if not waiting else (_if_all(found, 0)[0], _if_all(found, 1)[1])
    return StratifiedRate(
        n=n,
        count=count,
        rate=rate,
        ci_low=low,
        ci_high=high,
        ci_method="stratified_wilson95",
        more_is_better=True,
        at_least=at_least if n else None,
        at_most=at_most if n else None,
        population=sum(one.population for one in found),
        in_scope=in_scope,
        set_aside=sum(one.set_aside for one in found),
        waiting=waiting,
        effective_n=effective,
    )


def predicted_interval(drawn: Sequence[tuple[int, int]], expected: float) -> tuple[float, float] | None:
    """The 95 % interval (0-1) to be expected when so many of so many calls are drawn, if this share passes.

    As if every stratum had that rate, which errs towards wider: strata that differ make the interval narrower.
    """
    strata = [StratumCounts(population=calls, drawn=n, in_scope=n, passed=0) for calls, n in drawn if n]
    if not strata:
        return None
    return wilson_share(expected, _by_moments(strata, _nominal, 0.5, sum(calls for calls, n in drawn if n)))


def wilson_share(share: float, n: float | None) -> tuple[float, float]:
    """Wilson's 95 % interval of a share that is as sure as that of `n` calls; None: it is known."""
    if n is None:
        return share, share
    middle = share + Z * Z / (2 * n)
    reach = Z * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    scale = 1 + Z * Z / n
    # At the ends the formula gives 0 and 1 but for rounding.
    return 0.0 if share <= 0 else (middle - reach) / scale, 1.0 if share >= 1 else (middle + reach) / scale


@dataclass(frozen=True)
class _Shares:
    """What is taken to be true of a stratum: the share in scope, and the share of these that pass."""

    in_scope: float
    passed: float


_Taken = Callable[[StratumCounts], _Shares]


def _effective(strata: Sequence[StratumCounts], rate: float, in_scope: float) -> float | None:
    """R(1-R)/variance; where all calls came out alike, its limit, with every stratum taken to be alike."""
    scope = in_scope / sum(one.population for one in strata)

    def taken(one: StratumCounts) -> _Shares:
        among, known = one.in_scope + PRIOR_CALLS, one.known + PRIOR_CALLS
        return _Shares((one.in_scope + PRIOR_CALLS * scope) / known, (one.passed + PRIOR_CALLS * rate) / among)

    if 0 < rate < 1:
        return _by_moments(strata, taken, rate, in_scope)
    return _by_moments(strata, lambda one: _Shares(taken(one).in_scope, 0.5), 0.5, in_scope)


def _by_moments(strata: Sequence[StratumCounts], taken: _Taken, rate: float, in_scope: float) -> float | None:
    variance = sum(one.population**2 * _variance_of_mean(one, taken(one), rate) for one in strata) / in_scope**2
    return rate * (1 - rate) / variance if variance > 0 else None


def _variance_of_mean(one: StratumCounts, shares: _Shares, rate: float) -> float:
    """Of d·(y - R), whose variance makes that of the ratio; the mean of what is left of the population counts."""
    m = one.known
    mean = shares.in_scope * (shares.passed - rate)
    square = shares.in_scope * (shares.passed * (1 - rate) ** 2 + (1 - shares.passed) * rate**2)
    # Without prior calls this is the (m - 1)/m that makes a sample's variance unbiased.
    unbiased = 1 - m / (m + PRIOR_CALLS) ** 2
    return (1 - m / one.population) * (square - mean * mean) / unbiased / m


def _nominal(one: StratumCounts) -> _Shares:
    return _Shares(1.0, 0.5)


def _joined(found: Sequence[StratumCounts]) -> list[StratumCounts]:
    """The strata with those that nothing is known of put together with the one of which least is known.

    Their calls still weigh, as if they were like those.
    """
    known = sorted((one for one in found if one.known), key=lambda one: (one.known, one.population))
    unknown = [one for one in found if not one.known and one.population]
    if not known or not unknown:
        return known
    first, *others = known
    added = first.model_copy(update={"population": first.population + sum(one.population for one in unknown)})
    return [added, *others]


def _if_all(found: Sequence[StratumCounts], passed: int) -> tuple[float, float]:
    """The interval's ends if all calls that wait passed, or none did."""
    counted = [
        one.model_copy(
            update={"in_scope": one.in_scope + one.waiting, "passed": one.passed + passed * one.waiting},
        )
        for one in found
    ]
    told = stratified_rate(counted)
    return told.ci_low or 0.0, 1.0 if told.ci_high is None else told.ci_high


def _scale(one: StratumCounts) -> float:
    return one.population / one.known
