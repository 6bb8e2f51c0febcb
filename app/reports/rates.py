"""Pass rates by day, team, agent and so on, each with what it is made of: its counts and its interval."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlmodel import Session

from app.accounts.models import User
from app.domain.metrics import Rate, pass_rate
from app.reports import queries, stored_queries, sums
from app.reports.exact_queries import Exact
from app.reports.queries import Filter, Source
from app.reports.rate_groups import GroupBy, Groups, Names, Window, in_order
from app.scorecards import queries as scorecards
from app.tallies.cells import Numbers


class Group(NamedTuple):
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
class About:
    """By which scorecards rates came about.

    `apart` reviewed calls were picked for a risk or by a person, and are in none of the rates. `scored` calls of the
    same days, teams and agents were judged by the machine; None: not counted on the way.
    """

    judged_by: tuple[Judged, ...]
    apart: int = 0
    scored: int | None = None


@dataclass(frozen=True)
class PassRates:
    """Pass rates by group and as a whole; of `count` groups these are some, where a page of them was asked for."""

    groups: tuple[Group, ...]
    total: Group
    about: About
    count: int = 0
    more: bool = False


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
    groups, summed = Groups(session, by), dict[Names, Numbers]()
    for values, numbers in counted(session, user, source, groups.columns, chosen, exact).items():
        names = groups.names(values)
        before = summed.get(names)
        summed[names] = before.plus(numbers) if before else numbers
    named = in_order(summed)
    shown, more = page.of(named) if page else (named, False)
    return PassRates(
        groups=tuple([_passed(groups.key(names), numbers) for names, numbers in shown]),
        total=_passed({}, added(summed.values())),
        about=about(session, user, source, chosen, exact),
        count=len(named),
        more=more,
    )


def counted(
    session: Session,
    user: User,
    source: Source,
    columns: Sequence[queries.Dimension],
    chosen: Filter,
    exact: Exact | None = None,
) -> dict[tuple[Any, ...], Numbers]:
    """The numbers of the calls, or of their items where these are asked for, by the values of these columns."""
    if "item" in columns or chosen.item is not None:
        verdicts = sums.of_items(session, user, source, columns, chosen, exact)
        return {values: _of_item(one) for values, one in verdicts.items()}
    return sums.of_calls(session, user, source, columns, chosen, exact)


def _of_item(verdicts: Mapping[str, int]) -> Numbers:
    """An item's verdicts as the numbers of calls are told."""
    passed = verdicts["pass"]
    return Numbers(
        n=passed + verdicts["fail"],
        passed=passed,
        uncertain=verdicts["uncertain"] + verdicts["unscored"],
        not_applicable=verdicts["not_applicable"],
    )


def added(numbers: Iterable[Numbers]) -> Numbers:
    """All of them together."""
    return Numbers(*map(sum, zip(*numbers, strict=True)))


def about(session: Session, user: User, source: Source, chosen: Filter, exact: Exact | None = None) -> About:
    """By which scorecards the calls that were chosen were judged, and how many others there are."""
    if exact is not None or chosen.as_of is not None or chosen.item is not None or chosen.design is not None:
        by_version = counted(session, user, source, ("scorecard", "version"), chosen, exact)
        beside: dict[tuple[Any, ...], Numbers] = {}
        if source == "final" and chosen.design is None:
            beside = counted(session, user, "final", (), replace(chosen, apart=True, item=None), exact)
        return About(_judged_by(session, by_version), added(beside.values()).n)
    found = stored_queries.judged(session, user, chosen)
    fair = {(key[2], key[3]) for key in found if key[0] == source and key[1] not in queries.APART}
    beside = {key: one for key, one in found.items() if key[0] == source and key[1] in queries.APART}
    whole = not (chosen.queue or chosen.scorecard or chosen.version) and chosen.time_field == "call"
    scored = added(one for key, one in found.items() if key[0] == "machine")
    return About(_judged_by(session, fair), added(beside.values()).n, _all(scored) if whole else None)


def _judged_by(session: Session, versions: Iterable[tuple[str, str]]) -> tuple[Judged, ...]:
    return tuple(
        Judged(scorecard, version, scorecards.card(session, version).pass_mark)
        for scorecard, version in sorted(versions)
    )


def apart(session: Session, user: User, chosen: Filter) -> int:
    """How many reviewed calls were picked for a risk or by a person, so that no rate may hold them."""
    return about(session, user, "final", replace(chosen, item=None)).apart


def handled(session: Session, user: User, chosen: Filter, scored: int | None = None) -> int:
    """How many calls came in on these days, from which the rated ones were taken.

    Those that were `scored` are summed already; the others are few.
    """
    days = Filter(chosen.first_day, chosen.end_day, chosen.team_id, chosen.agent_id)
    if scored is None:
        scored = _all(added(stored_queries.tallied(session, user, "machine", (), days).values()))
    return scored + queries.unscored(session, user, days)


def _all(numbers: Numbers) -> int:
    return numbers.n + numbers.uncertain + numbers.not_applicable


def _passed(key: dict[str, str | None], numbers: Numbers) -> Group:
    n, passed, uncertain, not_applicable, critical, score_tenths = numbers
    mean_score = round(score_tenths / n / 10, 1) if n else None
    return Group(key, pass_rate(passed, n, uncertain), uncertain, not_applicable, critical, mean_score)
