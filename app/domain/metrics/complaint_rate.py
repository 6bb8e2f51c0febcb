"""Complaint rate (投诉率): upheld complaints per 1,000 calls handled."""

from app.domain.metrics.interval import Rate, poisson_exact

PER = 1000


def complaint_rate(count: int, n: int) -> Rate:
    """`count` upheld complaints per 1,000 of `n` calls handled, with the exact Poisson 95 % interval.

    One call can bring several complaints, so `count` may exceed `n`.
    """
    if count < 0 or n < 0:
        raise ValueError(f"{count} complaints about {n} calls cannot be")
    low, high = poisson_exact(count) if n else (None, None)
    return Rate(
        n=n,
        count=count,
        rate=PER * count / n if n else None,
        ci_low=None if low is None else PER * low / n,
        ci_high=None if high is None else PER * high / n,
        ci_method="poisson_exact95",
        more_is_better=False,
    )
