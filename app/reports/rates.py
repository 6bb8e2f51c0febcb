"""Rates by day, team, agent and so on, each with what it is made of: its counts and its interval."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.complaints import queries as complaints
from app.complaints.models import ComplaintCategory
from app.domain.metrics import Rate, complaint_rate, pass_rate
from app.reports import queries
from app.reports.queries import Filter, Source
from app.scorecards import queries as scorecards


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


COLUMNS: dict[GroupBy, queries.Dimension] = {
    GroupBy.DAY: "site_day",
    GroupBy.WEEK: "site_day",
    GroupBy.MONTH: "site_day",
    GroupBy.TEAM: "team_id",
    GroupBy.AGENT: "agent_id",
    GroupBy.QUEUE: "queue",
    GroupBy.SCORECARD: "scorecard",
    GroupBy.VERSION: "version",
}
# Complaints know neither the queue nor the scorecard of a call.
OF_COMPLAINTS = (GroupBy.DAY, GroupBy.WEEK, GroupBy.MONTH, GroupBy.TEAM, GroupBy.AGENT)


@dataclass(frozen=True)
class Group:
    """One rate: where it belongs ({"team": "A", "week": "2026-W41"}) and what it is made of.

    `uncertain` calls wait for a person and `not_applicable` ones had no item that applied; neither is in the rate's
    `n`. `critical` calls failed a critical item. `mean_score` is in points of 100, over the decided calls.
    """

    key: dict[str, str | None]
    rate: Rate
    uncertain: int = 0
    not_applicable: int = 0
    critical: int = 0
    mean_score: float | None = None


@dataclass(frozen=True)
class Judged:
    """A version of a scorecard that judged some of the calls, and its pass mark (points of 100)."""

    scorecard: str
    version: str
    pass_mark: float


@dataclass(frozen=True)
class PassRates:
    """Pass rates by group and as a whole, and by which scorecards they came about.

    `apart` reviewed calls were picked for a risk or by a person, and are in none of the rates.
    """

    groups: tuple[Group, ...]
    total: Group
    judged_by: tuple[Judged, ...]
    apart: int = 0


@dataclass(frozen=True)
class ComplaintRates:
    """Complaint rates by group and as a whole."""

    groups: tuple[Group, ...]
    total: Group


def pass_rates(session: Session, user: User, source: Source, by: Sequence[GroupBy], chosen: Filter) -> PassRates:
    """The monitoring pass rates of the calls that were chosen, by people (final) or by the machine, never mixed."""
    columns = list(dict.fromkeys((*_columns(by), *_VERSION)))
    summed: dict[tuple[str | None, ...], dict[str, int]] = defaultdict(lambda: dict.fromkeys(queries.NUMBERS, 0))
    judged: set[tuple[str, str]] = set()
    for key, numbers in queries.tallied(session, user, source, columns, chosen).items():
        row = dict(zip(columns, key, strict=True))
        group = summed[_named(by, tuple(row[one] for one in _columns(by)))]
        for name, value in numbers.items():
            group[name] += value
        if any(numbers.values()):
            judged.add((row["scorecard"], row["version"]))
    labels = _labels(session, by)
    groups = [_passed(_key(by, key, labels), numbers) for key, numbers in summed.items() if any(numbers.values())]
    whole = {name: sum(one[name] for one in summed.values()) for name in queries.NUMBERS}
    return PassRates(
        groups=_sorted(groups),
        total=_passed({}, whole),
        judged_by=tuple(
            Judged(scorecard, version, scorecards.card(session, version).pass_mark)
            for scorecard, version in sorted(judged)
        ),
        apart=apart(session, user, chosen) if source == "final" else 0,
    )


def apart(session: Session, user: User, chosen: Filter) -> int:
    """How many reviewed calls were picked for a risk or by a person, so that no rate may hold them."""
    found = queries.tallied(session, user, "final", (), replace(chosen, apart=True))
    return sum(numbers["n"] for numbers in found.values())


_VERSION: tuple[queries.Dimension, ...] = ("scorecard", "version")


def item_rates(session: Session, user: User, source: Source, chosen: Filter) -> tuple[Group, ...]:
    """How often each item passed where it was decided, the one that failed most often first."""
    counted: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for (item, verdict), n in queries.item_verdicts(session, user, source, chosen).items():
        counted[item][verdict] += n
    groups = [
        Group(
            {"item": item},
            pass_rate(one["pass"], one["pass"] + one["fail"]),
            uncertain=one["uncertain"] + one["unscored"],
            not_applicable=one["not_applicable"],
        )
        for item, one in counted.items()
    ]
    return tuple(sorted(groups, key=lambda group: (group.rate.count - group.rate.n, group.key["item"] or "")))


def complaint_rates(
    session: Session, user: User, by: Sequence[GroupBy], chosen: Filter, category: ComplaintCategory | None = None
) -> ComplaintRates:
    """The upheld complaints (of one category, or all) per 1,000 calls handled in the same days and groups."""
    columns: list[Any] = _columns(by)
    limits: dict[str, Any] = {
        "agent_id": chosen.agent_id,
        "team_id": chosen.team_id,
        "first_day": chosen.first_day,
        "last_day": chosen.end_day - timedelta(days=1) if chosen.end_day else None,
    }
    summed: dict[tuple[str | None, ...], list[int]] = defaultdict(lambda: [0, 0])
    for key, n in complaints.upheld(session, user, columns, category=category, **limits).items():
        summed[_named(by, key)][0] += n
    for key, n in complaints.handled(session, user, columns, **limits).items():
        summed[_named(by, key)][1] += n
    labels = _labels(session, by)
    groups = [Group(_key(by, key, labels), complaint_rate(*counts)) for key, counts in summed.items()]
    whole = [sum(counts[place] for counts in summed.values()) for place in (0, 1)]
    return ComplaintRates(_sorted(groups), Group({}, complaint_rate(*whole)))


def handled(session: Session, user: User, chosen: Filter) -> int:
    """How many calls came in on these days, from which the rated ones were taken."""
    return sum(
        complaints.handled(
            session,
            user,
            (),
            agent_id=chosen.agent_id,
            team_id=chosen.team_id,
            first_day=chosen.first_day,
            last_day=chosen.end_day - timedelta(days=1) if chosen.end_day else None,
        ).values()
    )


def _passed(key: dict[str, str | None], numbers: dict[str, int]) -> Group:
    n = numbers["n"]
    return Group(
        key,
        pass_rate(numbers["passed"], n, numbers["uncertain"]),
        uncertain=numbers["uncertain"],
        not_applicable=numbers["not_applicable"],
        critical=numbers["critical"],
        mean_score=round(numbers["score_tenths"] / n / 10, 1) if n else None,
    )


def _columns(by: Sequence[GroupBy]) -> list[queries.Dimension]:
    return list(dict.fromkeys(COLUMNS[one] for one in by))


def _named(by: Sequence[GroupBy], values: tuple[Any, ...]) -> tuple[str | None, ...]:
    """The values of a row as a group's key: days become weeks and months, nobody becomes None."""
    row = dict(zip(_columns(by), values, strict=True))
    return tuple(_name(one, row[COLUMNS[one]]) for one in by)


def _name(one: GroupBy, value: Any) -> str | None:
    if isinstance(value, date):
        year, week, _ = value.isocalendar()
        return {GroupBy.WEEK: f"{year}-W{week:02}", GroupBy.MONTH: f"{value:%Y-%m}"}.get(one, value.isoformat())
    return str(value) if value else None


def _labels(session: Session, by: Sequence[GroupBy]) -> dict[GroupBy, dict[str, str]]:
    """What teams and agents are called."""
    labels: dict[GroupBy, dict[str, str]] = {}
    if GroupBy.TEAM in by:
        labels[GroupBy.TEAM] = {str(team.id): team.name for team in accounts.teams(session)}
    if GroupBy.AGENT in by:
        labels[GroupBy.AGENT] = {str(user.id): user.username for user in accounts.users(session)}
    return labels


def _key(
    by: Sequence[GroupBy], values: tuple[str | None, ...], labels: dict[GroupBy, dict[str, str]]
) -> dict[str, str | None]:
    named = zip(by, values, strict=True)
    return {one.value: labels.get(one, {}).get(value, value) if value else None for one, value in named}


def _sorted(groups: Sequence[Group]) -> tuple[Group, ...]:
    """By name, never by rate: where intervals overlap a ranking would say more than is known."""
    return tuple(sorted(groups, key=lambda group: [value or "" for value in group.key.values()]))
