"""A share as pages show it: never without its count and its range; and twelve weeks of it as a picture."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.metrics import Rate
from app.reports.items import Week
from app.reports.wording import Shown

# The chart goes up to the first of these that holds everything, in percent.
HEIGHTS = (10, 25, 50, 100)


@dataclass(frozen=True)
class ShareView:
    """A share as it is read: never without what it is of; `value` is empty where there is nothing to count."""

    value: str
    interval: str
    count: int
    n: int
    standing: Shown | None = None


@dataclass(frozen=True)
class WeekView:
    """A week of the chart: `x` in percent of its width; heights of dots and ranges in percent from the top."""

    label: str
    x: float
    machine: ShareView
    final: ShareView
    machine_y: float | None
    final_y: float | None
    final_range: tuple[float, float] | None


@dataclass(frozen=True)
class TrendView:
    """Twelve weeks as a picture: `bands` and `lines` are points of polygons in a square of 100."""

    top: int
    weeks: tuple[WeekView, ...]
    bands: tuple[str, ...]
    machine_lines: tuple[str, ...]
    final_lines: tuple[str, ...]


def share_view(rate: Rate, standing: Shown | None = None) -> ShareView:
    """A rate as it is read."""
    if rate.rate is None or rate.ci_low is None or rate.ci_high is None:
        return ShareView("", "", rate.count, rate.n, standing)
    interval = f"{100 * rate.ci_low:.0f}–{100 * rate.ci_high:.0f} %"
    return ShareView(f"{100 * rate.rate:.0f} %", interval, rate.count, rate.n, standing)


def signed(value: float, places: int = 0) -> str:
    """A difference with its sign; what rounds to nought has none."""
    told = f"{value:+.{places}f}".replace("-", "−")
    return told[1:] if float(f"{value:.{places}f}") == 0 else told


def trend_view(weeks: Sequence[Week]) -> TrendView:
    """The share of fails week by week, with its range, of the machine and of people."""
    rates = [(week.machine.failed, week.final.failed) for week in weeks]
    highest = max((100 * rate.ci_high for pair in rates for rate in pair if rate.ci_high is not None), default=0.0)
    top = next((one for one in HEIGHTS if one >= highest), HEIGHTS[-1])

    def y(part: float | None) -> float:
        return round(100 - 100 * 100 * (part or 0.0) / top, 2)

    places = [round(100 * (number + 0.5) / len(weeks), 2) for number in range(len(weeks))]
    machine, final = ([(x, pair[side]) for x, pair in zip(places, rates, strict=True)] for side in (0, 1))
    return TrendView(
        top=top,
        weeks=tuple(
            WeekView(
                label=f"{week.monday:%m-%d}",
                x=x,
                machine=share_view(by_machine),
                final=share_view(by_people),
                machine_y=y(by_machine.rate) if by_machine.rate is not None else None,
                final_y=y(by_people.rate) if by_people.rate is not None else None,
                final_range=(y(by_people.ci_high), y(by_people.ci_low)) if by_people.rate is not None else None,
            )
            for week, x, (by_machine, by_people) in zip(weeks, places, rates, strict=True)
        ),
        bands=tuple(
            _points([*((x, y(rate.ci_high)) for x, rate in run), *((x, y(rate.ci_low)) for x, rate in reversed(run))])
            for run in map(_widened, _runs(machine))
        ),
        machine_lines=tuple(_points([(x, y(rate.rate)) for x, rate in run]) for run in _runs(machine)),
        final_lines=tuple(_points([(x, y(rate.rate)) for x, rate in run]) for run in _runs(final)),
    )


def _runs(places: Sequence[tuple[float, Rate]]) -> list[list[tuple[float, Rate]]]:
    """The weeks with a rate, those that follow each other together."""
    runs: list[list[tuple[float, Rate]]] = [[]]
    for x, rate in places:
        if rate.rate is not None:
            runs[-1].append((x, rate))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _widened(run: list[tuple[float, Rate]]) -> list[tuple[float, Rate]]:
    """A band of one week has to be seen too."""
    if len(run) > 1:
        return run
    ((x, rate),) = run
    return [(x - 2, rate), (x + 2, rate)]


def _points(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in places)
