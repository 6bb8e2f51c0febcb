"""The page of one team: what its template is given, from the report of its period."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from urllib.parse import urlencode

from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Team
from app.domain.agreement import BOUND
from app.domain.metrics.pass_rate import pass_rate
from app.domain.metrics.share_difference import ShareDifference
from app.kit.i18n import Translator
from app.reports.rates import Group
from app.reports.team_report import Reviewers, TeamReport
from app.reports.wording import Shown, number
from app.web.charts import Point, RunChart, run_chart
from app.web.coefficients import STANDINGS as AGREEMENT_STANDINGS
from app.web.coefficients import coefficient
from app.web.shares import signed
from app.web.team_goals import Goal, Goals
from app.web.team_lost import LostView, lost_view
from app.web.team_measures import MeasureLine
from app.web.team_rates import RateView, by_machine, per_thousand, share_of


@dataclass(frozen=True)
class ChangeView:
    """A share against the period before: `points` of a hundred more or less, with the range of the difference.

    `shown`: the counts show a change at all. Without calls in the period before, `before` is empty.
    """

    before: str
    count: int
    n: int
    more: bool
    points: str
    interval: str
    shown: bool


@dataclass(frozen=True)
class ReviewersView:
    """How far two people agree about calls; the places of its picture are in percent of a line from 0 to 1."""

    value: str
    interval: str
    alike: int
    n: int
    shown: Shown
    at: float | None
    low: float
    high: float
    goal: float
    open: int = 0


@dataclass(frozen=True)
class AgentRates:
    """The rates of one agent."""

    id: int
    name: str
    final: RateView
    machine: RateView
    score: str
    complaints: RateView


@dataclass(frozen=True)
class TeamPage:
    """One team: what changed, its rates and their run, where points are lost, its measures, its agents by name."""

    template: ClassVar[str] = "teams/show.html"
    id: int
    name: str
    several: bool
    first: date
    last: date
    days: int
    target: Goal
    limit: Goal
    calls: int
    final: RateView
    final_open: int
    apart: int
    change: ChangeView
    critical: RateView
    critical_change: ChangeView
    not_coached: int | None
    all_critical: int
    mean_score: str
    complaints: RateView
    attitude: int
    reviewers: ReviewersView
    chart: RunChart | None
    lost: LostView
    measures: tuple[MeasureLine, ...]
    agents: tuple[AgentRates, ...]
    calls_url: str
    pass_marks: str
    query: str
    as_of: date | None = None


@dataclass(frozen=True)
class Shell:
    """What a page knows beside its report: the team, whether there are others, the goals, the address, the measures."""

    team: Team
    several: bool
    goals: Goals
    query: str
    as_of: date | None
    measures: tuple[MeasureLine, ...]


def team_page(session: Session, found: TeamReport, shell: Shell, words: Translator) -> TeamPage:
    """The report as it is shown."""
    team, goals, period = shell.team, shell.goals, found.period
    final, complaints = found.final.total, found.complaints.total.rate
    marks = sorted({number(one.pass_mark) for one in (*found.final.about.judged_by, *found.machine.about.judged_by)})
    return TeamPage(
        id=team.id or 0,
        name=team.name,
        several=shell.several,
        first=period.first,
        last=period.last,
        days=period.days,
        target=goals.target,
        limit=goals.limit,
        calls=complaints.n,
        final=share_of(final.rate, goals.target.value, words),
        final_open=final.uncertain,
        apart=found.final.about.apart,
        change=_change(found.change),
        critical=share_of(found.critical, None, words),
        critical_change=_change(found.critical_change),
        not_coached=found.spoken.not_coached if found.spoken else None,
        all_critical=found.spoken.critical if found.spoken else 0,
        mean_score=number(final.mean_score),
        complaints=per_thousand(complaints, goals.limit.value, words),
        attitude=found.attitude.count,
        reviewers=_reviewers(found.reviewers, words),
        chart=_chart(found, goals, words),
        lost=lost_view(session, found, team, words),
        measures=shell.measures,
        agents=_agents(session, found, goals, words),
        calls_url="/calls?" + urlencode({"team": team.id, "first": period.first, "last": period.last}),
        pass_marks=", ".join(marks),
        query=shell.query,
        as_of=shell.as_of,
    )


def _change(found: ShareDifference) -> ChangeView:
    count, n = found.first
    if found.difference is None or found.ci_low is None or found.ci_high is None:
        return ChangeView("", count, n, more=False, points="", interval="", shown=False)
    return ChangeView(
        before=f"{100 * count / n:.0f} %",
        count=count,
        n=n,
        more=found.difference > 0,
        points=f"{abs(100 * found.difference):.0f}",
        interval=f"{signed(100 * found.ci_low)} … {signed(100 * found.ci_high)}",
        shown=found.is_shown,
    )


def _reviewers(found: Reviewers, words: Translator) -> ReviewersView:
    figure, shown = coefficient(found.ac1), AGREEMENT_STANDINGS[found.ac1.standing]

    def place(value: float | None) -> float:
        return round(min(100.0, max(0.0, 100 * (value or 0.0))), 2)

    return ReviewersView(
        value=figure.value,
        interval=figure.interval,
        alike=found.alike.count,
        n=found.alike.n,
        shown=shown._replace(word=words.gettext(shown.word)),
        at=place(found.ac1.value) if figure.interval else None,
        low=place(found.ac1.ci_low),
        high=place(found.ac1.ci_high),
        goal=place(BOUND),
    )


def _chart(found: TeamReport, goals: Goals, words: Translator) -> RunChart | None:
    points = []
    for week in found.weeks:
        rate, view = week.final.rate, share_of(week.final.rate, goals.target.value, words)
        label = f"{week.monday:W%V}"
        if rate.rate is None or rate.ci_low is None or rate.ci_high is None:
            points.append(Point(label))
            continue
        told = words.gettext("%(count)s of %(n)s") % {"count": rate.count, "n": rate.n}
        low, value, high = (100 * one for one in (rate.ci_low, rate.rate, rate.ci_high))
        points.append(Point(label, value, low, high, f"{view.told}, {told}", str(rate.n)))
    return run_chart(
        points,
        lambda value: f"{value:.0f} %",
        target=goals.target.value,
        target_label=words.gettext("Target"),
        median_label=words.gettext("Median"),
    )


def _agents(session: Session, found: TeamReport, goals: Goals, words: Translator) -> tuple[AgentRates, ...]:
    """Everybody with a call or a complaint, by name: where intervals overlap, a ranking would say too much."""
    final, machine, complaints = (
        {group.key["agent"]: group for group in one.groups} for one in (found.final, found.machine, found.complaints)
    )
    people = {user.username: user for user in accounts.users(session)}
    none = Group({}, pass_rate(0, 0))
    agents = []
    for username in {*final, *machine, *complaints}:
        person = people.get(username or "")
        agents.append(
            AgentRates(
                id=(person.id or 0) if person else 0,
                name=person.name if person else words.gettext("Unknown agent"),
                final=share_of(final.get(username, none).rate, goals.target.value, words),
                machine=by_machine(machine.get(username, none), goals.target.value, words),
                score=number(final.get(username, none).mean_score),
                complaints=per_thousand(complaints.get(username, none).rate, goals.limit.value, words),
            )
        )
    return tuple(sorted(agents, key=lambda one: (one.id == 0, one.name.casefold(), one.id)))
