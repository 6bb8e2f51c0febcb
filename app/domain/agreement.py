"""How far people who judge the same calls agree, beyond what chance alone would bring; counts in, intervals out.

Each coefficient takes `Ratings`: how often a call got which verdicts, by whatever number of people. People who did not
judge a call are left out of it. The order of verdicts, and what they are called, changes nothing.
"""

import math
from collections import Counter
from collections.abc import Mapping
from enum import StrEnum

from app.domain.metrics.interval import Z, wilson
from app.domain.transcript import Value

# The verdicts that a call got, one for each person, and how many calls got just these.
Ratings = Mapping[tuple[str, ...], int]

# Krippendorff takes .667 as the lowest agreement from which even tentative conclusions can be drawn (Content Analysis,
# 2nd edition, 2004, p. 241).
BOUND = 0.667
# Of fewer calls even an interval says too little.
FEWEST = 10


class Standing(StrEnum):
    """What may be said of the agreement on an item."""

    GOOD = "good"
    POOR = "poor"
    TOO_FEW_TO_SAY = "too_few_to_say"


class Agreement(Value):
    """A coefficient (1: all agree, 0: as by chance; None: the verdicts do not tell) with its 95 % interval.

    `n` is the number of calls that two or more people judged.
    """

    n: int
    value: float | None = None
    error: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None

    @property
    def standing(self) -> Standing:
        """Good or poor where the whole interval says so, and enough calls do."""
        if self.n < FEWEST or self.ci_low is None or self.ci_high is None:
            return Standing.TOO_FEW_TO_SAY
        if self.ci_low >= BOUND:
            return Standing.GOOD
        return Standing.POOR if self.ci_high < BOUND else Standing.TOO_FEW_TO_SAY


def percent_agreement(ratings: Ratings) -> Agreement:
    """How often two people who judge the same call agree (Gwet, Handbook of Inter-Rater Reliability, 4th ed., 2014)."""
    units = _units(ratings)
    n = sum(times for one, times in units.items() if len(one) > 1)
    if not n:
        return Agreement(n=0)
    every = sum(units.values())
    mean = _mean_agreement(units)
    parts = [((every / n) * _agreed(one) if len(one) > 1 else 0.0, times) for one, times in units.items()]
    return _with_interval(n, mean, parts, mean, 0.0)


def ac1(ratings: Ratings) -> Agreement:
    """Gwet's AC1 with the variance of his linearised form, for any number of people and missing verdicts.

    K. L. Gwet, Computing inter-rater reliability and its variance in the presence of high agreement, British Journal of
    Mathematical and Statistical Psychology 61, 2008, p. 29-48; with missing verdicts: Handbook, 4th edition, 2014.
    """
    units = _units(ratings)
    n = sum(times for one, times in units.items() if len(one) > 1)
    if not n:
        return Agreement(n=0)
    every = sum(units.values())
    kinds = {verdict for one in units for verdict in one}
    q = max(2, len(kinds))
    share = {kind: sum(times * one.count(kind) / len(one) for one, times in units.items()) / every for kind in kinds}
    chance = sum(part * (1 - part) for part in share.values()) / (q - 1)
    agreed = _mean_agreement(units)
    value = (agreed - chance) / (1 - chance)
    parts = []
    for one, times in units.items():
        own = (every / n) * (_agreed(one) - chance) / (1 - chance) if len(one) > 1 else 0.0
        expected = sum(share[kind] * (1 - one.count(kind) / len(one)) for kind in kinds) / (q - 1)
        parts.append((own - 2 * (1 - value) * (expected - chance) / (1 - chance), times))
    return _with_interval(n, value, parts, agreed, chance)


def alpha(ratings: Ratings) -> Agreement:
    """Krippendorff's alpha for verdicts in no order, with the linearised variance that Gwet gives for it.

    K. Krippendorff, Content Analysis, 2nd edition, 2004, chapter 11; the variance: K. L. Gwet, On the Krippendorff's
    alpha coefficient, 2011. Where every verdict is the same, alpha is not defined.
    """
    units = {one: times for one, times in _units(ratings).items() if len(one) > 1}
    n = sum(units.values())
    kinds = {verdict for one in units for verdict in one}
    if len(kinds) < 2:
        return Agreement(n=n)
    verdicts = sum(len(one) * times for one, times in units.items())
    per_call = verdicts / n
    share = {kind: sum(times * one.count(kind) for one, times in units.items()) / verdicts for kind in kinds}
    chance = sum(part * part for part in share.values())
    # Each verdict is held against the others, not against itself.
    few = 1 / verdicts
    raw = sum(times * len(one) * _agreed(one) for one, times in units.items()) / verdicts
    value = ((1 - few) * raw + few - chance) / (1 - chance)
    parts = []
    for one, times in units.items():
        more = (len(one) - per_call) / per_call
        own = len(one) * _agreed(one) / per_call - ((1 - few) * raw + few) * more
        expected = sum(share[kind] * one.count(kind) for kind in kinds) / per_call - chance * more
        parts.append(((own - chance) / (1 - chance) - 2 * (1 - value) * (expected - chance) / (1 - chance), times))
    return _with_interval(n, value, parts, raw, chance)


def prevalence(ratings: Ratings, verdict: str) -> tuple[float, float, float] | None:
    """Which share of the verdicts is this one, and its 95 % interval; calls, not verdicts, are what varies."""
    units = {one: times for one, times in _units(ratings).items() if one}
    n = sum(units.values())
    if not n:
        return None
    parts = [(one.count(verdict) / len(one), times) for one, times in units.items()]
    share = sum(part * times for part, times in parts) / n
    if share in (0.0, 1.0) or n == 1:
        low, high = wilson(round(share * n), n)
        return share, low, high
    error = math.sqrt(sum(times * (part - share) ** 2 for part, times in parts) / (n * (n - 1)))
    reach = student(n - 1) * error
    return share, max(0.0, share - reach), min(1.0, share + reach)


def student(freedom: int) -> float:
    """The deviate of Student's distribution that leaves 2.5 % on each side (Abramowitz and Stegun 26.7.5)."""
    exact = {1: 12.706205, 2: 4.302653, 3: 3.182446, 4: 2.776445}
    if freedom in exact:
        return exact[freedom]
    z = Z
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    found: float = z + sum(term / freedom**power for power, term in enumerate(terms, 1))
    return found


def _units(ratings: Ratings) -> Counter[tuple[str, ...]]:
    """The same with verdicts in one order, calls that nobody judged left out."""
    units: Counter[tuple[str, ...]] = Counter()
    for verdicts, times in ratings.items():
        if verdicts and times:
            units[tuple(sorted(verdicts))] += times
    return units


def _agreed(verdicts: tuple[str, ...]) -> float:
    """Of the pairs of people who judged a call, the share that agrees."""
    people = len(verdicts)
    same = sum(times * (times - 1) for times in Counter(verdicts).values())
    return same / (people * (people - 1))


def _mean_agreement(units: Ratings) -> float:
    pairs = [(_agreed(one), times) for one, times in units.items() if len(one) > 1]
    return sum(agreed * times for agreed, times in pairs) / sum(times for _, times in pairs)


def _with_interval(n: int, value: float, parts: list[tuple[float, int]], agreed: float, chance: float) -> Agreement:
    """A mean of what each call adds, with the interval that their scatter gives; never outside -1 to 1.

    Where every call adds the same nothing scatters, as where all agree: then the interval is as wide as that of the
    share that agreed, by Wilson, with the agreement by chance taken as known.
    """
    every = sum(times for _, times in parts)
    error = math.sqrt(sum(times * (part - value) ** 2 for part, times in parts) / (every * max(1, every - 1)))
    if error < 1e-9 or every < 2:
        low, high = ((end - chance) / (1 - chance) for end in wilson(round(agreed * n), n))
        return Agreement(n=n, value=value, error=0.0, ci_low=max(-1.0, low), ci_high=high)
    reach = student(every - 1) * error
    return Agreement(n=n, value=value, error=error, ci_low=max(-1.0, value - reach), ci_high=min(1.0, value + reach))
