"""One item of a scorecard over a period: how often it fails, week by week, and how well its rule agrees with people."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlmodel import Session

from app.accounts.models import User
from app.domain.evidence import Verdict
from app.domain.metrics import Gate, Rate, RuleQuality, rule_quality
from app.domain.metrics.interval import share
from app.domain.metrics.rule_quality import DECISIONS
from app.reports import item_queries
from app.reports.item_queries import Decided
from app.reports.queries import Filter, Source
from app.reports.rule_quality import NEWEST

WEEKS = 12


@dataclass(frozen=True)
class Counts:
    """How often an item got each verdict."""

    by_verdict: Mapping[Verdict, int]

    def of(self, verdict: Verdict) -> int:
        return self.by_verdict.get(verdict, 0)

    @property
    def total(self) -> int:
        return sum(self.by_verdict.values())

    @property
    def undecided(self) -> int:
        """How often nobody could tell, or it was left to people."""
        return self.of(Verdict.UNCERTAIN) + self.of(Verdict.UNSCORED)

    @property
    def failed(self) -> Rate:
        """Of the calls in which it was decided, those that failed it."""
        fails = self.of(Verdict.FAIL)
        return share(fails, fails + self.of(Verdict.PASS))


@dataclass(frozen=True)
class Week:
    """A week, from Monday, as the machine and as people judged the item in it."""

    monday: date
    machine: Counts
    final: Counts


@dataclass(frozen=True)
class Judging:
    """How people decided an item beside its rule: `overridden` of the machine's verdicts that they were shown.

    `table` counts the pairs of the machine's verdict now and the person's. `blind` is the quality of the rule against
    verdicts that were given before it was seen, `all` against every one.
    """

    overridden: Rate
    reasons: tuple[tuple[str, int], ...]
    agreed: Rate
    table: Mapping[tuple[Verdict, Verdict], int]
    blind: RuleQuality
    all: RuleQuality
    gate: Gate


@dataclass(frozen=True)
class ItemCounts:
    """An item as the list of items shows it."""

    scorecard: str
    item: str
    machine: Counts
    final: Counts


@dataclass(frozen=True)
class OverTime:
    """How an item was judged in the calls that were chosen, and week by week up to the last of their days."""

    machine: Counts
    final: Counts
    weeks: tuple[Week, ...]


def over_time(session: Session, user: User, item: str, chosen: Filter, first_day: date, last_day: date) -> OverTime:
    """The counts of these days (both counted), and twelve weeks, of the calls that were chosen but for their days."""
    monday = last_day - timedelta(days=last_day.weekday())
    mondays = [monday - timedelta(weeks=WEEKS - 1 - number) for number in range(WEEKS)]
    meant = replace(chosen, first_day=min(first_day, mondays[0]), end_day=monday + timedelta(weeks=1))
    machine, final = (item_queries.verdicts_by_day(session, user, source, item, meant).items() for source in _SOURCES)
    sides = [[(day, Verdict(verdict), n) for (day, verdict), n in side] for side in (machine, final)]
    whole = [_sum((verdict, n) for day, verdict, n in side if first_day <= day <= last_day) for side in sides]
    by_week = [
        {
            one: _sum((verdict, n) for day, verdict, n in side if one <= day < one + timedelta(weeks=1))
            for one in mondays
        }
        for side in sides
    ]
    return OverTime(whole[0], whole[1], tuple(Week(one, by_week[0][one], by_week[1][one]) for one in mondays))


def judging(session: Session, user: User, scorecard: str, item: str, chosen: Filter, gate: Gate) -> Judging:
    """How people decided the item in the submitted reviews of the calls that were chosen."""
    found = item_queries.decided(session, user, scorecard, item, chosen, NEWEST)
    shown = {one: n for one, n in found.items() if one.shown in DECISIONS and not one.blind}
    reasons: Counter[str] = Counter()
    for one, n in shown.items():
        if one.person != one.shown:
            reasons[one.reason or ""] += n
    table = _table(found)
    quality = rule_quality(table)
    return Judging(
        overridden=share(reasons.total(), sum(shown.values())),
        reasons=tuple(reasons.most_common()),
        agreed=quality.accuracy,
        table=table,
        blind=rule_quality(item_queries.labelled_blind(session, user, scorecard, item, chosen)),
        all=quality,
        gate=gate,
    )


def every_item(session: Session, user: User, chosen: Filter) -> dict[tuple[str, str], ItemCounts]:
    """Every item of every scorecard that judged the calls that were chosen, by scorecard and item."""
    machine, final = (_by_item(session, user, source, chosen) for source in _SOURCES)
    return {
        key: ItemCounts(*key, Counts(machine.get(key, {})), Counts(final.get(key, {})))
        for key in sorted({*machine, *final})
    }


_SOURCES: tuple[Source, Source] = ("machine", "final")


def _sum(verdicts: Iterable[tuple[Verdict, int]]) -> Counts:
    found: Counter[Verdict] = Counter()
    for verdict, n in verdicts:
        found[verdict] += n
    return Counts(found)


def _by_item(session: Session, user: User, source: Source, chosen: Filter) -> dict[tuple[str, str], dict[Verdict, int]]:
    found: dict[tuple[str, str], dict[Verdict, int]] = {}
    for (card, item, verdict), n in item_queries.verdicts_by_card(session, user, source, chosen).items():
        found.setdefault((card, item), {})[Verdict(verdict)] = n
    return found


def _table(found: Mapping[Decided, int]) -> dict[tuple[Verdict, Verdict], int]:
    table: Counter[tuple[Verdict, Verdict]] = Counter()
    for one, n in found.items():
        table[one.machine, one.person] += n
    return dict(table)
