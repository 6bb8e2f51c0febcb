"""Monitoring pass rate (监听合格率): the share of decided calls that passed."""

from app.domain.metrics.interval import Rate, wilson


def pass_rate(count: int, n: int, undecided: int = 0) -> Rate:
    """The share (0-1) of `n` decided calls of which `count` passed, with Wilson's 95 % interval.

    Calls left undecided are not in `n`. They are no random part of all (a machine can often tell that a call failed,
    but seldom that it passed), so a target is held against the rate with all of them failed, or all passed.
    """
    if not 0 <= count <= n or undecided < 0:
        raise ValueError(f"{count} of {n} calls cannot have passed, with {undecided} undecided")
    low, high = wilson(count, n) if n else (None, None)
    everyone = n + undecided
    return Rate(
        n=n,
        count=count,
        rate=count / n if n else None,
        ci_low=low,
        ci_high=high,
        ci_method="wilson95",
        more_is_better=True,
        at_least=wilson(count, everyone)[0] if n else None,
        at_most=wilson(count + undecided, everyone)[1] if n else None,
    )
