"""Pass rates as other systems are told them: with the target, the estimate of a sample, the error of the machine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.domain.metrics import DoublyJudged, MachineRate, StratifiedRate, machine_rate
from app.reports import rate_samples, rates
from app.reports.exact_queries import Exact
from app.reports.queries import Filter, Source
from app.reports.rates import Group, GroupBy, PassRates, Window
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


@dataclass(frozen=True)
class Goal:
    """The target of each group: what the client gave, else what is set for its team and queue on this day."""

    given: float | None
    known: Targets | None
    indicator: str
    day: date
    team_id: int | None
    queue: str | None
    teams: Mapping[str, int]

    def of(self, group: Group) -> float | None:
        if self.given is not None or self.known is None:
            return self.given
        team, queue = group.key.get("team"), group.key.get("queue")
        found = self.known.at(
            self.indicator,
            day=self.day,
            team_id=self.teams.get(team) if team else self.team_id,
            queue=queue or self.queue,
        )
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


def measured(session: Session, user: User, asked: Asked, page: Window | None, today: date) -> Measured:
    """What the calls that were asked for say."""
    of = rates.agent_rates if asked.unit == "agent" else rates.pass_rates
    found = of(session, user, asked.source, asked.by, asked.chosen, asked.exact, page)
    by_call = asked.unit == "call" and asked.chosen.item is None and GroupBy.ITEM not in asked.by
    is_plain = by_call and asked.exact is None and asked.chosen.as_of is None
    return Measured(
        rates=found,
        goal=goal(session, PASS_RATE, asked.chosen, asked.target, today),
        population=rates.handled(session, user, asked.chosen)
        if asked.exact is None and not asked.chosen.as_of
        else None,
        sample=rate_samples.drawn(session, user, asked.chosen) if is_plain and asked.source == "final" else None,
        judged=rate_samples.judged_by_both(session, user, asked.chosen)
        if by_call and asked.source == "machine"
        else None,
    )


def goal(session: Session, indicator: str, chosen: Filter, given: float | None, today: date) -> Goal:
    """What is to be reached, as it was set for the last of the days."""
    day = min(today, chosen.end_day - timedelta(days=1)) if chosen.end_day else today
    known = None if given is not None else set_targets.all_targets(session, indicator)
    teams = {team.name: team.id for team in accounts.teams(session) if team.id is not None} if known else {}
    return Goal(given, known, indicator, day, chosen.team_id, chosen.queue, teams)


def is_zone_of(session: Session, user: User, chosen: Filter, zone: str) -> bool:
    """Whether the days of all teams that are asked about are those of this time zone."""
    wanted = chosen.team_id or user.team_id
    teams: Sequence[str] = [one.time_zone for one in accounts.teams(session) if wanted in (None, one.id)]
    return set(teams or ["UTC"]) == {zone}
