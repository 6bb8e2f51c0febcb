"""Reads what the switch has told; every read for a person leaves out what they may not see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy
from sqlalchemy import ColumnElement, and_, case, literal, true
from sqlmodel import Session, col, func, or_, select

from app.accounts.models import Role, User
from app.contacts.models import SHORTEST_LONG_WAIT, WAITED, AgentDay, Contact, ContactTally
from app.contacts.sums import SUMS

# What contacts can be summed by, and the column each is.
BY: Mapping[str, str] = {
    "day": "site_day",
    "team": "team_id",
    "agent": "agent_id",
    "queue": "queue",
    "direction": "direction",
    "channel": "channel",
}
# What days of agents can be summed by.
BY_OF_DAYS: Mapping[str, str] = {"day": "day", "team": "team_id", "agent": "agent_id"}


@dataclass(frozen=True)
class Chosen:
    """Which contacts or days of agents are summed; `end_day` is the first one left out, 0 and "" mean none."""

    first_day: date | None = None
    end_day: date | None = None
    team_id: int | None = None
    agent_id: int | None = None
    queue: str | None = None
    direction: str | None = None
    channel: str | None = None


def contact_sums(
    session: Session, user: User, by: Sequence[str], chosen: Chosen, names: Sequence[str] = SUMS
) -> dict[tuple[Any, ...], dict[str, int]]:
    """The sums of the contacts that were chosen, by the values of `by`: day, team, agent, queue, direction, channel.

    A team or agent is told by its id (0: none). With nothing in `by`, the one key is (), and it is missing where there
    is no contact at all.
    """
    columns = [getattr(ContactTally, BY[one]) for one in by]
    sums = [func.sum(getattr(ContactTally, name)) for name in names]
    wanted = sqlalchemy.select(*columns, func.sum(ContactTally.contacts), *sums).where(*_tallies_of(user, chosen))
    return _told(session, wanted.group_by(*columns), len(columns), names)


def _told(
    session: Session, wanted: sqlalchemy.Select[Any], width: int, names: Sequence[str]
) -> dict[tuple[Any, ...], dict[str, int]]:
    """Rows of a key, how many things were summed, and their sums; a key with nothing in it is left out."""
    return {
        tuple(row[:width]): dict(zip(names, (int(value or 0) for value in row[width + 1 :]), strict=True))
        for row in session.execute(wanted)
        if row[width]
    }


def tallies_visible_to(user: User) -> ColumnElement[bool]:
    """Which sums a person sees: agents their own, team staff their team's and those of no team, others all."""
    if user.role == Role.AGENT:
        return col(ContactTally.agent_id) == user.id
    if user.role == Role.ADMIN or user.team_id is None:
        return true()
    return col(ContactTally.team_id).in_([user.team_id, 0])


def visible_to(user: User, kind: type[Contact] | type[AgentDay] = Contact) -> ColumnElement[bool]:
    """Which contacts or days of agents a person sees: agents their own, team staff their team's and those of none."""
    if user.role == Role.AGENT:
        return col(kind.agent_id) == user.id
    if user.role == Role.ADMIN or user.team_id is None:
        return true()
    return or_(col(kind.team_id) == user.team_id, col(kind.team_id).is_(None))


def _tallies_of(user: User, chosen: Chosen) -> list[ColumnElement[bool]]:
    found = [tallies_visible_to(user)]
    for name in ("team_id", "agent_id", "queue", "direction", "channel"):
        value = getattr(chosen, name)
        if value is not None:
            found.append(getattr(ContactTally, name) == value)
    return [*found, *_days(col(ContactTally.site_day), chosen)]


def _days(day: Any, chosen: Chosen) -> list[ColumnElement[bool]]:
    found = [] if chosen.first_day is None else [day >= chosen.first_day]
    return found if chosen.end_day is None else [*found, day < chosen.end_day]


def _known(*names: str) -> ColumnElement[bool]:
    """Whether all of these were told of a day."""
    return and_(*(getattr(AgentDay, name).is_not(None) for name in names))


def _of(name: str, *others: str) -> ColumnElement[int]:
    """A number of a day, where these others were told of it too."""
    return case((_known(name, *others), getattr(AgentDay, name)), else_=0)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


# The time that the agent's contacts of that day took, of whatever queue.
_HANDLED = (
    sqlalchemy.select(func.coalesce(func.sum(ContactTally.handle_seconds), 0))
    .where(col(ContactTally.site_day) == col(AgentDay.day), col(ContactTally.agent_id) == col(AgentDay.agent_id))
    .correlate(AgentDay)
    .scalar_subquery()
)

# Plain sums and, as A_of_B, the sums of A over those days alone of which B was told too; A_known counts days.
AGENT_DAY_SUMS: Mapping[str, ColumnElement[int]] = {
    "days_scheduled": _count(col(AgentDay.scheduled).is_(True)),
    "days_present": _count(col(AgentDay.present).is_(True)),
    "attendance_known": _count(and_(col(AgentDay.scheduled).is_(True), _known("present"))),
    "present_of_scheduled": _count(and_(col(AgentDay.scheduled).is_(True), col(AgentDay.present).is_(True))),
    "scheduled_seconds": _of("scheduled_seconds"),
    "logged_in_seconds": _of("logged_in_seconds"),
    "logged_in_known": _count(_known("logged_in_seconds")),
    "logged_in_of_scheduled": _of("logged_in_seconds", "scheduled_seconds"),
    "scheduled_of_logged_in": _of("scheduled_seconds", "logged_in_seconds"),
    "within_hours_seconds": _of("within_hours_seconds"),
    "busy_seconds": _of("busy_seconds"),
    "working_known": _count(_known("within_hours_seconds", "busy_seconds")),
    "within_hours_of_busy": _of("within_hours_seconds", "busy_seconds"),
    "busy_of_within_hours": _of("busy_seconds", "within_hours_seconds"),
    "idle_seconds": _of("idle_seconds"),
    "idle_known": _count(_known("idle_seconds")),
    "paid_seconds": _of("paid_seconds"),
    "paid_known": _count(_known("paid_seconds")),
    "outbound_busy_seconds": _of("outbound_busy_seconds"),
    "outbound_busy_of_logged_in": _of("outbound_busy_seconds", "logged_in_seconds"),
    "logged_in_of_outbound_busy": _of("logged_in_seconds", "outbound_busy_seconds"),
    "handle_of_logged_in": case((_known("logged_in_seconds"), _HANDLED), else_=0),
    "handle_of_paid": case((_known("paid_seconds"), _HANDLED), else_=0),
}


def agent_day_sums(
    session: Session,
    user: User,
    by: Sequence[str],
    chosen: Chosen,
    names: Sequence[str] = ("agent_days", *AGENT_DAY_SUMS),
) -> dict[tuple[Any, ...], dict[str, int]]:
    """The sums of the days of agents that were chosen, by the values of `by`: day, team, agent (0: no team).

    `names` are some of AGENT_DAY_SUMS, and agent_days; of what was handled is read only where a sum of it is asked for.
    A day knows no queue, direction or channel: who asks for one of these is told of nothing.
    """
    if not set(by) <= set(BY_OF_DAYS) or (chosen.queue, chosen.direction, chosen.channel) != (None, None, None):
        return {}
    columns = [
        func.coalesce(getattr(AgentDay, BY_OF_DAYS[one]), 0) if one == "team" else getattr(AgentDay, BY_OF_DAYS[one])
        for one in by
    ]
    found = [visible_to(user, AgentDay), *_days(col(AgentDay.day), chosen)]
    if chosen.team_id is not None:
        found.append(func.coalesce(AgentDay.team_id, 0) == chosen.team_id)
    if chosen.agent_id is not None:
        found.append(col(AgentDay.agent_id) == chosen.agent_id)
    days = (
        sqlalchemy.select(
            *(one.label(f"by_{place}") for place, one in enumerate(columns)),
            *(AGENT_DAY_SUMS[name].label(name) for name in names if name != "agent_days"),
            literal(1).label("agent_days"),
        )
        .select_from(AgentDay)
        .where(*found)
        .subquery()
    )
    keys = [days.c[f"by_{place}"] for place in range(len(columns))]
    sums = [func.sum(days.c[name]) for name in names]
    return _told(session, sqlalchemy.select(*keys, func.count(), *sums).group_by(*keys), len(keys), names)


def long_waits(session: Session, user: User, chosen: Chosen, longer_than: int, limit: int = 100) -> Sequence[Contact]:
    """The contacts that came in and waited longer than this, in seconds; the newest first."""
    wanted = select(Contact).where(visible_to(user), col(Contact.wait_seconds) > longer_than)
    if longer_than >= SHORTEST_LONG_WAIT:
        # In these very words, by which the database knows that its index will do.
        wanted = wanted.where(WAITED)
    wanted = wanted.where(col(Contact.direction) == (chosen.direction or "inbound"))
    for name in ("queue", "channel"):
        if getattr(chosen, name) is not None:
            wanted = wanted.where(getattr(Contact, name) == getattr(chosen, name))
    for name in ("team_id", "agent_id"):
        if getattr(chosen, name) is not None:
            wanted = wanted.where(func.coalesce(getattr(Contact, name), 0) == getattr(chosen, name))
    wanted = wanted.where(*_days(col(Contact.site_day), chosen))
    return session.exec(wanted.order_by(col(Contact.started_at).desc(), col(Contact.id).desc()).limit(limit)).all()
