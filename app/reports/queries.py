"""Reads the counts behind the rates; every read for a person leaves out the teams they do not see."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, true
from sqlmodel import Session, col, func, select

from app.accounts.models import Role, User
from app.calls import queries as calls
from app.calls.models import Call, CallState
from app.reviews.models import Picked
from app.tallies.models import Contribution, TallyGroup
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


class Sees(NamedTuple):
    """Of a person what decides whose counts they see."""

    role: str
    id: int | None
    team_id: int | None


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
