"""Monitoring pass rate (监听合格率): the share of decided calls that passed."""

from app.domain.metrics.interval import Rate, share, wilson


def pass_rate(count: int, n: int, undecided: int = 0) -> Rate:
    """The share (0-1) of `n` decided calls of which `count` passed, with Wilson's 95 % interval.

    Calls left undecided are not in `n`. They are no random part of all (a machine can often tell that a call failed,
    but seldom that it passed), so a target is held against the rate with all of them failed, or all passed.
    """
    if not 0 <= count <= n or undecided < 0:
        raise ValueError(f"{count} of {n} calls cannot have passed, with {undecided} undecided")
    decided, everyone = share(count, n), n + undecided
    if not n:
        return decided
    ends = {"at_least": wilson(count, everyone)[0], "at_most": wilson(count + undecided, everyone)[1]}
    return decided.model_copy(update=ends)
