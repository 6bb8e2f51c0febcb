"""What months cost, each part counted once: a cost of the whole holds in place of those of its parts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, col, select

from app.accounts.models import User
from app.operations.models import Cost
from app.operations.queries import costs_visible_to

# Team (None: all) and queue ("": all).
Place = tuple[int | None, str]


@dataclass(frozen=True)
class CostCell:
    """What a team (None: all), or a queue ("": all), cost in a month; count calls of just these, and no others.

    `month` is its first day. Cells of one answer do not overlap; their currencies may differ.
    """

    month: date
    team_id: int | None
    queue: str
    amount: float
    currency: str


def costs(
    session: Session, user: User, first: date, last: date, *, team_id: int | None = None, queue: str | None = None
) -> tuple[CostCell, ...]:
    """What the months cost that lie wholly between two days, both counted; of all, or of a team, a queue, or both."""
    wanted = select(Cost).where(costs_visible_to(user), col(Cost.month).between(first, last))
    found: dict[date, dict[Place, Cost]] = {}
    for one in session.exec(wanted.order_by(col(Cost.month), col(Cost.id))):
        if last_day(one.month) <= last:
            found.setdefault(one.month, {})[one.team_id, one.queue] = one
    return tuple(_cell(one) for known in found.values() for one in chosen(known, team_id, queue or ""))


def chosen(known: dict[Place, Cost], team_id: int | None, queue: str) -> Iterable[Cost]:
    """Of the costs of one month those that make up what was asked for: the whole, else its parts, where they are."""
    whole = known.get((team_id, queue))
    if whole is not None:
        return [whole]
    if team_id is not None:
        return [] if queue else [one for (team, part), one in known.items() if team == team_id and part]
    teams = sorted({team for team, _ in known if team is not None})
    of_teams = [one for team in teams for one in chosen(known, team, queue)]
    # Costs of a queue over all teams would count a part of those of the teams again.
    return of_teams or ([] if queue else [one for (team, part), one in known.items() if team is None and part])


def last_day(month: date) -> date:
    """The last day of the month that begins on this day."""
    return (month.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _cell(one: Cost) -> CostCell:
    return CostCell(one.month, one.team_id, one.queue, one.amount, one.currency)
