"""Indicators beside their own past, and targets that most miss."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlmodel import Session

from app.accounts.models import User
from app.contacts.queries import Chosen
from app.domain.metrics import Indicator, Standing
from app.domain.metrics.run_chart import RunChart, Signal, run_chart
from app.reports.indicator_asked import By
from app.reports.indicators import Measured, MeasuredGroup, Measurement, first_day, indicator, measured
from app.targets.holding import Target

# How far back the own past reaches: in intervals, and at most so many days.
BEFORE = 12
# Of fewer agents or teams "most of them" says nothing.
FEWEST = 3


@dataclass(frozen=True)
class TrendPoint:
    """What was measured in an interval ("2026-W41")."""

    period: str
    first_day: date
    measured: Measured


@dataclass(frozen=True)
class Trend:
    """An indicator by interval, beside what it was in the intervals before (twelve weeks, or twelve months).

    `is_better`: a shift is for the better (None: there is no shift, or neither more nor less is better).
    """

    indicator: Indicator
    interval: By
    points: tuple[TrendPoint, ...]
    before: RunChart

    @property
    def is_better(self) -> bool | None:
        shifted = self.before.signal in (Signal.SHIFT_UP, Signal.SHIFT_DOWN)
        if not shifted or self.indicator.more_is_better is None:
            return None
        return (self.before.signal == Signal.SHIFT_UP) == self.indicator.more_is_better


@dataclass(frozen=True)
class Missed:
    """A target that most miss: `missed` of the `judged` agents or teams of which enough is known."""

    indicator: Indicator
    direction: str | None
    target: Target
    missed: int
    judged: int


def trend(
    session: Session,
    user: User,
    indicator_id: str,
    chosen: Chosen,
    interval: By = By.WEEK,
    *,
    direction: str | None = None,
) -> Trend:
    """An indicator of the days that were chosen, by interval, with what the intervals just before them say of it.

    Of one that is told apart by direction that of inbound calls, unless another direction is asked for.
    """
    known = indicator(indicator_id)
    if known.apart_by_direction and chosen.direction is None:
        chosen = replace(chosen, direction=direction or "inbound")
    points = _points(session, user, known, chosen, interval)
    first = chosen.first_day or (points[0].first_day if points else None)
    before = _points(session, user, known, _past(chosen, first, interval), interval) if first else ()
    return Trend(known, interval, points, run_chart(_values(points), _values(before)))


def missed_by_most(found: Measurement) -> tuple[Missed, ...]:
    """Targets that more than half of the groups with enough data miss: they are to be reviewed."""
    judged: dict[tuple[str, str | None, Target], list[Measured]] = defaultdict(list)
    for group in found.groups:
        for one in group.values:
            if one.target is not None and one.standing in (Standing.MET, Standing.NOT_MET):
                judged[one.indicator.id, one.direction, one.target].append(one)
    missed = (
        Missed(some[0].indicator, direction, target, sum(one.standing == Standing.NOT_MET for one in some), len(some))
        for (_, direction, target), some in judged.items()
    )
    return tuple(one for one in missed if one.judged >= FEWEST and 2 * one.missed > one.judged)


def _points(session: Session, user: User, known: Indicator, chosen: Chosen, interval: By) -> tuple[TrendPoint, ...]:
    found = measured(session, user, [known.id], [interval], chosen)
    return tuple(_point(group, interval) for group in found.groups)


def _point(group: MeasuredGroup, interval: By) -> TrendPoint:
    name = group.key[interval.value] or ""
    return TrendPoint(name, first_day(interval, name), group.values[0])


def _past(chosen: Chosen, first: date, interval: By) -> Chosen:
    """The intervals before the first day: twelve weeks, or the months of a year."""
    if interval == By.MONTH:
        begins = date(first.year - 1, first.month, 1)
    else:
        monday = first - timedelta(days=first.weekday() if interval == By.WEEK else 0)
        begins = monday - timedelta(weeks=BEFORE)
    return replace(chosen, first_day=begins, end_day=first)


def _values(points: Sequence[TrendPoint]) -> list[float]:
    return [one.measured.rate.rate for one in points if one.measured.rate and one.measured.rate.rate is not None]
