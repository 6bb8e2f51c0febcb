"""Which days a plan draws from: its own range once, or one calendar period after the other."""

from datetime import date, timedelta
from itertools import pairwise

from app.sampling.models import Period

# A worker that was away draws what was missed, but not more periods than this of one plan.
MOST_MISSED = 31

Days = tuple[date, date]


def ended(period: Period, first_day: date, last_day: date | None, today: date) -> list[Days]:
    """The periods from `first_day` on that are over, as (first day, last day), the newest last."""
    if period == Period.ONCE:
        return [(first_day, last_day)] if last_day is not None and last_day < today else []
    ends = [first_day]
    while ends[-1] <= today:
        ends.append(after(period, ends[-1]))
    return [(begin, end - timedelta(days=1)) for begin, end in pairwise(ends) if end <= today][-MOST_MISSED:]


def current(period: Period, first_day: date, last_day: date | None, today: date) -> Days:
    """The period that is under way, or the first one if the plan has not begun yet."""
    if period == Period.ONCE:
        return first_day, last_day or first_day
    begin = first_day
    while (end := after(period, begin)) <= today:
        begin = end
    return begin, end - timedelta(days=1)


def after(period: Period, day: date) -> date:
    """The first day of the period that follows the one in which a day lies."""
    if period == Period.MONTH:
        return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    if period == Period.WEEK:
        return day + timedelta(days=7 - day.weekday())
    return day + timedelta(days=1)
