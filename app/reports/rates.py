"""Rates by day, team, agent and so on, each with what it is made of: its counts and its interval."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
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
from app.reports import exact_queries, queries
from app.reports.exact_queries import Exact
from app.reports.queries import Filter, Source
from app.scorecards import queries as scorecards
from app.tallies.cells import NUMBERS


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
# A group by the values of its columns, as they are told.
Names = tuple[str | None, ...]
Named = tuple[Names, dict[str, str | None]]
TIMES = (GroupBy.DAY, GroupBy.WEEK, GroupBy.MONTH)
# Complaints know neither the queue nor the scorecard of a call.
OF_COMPLAINTS = (GroupBy.DAY, GroupBy.WEEK, GroupBy.MONTH, GroupBy.TEAM, GroupBy.AGENT)


@dataclass(frozen=True)
class Group:
    """One rate: where it belongs ({"team": "A", "week": "2026-W41"}) and what it is made of.

    `uncertain` calls wait for a person and `not_applicable` ones had no item that applied; neither is in the rate's
    `n`. `critical` calls failed a critical item. `mean_score` is in points of 100, over the decided calls. Where agents
    are counted, all these are agents, and `calls` the calls that their means are made of.
    """

    key: dict[str, str | None]
    rate: Rate
    uncertain: int = 0
    not_applicable: int = 0
    critical: int = 0
    mean_score: float | None = None
    calls: int | None = None


@dataclass(frozen=True)
class Judged:
    """A version of a scorecard that judged some of the calls, and its pass mark (points of 100)."""

    scorecard: str
    version: str
    pass_mark: float


@dataclass(frozen=True)
class PassRates:
    """Pass rates by group and as a whole, and by which scorecards they came about.

    `apart` reviewed calls were picked for a risk or by a person, and are in none of the rates. Of `count` groups these
    are some, where a page of them was asked for.
    """

    groups: tuple[Group, ...]
    total: Group
    judged_by: tuple[Judged, ...]
    apart: int = 0
    count: int = 0
    more: bool = False


@dataclass(frozen=True)
class Window:
    """Some of many groups, in the order of their names: those after these names, and how many."""

    after: tuple[str, ...]
    size: int


@dataclass
class Agent:
    """What an agent's calls add up to; `above` is by how much their scores are over the pass marks, in tenths."""

    n: int = 0
    score_tenths: int = 0
    above: float = 0.0
    uncertain: int = 0
    critical: int = 0

    def add(self, numbers: Mapping[str, int], pass_mark: float) -> None:
        """Add calls that were judged with this pass mark (points of 100)."""
        self.n += numbers["n"]
        self.score_tenths += numbers["score_tenths"]
        self.above += numbers["score_tenths"] - numbers["n"] * 10 * pass_mark
        self.uncertain += numbers["uncertain"]
        self.critical += numbers["critical"]


@dataclass(frozen=True)
class ComplaintRates:
    """Complaint rates by group and as a whole."""

    groups: tuple[Group, ...]
    total: Group


def pass_rates(
    session: Session,
    user: User,
    source: Source,
    by: Sequence[GroupBy],
    chosen: Filter,
    exact: Exact | None = None,
    page: Window | None = None,
) -> PassRates:
    """The monitoring pass rates of the calls that were chosen, by people (final) or by the machine, never mixed."""
    summed: dict[tuple[str | None, ...], dict[str, int]] = defaultdict(lambda: dict.fromkeys(NUMBERS, 0))
    for key, numbers in sums(session, user, source, _columns(by), chosen, exact).items():
        group = summed[_named(by, key)]
        for name, value in numbers.items():
            group[name] += value
    labels = _labels(session, by)
    named = _in_order({key: _key(by, key, labels) for key, numbers in summed.items() if any(numbers.values())})
    shown, more = _page(named, page)
    whole = {name: sum(one[name] for one in summed.values()) for name in NUMBERS}
    return PassRates(
        groups=tuple(_passed(named, summed[key]) for key, named in shown),
        total=_passed({}, whole),
        judged_by=judged_by(session, user, source, chosen, exact),
        apart=apart(session, user, chosen, exact) if source == "final" and chosen.design is None else 0,
        count=len(named),
        more=more,
    )


def agent_rates(
    session: Session,
    user: User,
    source: Source,
    by: Sequence[GroupBy],
    chosen: Filter,
    exact: Exact | None = None,
    page: Window | None = None,
) -> PassRates:
    """The share of agents whose mean score reaches the pass mark, over the calls of each that were chosen."""
    columns = list(dict.fromkeys((*_columns(by), "agent_id", "version")))
    found = sums(session, user, source, columns, chosen, exact)
    marks = {one.version: one.pass_mark for one in judged_by(session, user, source, chosen, exact)}
    agents: dict[tuple[str | None, ...], dict[int, Agent]] = defaultdict(lambda: defaultdict(Agent))
    everyone: dict[int, Agent] = defaultdict(Agent)
    for key, numbers in found.items():
        row = dict(zip(columns, key, strict=True))
        if row["agent_id"] and any(numbers.values()):
            group = _named(by, tuple(row[one] for one in _columns(by)))
            for one in (agents[group][row["agent_id"]], everyone[row["agent_id"]]):
                one.add(numbers, marks.get(row["version"], 0.0))
    labels = _labels(session, by)
    named = _in_order({key: _key(by, key, labels) for key in agents})
    shown, more = _page(named, page)
    return PassRates(
        groups=tuple(_reached(name, list(agents[key].values())) for key, name in shown),
        total=_reached({}, list(everyone.values())),
        judged_by=judged_by(session, user, source, chosen, exact),
        apart=apart(session, user, chosen, exact) if source == "final" and chosen.design is None else 0,
        count=len(named),
        more=more,
    )


def sums(
    session: Session,
    user: User,
    source: Source,
    columns: Sequence[queries.Dimension],
    chosen: Filter,
    exact: Exact | None = None,
) -> dict[tuple[Any, ...], dict[str, int]]:
    """The numbers of the calls, or of their items where these are asked for, by the values of these columns."""
    if exact is None and chosen.as_of is not None:
        exact = Exact()
    if "item" in columns or chosen.item is not None:
        verdicts = (
            queries.item_verdicts_by(session, user, source, columns, chosen)
            if exact is None
            else exact_queries.item_verdicts_by(session, user, source, columns, chosen, exact)
        )
        return {key: _of_item(counted) for key, counted in verdicts.items()}
    if exact is None:
        return queries.tallied(session, user, source, columns, chosen)
    return exact_queries.tallied(session, user, source, columns, chosen, exact)


def _of_item(counted: Mapping[str, int]) -> dict[str, int]:
    """An item's verdicts as the numbers of calls are told."""
    passed = counted["pass"]
    return dict.fromkeys(NUMBERS, 0) | {
        "n": passed + counted["fail"],
        "passed": passed,
        "uncertain": counted["uncertain"] + counted["unscored"],
        "not_applicable": counted["not_applicable"],
    }


def judged_by(
    session: Session, user: User, source: Source, chosen: Filter, exact: Exact | None = None
) -> tuple[Judged, ...]:
    """Every version that judged some of the calls that were chosen."""
    found = sums(session, user, source, ("scorecard", "version"), chosen, exact)
    return tuple(
        Judged(scorecard, version, scorecards.card(session, version).pass_mark)
        for (scorecard, version), numbers in sorted(found.items())
        if any(numbers.values())
    )


def apart(session: Session, user: User, chosen: Filter, exact: Exact | None = None) -> int:
    """How many reviewed calls were picked for a risk or by a person, so that no rate may hold them."""
    found = sums(session, user, "final", (), replace(chosen, apart=True, item=None), exact)
    return sum(numbers["n"] for numbers in found.values())


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
    columns: list[Any] = list(dict.fromkeys("site_day" if one in TIMES else COLUMNS[one] for one in by))
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
    """How many calls came in on these days, from which the rated ones were taken.

    Those that were scored are summed already; the others are few.
    """
    days = Filter(chosen.first_day, chosen.end_day, chosen.team_id, chosen.agent_id)
    scored = sum(
        sum(numbers[name] for name in ("n", "uncertain", "not_applicable"))
        for numbers in queries.tallied(session, user, "machine", (), days).values()
    )
    return scored + queries.unscored(session, user, days)


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


def _reached(key: dict[str, str | None], agents: Sequence[Agent]) -> Group:
    """The agents whose mean score reaches the pass mark; who has undecided calls alone waits, as those calls do."""
    rated = [one for one in agents if one.n]
    waiting = sum(1 for one in agents if not one.n and one.uncertain)
    calls = sum(one.n for one in rated)
    return Group(
        key,
        pass_rate(sum(1 for one in rated if one.above >= 0), len(rated), waiting),
        uncertain=waiting,
        not_applicable=len(agents) - len(rated) - waiting,
        critical=sum(1 for one in agents if one.critical),
        mean_score=round(sum(one.score_tenths for one in rated) / calls / 10, 1) if calls else None,
        calls=calls,
    )


def _page(named: Sequence[Named], page: Window | None) -> tuple[Sequence[Named], bool]:
    """The groups of a page, and whether others follow."""
    if page is None:
        return named, False
    rest = [one for one in named if _order(one[1]) > page.after] if page.after else named
    return rest[: page.size], len(rest) > page.size


def _order(key: Mapping[str, str | None]) -> tuple[str, ...]:
    return tuple(value or "" for value in key.values())


def _in_order(named: Mapping[Names, dict[str, str | None]]) -> list[tuple[Names, dict[str, str | None]]]:
    """By name, never by rate: where intervals overlap a ranking would say more than is known."""
    return sorted(named.items(), key=lambda one: _order(one[1]))


def _columns(by: Sequence[GroupBy]) -> list[queries.Dimension]:
    """The columns to count by; where days are among them, they tell the months too."""
    return list(dict.fromkeys(_column(one, by) for one in by))


def _column(one: GroupBy, by: Sequence[GroupBy]) -> queries.Dimension:
    return "site_day" if one == GroupBy.MONTH and {GroupBy.DAY, GroupBy.WEEK} & set(by) else COLUMNS[one]


def _named(by: Sequence[GroupBy], values: tuple[Any, ...]) -> tuple[str | None, ...]:
    """The values of a row as a group's key: days become weeks and months, nobody becomes None."""
    row = dict(zip(_columns(by), values, strict=True))
    return tuple(_name(one, row[_column(one, by)]) for one in by)


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
        labels[GroupBy.AGENT] = queries.usernames(session)
    return labels


def _key(
    by: Sequence[GroupBy], values: tuple[str | None, ...], labels: dict[GroupBy, dict[str, str]]
) -> dict[str, str | None]:
    named = zip(by, values, strict=True)
    return {one.value: labels.get(one, {}).get(value, value) if value else None for one, value in named}


def _sorted(groups: Sequence[Group]) -> tuple[Group, ...]:
    """By name, never by rate: where intervals overlap a ranking would say more than is known."""
    return tuple(sorted(groups, key=lambda group: [value or "" for value in group.key.values()]))
