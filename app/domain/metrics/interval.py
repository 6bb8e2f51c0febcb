"""How sure a rate is: its 95 % interval, and what may be said about its target."""

import math
from enum import StrEnum
from typing import Literal

from app.domain.transcript import Value

# The standard normal deviate that leaves 2.5 % on each side.
Z = 1.959963984540054
TAIL = 0.025


class Standing(StrEnum):
    """What may be said about a target: that it is met, that it is not, or that there is too little to go by."""

    MET = "met"
    NOT_MET = "not_met"
    TOO_FEW_TO_SAY = "too_few_to_say"


class Rate(Value):
    """`count` of `n`, the rate they make (None when there is nothing to count) and its 95 % interval.

    `rate`, `ci_low` and `ci_high` are shares (0-1), or so many per 1,000 where the metric says so. `at_least` and
    `at_most` are the interval's ends if what is still undecided were counted in, all of it one way or all the other.
    """

    n: int
    count: int
    rate: float | None
    ci_low: float | None
    ci_high: float | None
    ci_method: Literal["wilson95", "poisson_exact95", "stratified_wilson95"]
    more_is_better: bool
    at_least: float | None
    at_most: float | None

    def verdict_against(self, target: float) -> Standing:
        """Whether the target is met; as long as the interval spans it, or the undecided decide it, nobody can say."""
        if self.at_least is None or self.at_most is None:
            return Standing.TOO_FEW_TO_SAY
        if self.more_is_better:
            met, missed = self.at_least >= target, self.at_most < target
        else:
            met, missed = self.at_most <= target, self.at_least > target
        if met:
            return Standing.MET
        return Standing.NOT_MET if missed else Standing.TOO_FEW_TO_SAY


def wilson(count: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a proportion, by Wilson's score (E. B. Wilson, JASA 22, 1927, p. 209-212)."""
    share = count / n
    middle = share + Z * Z / (2 * n)
    reach = Z * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    scale = 1 + Z * Z / n
    # At the ends the formula gives 0 and 1 but for rounding.
    low = 0.0 if count == 0 else (middle - reach) / scale
    high = 1.0 if count == n else (middle + reach) / scale
    return low, high


def poisson_exact(count: int) -> tuple[float, float]:
    """The exact 95 % interval of the mean of a Poisson count (F. Garwood, Biometrika 28, 1936, p. 437-442).

    Its ends are gamma quantiles: half the chi-square quantiles with 2·count and 2·count + 2 degrees of freedom.
    """
    low = 0.0 if count == 0 else _gamma_quantile(TAIL, count)
    return low, _gamma_quantile(1 - TAIL, count + 1)


def _gamma_quantile(probability: float, shape: int) -> float:
    """Where the gamma distribution of this shape (scale 1) reaches the probability, by bisection."""
    low, high = 0.0, shape + 10 * math.sqrt(shape) + 10
    while high - low > 1e-10 * high:
        middle = (low + high) / 2
        if _gamma_cdf(shape, middle) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _gamma_cdf(shape: int, x: float) -> float:
    """The regularised lower incomplete gamma function, by its series (Abramowitz and Stegun 6.5.29)."""
    term = total = 1.0
    divisor = float(shape)
    while term > total * 1e-16:
        divisor += 1
        term *= x / divisor
        total += term
    return total * math.exp(shape * math.log(x) - x - math.lgamma(shape + 1))


def share(count: int, n: int) -> Rate:
    """The share (0-1) of `n` in which something held `count` times, with Wilson's 95 % interval."""
    if not 0 <= count <= n:
        raise ValueError(f"{count} of {n} cannot be")
    low, high = wilson(count, n) if n else (None, None)
    return Rate(
        n=n,
        count=count,
        rate=count / n if n else None,
        ci_low=low,
        ci_high=high,
        ci_method="wilson95",
        more_is_better=True,
        at_least=low,
        at_most=high,
    )
