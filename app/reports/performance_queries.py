"""Reads what reviews say of an agent's months."""

from collections import defaultdict
from datetime import date
from typing import NamedTuple

import sqlalchemy
from sqlmodel import Session, col, func

from app.accounts.models import User
from app.calls.models import Call, CallState
from app.reports.queries import FAIR, Filter
from app.reports.stored_queries import tallied
from app.reviews.models import Purpose, Review
from app.reviews.queries import readable_by_agents


class Reviewed(NamedTuple):
    """How many calls were reviewed, and the sum of their final scores in tenths of a point."""

    n: int
    score_tenths: int

    @property
    def mean(self) -> float | None:
        """The mean final score in points of 100."""
        return self.score_tenths / self.n / 10 if self.n else None


def reviewed(session: Session, agent: User, first: date, last: date, *, released: bool) -> dict[date, Reviewed]:
    """By month, the reviews of an agent's calls that were not picked for what is known of them.

    `released`: only those that the agent may read.
    """
    by_day = (_released if released else _all)(session, agent, first, last)
    found: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    for day, (n, tenths) in by_day.items():
        month = found[day.replace(day=1)]
        month[0], month[1] = month[0] + n, month[1] + tenths
    return {month: Reviewed(*numbers) for month, numbers in found.items()}


def _all(session: Session, agent: User, first: date, last: date) -> dict[date, tuple[int, int]]:
    chosen = Filter(first_day=first, end_day=date.fromordinal(last.toordinal() + 1), agent_id=agent.id)
    rows = tallied(session, agent, "final", ("site_day",), chosen)
    return {day: (numbers.n, numbers.score_tenths) for (day,), numbers in rows.items()}


def _released(session: Session, agent: User, first: date, last: date) -> dict[date, tuple[int, int]]:
    tenths = func.sum(func.round(10 * col(Review.score)))
    wanted = (
        sqlalchemy.select(col(Call.site_day), func.count(), tenths)
        .select_from(Call)
        .join(Review, col(Review.call_id) == Call.id)
        .where(
            col(Call.agent_id) == agent.id,
            col(Call.site_day).between(first, last),
            col(Call.state) != CallState.DELETED,
            col(Review.purpose) == Purpose.COUNTS,
            readable_by_agents(),
            col(Review.picked).in_(FAIR),
            col(Review.passed).is_not(None),
        )
        .group_by(col(Call.site_day))
    )
    return {day: (n, int(sum_ or 0)) for day, n, sum_ in session.execute(wanted)}
