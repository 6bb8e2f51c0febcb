"""How far two shares of different calls lie apart, and what is left of it when many such pairs are looked at."""

import math
from collections.abc import Sequence

from app.domain.metrics.interval import wilson
from app.domain.transcript import Value


class ShareDifference(Value):
    """The second share less the first (-1 to 1; None where one is of nothing), its 95 % interval, and its p value.

    `chance` (0-1) is how likely at least so great a difference would be if both shares were the same.
    """

    first: tuple[int, int]
    second: tuple[int, int]
    difference: float | None
    ci_low: float | None
    ci_high: float | None
    chance: float | None

    @property
    def is_shown(self) -> bool:
        """Whether the counts show a difference at all: its interval leaves out nought."""
        return self.ci_low is not None and self.ci_high is not None and (self.ci_low > 0 or self.ci_high < 0)


def share_difference(first: tuple[int, int], second: tuple[int, int]) -> ShareDifference:
    """The difference of two shares, each as (count, n), of calls that are not the same ones.

    The interval is Newcombe's for independent proportions, made of Wilson's two (R. G. Newcombe, Statistics in Medicine
    17, 1998, p. 873-890, method 10); the p value is that of Fisher's exact test (R. A. Fisher, Journal of the Royal
    Statistical Society 85, 1922, p. 87-94), two-sided: all tables that are no likelier than the one that was found.
    """
    for count, n in (first, second):
        if not 0 <= count <= n:
            raise ValueError(f"{count} of {n} cannot be")
    if not (first[1] and second[1]):
        return ShareDifference(first=first, second=second, difference=None, ci_low=None, ci_high=None, chance=None)
    one, other = first[0] / first[1], second[0] / second[1]
    (one_low, one_high), (other_low, other_high) = wilson(*first), wilson(*second)
    found = other - one
    return ShareDifference(
        first=first,
        second=second,
        difference=found,
        ci_low=found - math.hypot(other - other_low, one_high - one),
        ci_high=found + math.hypot(other_high - other, one - one_low),
        chance=_fisher(first, second),
    )


def holm(chances: Sequence[float]) -> list[float]:
    """The p values of several tests, made larger for their number so that one false find among all stays as unlikely.

    S. Holm, Scandinavian Journal of Statistics 6, 1979, p. 65-70.
    """
    order = sorted(range(len(chances)), key=lambda place: chances[place])
    adjusted, highest = [0.0] * len(chances), 0.0
    for before, place in enumerate(order):
        highest = max(highest, min(1.0, (len(chances) - before) * chances[place]))
        adjusted[place] = highest
    return adjusted


def _fisher(first: tuple[int, int], second: tuple[int, int]) -> float:
    """The two-sided p value of Fisher's exact test."""
    n, hits = first[1] + second[1], first[0] + second[0]
    lowest, highest = max(0, hits - second[1]), min(hits, first[1])
    logs = [_log_choose(first[1], x) + _log_choose(second[1], hits - x) for x in range(lowest, highest + 1)]
    whole = _log_choose(n, hits)
    # As likely but for rounding counts as being as likely.
    limit = logs[first[0] - lowest] + 1e-7
    return min(1.0, math.fsum(math.exp(one - whole) for one in logs if one <= limit))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
