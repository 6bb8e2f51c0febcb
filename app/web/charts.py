"""Pictures of numbers as shapes that a template draws: a run chart with its range, and a small trend line.

A picture has fixed heights (in pixels) and takes whatever width there is (places in percent of it), so that its words
stay as large as all others. What it shows is told beside it as a table, which every chart brings along.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

# Where the plot begins below the top, how high it is, and where the two lines of words below it stand.
TOP, PLOT, LABELS, COUNTS = 10, 160, 188, 203
HEIGHT = 208
# Words at the right end are kept so far from each other.
LINE = 14
# Of fewer points no median is drawn: it would be little more than a point itself.
FEWEST_FOR_MEDIAN = 5
# More points than these have no room for the words below each.
MANY = 8
STEPS = (1, 2, 2.5, 5, 10)
# A trend line's own heights.
SPARK_HEIGHT, SPARK_EDGE = 24, 3


@dataclass(frozen=True)
class Point:
    """One step of a chart: what stands below it, its value with its range, and how both are read ("90 % …, 9 of 10").

    All in the unit that is shown; without a value there was nothing to count, and the line has a gap. `count` stands
    below the label: of how many the value is.
    """

    label: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    told: str = ""
    count: str = ""


@dataclass(frozen=True)
class Dot:
    """A value: `x` in percent, `y` in pixels; `range` its ends in pixels, where it has some."""

    x: float
    y: float
    label: str
    told: str
    range: tuple[float, float] | None


@dataclass(frozen=True)
class Step:
    """What stands below a point; the `wide` ones need room, and are left out on a phone."""

    x: float
    label: str
    count: str
    wide: bool


@dataclass(frozen=True)
class Mark:
    """Words beside the plot at a height in pixels; `tone`: of which line ("target", "median", "last")."""

    y: float
    text: str
    tone: str = ""


@dataclass(frozen=True)
class RunChart:
    """Points over time: `bands` and `lines` are points of polygons in a square of 100, all other heights pixels."""

    height: int
    top: int
    plot: int
    labels_y: int
    counts_y: int
    ticks: tuple[Mark, ...]
    bands: tuple[str, ...]
    lines: tuple[str, ...]
    dots: tuple[Dot, ...]
    steps: tuple[Step, ...]
    target_y: float | None
    median_y: float | None
    ends: tuple[Mark, ...]
    rows: tuple[Point, ...]


@dataclass(frozen=True)
class Spark:
    """A small trend without words: lines in a square of 100, and the last value as a dot (percent, pixels)."""

    height: int
    lines: tuple[str, ...]
    last: tuple[float, float] | None


def run_chart(
    points: Sequence[Point],
    form: Callable[[float], str],
    *,
    bounds: tuple[float, float | None] = (0, 100),
    target: float | None = None,
    target_label: str = "",
    median_label: str = "",
    median_of: Sequence[float] | None = None,
) -> RunChart | None:
    """The points with their ranges, target and median; None where no point has a value.

    `form` writes a number of the scale; `bounds` is between what values can lie (None: no upper end). Without a
    `median_label` no median is drawn; it is that of the points, or of other values (`median_of`: of the time before).
    """
    values = [one.value for one in points if one.value is not None]
    if not values:
        return None
    basis = values if median_of is None else median_of
    middle = median(basis) if median_label and len(basis) >= FEWEST_FOR_MEDIAN else None
    ends = [end for one in points for end in (one.low, one.high, one.value) if end is not None]
    ticks = scale([*ends, *(one for one in (target, middle) if one is not None)], bounds)
    low, high = ticks[0], ticks[-1]

    def part(value: float) -> float:
        return round(100 * (high - min(max(value, low), high)) / (high - low), 2)

    def y(value: float) -> float:
        return round(TOP + PLOT * part(value) / 100, 1)

    places = [round(100 * (number + 0.5) / len(points), 2) for number in range(len(points))]
    runs = _runs(list(zip(places, points, strict=True)))
    marks = [Mark(y(values[-1]), form(values[-1]), "last")]
    if target is not None:
        marks.append(Mark(y(target), target_label or form(target), "target"))
    if middle is not None:
        marks.append(Mark(y(middle), median_label, "median"))
    return RunChart(
        height=HEIGHT,
        top=TOP,
        plot=PLOT,
        labels_y=LABELS,
        counts_y=COUNTS,
        ticks=tuple(Mark(y(one), form(one)) for one in ticks),
        bands=tuple(_band(run, part) for run in runs if len(run) > 1 and all(_has_range(one) for _, one in run)),
        lines=tuple(_points([(x, part(one.value or 0.0)) for x, one in run]) for run in runs if len(run) > 1),
        dots=tuple(_dot(x, one, y, alone=len(run) == 1) for run in runs for x, one in run),
        steps=tuple(
            _step(place, x, one, len(points)) for place, (x, one) in enumerate(zip(places, points, strict=True))
        ),
        target_y=y(target) if target is not None else None,
        median_y=y(middle) if middle is not None else None,
        ends=_apart(marks),
        rows=tuple(points),
    )


def spark(values: Sequence[float | None]) -> Spark | None:
    """A trend line of these values, from the lowest to the highest of them; None where there are fewer than two."""
    known = [one for one in values if one is not None]
    if len(known) < 2:
        return None
    low, high = min(known), max(known)
    room = 100 * SPARK_EDGE / SPARK_HEIGHT

    def part(value: float) -> float:
        along = (high - value) / (high - low) if high > low else 0.5
        return round(room + (100 - 2 * room) * along, 2)

    places = [round(2 + 94 * number / (len(values) - 1), 2) for number in range(len(values))]
    runs = _runs([(x, Point("", value)) for x, value in zip(places, values, strict=True)])
    x, last = runs[-1][-1]
    return Spark(
        SPARK_HEIGHT,
        tuple(_points([(x, part(one.value or 0.0)) for x, one in run]) for run in runs if len(run) > 1),
        (x, round(SPARK_HEIGHT * part(last.value or 0.0) / 100, 1)),
    )


def scale(values: Sequence[float], bounds: tuple[float, float | None]) -> list[float]:
    """Round numbers, from the one below the lowest value to the one above the highest, at most about five."""
    low, high = min(values), max(values)
    if high - low < 1e-9 * max(1.0, high):
        low, high = max(bounds[0], low - 1), high + 1
    raw = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(one * power for one in STEPS if one * power >= raw * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = [round(number * step, 10) for number in range(first, last + 1)]
    kept = [one for one in ticks if one >= bounds[0] and (bounds[1] is None or one <= bounds[1])]
    if bounds[1] is not None and kept[-1] < min(bounds[1], high):
        kept.append(bounds[1])
    return kept if len(kept) > 1 else ticks


def _runs(places: Sequence[tuple[float, Point]]) -> list[list[tuple[float, Point]]]:
    """The points with a value, those that follow each other together."""
    runs: list[list[tuple[float, Point]]] = [[]]
    for x, one in places:
        if one.value is not None:
            runs[-1].append((x, one))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _has_range(one: Point) -> bool:
    return one.low is not None and one.high is not None


def _band(run: Sequence[tuple[float, Point]], part: Callable[[float], float]) -> str:
    """The range around a line, there and back."""
    return _points(
        [*((x, part(one.high or 0.0)) for x, one in run), *((x, part(one.low or 0.0)) for x, one in reversed(run))]
    )


def _dot(x: float, one: Point, y: Callable[[float], float], *, alone: bool) -> Dot:
    """A value; one without neighbours has no band around it, so that its range is drawn at it."""
    ends = (y(one.high or 0.0), y(one.low or 0.0)) if alone and _has_range(one) else None
    return Dot(x, y(one.value or 0.0), one.label, one.told, ends)


def _step(place: int, x: float, one: Point, n: int) -> Step:
    """What stands below a point: each of few, every second of many, on a phone every fourth; the last one always."""
    behind = n - 1 - place
    label = "" if n > MANY and behind % 2 else one.label
    return Step(x, label, one.count, wide=bool(behind % (4 if n > MANY else 2)))


def _apart(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """The words beside the plot, those that would lie on each other pushed apart."""
    sorted_ones = sorted(marks, key=lambda one: one.y)
    heights = [one.y for one in sorted_ones]
    for above, below in pairwise(range(len(heights))):
        heights[below] = max(heights[below], heights[above] + LINE)
    over = heights[-1] - (TOP + PLOT + 4)
    if over > 0:
        heights = [one - over for one in heights]
        for below, above in pairwise(range(len(heights) - 1, -1, -1)):
            heights[above] = min(sorted_ones[above].y, heights[below] - LINE)
    return tuple(Mark(round(y, 1), one.text, one.tone) for y, one in zip(heights, sorted_ones, strict=True))


def _points(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in places)
