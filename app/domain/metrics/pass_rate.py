"""Monitoring pass rate (监听合格率): the share of decided calls that passed."""

from app.domain.metrics.interval import Rate, wilson


def pass_rate(count: int, n: int) -> Rate:
    """The share (0-1) of `n` decided calls of which `count` passed, with Wilson's 95 % interval."""
    if not 0 <= count <= n:
        raise ValueError(f"{count} of {n} calls cannot have passed")
    low, high = wilson(count, n) if n else (None, None)
    return Rate(
        n=n,
        count=count,
        rate=count / n if n else None,
        ci_low=low,
        ci_high=high,
        ci_method="wilson95",
        more_is_better=True,
    )
