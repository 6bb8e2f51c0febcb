"""The rates of indicators, by group and of all groups together, as far as the person reads them."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from app.accounts.models import User
from app.accounts.policies import may_see_performance, may_see_team, may_sign_in
from app.calls.models import Direction
from app.contacts.queries import Chosen
from app.domain.metrics import INDICATORS, Basis, DoublyJudged, Indicator, MachineRate, Rate, machine_rate
from app.reports.indicator_asked import Asked, By, Key, SumsBy, adds_up, knows
from app.reports.indicator_sums import judged, sums_of
from app.reports.queries import Filter, Source
from app.reports.rate_samples import judged_by_both

DIRECTIONS = (Direction.INBOUND.value, Direction.OUTBOUND.value)
PASS_RATE = "monitoring_pass_rate"
# In place of a direction: sums of what the machine said.
MACHINE = "machine"


# Of an indicator and, where directions are told apart, of one of them.
Name = tuple[str, str | None]
NamedSums = dict[Name, SumsBy]
Values = dict[Name, dict[Key, Rate | None]]


def reader_of(one: Indicator) -> Callable[[User], bool]:
    """The policy that says who reads an indicator; of whose facts, its source says."""
    if one.basis == Basis.AGENT_FACTS:
        return may_see_performance
    return may_see_team if one.basis == Basis.COSTS else may_sign_in


def sums_by_name(wanted: Sequence[Indicator], asked: Asked, source: Source) -> NamedSums:
    """What every indicator that the person reads, and whose source knows what was asked, is made from."""
    known = [one for one in wanted if knows(one, asked.by, asked.chosen) and reader_of(one)(asked.user)]
    by_machine = [one for one in known if one.id == PASS_RATE and source == "machine"]
    found: NamedSums = {(one.id, MACHINE): judged(asked, "machine") for one in by_machine}
    people = [one for one in known if one not in by_machine]
    found |= _named([one for one in people if not is_apart(one, asked)], asked, None)
    apart = [one for one in people if is_apart(one, asked)]
    for direction in DIRECTIONS if apart else ():
        found |= _named(apart, replace(asked, chosen=replace(asked.chosen, direction=direction)), direction)
    return found


def _named(indicators: Sequence[Indicator], asked: Asked, direction: str | None) -> NamedSums:
    found = sums_of(asked, indicators)
    return {(one.id, direction): found.get(one.id, {}) for one in indicators}


def whole_of(found: NamedSums, wanted: Sequence[Indicator], asked: Asked, source: Source) -> NamedSums:
    """The sums of all groups together: added up, where each fact is in one group alone; else asked for."""
    if not asked.by:
        return found
    together = [one for one in wanted if adds_up(one, asked.by) and not one.apart_by_direction]
    known = {one.id for one in together}
    added = {name: _added(sums) for name, sums in found.items() if name[0] in known}
    return added | sums_by_name([one for one in wanted if one.id not in known], replace(asked, by=()), source)


def _added(groups: SumsBy) -> SumsBy:
    whole: Counter[str] = Counter()
    for sums in groups.values():
        whole.update(sums)
    return {(): dict(whole)} if groups else {}


def rates_of(found: NamedSums, error: DoublyJudged | None) -> Values:
    """The rates that the sums make; that of the machine with its error taken out."""
    values: Values = {}
    for (name, direction), groups in found.items():
        if direction == MACHINE and error is not None:
            values[name, None] = _machine_rates(groups, error)
        else:
            values[name, direction] = {key: INDICATORS[name].measure(sums) for key, sums in groups.items()}
    return values


def is_apart(one: Indicator, asked: Asked) -> bool:
    return one.apart_by_direction and By.DIRECTION not in asked.by and asked.chosen.direction is None


def machine_error(session: Session, user: User, chosen: Chosen, now: datetime) -> DoublyJudged:
    """How often the machine errs in the calls that were chosen, told by those that people judged blind."""
    judged_calls = Filter(chosen.first_day, chosen.end_day, chosen.team_id, chosen.agent_id, chosen.queue)
    return judged_by_both(session, user, judged_calls, now)


def _machine_rates(groups: SumsBy, error: DoublyJudged) -> dict[Key, Rate | None]:
    """The pass rates that people would have found, from those of the machine."""
    found: dict[Key, Rate | None] = {}
    for key, sums in groups.items():
        n, passed, uncertain = (int(sums[name]) for name in ("n", "passed", "uncertain"))
        rate: MachineRate | None = machine_rate(passed, n, error, uncertain) if n else None
        found[key] = rate if rate is None or rate.rate is not None else None
    return found
