"""A net score: the share of those in favour less the share of those against, in points from -100 to 100."""

import math

from app.domain.metrics.interval import Rate, Z

# Added to each end of the scale, and twice as much to its middle, before the interval is made.
ADDED = 0.75


def net_score(promoters: int, detractors: int, n: int) -> Rate:
    """100 · (promoters - detractors) ÷ n, with its 95 % interval.

    Interval: adjusted Wald with three answers added, which holds for few answers and near the ends (B. Rocks, The
    American Statistician 70, 2016, p. 365-372).
    """
    if min(promoters, detractors) < 0 or promoters + detractors > n:
        raise ValueError(f"{promoters} for and {detractors} against of {n} cannot be")
    everyone = n + 4 * ADDED
    up, down = (promoters + ADDED) / everyone, (detractors + ADDED) / everyone
    reach = Z * math.sqrt((up + down - (up - down) ** 2) / everyone)
    low, high = (max(-100.0, 100 * (up - down - reach)), min(100.0, 100 * (up - down + reach)))
    return Rate(
        n=n,
        count=n,
        rate=100 * (promoters - detractors) / n if n else None,
        ci_low=low if n else None,
        ci_high=high if n else None,
        ci_method="adjusted_wald95",
        more_is_better=True,
        at_least=low if n else None,
        at_most=high if n else None,
        total=100 * (promoters - detractors) if n else 0,
    )
