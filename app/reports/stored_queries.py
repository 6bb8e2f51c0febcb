"""Reads the sums that are kept: of whole months and of the days at the edges, from the coarsest level that answers."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from operator import add
from typing import Any, NamedTuple

import sqlalchemy
from sqlalchemy import BigInteger, Executable, bindparam, cast
from sqlmodel import Session, col, func

from app.accounts.models import Role, User
from app.reports.queries import DAYS, Dimension, Filter, Sees, Source, chosen_groups, sees_all
from app.reports.windows import parts
from app.tallies.cells import NUMBERS, VERDICTS, Numbers
from app.tallies.models import ItemTally, Level, Span, Tally, TallyGroup
from app.tallies.pending import settle

SPANS: dict[tuple[str, bool], tuple[Span, Span]] = {
    ("call", False): (Span.CALL_DAY, Span.BOTH_DAY),
    ("call", True): (Span.CALL_MONTH, Span.BOTH_MONTH),
    ("submitted", False): (Span.SUBMITTED_DAY, Span.BOTH_DAY),
    ("submitted", True): (Span.SUBMITTED_MONTH, Span.BOTH_MONTH),
}


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


def _level(sees: Sees, by: Sequence[Dimension], chosen: Filter, kind: type[Tally] | type[ItemTally]) -> Level:
    """The coarsest sums that can answer."""
    told_by = ("team_id", "agent_id", "queue", "scorecard", "version")
    asked = {*by, *(name for name in told_by if getattr(chosen, name) is not None)}
    # Items are summed by the scorecard that they are of.
    in_parts = kind is ItemTally or bool(asked & {"queue", "scorecard", "version"})
    if "agent_id" in asked or sees.role == Role.AGENT:
        return Level.AGENT if in_parts else Level.WHOLE_AGENT
    if asked & {"team_id", "queue"} or not sees_all(sees):
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
