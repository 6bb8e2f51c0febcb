"""Complaint rate (投诉率): upheld complaints per 1,000 calls handled."""

from app.domain.metrics.interval import Rate, poisson_exact

PER = 1000


def complaint_rate(count: int, n: int) -> Rate:
    """`count` upheld complaints per 1,000 of `n` calls handled, with the exact Poisson 95 % interval.

    One call can bring several complaints, so `count` may exceed `n`.
    """
    if count < 0 or n < 0:
        raise ValueError(f"{count} complaints about {n} calls cannot be")
    ends = poisson_exact(count) if n else None
    low, high = (PER * ends[0] / n, PER * ends[1] / n) if ends else (None, None)
    return Rate(
        n=n,
        count=count,
        rate=PER * count / n if n else None,
        ci_low=low,
        ci_high=high,
        ci_method="poisson_exact95",
        more_is_better=False,
        at_least=low,
        at_most=high,
    )
