"""Reads what no feature sums by itself: complaints by channel, recorded calls, released results."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy
from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func

from app.accounts.models import User
from app.calls import queries as calls
from app.calls.models import Call, CallState
from app.complaints import queries as complaints
from app.complaints.models import Complaint
from app.contacts.models import AgentDay, ContactTally
from app.contacts.queries import Chosen
from app.operations.models import AgentFact, Cost
from app.reports.queries import FAIR
from app.reviews.models import Purpose, Review
from app.reviews.queries import readable_by_agents
from app.tallies.models import Contribution

COLUMNS = {"day": "site_day", "team": "team_id", "agent": "agent_id"}
Rows = dict[tuple[Any, ...], dict[str, float]]


def registered(session: Session, user: User, by: Sequence[str], chosen: Chosen) -> Rows:
    """How many complaints were registered, by day, team, agent or channel."""
    conditions = [complaints.visible_to(user), *_chosen(Complaint, chosen)]
    if chosen.channel is not None:
        conditions.append(col(Complaint.channel) == chosen.channel)
    return _counted(session, Complaint, by, conditions, "complaints")


def recorded(session: Session, user: User, by: Sequence[str], chosen: Chosen) -> Rows:
    """How many calls there are recordings or transcripts of, by day, team, agent, queue or direction."""
    conditions = [calls.visible_to(user), col(Call.state) != CallState.DELETED, *_chosen(Call, chosen)]
    for name in ("queue", "direction"):
        if getattr(chosen, name) is not None:
            conditions.append(getattr(Call, name) == getattr(chosen, name))
    return _counted(session, Call, by, conditions, "recorded_calls")


def released(session: Session, agent: User, by: Sequence[str], chosen: Chosen) -> Rows:
    """How many of an agent's reviewed calls passed, of those whose results the agent may read."""
    columns = [_column(Call, one) for one in by]
    conditions = [col(Call.agent_id) == agent.id, col(Call.state) != CallState.DELETED, *_chosen(Call, chosen)]
    if chosen.queue is not None:
        conditions.append(col(Call.queue) == chosen.queue)
    wanted = (
        sqlalchemy.select(*columns, func.count(), func.sum(sqlalchemy.case((col(Review.passed).is_(True), 1), else_=0)))
        .select_from(Call)
        .join(Review, col(Review.call_id) == Call.id)
        .where(
            *conditions,
            col(Review.purpose) == Purpose.COUNTS,
            readable_by_agents(),
            col(Review.picked).in_(FAIR),
            col(Review.passed).is_not(None),
        )
        .group_by(*columns)
    )
    return {tuple(row[:-2]): {"n": row[-2], "passed": int(row[-1] or 0)} for row in session.execute(wanted)}


def contacts_known(session: Session, chosen: Chosen) -> bool:
    """Whether the switch has told of any contact on these days, whosever."""
    return _any(session, ContactTally, *_days(ContactTally.site_day, chosen))


def contact_sum_known(session: Session, names: Sequence[str]) -> bool:
    """Whether any of these sums was ever told of a contact."""
    return _any(session, ContactTally, sqlalchemy.or_(*(getattr(ContactTally, name) > 0 for name in names)))


def complaints_known(session: Session) -> bool:
    """Whether a register of complaints is kept at all."""
    return _any(session, Complaint)


def reviews_known(session: Session) -> bool:
    return _any(session, Contribution, col(Contribution.source) == "final")


def agent_days_known(session: Session) -> bool:
    return _any(session, AgentDay)


def agent_facts_known(session: Session) -> bool:
    return _any(session, AgentFact)


def costs_known(session: Session) -> bool:
    return _any(session, Cost) and _any(session, ContactTally)


def _any(session: Session, kind: Any, *conditions: ColumnElement[bool]) -> bool:
    return session.execute(sqlalchemy.select(kind.id).where(*conditions).limit(1)).first() is not None


def _counted(session: Session, kind: Any, by: Sequence[str], conditions: Sequence[Any], name: str) -> Rows:
    columns = [_column(kind, one) for one in by]
    wanted = sqlalchemy.select(*columns, func.count(kind.id)).where(*conditions).group_by(*columns)
    return {tuple(row[:-1]): {name: row[-1]} for row in session.execute(wanted) if row[-1]}


def _column(kind: Any, one: str) -> Any:
    return getattr(kind, COLUMNS.get(one, one))


def _chosen(kind: Any, chosen: Chosen) -> list[ColumnElement[bool]]:
    found = _days(kind.site_day, chosen)
    for name in ("team_id", "agent_id"):
        if getattr(chosen, name) is not None:
            found.append(getattr(kind, name) == getattr(chosen, name))
    return found


def _days(day: Any, chosen: Chosen) -> list[ColumnElement[bool]]:
    found = [] if chosen.first_day is None else [day >= chosen.first_day]
    return found if chosen.end_day is None else [*found, day < chosen.end_day]


def calls_known(session: Session) -> bool:
    return _any(session, Call, col(Call.state) != CallState.DELETED)


def newest_fact_month(session: Session) -> date | None:
    """The newest month of which anything was entered of any agent."""
    return session.execute(sqlalchemy.select(func.max(AgentFact.month))).scalar()
