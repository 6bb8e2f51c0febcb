"""What the tallies say of each agent's days: the finest sums that are stored."""

from datetime import date
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from app.tallies.models import ItemTally, Level, Span, Tally, TallyGroup
from app.tallies.pending import settle


class AgentDay(NamedTuple):
    """A sum, and whose it is."""

    group: TallyGroup
    sums: Any

    @property
    def site_day(self) -> date:
        return self.sums.start


def agent_days(session: Session, kind: type[Tally] | type[ItemTally] = Tally, **where: object) -> list[AgentDay]:
    """The sums of the days of the calls, for each agent, where the group is so."""
    settle(session)
    wanted = select(TallyGroup, kind).join(kind, col(kind.group_id) == TallyGroup.id)
    wanted = wanted.where(TallyGroup.level == Level.AGENT, col(kind.span).in_([Span.CALL_DAY, Span.BOTH_DAY]))
    return [AgentDay(*row) for row in session.exec(wanted.filter_by(**where).order_by(col(TallyGroup.id)))]
