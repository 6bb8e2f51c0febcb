"""How a team does in a period: its rates, the period before, twelve weeks, lost points, how far people agree."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlmodel import Session

from app.accounts.models import User
from app.complaints import queries as complaints
from app.complaints.models import ComplaintCategory
from app.domain.agreement import Agreement, ac1
from app.domain.evidence import Verdict
from app.domain.metrics import Rate, complaint_rate, pass_rate
from app.domain.metrics.interval import share
from app.domain.metrics.share_difference import ShareDifference, share_difference
from app.domain.scorecard import Scorecard
from app.reports import rates, sums, team_queries
from app.reports.complaint_rates import ComplaintRates, complaint_rates
from app.reports.queries import Filter
from app.reports.rate_groups import GroupBy
from app.reports.rates import Group, PassRates
from app.reports.team_queries import Spoken, Verdicts
from app.scorecards import queries as scorecards
from app.tallies.cells import Numbers

WEEKS = 12


@dataclass(frozen=True)
class Period:
    """A stretch of days, both ends counted, and the stretch of as many days right before it."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return max(1, (self.last - self.first).days + 1)

    @property
    def before(self) -> "Period":
        """As many days, up to the day before the first; fewer where the calendar begins."""
        last = self.first - timedelta(days=min(1, (self.first - date.min).days))
        return Period(last - timedelta(days=min(self.days - 1, (last - date.min).days)), last)


@dataclass(frozen=True)
class Week:
    """A week from Monday on, and what of its reviewed calls passed."""

    monday: date
    final: Group


@dataclass(frozen=True)
class LostPoints:
    """What an item cost: its points for each reviewed call that failed it, of all calls in which it was decided.

    `version` is that of the scorecard under which it was failed most often.
    """

    item: str
    version: str
    points: float
    failed: Rate


@dataclass(frozen=True)
class Lost:
    """Where points are lost, the most expensive item first; `points` and `fails` are those of all items."""

    items: tuple[LostPoints, ...]
    points: float
    fails: int


@dataclass(frozen=True)
class Reviewers:
    """How far two people who do not know of each other agree about calls: AC1, and how many came out alike."""

    ac1: Agreement
    alike: Rate


@dataclass(frozen=True)
class TeamReport:
    """A team in a period, by people (`final`) and by the machine, never mixed; complaints are those that were upheld.

    `critical` is the share of reviewed calls that failed a critical item. `change` and `critical_change` are against
    the period before. `spoken` is None as of a day of the past: what was said of a call is known as of now alone.
    """

    period: Period
    final: PassRates
    machine: PassRates
    change: ShareDifference
    critical: Rate
    earlier_critical: Rate
    critical_change: ShareDifference
    complaints: ComplaintRates
    attitude: Rate
    weeks: tuple[Week, ...]
    lost: Lost
    reviewers: Reviewers
    spoken: Spoken | None


def team_report(session: Session, user: User, chosen: Filter, period: Period) -> TeamReport:
    """All that is told of the calls that were chosen, which are those of the period."""
    by = (GroupBy.AGENT,)
    final, machine = (rates.pass_rates(session, user, source, by, chosen) for source in ("final", "machine"))
    before = replace(chosen, first_day=period.before.first, end_day=period.first)
    earlier = _total(session, user, before)
    complained = complaint_rates(session, user, by, chosen)
    critical, earlier_critical = (share(one.critical, one.rate.n) for one in (final.total, earlier))
    return TeamReport(
        period=period,
        final=final,
        machine=machine,
        change=_change(earlier.rate, final.total.rate),
        critical=_limited(critical),
        earlier_critical=_limited(earlier_critical),
        critical_change=_change(earlier_critical, critical),
        complaints=complained,
        attitude=_attitude(session, user, chosen, complained.total.rate.n),
        weeks=_weeks(session, user, chosen, period.last),
        lost=lost_points(
            team_queries.verdicts_by_version(session, user, chosen),
            lambda version: scorecards.card(session, version),
        ),
        reviewers=_reviewers(session, user, chosen),
        spoken=team_queries.spoken_of(session, user, chosen) if chosen.as_of is None else None,
    )


def lost_points(verdicts: Verdicts, card: Callable[[str], Scorecard]) -> Lost:
    """What each item cost, whatever its points were in the version by which a call was judged."""
    counted: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    points: dict[str, float] = defaultdict(float)
    versions: dict[str, dict[str, int]] = defaultdict(dict)
    for (version, item, verdict), n in verdicts.items():
        counted[item][verdict] += n
        if verdict == Verdict.FAIL.value:
            worth = next((one.points for one in card(version).items if one.id == item), 0.0)
            points[item] += worth * n
            versions[item][version] = n
    found = [
        LostPoints(item, max(sorted(n), key=lambda version: n[version]), points[item], _failed(counted[item]))
        for item, n in versions.items()
    ]
    # A critical item may be worth nothing by itself: then how often it was failed says where it stands.
    found.sort(key=lambda one: (-one.points, -one.failed.count, one.item))
    return Lost(tuple(found), sum(one.points for one in found), sum(one.failed.count for one in found))


def _failed(verdicts: dict[str, int]) -> Rate:
    fails = verdicts[Verdict.FAIL.value]
    return _limited(share(fails, fails + verdicts[Verdict.PASS.value]))


def _limited(rate: Rate) -> Rate:
    """A share of what should not be: less of it is better."""
    return rate.model_copy(update={"more_is_better": False})


def _change(before: Rate, now: Rate) -> ShareDifference:
    return share_difference((before.count, before.n), (now.count, now.n))


def _attitude(session: Session, user: User, chosen: Filter, handled: int) -> Rate:
    upheld = complaints.upheld(
        session,
        user,
        (),
        category=ComplaintCategory.ATTITUDE,
        team_id=chosen.team_id,
        first_day=chosen.first_day,
        last_day=chosen.end_day - timedelta(days=1) if chosen.end_day else None,
    )
    return complaint_rate(sum(upheld.values()), handled)


def _weeks(session: Session, user: User, chosen: Filter, last: date) -> tuple[Week, ...]:
    """The twelve weeks up to the last day; days after it are not in the last one."""
    monday = last - timedelta(days=last.weekday())
    mondays = [monday - timedelta(weeks=WEEKS - 1 - number) for number in range(WEEKS)]
    meant = replace(chosen, first_day=mondays[0])
    by_week: dict[date, Numbers] = defaultdict(Numbers)
    for (day,), numbers in sums.of_calls(session, user, "final", ("site_day",), meant).items():
        monday = day - timedelta(days=day.weekday())
        by_week[monday] = by_week[monday].plus(numbers)
    return tuple(Week(one, _group(by_week[one])) for one in mondays)


def _total(session: Session, user: User, chosen: Filter) -> Group:
    """The calls that people reviewed, all together."""
    return _group(sums.of_calls(session, user, "final", (), chosen).get((), Numbers()))


def _group(numbers: Numbers) -> Group:
    rate = pass_rate(numbers.passed, numbers.n, numbers.uncertain)
    return Group({}, rate, uncertain=numbers.uncertain, critical=numbers.critical)


def _reviewers(session: Session, user: User, chosen: Filter) -> Reviewers:
    pairs = team_queries.scored_twice(session, user, chosen)
    alike = sum(n for (one, other), n in pairs.items() if one == other)
    return Reviewers(ac1(pairs), share(alike, pairs.total()))
