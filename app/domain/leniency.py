"""How much more often each reviewer passes a call than the others who score the same calls; and what the pass rate
would be if every call were worth what it was held to be where two scored it and a third settled what they disagreed on.
"""

import math
from collections.abc import Mapping, Sequence

from app.domain.agreement import FEWEST, student
from app.domain.metrics.interval import Z, wilson
from app.domain.transcript import Value

# Who passed a call or did not, for each person that scored it, and how many calls were scored just so.
Scored = Mapping[tuple[tuple[int, bool], ...], int]


class Leniency(Value):
    """By how much (-1 to 1) a reviewer passes calls more often than those they are compared with, with its interval.

    `n` is how many of their calls others scored too, `others` how many people those are compared with at all. None:
    too few to say.
    """

    reviewer: int
    n: int
    others: int
    value: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None


class CorrectedRate(Value):
    """The pass rate of `n` calls, corrected by the `checked` ones that have a reference, with its 95 % interval.

    `plain` is the rate as it was scored. With `unsettled` references that could be either, the interval spans both.
    """

    n: int
    checked: int
    unsettled: int
    plain: float | None = None
    value: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None


def leniencies(scored: Scored) -> tuple[Leniency, ...]:
    """The leniency of each reviewer, by id: least squares on what differs within calls.

    A reviewer's and a call's effect add up to whether the call passes (a two-way model with fixed effects), so how hard
    a call is plays no part. Nobody knows from pairs alone who is right: the mean of all who are compared with each
    other, directly or by way of others, is set to nought. The variance is that of calls as clusters (K.-Y. Liang and
    S. L. Zeger, Biometrika 73, 1986, p. 13-22), with Student's deviate for the number of the reviewer's calls.
    """
    told = {one: times for one, times in scored.items() if len(one) > 1 and times}
    found = [one for group in _groups(told) for one in _of_group(group, told)]
    return tuple(sorted(found, key=lambda one: one.reviewer))


def corrected_rate(n: int, passed: int, checked: Mapping[tuple[bool, bool | None], int]) -> CorrectedRate:
    """The pass rate of n calls, of which some, drawn by lot, have a reference: by (as scored, reference), how many.

    The difference estimator of two-phase sampling: the rate as scored plus the mean difference of the checked calls
    (C.-E. Särndal, B. Swensson and J. Wretman, Model Assisted Survey Sampling, 1992, chapter 9). The variance of that
    difference is taken with one call more that was passed and one more that was failed wrongly (D. G. Bonett and
    R. M. Price, Journal of Educational and Behavioral Statistics 37, 2012, p. 479-488), so that a few checked calls
    without a difference do not prove that there is none.
    """
    m = sum(checked.values())
    unsettled = sum(times for (_, reference), times in checked.items() if reference is None)
    plain = passed / n if n else None
    if not n or m < FEWEST:
        return CorrectedRate(n=n, checked=m, unsettled=unsettled, plain=plain)
    ends = [_difference(n, passed / n, checked, either) for either in (False, True)]
    values = [value for value, _ in ends]
    return CorrectedRate(
        n=n,
        checked=m,
        unsettled=unsettled,
        plain=plain,
        value=None if unsettled else _within(values[0]),
        ci_low=_within(min(value - reach for value, reach in ends)),
        ci_high=_within(max(value + reach for value, reach in ends)),
    )


def _difference(
    n: int, plain: float, checked: Mapping[tuple[bool, bool | None], int], either: bool
) -> tuple[float, float]:
    """The corrected rate and how far its interval reaches, with all that is unsettled taken so."""
    m = gained = lost = held = 0
    for (scored, reference), times in checked.items():
        right = either if reference is None else reference
        m, held = m + times, held + times * right
        gained += times * (right and not scored)
        lost += times * (scored and not right)
    value = plain + (gained - lost) / m
    up, down = (gained + 1) / (m + 2), (lost + 1) / (m + 2)
    of_difference = (up + down - (up - down) ** 2) / (m + 2)
    right_share = (held + 1) / (m + 2)
    variance = right_share * (1 - right_share) / n + (1 - m / n) * of_difference
    return value, Z * math.sqrt(variance)


def _within(share: float) -> float:
    return max(0.0, min(1.0, share))


def _groups(scored: Scored) -> list[list[int]]:
    """The reviewers who are compared with each other, directly or by way of others."""
    groups: list[set[int]] = []
    for one in scored:
        people = {reviewer for reviewer, _ in one}
        touched = [group for group in groups if group & people]
        groups = [group for group in groups if not group & people] + [people.union(*touched)]
    return [sorted(group) for group in groups]


def _of_group(group: Sequence[int], scored: Scored) -> list[Leniency]:
    place = {reviewer: at for at, reviewer in enumerate(group)}
    size = len(group)
    calls = [
        ([(place[who], float(passed)) for who, passed in one], times)
        for one, times in scored.items()
        if one[0][0] in place
    ]
    # Adding the same to every cell fixes the mean at nought and changes nothing else.
    matrix, right = [[1.0] * size for _ in group], [0.0] * size
    for call, times in calls:
        mean = sum(passed for _, passed in call) / len(call)
        for at, passed in call:
            right[at] += times * (passed - mean)
            for other, _ in call:
                matrix[at][other] += times * ((at == other) - 1 / len(call))
    inverse = _inverse(matrix)
    effects = [sum(inverse[at][other] * right[other] for other in range(size)) for at in range(size)]
    variances = _variances(calls, effects, inverse)
    counted = [sum(times for call, times in calls if any(at == one for one, _ in call)) for at in range(size)]
    return [_told(group[at], counted[at], size - 1, effects[at], variances[at]) for at in range(size)]


def _variances(
    calls: Sequence[tuple[list[tuple[int, float]], int]], effects: Sequence[float], inverse: Sequence[Sequence[float]]
) -> list[float]:
    """The variance of each effect, calls being the clusters."""
    size, found = len(effects), [0.0] * len(effects)
    n = sum(times for _, times in calls)
    for call, times in calls:
        left = [passed - effects[at] for at, passed in call]
        mean = sum(left) / len(left)
        for at in range(size):
            score = sum(inverse[at][other] * (rest - mean) for (other, _), rest in zip(call, left, strict=True))
            found[at] += times * score * score
    return [one * n / max(1, n - (size - 1)) for one in found]


def _told(reviewer: int, n: int, others: int, effect: float, variance: float) -> Leniency:
    if n < FEWEST:
        return Leniency(reviewer=reviewer, n=n, others=others)
    # Where nobody ever disagreed, what the number of calls allows.
    reach = student(n - 1) * math.sqrt(variance) if variance > 1e-12 else wilson(0, n)[1]
    low, high = max(-1.0, effect - reach), min(1.0, effect + reach)
    return Leniency(reviewer=reviewer, n=n, others=others, value=effect, ci_low=low, ci_high=high)


def _inverse(matrix: Sequence[Sequence[float]]) -> list[list[float]]:
    """The inverse of a small matrix, by elimination with the largest pivot."""
    size = len(matrix)
    rows = [[*row, *(float(at == other) for other in range(size))] for at, row in enumerate(matrix)]
    for at in range(size):
        best = max(range(at, size), key=lambda one: abs(rows[one][at]))
        rows[at], rows[best] = rows[best], rows[at]
        pivot = rows[at][at]
        rows[at] = [cell / pivot for cell in rows[at]]
        for other in range(size):
            if other != at and rows[other][at]:
                factor = rows[other][at]
                rows[other] = [cell - factor * top for cell, top in zip(rows[other], rows[at], strict=True)]
    return [row[size:] for row in rows]
