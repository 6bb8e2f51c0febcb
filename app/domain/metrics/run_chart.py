"""Whether a measure has moved away from what it was before, or only moves as it always did."""

from collections.abc import Sequence
from enum import StrEnum
from statistics import median

from app.domain.transcript import Value

# So many points in a row on one side of the median are a shift (R. J. Perla, L. P. Provost, S. K. Murray, BMJ Quality
# and Safety 20, 2011, p. 46-51).
SHIFT = 6
# Of fewer points before, their median says too little.
FEWEST_BEFORE = 10


class Signal(StrEnum):
    """What the points say: that the measure has risen, has fallen, moves as before, or that there are too few."""

    SHIFT_UP = "shift_up"
    SHIFT_DOWN = "shift_down"
    NO_SIGNAL = "no_signal"
    TOO_FEW_TO_SAY = "too_few_to_say"


class RunChart(Value):
    """Points beside the median of the `before` points that came before them (None: there was none).

    `longest` is the longest run on one side of it, the latest one where two are as long: `above` or below.
    """

    median: float | None
    before: int
    longest: int
    above: bool
    signal: Signal


def run_chart(points: Sequence[float], before: Sequence[float]) -> RunChart:
    """How points run along the median of those before; a point on the median neither makes nor breaks a run."""
    middle = median(before) if before else None
    length = longest = 0
    is_above = longest_is_above = False
    for point in points if middle is not None else ():
        if point == middle:
            continue
        above = middle is not None and point > middle
        length, is_above = (length + 1 if above == is_above else 1), above
        if length >= longest:
            longest, longest_is_above = length, above
    return RunChart(
        median=middle,
        before=len(before),
        longest=longest,
        above=longest_is_above,
        signal=_signal(len(points), len(before), longest, longest_is_above),
    )


def _signal(points: int, before: int, longest: int, above: bool) -> Signal:
    if before < FEWEST_BEFORE or points < SHIFT:
        return Signal.TOO_FEW_TO_SAY
    if longest < SHIFT:
        return Signal.NO_SIGNAL
    return Signal.SHIFT_UP if above else Signal.SHIFT_DOWN
