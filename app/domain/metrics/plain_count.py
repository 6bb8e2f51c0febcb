"""A count by itself: how many there were, and how many there might as well have been."""

from app.domain.metrics.interval import Rate, poisson_exact


def plain_count(count: int, more_is_better: bool | None = None) -> Rate:
    """How many there were; the exact Poisson 95 % interval says how far chance alone could move such a number."""
    low, high = poisson_exact(count)
    return Rate(
        n=count,
        count=count,
        rate=float(count),
        ci_low=low,
        ci_high=high,
        ci_method="poisson_exact95",
        more_is_better=more_is_better,
        at_least=low,
        at_most=high,
    )
