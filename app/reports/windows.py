"""Takes a stretch of days apart into whole months and single days, so that as few sums as possible are read."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple


class Part(NamedTuple):
    """Sums of months or days to be added (`sign` 1) or taken away (-1): from `first` up to, not including, `end`."""

    sign: int
    months: bool
    first: date | None
    end: date | None


def parts(first: date | None, end: date | None, by_day: bool) -> Sequence[Part]:
    """The parts that make up these days; None: no limit. `by_day`: every day is asked for by itself.

    A month that is cut is read as the days that are in, or as the month less the days that are out, whichever is less.
    """
    days = [Part(1, False, first, end)]
    if by_day:
        return days
    start, at_start = _rounded(first, 1) if first else (None, None)
    stop, at_end = _rounded(end, -1) if end else (None, None)
    edges = [one for one in (at_start, at_end) if one is not None]
    if start is not None and stop is not None and first is not None and end is not None:
        months = (stop.year - start.year) * 12 + stop.month - start.month
        if months <= 0 or (end - first).days <= months + sum(map(_days, edges)):
            return days
    return [Part(1, True, start, stop), *edges]


def _rounded(edge: date, inwards: int) -> tuple[date, Part | None]:
    """The beginning of the month that is nearest to an edge, and the days between: inside of it they are added."""
    before, after = edge.replace(day=1), _next(edge)
    if edge == before:
        return edge, None
    if edge - before <= after - edge:
        return before, Part(-inwards, False, before, edge)
    return after, Part(inwards, False, edge, after)


def _next(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def _days(part: Part) -> int:
    return (part.end - part.first).days if part.first and part.end else 0
