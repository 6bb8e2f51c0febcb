"""What rates are broken down by, and what their groups are called."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from sqlmodel import Session

from app.accounts import queries as accounts
from app.reports import queries


class GroupBy(StrEnum):
    """What a rate is broken down by; weeks are ISO weeks, which begin on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    TEAM = "team"
    AGENT = "agent"
    QUEUE = "queue"
    SCORECARD = "scorecard"
    VERSION = "version"
    ITEM = "item"


COLUMNS: dict[GroupBy, queries.Dimension] = {
    GroupBy.DAY: "site_day",
    GroupBy.WEEK: "site_day",
    GroupBy.MONTH: "month",
    GroupBy.TEAM: "team_id",
    GroupBy.AGENT: "agent_id",
    GroupBy.QUEUE: "queue",
    GroupBy.SCORECARD: "scorecard",
    GroupBy.VERSION: "version",
    GroupBy.ITEM: "item",
}
T = TypeVar("T")
# A group by what it is called, in the order of what it was asked by; nobody and none are None.
Names = tuple[str | None, ...]


@dataclass(frozen=True)
class Window:
    """Some of many groups, in the order of their names: those after these names, and how many."""

    after: tuple[str, ...]
    size: int

    def of(self, named: Sequence[tuple[Names, T]]) -> tuple[Sequence[tuple[Names, T]], bool]:
        """The groups of a page, and whether others follow."""
        rest = [one for one in named if order(one[0]) > self.after] if self.after else named
        return rest[: self.size], len(rest) > self.size


class Groups:
    """The groups that rates are broken down by: which columns tell them apart, and their names."""

    def __init__(self, session: Session, by: Sequence[GroupBy]) -> None:
        self._told_by = [one.value for one in by]
        # Where days are among them, they tell the months too.
        days = bool({GroupBy.DAY, GroupBy.WEEK} & set(by))
        of = ["site_day" if one == GroupBy.MONTH and days else COLUMNS[one] for one in by]
        self.columns: list[queries.Dimension] = list(dict.fromkeys(of))
        self._parts = [(self.columns.index(one), _naming(session, name)) for one, name in zip(of, by, strict=True)]

    def names(self, values: Sequence[Any]) -> Names:
        """What the group is called that these values of the columns belong to."""
        return tuple([name(values[place]) for place, name in self._parts])

    def key(self, names: Names) -> dict[str, str | None]:
        """The names by what they name: {"team": "A", "week": "2026-W41"}."""
        return dict(zip(self._told_by, names, strict=True))


def order(names: Names) -> tuple[str, ...]:
    """Where a group stands: by name, never by rate, as a ranking would say more than overlapping intervals know."""
    return tuple([name or "" for name in names])


def in_order(named: Mapping[Names, T]) -> list[tuple[Names, T]]:
    """Groups in the order of their names."""
    return sorted(named.items(), key=lambda one: order(one[0]))


def _naming(session: Session, by: GroupBy) -> Callable[[Any], str | None]:
    """How the values of a column are called."""
    if by == GroupBy.TEAM:
        return _labelled({team.id: team.name for team in accounts.teams(session)})
    if by == GroupBy.AGENT:
        return _labelled(queries.usernames(session))
    return {GroupBy.DAY: date.isoformat, GroupBy.WEEK: _week, GroupBy.MONTH: _month}.get(by, _itself)


def _labelled(known: Mapping[int | None, str]) -> Callable[[Any], str | None]:
    return lambda value: (known.get(value) or str(value)) if value else None


def _itself(value: str) -> str | None:
    return value or None


def _month(day: date) -> str:
    return day.isoformat()[:7]


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"
