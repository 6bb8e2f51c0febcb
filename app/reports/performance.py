"""The performance score of an agent, month by month: parts from calls, reviews and what was entered."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlmodel import Session

from app.accounts.membership import team_at
from app.accounts.models import Role, User
from app.complaints import queries as complaints
from app.domain.metrics.performance_score import EQUAL, PARTS, PerformanceScore, performance_score, workload_points
from app.kit.db import id_of
from app.operations import queries as operations
from app.operations.models import AgentFact, PerformanceWeights
from app.reports import performance_queries
from app.reports.performance_queries import Reviewed

MONTHS = 12


@dataclass(frozen=True)
class MonthOfAgent:
    """An agent's month: the score, what it was made from, and the weights (None: the suggested equal ones)."""

    month: date
    score: PerformanceScore
    calls: int
    target: int | None
    reviewed: Reviewed
    facts: dict[str, AgentFact]
    weights: PerformanceWeights | None


def months_of(session: Session, user: User, agent: User, last: date, number: int = MONTHS) -> tuple[MonthOfAgent, ...]:
    """The months up to one, the newest first; an agent's own view knows only results that were released to them."""
    of, last = id_of(agent), last.replace(day=1)
    first = _back(last, number - 1)
    handled: dict[date, int] = defaultdict(int)
    # All that is the agent's, not what of it the reader sees: who changed teams has one score, not one for each reader.
    by_day = complaints.handled(session, agent, ("site_day",), agent_id=of, first_day=first, last_day=_last_day(last))
    for (day,), n in by_day.items():
        handled[day.replace(day=1)] += n
    told_only = user.role == Role.AGENT
    reviewed = performance_queries.reviewed(session, agent, first, _last_day(last), released=told_only)
    facts: dict[date, dict[str, AgentFact]] = defaultdict(dict)
    for fact in operations.facts(session, of, first, last):
        facts[fact.month][fact.kind.value] = fact
    months = (_back(last, place) for place in range(number))
    none = Reviewed(0, 0)
    return tuple(
        _month(session, agent, one, handled[one], reviewed.get(one, none), facts.get(one, {})) for one in months
    )


def _month(
    session: Session, agent: User, month: date, calls: int, reviewed: Reviewed, facts: dict[str, AgentFact]
) -> MonthOfAgent:
    # By the team of that month, whichever the agent is on today.
    team = team_at(session, id_of(agent), datetime.combine(_last_day(month), time(12), UTC))
    weights = operations.weights_in(session, team.id if team else None, month)
    target = weights.calls_target if weights else None
    values: dict[str, float | None] = {name: facts[name].value for name in PARTS if name in facts}
    values |= {"workload": workload_points(calls, target), "qa": reviewed.mean}
    chosen = {name: float(getattr(weights, name)) for name in PARTS} if weights else EQUAL
    return MonthOfAgent(month, performance_score(values, chosen), calls, target, reviewed, facts, weights)


def _back(month: date, number: int) -> date:
    """The first day of the month that lies so many months before."""
    years, left = divmod(month.year * 12 + month.month - 1 - number, 12)
    return date(years, left + 1, 1)


def _last_day(month: date) -> date:
    return date.fromordinal(_back(month, -1).toordinal() - 1)
