"""Reads complaints; every read for a person takes that person and leaves out what they may not see."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

import sqlalchemy
from sqlalchemy import ColumnElement, true
from sqlmodel import Session, col, func, or_, select

from app.accounts.models import Role, User
from app.calls import queries as calls
from app.calls.models import Call, CallState
from app.complaints.models import Complaint, ComplaintCategory, ComplaintOutcome
from app.kit.errors import NotFound
from app.kit.letters import has
from app.kit.pagination import PAGE_SIZE, Page, paginate

# What complaints and calls can both be counted by.
Dimension = Literal["site_day", "team_id", "agent_id"]


def visible_to(user: User) -> ColumnElement[bool]:
    """Which complaints a person sees: agents their own, team staff their team's and those of no team, others all."""
    if user.role == Role.AGENT:
        return col(Complaint.agent_id) == user.id
    if user.role == Role.ADMIN or user.team_id is None:
        return true()
    return or_(col(Complaint.team_id) == user.team_id, col(Complaint.team_id).is_(None))


def complaint(session: Session, user: User, complaint_id: int) -> Complaint:
    """The complaint with this id, if there is one that the person may see."""
    found = session.exec(select(Complaint).where(Complaint.id == complaint_id, visible_to(user))).first()
    if found is None:
        raise NotFound
    return found


def lock(session: Session, complaint_id: int) -> Complaint:
    """The complaint, which nobody else changes until this transaction ends."""
    wanted = select(Complaint).where(Complaint.id == complaint_id).with_for_update()
    found = session.exec(wanted.execution_options(populate_existing=True)).first()
    if found is None:
        raise NotFound
    return found


def by_external_id(session: Session, external_id: str) -> Complaint | None:
    return session.exec(select(Complaint).where(Complaint.external_id == external_id)).first()


def of_call(session: Session, call_id: int) -> Sequence[Complaint]:
    """The complaints about a call, oldest first."""
    wanted = select(Complaint).where(Complaint.call_id == call_id)
    return session.exec(wanted.order_by(col(Complaint.received_at), col(Complaint.id))).all()


def of_customer(
    session: Session, external_ids: Sequence[str], ids: Sequence[int], written: Sequence[str], limit: int
) -> Sequence[int]:
    """The complaints of a customer, by id: these, those of these names in other systems, and whose name or text has
    one of these words in it."""
    places = (col(Complaint.text), col(Complaint.external_id))
    told = [has(one, word) for word in written for one in places]
    told += [col(Complaint.external_id).in_(external_ids), col(Complaint.id).in_(ids)]
    wanted = select(Complaint.id).where(or_(*told)).order_by(col(Complaint.id)).limit(limit)
    return [one for one in session.exec(wanted) if one is not None]


def by_ids(session: Session, ids: Sequence[int]) -> Sequence[Complaint]:
    """These complaints, by id."""
    return session.exec(select(Complaint).where(col(Complaint.id).in_(ids)).order_by(col(Complaint.id))).all()


def about(session: Session, call_ids: Sequence[int]) -> Sequence[int]:
    """The complaints about these calls, by id."""
    wanted = select(Complaint.id).where(col(Complaint.call_id).in_(call_ids)).order_by(col(Complaint.id))
    return [one for one in session.exec(wanted) if one is not None]


def complained_of(session: Session, call_ids: Sequence[int]) -> set[int]:
    """Those of these calls about which a complaint is known."""
    wanted = select(Complaint.call_id).where(col(Complaint.call_id).in_(call_ids))
    return {one for one in session.exec(wanted) if one is not None}


def with_complaint() -> calls.CallSet:
    """The calls that somebody complained about."""
    return calls.CallSet(sqlalchemy.select(col(Complaint.call_id)).where(col(Complaint.call_id).is_not(None)))


def external_ids_of_calls(session: Session, complaints: Sequence[Complaint]) -> dict[int, str]:
    """What other systems call the calls of these complaints, by the calls' own ids."""
    wanted = select(Call.id, Call.external_id).where(col(Call.id).in_({one.call_id for one in complaints}))
    return {call_id: name for call_id, name in session.exec(wanted) if call_id is not None and name is not None}


def complaints(
    session: Session,
    user: User,
    *,
    category: ComplaintCategory | None = None,
    outcome: ComplaintOutcome | None = None,
    agent_id: int | None = None,
    team_id: int | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
    cursor: str | None = None,
    size: int = PAGE_SIZE,
) -> Page[Complaint]:
    """The complaints a person may see, the latest first."""
    wanted = select(Complaint).where(visible_to(user))
    if category is not None:
        wanted = wanted.where(Complaint.category == category)
    if outcome is not None:
        wanted = wanted.where(Complaint.outcome == outcome)
    if agent_id is not None:
        wanted = wanted.where(Complaint.agent_id == agent_id)
    if team_id is not None:
        wanted = wanted.where(Complaint.team_id == team_id)
    if first_day is not None:
        wanted = wanted.where(Complaint.site_day >= first_day)
    if last_day is not None:
        wanted = wanted.where(Complaint.site_day <= last_day)
    return paginate(session, wanted, by=col(Complaint.received_at), row_id=col(Complaint.id), cursor=cursor, size=size)


def upheld(
    session: Session,
    user: User,
    by: Sequence[Dimension],
    *,
    category: ComplaintCategory | None = None,
    agent_id: int | None = None,
    team_id: int | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
) -> dict[tuple[Any, ...], int]:
    """How many complaints (of one category, or all) were upheld, by the values of these columns."""
    conditions = [visible_to(user), col(Complaint.outcome) == ComplaintOutcome.UPHELD]
    if category is not None:
        conditions.append(col(Complaint.category) == category)
    conditions += _within(Complaint, agent_id, team_id, first_day, last_day)
    return _counted(session, Complaint, by, conditions)


def handled(
    session: Session,
    user: User,
    by: Sequence[Dimension],
    *,
    agent_id: int | None = None,
    team_id: int | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
) -> dict[tuple[Any, ...], int]:
    """How many calls were handled, by the values of these columns; deleted ones are no longer counted."""
    conditions = [calls.visible_to(user), *_within(Call, agent_id, team_id, first_day, last_day)]
    # Counted apart, each is answered from an index alone; asked for in one, every call would have to be looked up.
    deleted = _counted(session, Call, by, [*conditions, col(Call.state) == CallState.DELETED])
    return {key: n - deleted.get(key, 0) for key, n in _counted(session, Call, by, conditions).items()}


def _within(
    kind: type[Call] | type[Complaint],
    agent_id: int | None,
    team_id: int | None,
    first_day: date | None,
    last_day: date | None,
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if agent_id is not None:
        conditions.append(col(kind.agent_id) == agent_id)
    if team_id is not None:
        conditions.append(col(kind.team_id) == team_id)
    if first_day is not None:
        conditions.append(col(kind.site_day) >= first_day)
    if last_day is not None:
        conditions.append(col(kind.site_day) <= last_day)
    return conditions


def _counted(
    session: Session,
    kind: type[Call] | type[Complaint],
    by: Sequence[Dimension],
    conditions: Sequence[ColumnElement[bool]],
) -> dict[tuple[Any, ...], int]:
    columns = [getattr(kind, name) for name in by]
    wanted = sqlalchemy.select(*columns, func.count(col(kind.id))).where(*conditions).group_by(*columns)
    return {tuple(row[:-1]): row[-1] for row in session.execute(wanted)}
