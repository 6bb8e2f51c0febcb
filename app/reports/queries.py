"""Reads the counts behind the rates; every read for a person leaves out the teams they do not see."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import sqlalchemy
from sqlalchemy import ColumnElement, true
from sqlmodel import Session, col, func, select

from app.accounts.models import Role, User
from app.calls.models import Call, CallState
from app.evaluations.models import Evaluation
from app.reviews.models import Review, ReviewState
from app.tallies.models import ItemTally, Tally

Source = Literal["final", "machine"]
# What tallies can be counted by; days become weeks and months afterwards.
Dimension = Literal["site_day", "team_id", "agent_id", "queue", "scorecard", "version"]
NUMBERS = ("n", "passed", "uncertain", "not_applicable", "critical", "score_tenths")


@dataclass(frozen=True)
class Filter:
    """Which calls a rate is about; days are those of each call's team, `end_day` is the first one left out."""

    first_day: date | None = None
    end_day: date | None = None
    team_id: int | None = None
    agent_id: int | None = None
    queue: str | None = None
    scorecard: str | None = None
    version: str | None = None


def visible_to(user: User, kind: type[Tally] | type[ItemTally]) -> ColumnElement[bool]:
    """Which counts a person sees: agents their own, team staff their team's and those of no team, others all."""
    if user.role == Role.AGENT:
        return col(kind.agent_id) == user.id
    if user.role == Role.ADMIN or user.team_id is None:
        return true()
    return col(kind.team_id).in_([user.team_id, 0])


def tallied(
    session: Session, user: User, source: Source, by: Sequence[Dimension], chosen: Filter
) -> dict[tuple[Any, ...], dict[str, int]]:
    """The summed numbers of the calls that were chosen, by the values of these columns."""
    columns = [getattr(Tally, name) for name in by]
    sums = [func.sum(getattr(Tally, name)) for name in NUMBERS]
    wanted = sqlalchemy.select(*columns, *sums).where(*_conditions(user, source, Tally, chosen)).group_by(*columns)
    width = len(columns)
    return {
        tuple(row[:width]): dict(zip(NUMBERS, (int(value or 0) for value in row[width:]), strict=True))
        for row in session.execute(wanted)
    }


def item_verdicts(session: Session, user: User, source: Source, chosen: Filter) -> dict[tuple[str, str], int]:
    """How often each item got each verdict in the calls that were chosen: by (item, verdict)."""
    wanted = (
        sqlalchemy.select(col(ItemTally.item), col(ItemTally.verdict), func.sum(ItemTally.n))
        .where(*_conditions(user, source, ItemTally, chosen))
        .group_by(col(ItemTally.item), col(ItemTally.verdict))
    )
    return {(item, verdict): int(n) for item, verdict, n in session.execute(wanted) if n}


def _conditions(
    user: User, source: Source, kind: type[Tally] | type[ItemTally], chosen: Filter
) -> list[ColumnElement[bool]]:
    conditions = [col(kind.source) == source, visible_to(user, kind)]
    for name in ("team_id", "agent_id", "queue", "scorecard", "version"):
        value = getattr(chosen, name)
        if value is not None:
            conditions.append(getattr(kind, name) == value)
    if chosen.first_day is not None:
        conditions.append(col(kind.site_day) >= chosen.first_day)
    if chosen.end_day is not None:
        conditions.append(col(kind.site_day) < chosen.end_day)
    return conditions


def sums(session: Session, kind: type[Tally] | type[ItemTally]) -> dict[tuple[Any, ...], tuple[int, ...]]:
    """Every stored sum that is not zero, by its whole key."""
    numbers = NUMBERS if kind is Tally else ("n",)
    key = [name for name in kind.model_fields if name not in ("id", *numbers)]
    rows = (
        (tuple(getattr(row, name) for name in key), tuple(getattr(row, name) for name in numbers))
        for row in session.exec(select(kind))
    )
    return {where: counted for where, counted in rows if any(counted)}


def current_evaluations(session: Session) -> Iterator[tuple[Evaluation, Call]]:
    """The evaluation each call counts with."""
    wanted = select(Evaluation, Call).join(Call, col(Call.id) == Evaluation.call_id)
    yield from session.exec(wanted.where(col(Evaluation.current), Call.state != CallState.DELETED))


def submitted_reviews(session: Session) -> Iterator[tuple[Review, Call]]:
    """The reviews that count."""
    wanted = select(Review, Call).join(Call, col(Call.id) == Review.call_id)
    yield from session.exec(wanted.where(Review.state == ReviewState.SUBMITTED, Call.state != CallState.DELETED))
