"""Complaint rates by day, team and agent, each with what it is made of: its counts and its interval."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlmodel import Session

from app.accounts.models import User
from app.complaints import queries as complaints
from app.complaints.models import ComplaintCategory
from app.domain.metrics import complaint_rate
from app.reports.queries import Filter
from app.reports.rate_groups import GroupBy, Groups, Names, Window, in_order
from app.reports.rates import Group

# Complaints know neither the queue nor the scorecard of a call.
OF_COMPLAINTS = (GroupBy.DAY, GroupBy.WEEK, GroupBy.MONTH, GroupBy.TEAM, GroupBy.AGENT)


@dataclass(frozen=True)
class ComplaintRates:
    """Complaint rates by group and as a whole; of `count` groups these are some, where a page was asked for."""

    groups: tuple[Group, ...]
    total: Group
    count: int = 0
    more: bool = False


def complaint_rates(
    session: Session,
    user: User,
    by: Sequence[GroupBy],
    chosen: Filter,
    category: ComplaintCategory | None = None,
    page: Window | None = None,
) -> ComplaintRates:
    """The upheld complaints (of one category, or all) per 1,000 calls handled in the same days and groups."""
    groups = Groups(session, by)
    columns: list[Any] = ["site_day" if one == "month" else one for one in groups.columns]
    limits: dict[str, Any] = {
        "agent_id": chosen.agent_id,
        "team_id": chosen.team_id,
        "first_day": chosen.first_day,
        "last_day": chosen.end_day - timedelta(days=1) if chosen.end_day else None,
    }
    summed: dict[Names, list[int]] = defaultdict(lambda: [0, 0])
    for values, n in complaints.upheld(session, user, columns, category=category, **limits).items():
        summed[groups.names(values)][0] += n
    for values, n in complaints.handled(session, user, columns, **limits).items():
        summed[groups.names(values)][1] += n
    named = in_order(summed)
    shown, more = page.of(named) if page else (named, False)
    whole = [sum(counts[place] for counts in summed.values()) for place in (0, 1)]
    return ComplaintRates(
        groups=tuple(Group(groups.key(names), complaint_rate(*counts)) for names, counts in shown),
        total=Group({}, complaint_rate(*whole)),
        count=len(named),
        more=more,
    )
