"""The ratio of two totals that many days add to, with the interval that the days' scatter gives."""

import math
from collections.abc import Iterable

from app.domain.metrics.indicator import Sums
from app.domain.metrics.interval import Rate, student

# How many days there are, their numerators (y) and denominators (x) added up, and the squares and products of these.
MOMENTS = ("days", "y", "x", "yy", "xx", "xy")


def moments(days: Iterable[tuple[float, float]]) -> dict[str, float]:
    """What numerators and denominators of days add up to, so that the ratio and its interval can be told."""
    summed = dict.fromkeys(MOMENTS, 0.0)
    for y, x in days:
        for name, value in zip(MOMENTS, (1, y, x, y * y, x * x, x * y), strict=True):
            summed[name] += value
    return summed


def ratio(sums: Sums, more_is_better: bool | None = None) -> Rate | None:
    """Σ y ÷ Σ x over days; None when no day has a denominator. `n` is the number of days, `of` is Σ x.

    Interval: linearised, y - R·x being the residual of a day (W. G. Cochran, Sampling Techniques, 3rd ed. 1977, section
    6.4), with Student's deviate. Of one day, or where no day differs from the others, there is none.
    """
    n, y, x = int(sums.get("days", 0)), sums.get("y", 0.0), sums.get("x", 0.0)
    if not n or x <= 0:
        return None
    rate = y / x
    residual = sums["yy"] - 2 * rate * sums["xy"] + rate * rate * sums["xx"]
    low = high = None
    # What rounding alone leaves is no scatter.
    if n > 1 and residual > 1e-12 * (sums["yy"] + rate * rate * sums["xx"]):
        reach = student(n - 1) * math.sqrt(n * residual / (n - 1)) / x
        low, high = max(0.0, rate - reach), rate + reach
    return Rate(
        n=n,
        count=n,
        rate=rate,
        ci_low=low,
        ci_high=high,
        ci_method="ratio_student95",
        more_is_better=more_is_better,
        at_least=low,
        at_most=high,
        total=y,
        of=x,
    )
