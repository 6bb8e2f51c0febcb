"""The rates of indicators, by group and of all groups together, as far as the person reads them."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from app.accounts.models import Role, User
from app.accounts.policies import may_see_performance, may_see_team, may_sign_in
from app.calls.models import Direction
from app.domain.metrics import INDICATORS, Basis, Indicator, MachineRate, Rate, machine_rate
from app.reports.indicator_asked import Asked, By, Key, SumsBy, adds_up, knows
from app.reports.indicator_queries import judged_twice
from app.reports.indicator_sums import judged, sums_of
from app.reports.queries import Source

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


def rates_of(found: NamedSums, asked: Asked) -> Values:
    """The rates that the sums make; that of the machine is corrected by the calls that people judged too."""
    values: Values = {}
    for (name, direction), groups in found.items():
        if direction == MACHINE:
            values[name, None] = machine_rates(groups, asked)
        else:
            values[name, direction] = {key: INDICATORS[name].measure(sums) for key, sums in groups.items()}
    return values


def is_apart(one: Indicator, asked: Asked) -> bool:
    return one.apart_by_direction and By.DIRECTION not in asked.by and asked.chosen.direction is None


def machine_rates(groups: SumsBy, asked: Asked) -> dict[Key, Rate | None]:
    """The pass rates that people would have found, from those of the machine; agents are told of none."""
    if asked.user.role == Role.AGENT:
        return {}
    twice = judged_twice(asked.session, asked.user, asked.chosen)
    found: dict[Key, Rate | None] = {}
    for key, sums in groups.items():
        n, passed, uncertain = (int(sums[name]) for name in ("n", "passed", "uncertain"))
        rate: MachineRate | None = machine_rate(passed, n, twice, uncertain) if n else None
        found[key] = rate if rate is None or rate.rate is not None else None
    return found
