"""Monitoring pass rate (监听合格率): the share of decided calls that passed."""

from functools import lru_cache

from app.domain.metrics.interval import Rate, share, wilson


# Days of the past are asked about again and again, and seldom change.
@lru_cache(20_000)
def pass_rate(count: int, n: int, undecided: int = 0) -> Rate:
    """The share (0-1) of `n` decided calls of which `count` passed, with Wilson's 95 % interval.

    Calls left undecided are not in `n`. They are no random part of all (a machine can often tell that a call failed,
    but seldom that it passed), so a target is held against the rate with all of them failed, or all passed.
    """
    if not 0 <= count <= n or undecided < 0:
        raise ValueError(f"{count} of {n} calls cannot have passed, with {undecided} undecided")
    if not n:
        return share(count, n)
    low, high = wilson(count, n)
    return Rate(
        n=n,
        count=count,
        rate=count / n,
        ci_low=low,
        ci_high=high,
        ci_method="wilson95",
        more_is_better=True,
        at_least=wilson(count, n + undecided)[0] if undecided else low,
        at_most=wilson(count + undecided, n + undecided)[1] if undecided else high,
    )
