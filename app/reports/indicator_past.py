"""Many indicators beside their own past, asked for at once: so many whole days, weeks or months, and those before."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlmodel import Session

from app.accounts.models import User
from app.contacts.queries import Chosen
from app.domain.metrics import INDICATORS, Indicator
from app.domain.metrics.run_chart import RunChart, Signal, run_chart
from app.reports.indicator_asked import By, known_by, period
from app.reports.indicators import Measured, measured

# How many intervals are looked at, and how many before them their median is of: what a week's pattern is, days show
# over twelve weeks.
LOOKED_AT = {By.DAY: (28, 84), By.WEEK: (12, 12), By.MONTH: (12, 12)}

# Of an indicator and, where directions are told apart, of one of them.
Name = tuple[str, str | None]


@dataclass(frozen=True)
class Step:
    """One interval: its first day, and what was measured in it (None: nothing was)."""

    first_day: date
    measured: Measured | None

    @property
    def value(self) -> float | None:
        return self.measured.rate.rate if self.measured and self.measured.rate else None


@dataclass(frozen=True)
class OwnPast:
    """The last whole intervals of an indicator, the values of those before, and what the run rule says of them."""

    indicator: Indicator
    interval: By
    steps: tuple[Step, ...]
    past: tuple[float, ...]
    before: RunChart

    @property
    def is_better(self) -> bool | None:
        """Whether a shift is for the better (None: there is no shift, or neither more nor less is better)."""
        if self.before.signal not in (Signal.SHIFT_UP, Signal.SHIFT_DOWN) or self.indicator.more_is_better is None:
            return None
        return (self.before.signal == Signal.SHIFT_UP) == self.indicator.more_is_better


def own_pasts(
    session: Session, user: User, ids: Sequence[str], chosen: Chosen, last: date, interval: By = By.WEEK
) -> dict[Name, OwnPast]:
    """These indicators up to a day, by interval; those whose source knows months alone, by month.

    An interval that has not ended by that day is left out: half a week has half the calls.
    """
    wanted: dict[By, list[str]] = {interval: [], By.MONTH: []}
    for one in ids:
        known = known_by(INDICATORS[one])
        if interval in known or By.MONTH in known:
            wanted[interval if interval in known else By.MONTH].append(one)
    found: dict[Name, OwnPast] = {}
    for by, some in wanted.items():
        if some:
            found |= _pasts(session, user, some, chosen, last, by)
    return found


def _pasts(session: Session, user: User, ids: Sequence[str], chosen: Chosen, last: date, by: By) -> dict[Name, OwnPast]:
    shown, before = LOOKED_AT[by]
    days, end = whole(by, last, shown + before)
    found = measured(session, user, ids, (by,), replace(chosen, first_day=days[0], end_day=end))
    known = {
        (one.indicator.id, one.direction, group.key[by.value]): one for group in found.groups for one in group.values
    }
    names = [(one.indicator, one.direction) for one in found.total.values]
    pasts: dict[Name, OwnPast] = {}
    for indicator, direction in names:
        steps = [Step(day, known.get((indicator.id, direction, period(by, day)))) for day in days]
        values, past = _values(steps[before:]), _values(steps[:before])
        pasts[indicator.id, direction] = OwnPast(
            indicator, by, tuple(steps[before:]), tuple(past), run_chart(values, past)
        )
    return pasts


def whole(by: By, last: date, number: int) -> tuple[list[date], date]:
    """The first days of the last intervals that have ended by a day, and the day after the last of them."""
    after = last + timedelta(days=1)
    if by == By.MONTH:
        end = after.replace(day=1)
        return [_back(end, place) for place in range(number, 0, -1)], end
    length = timedelta(days=7 if by == By.WEEK else 1)
    end = after - timedelta(days=after.weekday()) if by == By.WEEK else after
    return [end - place * length for place in range(number, 0, -1)], end


def _back(month: date, number: int) -> date:
    """The first day of the month that lies so many months before."""
    years, left = divmod(month.year * 12 + month.month - 1 - number, 12)
    return date(years, left + 1, 1)


def _values(steps: Sequence[Step]) -> list[float]:
    return [one.value for one in steps if one.value is not None]
