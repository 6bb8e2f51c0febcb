"""How sure a rate is: its 95 % interval, and what may be said about its target."""

import math
from enum import StrEnum
from functools import lru_cache
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


CiMethod = Literal[
    "wilson95",
    "poisson_exact95",
    "stratified_wilson95",
    "student95",
    "ratio_student95",
    "adjusted_wald95",
    "lang_reiczigel95",
    "none",
]


class Rate(Value):
    """`count` of `n`, the rate they make (None when there is nothing to count) and its 95 % interval.

    `rate`, `ci_low` and `ci_high` are shares (0-1), or in the unit that the metric says. `at_least` and `at_most` are
    the interval's ends if what is still undecided were counted in, all of it one way or all the other. Where something
    else than a count is divided by `n` (seconds, rings, points, money), `total` is that, and `count` is `n`; `of` is
    what it is divided by where that is not `n`.
    `ci_method` is "none" where no interval exists; `more_is_better` is None where neither more nor less is.
    """

    n: int
    count: int
    rate: float | None
    ci_low: float | None
    ci_high: float | None
    ci_method: CiMethod
    more_is_better: bool | None
    at_least: float | None
    at_most: float | None
    total: float | None = None
    of: float | None = None

    def verdict_against(self, target: float, more_is_better: bool | None = None) -> Standing:
        """Whether the target is met; as long as the interval spans it, or the undecided decide it, nobody can say.

        `more_is_better` says so of a target (at least, or at most so much) whose measure does not say it.
        """
        upward = self.more_is_better if more_is_better is None else more_is_better
        if self.at_least is None or self.at_most is None or upward is None:
            return Standing.TOO_FEW_TO_SAY
        if upward:
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
    """Where the gamma distribution of this shape (scale 1) reaches the probability.

    From Wilson's and Hilferty's cube (Abramowitz and Stegun 26.4.17) by Newton's steps, of which a handful is enough;
    of large shapes by the expansion of Cornish and Fisher, which then is as exact (H. Goldberg, H. Levine, Annals of
    Mathematical Statistics 17, 1946, p. 216-225).
    """
    if shape > 10_000:
        return _gamma_quantile_of_large(probability, shape)
    ninth = 1 / (9 * shape)
    x = shape * max(0.01, 1 - ninth + (Z if probability > TAIL else -Z) * math.sqrt(ninth)) ** 3
    for _ in range(100):
        density = math.exp((shape - 1) * math.log(x) - x - math.lgamma(shape))
        step = (_gamma_cdf(shape, x) - probability) / density
        # Never to or below nothing, where there is no logarithm.
        x = max(x - step, x / 10)
        if abs(step) < 1e-14 * x:
            break
    return x


def _gamma_quantile_of_large(probability: float, shape: int) -> float:
    z = Z if probability > TAIL else -Z
    terms = (
        z,
        (z**2 - 1) / 3,
        (z**3 - 7 * z) / 36,
        -(3 * z**4 + 7 * z**2 - 16) / 810,
        (9 * z**5 + 256 * z**3 - 433 * z) / 38880,
    )
    found: float = shape + sum(term * shape ** ((1 - power) / 2) for power, term in enumerate(terms))
    return found


def _gamma_cdf(shape: int, x: float) -> float:
    """The regularised lower incomplete gamma function, by its series (Abramowitz and Stegun 6.5.29)."""
    term = total = 1.0
    divisor = float(shape)
    while term > total * 1e-17:
        divisor += 1
        term *= x / divisor
        total += term
    return total * math.exp(shape * math.log(x) - x - math.lgamma(shape + 1))


@lru_cache(maxsize=1024)
def student(freedom: int) -> float:
    """The deviate of Student's distribution that leaves 2.5 % on each side.

    Where the finite series (Abramowitz and Stegun 26.7.3 and 26.7.4) reaches 95 %; of many degrees of freedom by the
    expansion around the normal deviate (26.7.5), which then is as exact.
    """
    if freedom < 1:
        raise ValueError(f"{freedom} degrees of freedom cannot be")
    if freedom > 300:
        return _student_of_many(freedom)
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _student_within(freedom, middle) < 1 - 2 * TAIL else (low, middle)
    return math.tan((low + high) / 2) * math.sqrt(freedom)


def _student_within(freedom: int, angle: float) -> float:
    """The chance of a deviate no further from nought than tan(angle)·√freedom."""
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2
    term = cosine if odd else 1.0
    total = term if freedom > 1 else 0.0
    for place in range(2 + odd, freedom - 1, 2):
        term *= cosine * cosine * (place - 1) / place
        total += term
    return 2 / math.pi * (angle + sine * total) if odd else sine * total


def _student_of_many(freedom: int) -> float:
    z = Z
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    found: float = z + sum(term / freedom**power for power, term in enumerate(terms, 1))
    return found


def share(count: int, n: int, more_is_better: bool | None = True) -> Rate:
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
        more_is_better=more_is_better,
        at_least=low,
        at_most=high,
    )
