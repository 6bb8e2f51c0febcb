"""Counts call by call what no stored sum tells: another time zone, one reviewer, the day of release, the past."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy
from sqlalchemy import ColumnElement, Integer, Text, and_, cast
from sqlmodel import Session, col, func

from app.accounts.models import User
from app.kit.db import share_out
from app.reports.queries import DAYS, Dimension, Filter, Source, chosen_groups, day_of
from app.reviews.models import Purpose, Review
from app.tallies.cells import NUMBERS, Numbers
from app.tallies.models import Contribution
from app.tallies.queries import counted_at

# The offsets of all time zones are whole quarters of an hour.
QUARTER_SECONDS = 900


@dataclass(frozen=True)
class Exact:
    """What is asked beyond the stored sums: days of another time zone, one reviewer's calls, the day of release."""

    zone: ZoneInfo | None = None
    reviewer_id: int | None = None
    by_release: bool = False

    @property
    def by_review(self) -> bool:
        return self.by_release or self.reviewer_id is not None

    @property
    def days_of(self) -> ZoneInfo | None:
        """The zone in which days begin; None: that of each call's team, fixed long ago."""
        return self.zone or (ZoneInfo("UTC") if self.by_release else None)


def tallied(
    session: Session, user: User, source: Source, by: Sequence[Dimension], chosen: Filter, exact: Exact
) -> dict[tuple[Any, ...], Numbers]:
    """The summed numbers of the calls that were chosen, by the values of these columns."""
    columns = _columns(by, chosen, exact, session)
    sums = [func.sum(getattr(Contribution, name)) for name in NUMBERS]
    wanted = _from(sqlalchemy.select(*columns, *sums), exact)
    wanted = wanted.where(*_conditions(user, source, chosen, exact)).group_by(*columns)
    share_out(session)
    found: dict[tuple[Any, ...], Numbers] = {}
    named = _named(by, exact)
    for row in session.execute(wanted):
        if row[-1] is None:
            # Without columns there is a row even of nothing.
            continue
        key, numbers = named(row), Numbers(*map(int, row[len(by) :]))
        found[key] = found[key].plus(numbers) if key in found else numbers
    return {key: numbers for key, numbers in found.items() if any(numbers)}


def item_verdicts_by(
    session: Session, user: User, source: Source, by: Sequence[Dimension], chosen: Filter, exact: Exact
) -> dict[tuple[Any, ...], Counter[str]]:
    """How often items got each verdict in the calls that were chosen, by the values of these columns."""
    is_lite = session.get_bind().dialect.name == "sqlite"
    items = (func.json_each if is_lite else func.json_each_text)(Contribution.items).table_valued("key", "value")
    columns = [items.c.key if name == "item" else one for name, one in _named_columns(by, chosen, exact, session)]
    wanted = _from(sqlalchemy.select(*columns, items.c.value, func.count()), exact).join(items, sqlalchemy.true())
    wanted = wanted.where(*_conditions(user, source, chosen, exact)).group_by(*columns, items.c.value)
    if chosen.item is not None:
        wanted = wanted.where(items.c.key == chosen.item)
    share_out(session)
    found: dict[tuple[Any, ...], Counter[str]] = {}
    named = _named(by, exact)
    for row in session.execute(wanted):
        found.setdefault(named(row), Counter())[row[-2]] += row[-1]
    return found


def _from(wanted: Any, exact: Exact) -> Any:
    wanted = wanted.select_from(Contribution)
    if not exact.by_review:
        return wanted
    of_call = and_(col(Review.call_id) == Contribution.call_id, col(Review.purpose) == Purpose.COUNTS)
    return wanted.join(Review, of_call)


def _columns(by: Sequence[Dimension], chosen: Filter, exact: Exact, session: Session) -> list[Any]:
    return [one for _, one in _named_columns(by, chosen, exact, session)]


def _named_columns(
    by: Sequence[Dimension], chosen: Filter, exact: Exact, session: Session
) -> list[tuple[Dimension, Any]]:
    return [(name, _column(name, chosen, exact, session)) for name in by]


def _column(name: Dimension, chosen: Filter, exact: Exact, session: Session) -> Any:
    if name == "item":
        return None
    if name not in DAYS:
        return getattr(Contribution, name)
    if exact.days_of is None:
        return day_of(chosen)
    moment = _moment(chosen, exact)
    if session.get_bind().dialect.name == "sqlite":
        return cast(func.strftime("%s", cast(moment, Text)), Integer) / QUARTER_SECONDS
    return cast(func.floor(func.extract("epoch", moment) / QUARTER_SECONDS), Integer)


def _moment(chosen: Filter, exact: Exact) -> Any:
    if exact.by_release:
        return col(Review.released_at)
    return col(Contribution.submitted_at if chosen.time_field == "submitted" else Contribution.started_at)


def _named(by: Sequence[Dimension], exact: Exact) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """A row's key, in which quarters of an hour have become days of the zone."""
    zone = exact.days_of

    @cache
    def day(quarter: int) -> date:
        return datetime.fromtimestamp(int(quarter) * QUARTER_SECONDS, UTC).astimezone(zone).date()

    def key(row: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(
            day(value) if zone is not None and name in DAYS else value for name, value in zip(by, row, strict=False)
        )

    return key


def _conditions(user: User, source: Source, chosen: Filter, exact: Exact) -> list[ColumnElement[bool]]:
    found = chosen_groups(user, source, Contribution, chosen)
    found.append(counted_at(chosen.as_of) if chosen.as_of else col(Contribution.counted_until).is_(None))
    if exact.reviewer_id is not None:
        found.append(col(Review.reviewer_id) == exact.reviewer_id)
    if exact.by_release:
        found.append(col(Review.released_at).is_not(None))
    for day, is_end in ((chosen.first_day, False), (chosen.end_day, True)):
        if day is not None:
            found += _bounds(day, is_end, chosen, exact)
    return found


def _bounds(day: date, is_end: bool, chosen: Filter, exact: Exact) -> list[ColumnElement[bool]]:
    """The calls from a day on, or before it."""
    stored, zone = day_of(chosen), exact.days_of
    if zone is None:
        return [stored < day if is_end else stored >= day]
    midnight = datetime.combine(day, time(), zone).astimezone(UTC)
    moment = _moment(chosen, exact)
    found = [moment < midnight if is_end else moment >= midnight]
    if not exact.by_release:
        # No two time zones are two days apart: so the index of stored days helps here too.
        two = timedelta(days=2)
        found.append(stored < day + two if is_end else stored >= day - two)
    return found
