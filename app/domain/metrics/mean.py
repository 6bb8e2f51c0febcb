"""The mean of what was measured, with the interval that its scatter gives."""

import math

from app.domain.metrics.interval import Rate, student


def mean(n: int, total: float, squares: float, more_is_better: bool | None = None) -> Rate:
    """The mean of `n` values that are never negative, from their sum and the sum of their squares.

    Interval: Student's (Biometrika 6, 1908, p. 1-25). Of one value, or of values that are all alike, nothing says how
    far others would lie from it: then there is no interval.
    """
    if n < 0 or squares < 0:
        raise ValueError(f"{n} values with squares of {squares} cannot be")
    if not n:
        return _mean(0, 0, None, None, None, more_is_better)
    rate = total / n
    # Multiplied out, so that whole numbers stay exact however large they are.
    scatter = (n * squares - total * total) / (n * (n - 1)) if n > 1 else 0.0
    if scatter <= 0:
        return _mean(n, total, rate, None, None, more_is_better)
    reach = student(n - 1) * math.sqrt(scatter / n)
    return _mean(n, total, rate, max(0.0, rate - reach), rate + reach, more_is_better)


def _mean(
    n: int, total: float, rate: float | None, low: float | None, high: float | None, more_is_better: bool | None
) -> Rate:
    return Rate(
        n=n,
        count=n,
        rate=rate,
        ci_low=low,
        ci_high=high,
        ci_method="student95",
        more_is_better=more_is_better,
        at_least=low,
        at_most=high,
        total=total,
    )
