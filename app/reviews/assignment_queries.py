"""Reads who can be given reviews, what waits to be given, and what keeps people from it."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy
from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, col, func, or_, select

from app.accounts import queries as accounts
from app.accounts.models import Role, Team, User
from app.accounts.policies import may_review
from app.calls import queries as calls
from app.calls.models import Call, CallState
from app.calls.queries import took_part, visible_to
from app.domain.assignment import Reviewer, Task
from app.domain.lifecycle import ReviewState
from app.kit.db import id_of
from app.reviews import unannounced
from app.reviews.models import Purpose, Review, ReviewVerdict

# Anybody may be given these; a calibration is scored by whom it was made for, an agent's own score by the agent.
FOR_ANYBODY = (Purpose.COUNTS, Purpose.SECOND)
# So many of what nobody is to do yet are looked at at once, the first in the order of the queue.
MOST_AT_ONCE = 2000
# One at a time gives out reviews, or two would both see the same room.
_TURN = 7203415


# What is asked of a review that is to be given out, in the order of the queue.
_FACTS = (
    sqlalchemy.select(
        *(col(one) for one in (Review.id, Review.call_id, Review.purpose, Review.given_back_by)),
        *(col(one) for one in (Call.team_id, Call.language)),
    )
    .join(Call, col(Call.id) == Review.call_id)
    .order_by(col(Review.due_at), col(Review.called_at), col(Review.id))
)


class Load(NamedTuple):
    """What a person has to do, and how much of it is overdue."""

    open: int = 0
    overdue: int = 0


def may_take(user: User) -> ColumnElement[bool]:
    """Which reviews a person may do: of no call they took part in, and of none that they have scored already.

    A second scoring only by who cannot know the first one.
    """
    other = sqlalchemy.orm.aliased(Review)
    scored = select(other.id).where(
        other.call_id == Review.call_id,
        other.id != Review.id,
        other.reviewer_id == user.id,
        col(other.purpose).in_(FOR_ANYBODY),
    )
    is_chosen = col(Review.purpose) == Purpose.CALIBRATION
    blind = or_(col(Review.purpose) != Purpose.SECOND, unannounced.second(user))
    return and_(~took_part(user), blind, or_(is_chosen, ~scored.correlate(Review).exists()))


def queued_for(user: User) -> ColumnElement[bool]:
    """Which reviews stand in a person's queue at all."""
    own = and_(col(Review.purpose) == Purpose.CALIBRATION, col(Review.assigned_to) == user.id)
    return or_(col(Review.purpose) == Purpose.COUNTS, unannounced.second_listed(user), own)


def take_turn(session: Session) -> None:
    """Wait until nobody else gives out reviews, until this transaction ends; on SQLite nobody else writes anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_TURN)))


def loads(session: Session, now: datetime) -> dict[int, Load]:
    """What each person has to do, by id."""
    late = func.sum(sqlalchemy.case((col(Review.due_at) <= now, 1), else_=0))
    wanted = (
        sqlalchemy.select(col(Review.assigned_to), func.count(), late)
        .join(Call, col(Call.id) == Review.call_id)
        .where(
            col(Review.assigned_to).is_not(None),
            col(Review.state) == ReviewState.OPEN,
            col(Call.state) != CallState.DELETED,
        )
        .group_by(col(Review.assigned_to))
    )
    return {who: Load(number, int(overdue or 0)) for who, number, overdue in session.execute(wanted)}


def colleagues(session: Session, user: User) -> Sequence[User]:
    """The active people who may review calls that this person sees, by name."""
    return [
        one
        for one in accounts.users(session)
        if one.active and may_review(one) and (_sees_all(user) or _sees_all(one) or one.team_id == user.team_id)
    ]


def is_absent(user: User, teams: dict[int | None, Team], now: datetime) -> bool:
    """Whether a person is away today, on their own clock."""
    if user.absent_from is None and user.absent_until is None:
        return False
    team = teams.get(user.team_id)
    today = now.astimezone(ZoneInfo(user.time_zone or (team.time_zone if team else "UTC"))).date()
    return (user.absent_from or date.min) <= today <= (user.absent_until or date.max)


def reviewers(session: Session, most_open: int, now: datetime, user: User | None = None) -> Sequence[Reviewer]:
    """Who can be given reviews today; of those a person leads, if one is named.

    Who leads is given none unless their own number says so: they have other work.
    """
    teams: dict[int | None, Team] = {one.id: one for one in accounts.teams(session)}
    load = loads(session, now)
    everybody = colleagues(session, user) if user else [one for one in accounts.users(session) if one.active]
    return [
        reviewer(one, load.get(id_of(one), Load()).open, most_open if one.role == Role.REVIEWER else 0)
        for one in everybody
        if may_review(one) and not is_absent(one, teams, now)
    ]


def reviewer(user: User, open_now: int, otherwise: int) -> Reviewer:
    """A person as somebody who can be given reviews; `otherwise` is their limit unless they have one of their own."""
    return Reviewer(
        id=id_of(user),
        open=open_now,
        most=otherwise if user.most_open is None else user.most_open,
        team_id=None if _sees_all(user) else user.team_id,
        languages=frozenset(user.languages),
    )


def unassigned(session: Session, user: User | None = None, team_id: int | None = None) -> Sequence[Task]:
    """What nobody is to do yet, in the order of the queue; what a person sees of it, if one is named."""
    wanted = _FACTS.where(
        col(Review.state) == ReviewState.OPEN,
        col(Review.assigned_to).is_(None),
        col(Review.purpose).in_(FOR_ANYBODY),
        col(Call.state) != CallState.DELETED,
    )
    if user is not None:
        wanted = wanted.where(visible_to(user))
    if team_id is not None:
        wanted = wanted.where(col(Call.team_id) == team_id)
    return _tasks(session, wanted.limit(MOST_AT_ONCE))


def tasks(session: Session, review_ids: Sequence[int]) -> Sequence[Task]:
    """Some reviews as what is to be given out, in the order of the queue."""
    return _tasks(session, _FACTS.where(col(Review.id).in_(review_ids)))


def _tasks(session: Session, wanted: sqlalchemy.Select[*tuple[Any, ...]]) -> Sequence[Task]:
    found = session.execute(wanted).all()
    of = [one.call_id for one in found]
    agents, scorers = calls.agents(session, of), _scorers(session, of)
    # Who leads sees the first result, so a second scoring of theirs would tell nothing.
    leads = {id_of(one) for one in accounts.users(session) if one.role != Role.REVIEWER}
    return [
        Task(
            id=one.id,
            team_id=one.team_id,
            language=one.language,
            not_by=agents[one.call_id]
            | {who for review, who in scorers.get(one.call_id, ()) if review != one.id}
            | ({one.given_back_by} if one.given_back_by is not None else set())
            | (leads if one.purpose == Purpose.SECOND else set()),
        )
        for one in found
    ]


def free_now(session: Session, review_ids: Sequence[int]) -> Sequence[Review]:
    """Those of these reviews that nobody is to do and nobody is changing at this moment; they are locked."""
    wanted = (
        select(Review)
        .join(Call, col(Call.id) == Review.call_id)
        .where(col(Review.id).in_(review_ids), Review.state == ReviewState.OPEN, col(Review.assigned_to).is_(None))
        .with_for_update(skip_locked=True, of=[Review, Call])
        .execution_options(populate_existing=True)
    )
    return session.exec(wanted).all()


def assigned_to(session: Session, user_id: int, user: User | None = None) -> Sequence[int]:
    """The open reviews that a person is to do and that another may do in their place, by id."""
    wanted = (
        select(Review.id)
        .join(Call, col(Call.id) == Review.call_id)
        .where(
            Review.assigned_to == user_id,
            Review.state == ReviewState.OPEN,
            col(Review.purpose).in_(FOR_ANYBODY),
            col(Call.state) != CallState.DELETED,
        )
    )
    if user is not None:
        wanted = wanted.where(visible_to(user))
    order = (col(Review.due_at), col(Review.called_at), col(Review.id))
    return [one for one in session.exec(wanted.order_by(*order)) if one is not None]


def in_order(session: Session, review_ids: Iterable[int]) -> Sequence[int]:
    """These reviews in the order in which whoever holds several of them takes them: that of their calls.

    Two who took them each in an order of their own would wait for each other in a circle.
    """
    ids = set(review_ids)
    wanted = sqlalchemy.select(col(Review.id), col(Review.call_id)).where(col(Review.id).in_(ids))
    call_of = dict(session.execute(wanted).all())
    return sorted(ids, key=lambda one: (call_of.get(one, 0), one))


def gone(session: Session) -> Sequence[User]:
    """The people who are not active any more and still have open reviews."""
    busy = (
        select(Review.assigned_to)
        .join(Call, col(Call.id) == Review.call_id)
        .where(
            col(Review.assigned_to).is_not(None),
            Review.state == ReviewState.OPEN,
            col(Review.purpose).in_(FOR_ANYBODY),
            Call.state != CallState.DELETED,
        )
    )
    return session.exec(select(User).where(~col(User.active), col(User.id).in_(busy)).order_by(col(User.id))).all()


def _scorers(session: Session, call_ids: Sequence[int]) -> dict[int, set[tuple[int, int]]]:
    """Who was at which review of each call: submitted it, or decided an item of it."""
    of_call, who = col(Review.call_id), col(Review.reviewer_id)
    submitted = sqlalchemy.select(of_call, col(Review.id), who).where(of_call.in_(call_ids), who.is_not(None))
    decided = (
        sqlalchemy.select(of_call, col(Review.id), col(ReviewVerdict.decided_by))
        .join(ReviewVerdict, col(ReviewVerdict.review_id) == Review.id)
        .where(of_call.in_(call_ids))
        .distinct()
    )
    found: dict[int, set[tuple[int, int]]] = {}
    for call_id, review, person in (*session.execute(submitted), *session.execute(decided)):
        found.setdefault(call_id, set()).add((review, person))
    return found


def _sees_all(user: User) -> bool:
    return user.role == Role.ADMIN or user.team_id is None
