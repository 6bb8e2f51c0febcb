"""How often something held, where nothing is left open: precision, recall, accuracy."""

from app.domain.metrics.interval import Rate, wilson


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
