"""What may be asked of indicators: by what they are broken down, and of which facts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlmodel import Session

from app.accounts.models import User
from app.contacts.queries import Chosen
from app.domain.metrics import Basis, Indicator


class By(StrEnum):
    """What indicators are broken down by; weeks are ISO weeks, which begin on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    TEAM = "team"
    AGENT = "agent"
    QUEUE = "queue"
    DIRECTION = "direction"
    CHANNEL = "channel"


PERIODS = (By.DAY, By.WEEK, By.MONTH)
# One value for each `by`: the name of a period, a team's or agent's id, a queue, a direction, a channel.
Key = tuple[Any, ...]
SumsBy = dict[Key, dict[str, float]]
Rows = Mapping[tuple[Any, ...], Mapping[str, float]]

_STAFFING = frozenset({*PERIODS, By.TEAM, By.AGENT})
# What each source knows of its facts, and so what they can be broken down by and chosen by.
KNOWN: Mapping[Basis, frozenset[By]] = {
    Basis.CONTACTS: frozenset(By),
    Basis.SURVEYS: frozenset(By),
    Basis.OUTCOMES: frozenset(By),
    Basis.AGENT_DAYS: _STAFFING,
    Basis.REVIEWS: _STAFFING | {By.QUEUE},
    Basis.COMPLAINTS: _STAFFING,
    Basis.AGENT_FACTS: frozenset({By.MONTH, By.TEAM, By.AGENT}),
    Basis.COSTS: frozenset({By.MONTH, By.TEAM, By.QUEUE}),
}
FILTERS = {
    "team_id": By.TEAM,
    "agent_id": By.AGENT,
    "queue": By.QUEUE,
    "direction": By.DIRECTION,
    "channel": By.CHANNEL,
}


@dataclass(frozen=True)
class Asked:
    """Who asks for which facts, by what they are to be broken down."""

    session: Session
    user: User
    by: tuple[By, ...]
    chosen: Chosen

    @property
    def columns(self) -> list[str]:
        """What sources are to be asked by: days become weeks and months afterwards."""
        return list(dict.fromkeys(By.DAY.value if one in PERIODS else one.value for one in self.by))

    def added(self, rows: Rows, columns: Sequence[str] | None = None) -> SumsBy:
        """Rows of a source, added up by what was asked for."""
        found: SumsBy = defaultdict(lambda: defaultdict(float))
        for row, sums in rows.items():
            group = found[self.key(row, columns)]
            for name, value in sums.items():
                group[name] += value
        return found

    def key(self, row: Sequence[Any], columns: Sequence[str] | None = None) -> Key:
        values = dict(zip(self.columns if columns is None else columns, row, strict=True))
        return tuple(period(one, values["day"]) if one in PERIODS else plain(values[one.value]) for one in self.by)


def period(by: By, day: date) -> str:
    """The name of the day, ISO week or month that a day lies in."""
    year, week, _ = day.isocalendar()
    return {By.WEEK: f"{year}-W{week:02}", By.MONTH: f"{day:%Y-%m}"}.get(by, day.isoformat())


def plain(value: Any) -> Any:
    """A key as every source writes it: 0 and "" stand for none."""
    return (value.value if isinstance(value, StrEnum) else value) or None


def known_by(indicator: Indicator) -> tuple[By, ...]:
    """By what an indicator can be broken down and chosen."""
    known = KNOWN[indicator.basis] | ({By.CHANNEL} if indicator.id == "total_complaints" else frozenset())
    return tuple(one for one in By if one in known)


def knows(indicator: Indicator, by: Iterable[By], chosen: Chosen) -> bool:
    """Whether the source of an indicator can be broken down and chosen so."""
    filtered = {one for name, one in FILTERS.items() if getattr(chosen, name) is not None}
    return set(known_by(indicator)) >= {*by, *filtered}


def adds_up(indicator: Indicator, by: Iterable[By]) -> bool:
    """Whether what an indicator is made from is the sum of the groups': each fact, or day of an agent, is in one."""
    if indicator.basis in (Basis.CONTACTS, Basis.SURVEYS, Basis.OUTCOMES):
        # An agent has contacts of several queues and teams on one day.
        return indicator.of_a_day is None or {*PERIODS, By.AGENT} >= set(by)
    return indicator.basis in (Basis.AGENT_DAYS, Basis.REVIEWS) and KNOWN[indicator.basis] >= set(by)


def limits(chosen: Chosen) -> tuple[date, date]:
    """The first and the last day that were chosen, or that can be."""
    first = chosen.first_day or date(1970, 1, 1)
    return first, chosen.end_day - timedelta(days=1) if chosen.end_day else date(2200, 12, 31)
