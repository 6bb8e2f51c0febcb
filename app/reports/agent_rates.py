"""The share of agents whose mean score reaches the pass mark."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from app.accounts.models import User
from app.domain.metrics import pass_rate
from app.reports.exact_queries import Exact
from app.reports.queries import Filter, Source
from app.reports.rate_groups import GroupBy, Groups, Names, Window, in_order
from app.reports.rates import Group, PassRates, about, counted
from app.tallies.cells import Numbers


@dataclass
class Agent:
    """What an agent's calls add up to; `above` is by how much their scores are over the pass marks, in tenths."""

    n: int = 0
    score_tenths: int = 0
    above: float = 0.0
    uncertain: int = 0
    critical: int = 0

    def add(self, numbers: Numbers, pass_mark: float) -> None:
        """Add calls that were judged with this pass mark (points of 100)."""
        self.n += numbers.n
        self.score_tenths += numbers.score_tenths
        self.above += numbers.score_tenths - numbers.n * 10 * pass_mark
        self.uncertain += numbers.uncertain
        self.critical += numbers.critical


def agent_rates(
    session: Session,
    user: User,
    source: Source,
    by: Sequence[GroupBy],
    chosen: Filter,
    exact: Exact | None = None,
    page: Window | None = None,
) -> PassRates:
    """The share of agents whose mean score reaches the pass mark, over the calls of each that were chosen."""
    groups = Groups(session, by)
    columns: list[Any] = list(dict.fromkeys((*groups.columns, "agent_id", "version")))
    agent_at, version_at = columns.index("agent_id"), columns.index("version")
    # First the numbers: by whichever version calls were judged by now, its pass mark is known then.
    numbers_by = counted(session, user, source, columns, chosen, exact)
    known = about(session, user, source, chosen, exact)
    marks = {one.version: one.pass_mark for one in known.judged_by}
    agents: dict[Names, dict[int, Agent]] = defaultdict(lambda: defaultdict(Agent))
    everyone: dict[int, Agent] = defaultdict(Agent)
    for values, numbers in numbers_by.items():
        agent_id = values[agent_at]
        if agent_id:
            for one in (agents[groups.names(values)][agent_id], everyone[agent_id]):
                one.add(numbers, marks.get(values[version_at], 0.0))
    named = in_order(agents)
    shown, more = page.of(named) if page else (named, False)
    return PassRates(
        groups=tuple(_reached(groups.key(names), list(found.values())) for names, found in shown),
        total=_reached({}, list(everyone.values())),
        about=known,
        count=len(named),
        more=more,
    )


def _reached(key: dict[str, str | None], agents: Sequence[Agent]) -> Group:
    """The agents whose mean score reaches the pass mark; who has undecided calls alone waits, as those calls do."""
    rated = [one for one in agents if one.n]
    waiting = sum(1 for one in agents if not one.n and one.uncertain)
    calls = sum(one.n for one in rated)
    return Group(
        key,
        pass_rate(sum(1 for one in rated if one.above >= 0), len(rated), waiting),
        uncertain=waiting,
        not_applicable=len(agents) - len(rated) - waiting,
        critical=sum(1 for one in agents if one.critical),
        mean_score=round(sum(one.score_tenths for one in rated) / calls / 10, 1) if calls else None,
        calls=calls,
    )
