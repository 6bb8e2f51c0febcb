"""Change of a share between two judgements of the same calls."""

import math

from app.domain.metrics.interval import wilson
from app.domain.transcript import Value


class PairedChange(Value):
    """How far a share moved (-1 to 1; None without calls) over `n` calls judged twice, with its 95 % interval.

    `gained` calls passed only the second time, `lost` ones only the first time.
    """

    n: int
    gained: int
    lost: int
    change: float | None
    ci_low: float | None
    ci_high: float | None


def paired_change(both: int, lost: int, gained: int, neither: int) -> PairedChange:
    """The change from the first to the second judgement: of calls that passed both times, once, or never.

    The interval is Newcombe's for paired proportions: Wilson's two intervals, joined with the correlation of the two
    judgements (R. G. Newcombe, Statistics in Medicine 17, 1998, p. 2635-2650, method 10).
    """
    if min(both, lost, gained, neither) < 0:
        raise ValueError(f"{both}, {lost}, {gained} and {neither} calls cannot be")
    n = both + lost + gained + neither
    if not n:
        return PairedChange(n=0, gained=0, lost=0, change=None, ci_low=None, ci_high=None)
    before, after = both + lost, both + gained
    before_low, before_high = (abs(end - before / n) for end in wilson(before, n))
    after_low, after_high = (abs(end - after / n) for end in wilson(after, n))
    related = _correlation(both, lost, gained, neither)
    down = math.sqrt(after_low**2 - 2 * related * after_low * before_high + before_high**2)
    up = math.sqrt(after_high**2 - 2 * related * after_high * before_low + before_low**2)
    change = (gained - lost) / n
    return PairedChange(n=n, gained=gained, lost=lost, change=change, ci_low=change - down, ci_high=change + up)


def _correlation(both: int, lost: int, gained: int, neither: int) -> float:
    """How far the two judgements go together (phi), a positive one taken nearer to none by the correction."""
    margins = (both + lost) * (gained + neither) * (both + gained) * (lost + neither)
    if not margins:
        return 0.0
    together: float = both * neither - lost * gained
    if together > 0:
        together = max(0.0, together - (both + lost + gained + neither) / 2)
    return together / math.sqrt(margins)
