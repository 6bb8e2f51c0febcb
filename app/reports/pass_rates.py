"""Pass rates as other systems are told them: with the target, the estimate of a sample, the error of the machine."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.domain.metrics import DoublyJudged, MachineRate, StratifiedRate, machine_rate
from app.reports import rate_samples, rates
from app.reports.agent_rates import agent_rates
from app.reports.exact_queries import Exact
from app.reports.queries import Filter, Source
from app.reports.rate_groups import GroupBy, Window
from app.reports.rates import Group, PassRates
from app.targets import queries as set_targets
from app.targets.holding import Targets

PASS_RATE = "monitoring_pass_rate"
COMPLAINT_RATE = "attitude_complaint_rate"


@dataclass(frozen=True)
class Asked:
    """A question: whose verdicts, what is counted, by what, of which calls; `target` (0-1) where the client says it."""

    source: Source
    unit: Literal["call", "agent"]
    by: tuple[GroupBy, ...]
    chosen: Filter
    exact: Exact | None = None
    target: float | None = None


class Goal:
    """The target of each group: what the client gave, else what is set for its team and queue on this day.

    An agent is held against what is set for the team that they are on.
    """

    def __init__(self, session: Session, indicator: str, chosen: Filter, given: float | None, today: date) -> None:
        self.given, self._chosen, self._indicator = given, chosen, indicator
        self._day = min(today, chosen.end_day - timedelta(days=1)) if chosen.end_day else today
        self._known = set_targets.all_targets(session, indicator) if given is None else None
        are_set = self._known is not None and bool(self._known.set)
        self._teams = {team.name: team.id for team in accounts.teams(session)} if are_set else {}
        people = accounts.users(session) if are_set else ()
        self._homes = {user.username: user.team_id for user in people}
        # Of one agent alone, and of a group without one.
        self._home = next((user.team_id for user in people if user.id == chosen.agent_id), chosen.team_id)
        self._found: dict[tuple[str | None, ...], float | None] = {}

    def of(self, group: Group) -> float | None:
        """The target of a group, in the rate's unit; None: there is none."""
        if self._known is None:
            return self.given
        agent = group.key.get("agent") if self._homes else None
        place = group.key.get("team"), agent, group.key.get("queue")
        if place not in self._found:
            self._found[place] = self._target(self._known, *place)
        return self._found[place]

    def _target(self, known: Targets, team: str | None, agent: str | None, queue: str | None) -> float | None:
        team_id = self._teams.get(team) if team else self._chosen.team_id
        if team_id is None:
            team_id = self._homes.get(agent) if agent else self._home
        found = known.at(self._indicator, day=self._day, team_id=team_id, queue=queue or self._chosen.queue)
        return found.value if found else None


@dataclass(frozen=True)
class Measured:
    """The answer: rates, targets, how many calls came in, and what a sample and the machine's error make of it."""

    rates: PassRates
    goal: Goal
    population: int | None
    sample: rate_samples.Sample | None
    judged: DoublyJudged | None

    @property
    def estimate(self) -> StratifiedRate | None:
        return self.sample.rate if self.sample else None

    def corrected(self, group: Group) -> MachineRate | None:
        """The machine's rate with its error taken out; where nothing is known of that, the whole alone says so."""
        if self.judged is None or (group.key and not (self.judged.passed and self.judged.failed)):
            return None
        return machine_rate(group.rate.count, group.rate.n, self.judged, group.uncertain)


def measured(session: Session, user: User, asked: Asked, page: Window | None, now: datetime) -> Measured:
    """What the calls that were asked for say."""
    of = agent_rates if asked.unit == "agent" else rates.pass_rates
    chosen, source = asked.chosen, asked.source
    by_call = asked.unit == "call" and chosen.item is None and GroupBy.ITEM not in asked.by
    is_now = asked.exact is None and chosen.as_of is None
    # By how much the machine erred then, the blind reviews of today do not say.
    told_of_error = source == "machine" and chosen.as_of is None
    found = of(session, user, source, asked.by, chosen, asked.exact, page)
    return Measured(
        rates=found,
        goal=Goal(session, PASS_RATE, chosen, asked.target, now.date()),
        population=rates.handled(session, user, chosen, found.about.scored) if is_now else None,
        sample=rate_samples.drawn(session, user, chosen) if by_call and is_now and source == "final" else None,
        judged=rate_samples.judged_by_both(session, user, chosen, now) if by_call and told_of_error else None,
    )


def exact_path(
    session: Session, user: User, chosen: Filter, zone: str | None, reviewer_id: int | None, by_release: bool
) -> Exact | None:
    """What is to be counted call by call; None where stored sums tell it, as the teams' own days are."""
    days_of = ZoneInfo(zone) if zone and (by_release or not _is_zone_of(session, user, chosen, zone)) else None
    return Exact(days_of, reviewer_id, by_release) if days_of or reviewer_id or by_release else None


def _is_zone_of(session: Session, user: User, chosen: Filter, zone: str) -> bool:
    """Whether the days of all teams that are asked about are those of this time zone."""
    wanted = chosen.team_id or user.team_id
    teams: Sequence[str] = [one.time_zone for one in accounts.teams(session) if wanted in (None, one.id)]
    return set(teams or ["UTC"]) == {zone}
