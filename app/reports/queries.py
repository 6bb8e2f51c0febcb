"""Reads the counts behind the rates; every read for a person leaves out the teams they do not see."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from operator import add
from typing import Any, Literal, NamedTuple

import sqlalchemy
from sqlalchemy import BigInteger, ColumnElement, Executable, bindparam, cast, true
from sqlmodel import Session, col, func, select

from app.accounts.models import Role, User
from app.calls import queries as calls
from app.calls.models import Call, CallState
from app.reports.windows import parts
from app.reviews.models import Picked
from app.tallies.cells import NUMBERS, VERDICTS, Numbers
from app.tallies.models import Contribution, ItemTally, Level, Span, Tally, TallyGroup
from app.tallies.pending import settle
from app.tallies.queries import counted_at

Source = Literal["final", "machine"]
# The day by which calls are counted: their own, or the one on which they were judged.
TimeField = Literal["call", "submitted"]
# What tallies can be counted by; days become weeks afterwards.
Dimension = Literal[
    "site_day", "month", "team_id", "agent_id", "queue", "source", "design", "scorecard", "version", "item"
]
DAYS = ("site_day", "month")
# How a call came to be reviewed: every one was, or it was drawn by chance; or it was picked for what is known of it.
FAIR, APART = (Picked.EVERY.value, Picked.SAMPLE.value), (Picked.RISK.value, Picked.PERSON.value)


@dataclass(frozen=True)
class Filter:
    """Which calls a rate is about; days are those of each call's team, `end_day` is the first one left out.

    Of what people found, the calls that were picked for a risk or by a person are no part of any rate; `apart` asks for
    these alone, and `design` for those that came to be reviewed in one way. `item`: not the calls are meant, but this
    item of theirs.

    `as_of` is the moment at which they are to have counted so; None: now.
    """

    first_day: date | None = None
    end_day: date | None = None
    team_id: int | None = None
    agent_id: int | None = None
    queue: str | None = None
    scorecard: str | None = None
    version: str | None = None
    as_of: datetime | None = None
    apart: bool = False
    time_field: TimeField = "call"
    design: str | None = None
    item: str | None = None


# Where counts stand: summed as of now, or call by call as of any moment.
Counted = type[TallyGroup] | type[Contribution]
SPANS: dict[tuple[str, bool], tuple[Span, Span]] = {
    ("call", False): (Span.CALL_DAY, Span.BOTH_DAY),
    ("call", True): (Span.CALL_MONTH, Span.BOTH_MONTH),
    ("submitted", False): (Span.SUBMITTED_DAY, Span.BOTH_DAY),
    ("submitted", True): (Span.SUBMITTED_MONTH, Span.BOTH_MONTH),
}


class Sees(NamedTuple):
    """Of a person what decides whose counts they see."""

    role: str
    id: int | None
    team_id: int | None


class Question(NamedTuple):
    """What is asked of the sums: whose statement it takes, which days it is about is given to that.

    Each part of the days is told as its sign, whether it is one of months, and whether it has a beginning and an end.
    """

    sees: Sees
    source: Source | None
    by: tuple[Dimension, ...]
    chosen: Filter
    kind: type[Tally] | type[ItemTally]
    numbers: tuple[str, ...]
    agent_ids: tuple[int, ...] | None
    parts: tuple[tuple[int, bool, bool, bool], ...]


def visible_to(user: User | Sees, kind: Counted) -> ColumnElement[bool]:
    """Which counts a person sees: agents their own, team staff their team's and those of no team, others all."""
    if user.role == Role.AGENT:
        return col(kind.agent_id) == user.id
    if sees_all(user):
        return true()
    return col(kind.team_id).in_([user.team_id, 0])


def sees_all(user: User | Sees) -> bool:
    """Whether a person sees the counts of every team."""
    return user.role == Role.ADMIN or (user.team_id is None and user.role != Role.AGENT)


def tallied(
    session: Session, user: User, source: Source, by: Sequence[Dimension], chosen: Filter
) -> dict[tuple[Any, ...], Numbers]:
    """The summed numbers of the calls that were chosen, as of now, by the values of these columns."""
    return _added(_summed(session, user, source, by, chosen, Tally, NUMBERS), len(by))


def item_verdicts_by(
    session: Session,
    user: User,
    source: Source,
    by: Sequence[Dimension],
    chosen: Filter,
    agent_ids: Sequence[int] | None = None,
) -> dict[tuple[Any, ...], Counter[str]]:
    """How often items got each verdict in the calls that were chosen (of these agents), by these columns."""
    found: dict[tuple[Any, ...], Counter[str]] = {}
    for row in _summed(session, user, source, by, chosen, ItemTally, tuple(VERDICTS.values()), agent_ids):
        counted = found.setdefault(tuple(row[: len(by)]), Counter())
        for verdict, number in zip(VERDICTS, row[len(by) :], strict=True):
            counted[verdict] += number
    return {key: counted for key, counted in found.items() if any(counted.values())}


def judged(session: Session, user: User, chosen: Filter) -> dict[tuple[str, str, str, str], Numbers]:
    """What the calls that were chosen add up to by source, design, scorecard and version, whatever their design."""
    return _added(_summed(session, user, None, ("source", "design", "scorecard", "version"), chosen, Tally, NUMBERS), 4)


def _added(rows: Iterable[Sequence[Any]], width: int) -> dict[tuple[Any, ...], Numbers]:
    """The rows by their first columns; those of one key may come in parts."""
    found: dict[tuple[Any, ...], tuple[int, ...]] = {}
    for row in rows:
        key, numbers = tuple(row[:width]), tuple(row[width:])
        before = found.get(key)
        found[key] = numbers if before is None else tuple(map(add, before, numbers))
    return {key: Numbers._make(numbers) for key, numbers in found.items() if any(numbers)}


def _summed(
    session: Session,
    user: User,
    source: Source | None,
    by: Sequence[Dimension],
    chosen: Filter,
    kind: type[Tally] | type[ItemTally],
    numbers: tuple[str, ...],
    agent_ids: Sequence[int] | None = None,
) -> Sequence[Sequence[Any]]:
    """The sums of whole months and of the days at the edges, by these columns; those of one key may come in parts."""
    settle(session)
    sees = Sees(user.role, user.id, user.team_id)
    # Items of agents are summed by the day alone.
    by_day = "site_day" in by or (kind is ItemTally and _level(sees, by, chosen, kind) == Level.AGENT)
    days = parts(chosen.first_day, chosen.end_day, by_day)
    question = Question(
        sees,
        source,
        tuple(by),
        replace(chosen, first_day=None, end_day=None),
        kind,
        numbers,
        None if agent_ids is None else tuple(agent_ids),
        tuple([(part.sign, part.months, part.first is not None, part.end is not None) for part in days]),
    )
    given = {f"first_{place}": part.first for place, part in enumerate(days)}
    given |= {f"end_{place}": part.end for place, part in enumerate(days)}
    rows = session.execute(_statement(question), given).all()
    if not by:
        # Without columns there is a row even of nothing.
        rows = [row for row in rows if row[-1] is not None]
    return rows if "month" not in by else [_of_month(by, row) for row in rows]


# To build a statement of all parts takes longer than the database takes to answer it.
@lru_cache(maxsize=256)
def _statement(asked: Question) -> Executable:
    """The statement that answers a question; the days of its parts are `first_0`, `end_0`, `first_1` …"""
    kind, by = asked.kind, asked.by
    level = _level(asked.sees, by, asked.chosen, kind)
    of_group = [col(TallyGroup.level) == level.value]
    of_group += chosen_groups(asked.sees, asked.source, TallyGroup, asked.chosen)
    if asked.agent_ids is not None:
        of_group.append(col(TallyGroup.agent_id).in_(asked.agent_ids))
    if kind is ItemTally and asked.chosen.item is not None:
        of_group.append(col(ItemTally.item) == asked.chosen.item)
    columns = [_column(kind, name) for name in by]
    # Groups lie in the order of their teams: an agent's sums are found beside each other, and need not be sorted.
    together = [TallyGroup.team_id, *columns] if "agent_id" in by and "team_id" not in by else columns
    wanted = [
        sqlalchemy.select(*columns, *(_sum(getattr(kind, name), sign) for name in asked.numbers))
        .select_from(TallyGroup)
        .join(kind, col(kind.group_id) == TallyGroup.id)
        .where(*of_group, col(kind.span).in_(SPANS[asked.chosen.time_field, months]))
        .where(*([col(kind.start) >= bindparam(f"first_{place}")] if has_first else []))
        .where(*([col(kind.start) < bindparam(f"end_{place}")] if has_end else []))
        .group_by(*together)
        for place, (sign, months, has_first, has_end) in enumerate(asked.parts)
    ]
    return wanted[0] if len(wanted) == 1 else sqlalchemy.union_all(*wanted)


def _sum(column: Any, sign: int) -> Any:
    # PostgreSQL adds large numbers up to a decimal one.
    added = cast(func.sum(column), BigInteger) if isinstance(column.type, BigInteger) else func.sum(column)
    return added if sign == 1 else -added


def _level(user: Sees, by: Sequence[Dimension], chosen: Filter, kind: type[Tally] | type[ItemTally]) -> Level:
    """The coarsest sums that can answer."""
    told_by = ("team_id", "agent_id", "queue", "scorecard", "version")
    asked = {*by, *(name for name in told_by if getattr(chosen, name) is not None)}
    # Items are summed by the scorecard that they are of.
    in_parts = kind is ItemTally or bool(asked & {"queue", "scorecard", "version"})
    if "agent_id" in asked or user.role == Role.AGENT:
        return Level.AGENT if in_parts else Level.WHOLE_AGENT
    if asked & {"team_id", "queue"} or not sees_all(user):
        return Level.TEAM if in_parts else Level.WHOLE_TEAM
    return Level.SITE if in_parts else Level.WHOLE_SITE


def _column(kind: type[Tally] | type[ItemTally], name: Dimension) -> Any:
    if name in DAYS:
        return col(kind.start)
    return col(ItemTally.item) if name == "item" else getattr(TallyGroup, name)


def _of_month(by: Sequence[Dimension], row: Sequence[Any]) -> Sequence[Any]:
    """A row whose days, at the edges of what was asked for, are told as those of their month."""
    place = by.index("month")
    return (*row[:place], row[place].replace(day=1), *row[place + 1 :])


def unscored(session: Session, user: User, chosen: Filter) -> int:
    """How many calls came in on these days that the machine has not judged: they wait, or cannot be."""
    judged = (
        select(Contribution.id)
        .where(Contribution.call_id == Call.id, Contribution.source == "machine")
        .where(col(Contribution.counted_until).is_(None))
    )
    waiting = [one for one in CallState if one not in (CallState.SCORED, CallState.DELETED)]
    # First those that wait: few of all, whose team and days are looked at only then.
    few = select(Call.id).where(col(Call.state).in_(waiting), ~judged.exists()).cte("few").prefix_with("MATERIALIZED")
    wanted = select(func.count()).select_from(Call).join(few, few.c.id == Call.id)
    return session.exec(wanted.where(calls.visible_to(user), *of_calls(chosen))).one()


def usernames(session: Session) -> dict[int | None, str]:
    """What people are called, by id: many people, of whom no more is wanted."""
    return {of: name for of, name in session.exec(select(User.id, User.username))}  # noqa: C416 (its rows are no pairs)


def chosen_groups(user: User | Sees, source: Source | None, kind: Counted, chosen: Filter) -> list[ColumnElement[bool]]:
    """A filter but for its days as it holds for counts, with whose counts a person sees."""
    found = [visible_to(user, kind)]
    # Always both, so that an index that begins with the source serves.
    found.append(col(kind.source).in_(["final", "machine"]) if source is None else col(kind.source) == source)
    for name in ("team_id", "agent_id", "queue", "scorecard", "version"):
        value = getattr(chosen, name)
        if value is not None:
            found.append(getattr(kind, name) == value)
    if source == "final":
        fair = APART if chosen.apart else FAIR
        found.append(col(kind.design).in_([chosen.design] if chosen.design else fair))
    return found


def day_of(chosen: Filter) -> Any:
    """The day by which calls are counted."""
    return col(Contribution.submitted_day if chosen.time_field == "submitted" else Contribution.site_day)


def conditions(user: User, source: Source, chosen: Filter) -> list[ColumnElement[bool]]:
    """A filter as it holds for what each call counts, or counted; that of now, too, has an end where none is asked."""
    found = chosen_groups(user, source, Contribution, chosen)
    if chosen.first_day is not None:
        found.append(day_of(chosen) >= chosen.first_day)
    if chosen.end_day is not None:
        found.append(day_of(chosen) < chosen.end_day)
    if chosen.as_of is not None:
        found.append(counted_at(chosen.as_of))
    return found


def of_calls(chosen: Filter) -> list[ColumnElement[bool]]:
    """A filter as it holds for calls; by which scorecard they were judged they do not know themselves."""
    conditions: list[ColumnElement[bool]] = []
    for name in ("team_id", "agent_id", "queue"):
        value = getattr(chosen, name)
        if value is not None:
            conditions.append(getattr(Call, name) == value)
    if chosen.first_day is not None:
        conditions.append(col(Call.site_day) >= chosen.first_day)
    if chosen.end_day is not None:
        conditions.append(col(Call.site_day) < chosen.end_day)
    return conditions
