"""Indicators as they are told: the rate with its n and interval, its target, and what may be said of the two."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.contacts.queries import Chosen
from app.domain.metrics import INDICATORS, DoublyJudged, Indicator, Rate, Standing, Unit
from app.kit.errors import AppError
from app.reports.indicator_asked import PERIODS, Asked, By, Key, limits
from app.reports.indicator_costs import currency
from app.reports.indicator_rates import DIRECTIONS, Values, is_apart, rates_of, reader_of, sums_by_name, whole_of
from app.reports.indicator_sums import source_known
from app.reports.queries import Source
from app.targets.holding import Target, Targets
from app.targets.queries import all_targets


class NoSuchIndicator(AppError):
    """There is no indicator of this id; /api/v1/metrics/indicators lists them."""

    code = "no_such_indicator"
    status = 404


class State(StrEnum):
    """Whether there is a value, or why not.

    `nothing_counted`: its source is there, but has told nothing of these days and people. `no_source_yet`: it has to be
    brought in first. `not_by_this`: it does not know by what the value was to be broken down or chosen. `not_yours`:
    the person's role does not read it.
    """

    MEASURED = "measured"
    NOTHING_COUNTED = "nothing_counted"
    NO_SOURCE_YET = "no_source_yet"
    NOT_BY_THIS = "not_by_this"
    NOT_YOURS = "not_yours"


@dataclass(frozen=True)
class Measured:
    """An indicator's value, with its target and what may be said of them.

    `direction` where inbound and outbound calls are told apart. `standing` is None without a target, and where neither
    more nor less is better. `currency` is that of money.
    """

    indicator: Indicator
    direction: str | None
    rate: Rate | None
    state: State
    target: Target | None = None
    standing: Standing | None = None
    currency: str | None = None


@dataclass(frozen=True)
class MeasuredGroup:
    """What was measured of a group ({"team": "A", "week": "2026-W41"}), in the order that was asked for."""

    key: dict[str, str | None]
    values: tuple[Measured, ...]
    team_id: int | None = None
    agent_id: int | None = None


@dataclass(frozen=True)
class Measurement:
    """Indicators by group, in the order of the groups' names, and of all together."""

    by: tuple[By, ...]
    groups: tuple[MeasuredGroup, ...]
    total: MeasuredGroup


def indicator(indicator_id: str) -> Indicator:
    """The indicator of this id."""
    found = INDICATORS.get(indicator_id)
    if found is None:
        raise NoSuchIndicator
    return found


def measured(
    session: Session,
    user: User,
    ids: Sequence[str],
    by: Sequence[By],
    chosen: Chosen,
    *,
    error: DoublyJudged | None = None,
) -> Measurement:
    """These indicators of the facts that were chosen, as far as the person may see them.

    The monitoring pass rate is that of people; with the `error` of the machine it is that of the machine, corrected.
    """
    source: Source = "final" if error is None else "machine"
    asked = Asked(session, user, tuple(dict.fromkeys(by)), chosen)
    wanted = [indicator(one) for one in dict.fromkeys(ids)]
    found = sums_by_name(wanted, asked, source)
    whole = rates_of(whole_of(found, wanted, asked, source), error)
    without_source = _without_source(session, whole)
    told = _Told(asked, all_targets(session), wanted, without_source, _currency(asked, wanted), _teams(asked))
    total = told.group(whole, (), {})
    if not asked.by:
        return Measurement((), (), total)
    values = rates_of(found, error)
    labels = _labels(session, asked.by)
    keys = {key for rates in values.values() for key, rate in rates.items() if rate is not None}
    groups = [told.group(values, key, labels) for key in keys]
    return Measurement(asked.by, tuple(sorted(groups, key=_name_of)), total)


@dataclass(frozen=True)
class _Told:
    """What turns sums into what is told."""

    asked: Asked
    targets: Targets
    wanted: Sequence[Indicator]
    without_source: frozenset[str]
    currency: str | None
    teams: Mapping[int | None, int | None]

    def group(self, values: Values, key: Key, labels: dict[By, dict[object, str]]) -> MeasuredGroup:
        by = self.asked.by if key else ()
        of = dict(zip(by, key, strict=True))
        return MeasuredGroup(
            key={
                one.value: labels.get(one, {}).get(value, None if value is None else str(value))
                for one, value in of.items()
            },
            values=tuple(self._measured(one, direction, values, of) for one, direction in self._columns(by)),
            team_id=of.get(By.TEAM),
            agent_id=of.get(By.AGENT),
        )

    def _columns(self, by: tuple[By, ...]) -> Iterator[tuple[Indicator, str | None]]:
        for one in self.wanted:
            for direction in DIRECTIONS if is_apart(one, replace(self.asked, by=by)) else (None,):
                yield one, direction

    def _measured(self, one: Indicator, direction: str | None, values: Values, of: dict[By, object]) -> Measured:
        rates = values.get((one.id, direction))
        rate = rates.get(tuple(of.values())) if rates else None
        target = self._target(one, direction, of)
        held = rate is not None and target is not None and one.more_is_better is not None
        return Measured(
            indicator=one,
            direction=direction,
            rate=rate,
            state=self._state(one, rates is not None, rate),
            target=target,
            standing=rate.verdict_against(target.value) if held and rate and target else None,
            currency=self.currency if one.unit == Unit.MONEY and rate is not None else None,
        )

    def _state(self, one: Indicator, is_known: bool, rate: Rate | None) -> State:
        if rate is not None:
            return State.MEASURED
        if not reader_of(one)(self.asked.user):
            return State.NOT_YOURS
        if not is_known:
            return State.NOT_BY_THIS
        return State.NO_SOURCE_YET if one.id in self.without_source else State.NOTHING_COUNTED

    def _target(self, one: Indicator, direction: str | None, of: dict[By, object]) -> Target | None:
        chosen = self.asked.chosen
        agent = of.get(By.AGENT, chosen.agent_id)
        team = of.get(By.TEAM, chosen.team_id) or self.teams.get(agent if isinstance(agent, int) else None)
        queue = of.get(By.QUEUE, chosen.queue)
        return self.targets.at(
            one.id,
            day=_last_day(of, chosen),
            team_id=team if isinstance(team, int) else None,
            queue=str(queue or ""),
            direction=direction or str(of.get(By.DIRECTION, chosen.direction) or ""),
        )


def _without_source(session: Session, whole: Values) -> frozenset[str]:
    """The indicators whose source has never told anything."""
    told = {name for (name, _), rates in whole.items() if any(rates.values())}
    return frozenset(name for name, _ in whole if name not in told and not source_known(session, INDICATORS[name]))


def _currency(asked: Asked, wanted: Sequence[Indicator]) -> str | None:
    """The currency of the costs, where money is asked for."""
    if not any(one.unit == Unit.MONEY and reader_of(one)(asked.user) for one in wanted):
        return None
    return currency(asked.session, asked.user, asked.chosen, *limits(asked.chosen))


def _teams(asked: Asked) -> dict[int | None, int | None]:
    """The teams of agents, whose targets these are held against: those that they are on."""
    if By.AGENT not in asked.by and asked.chosen.agent_id is None:
        return {}
    return {one.id: one.team_id for one in accounts.users(asked.session)}


def _last_day(of: dict[By, object], chosen: Chosen) -> date:
    """The day whose target a group is held against: the last of its period, or of the days that were chosen."""
    named = [last_day(one, str(of[one])) for one in PERIODS if of.get(one)]
    if chosen.end_day is not None:
        named.append(chosen.end_day - timedelta(days=1))
    return min(named, default=date(2200, 12, 31))


def first_day(by: By, name: str) -> date:
    """The first day of a period ("2026-10-05", "2026-W41", "2026-10")."""
    if by == By.WEEK:
        return date.fromisocalendar(int(name[:4]), int(name[6:]), 1)
    return date.fromisoformat(f"{name}-01" if by == By.MONTH else name)


def last_day(by: By, name: str) -> date:
    """The last day of a period."""
    first = first_day(by, name)
    if by == By.MONTH:
        return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first + timedelta(days=6 if by == By.WEEK else 0)


def _labels(session: Session, by: Sequence[By]) -> dict[By, dict[object, str]]:
    """What teams and agents are called."""
    labels: dict[By, dict[object, str]] = {}
    if By.TEAM in by:
        labels[By.TEAM] = {team.id: team.name for team in accounts.teams(session)}
    if By.AGENT in by:
        labels[By.AGENT] = {user.id: user.username for user in accounts.users(session)}
    return labels


def _name_of(group: MeasuredGroup) -> list[str]:
    """By name, never by rate: where intervals overlap a ranking would say more than is known."""
    return [value or "" for value in group.key.values()]
