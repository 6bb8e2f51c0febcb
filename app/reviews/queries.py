"""Reads reviews and the queue."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import sqlalchemy
from sqlalchemy import ColumnElement, and_, false, literal, not_, tuple_
from sqlmodel import Session, col, func, or_, select

from app.accounts.models import Role, User
from app.accounts.policies import may_assign
from app.calls import queries as calls
from app.calls.models import Call, CallState
from app.calls.queries import visible_to
from app.domain.lifecycle import COUNTING, TOLD, ReviewState
from app.evaluations.models import Evaluation
from app.kit.db import UtcTime
from app.kit.errors import NotFound
from app.reviews import unannounced
from app.reviews.assignment_queries import may_take, queued_for
from app.reviews.models import BlindLabel, Purpose, Review, ReviewVerdict

_ORDER = (col(Review.due_at), col(Review.called_at), col(Review.id))
# What came of a call, and whose judgement that is; "open": the answer depends on items that nobody has decided.
Outcome = Literal["passed", "failed", "open", "not_applicable"]
DecidedBy = Literal["person", "machine"]
# Nobody needs to know exactly how many more wait, and counting a hundred thousand takes longer than all else.
MOST_COUNTED = 1000
# Of a team with more calls than this, the next ones that wait are found soon in the order of the queue.
FEW = 5000


def review(session: Session, user: User, review_id: int) -> Review:
    """The review with this id, if there is one of a call that the person may see.

    Of one whose result is kept from them, the one that stands in its place for them.
    """
    wanted = (
        select(Review)
        .join(Call, col(Call.id) == Review.call_id)
        .where(Review.id == review_id, visible_to(user), Call.state != CallState.DELETED)
    )
    found = session.exec(wanted).first()
    if found is None or not unannounced.may_open(session, user, found):
        raise NotFound
    if found.purpose != Purpose.COUNTS:
        return found
    return unannounced.in_place(session, user, [found.call_id]).get(found.call_id, found)


def lock(session: Session, review_id: int) -> Review:
    """The review, which nobody else changes until this transaction ends: whoever changes one holds its call first."""
    call_id = session.exec(select(Review.call_id).where(Review.id == review_id)).first()
    if call_id is None:
        raise NotFound
    calls.lock_kept(session, call_id)
    wanted = select(Review).where(Review.id == review_id).execution_options(populate_existing=True)
    found = session.exec(wanted).first()
    if found is None:
        # Taken away while its call was waited for: a calibration was ended, or a second scoring withdrawn.
        raise NotFound
    return found


def of_call(session: Session, call_id: int) -> Review | None:
    """The review of a call that counts, or will once it is submitted."""
    wanted = select(Review).where(Review.call_id == call_id, Review.purpose == Purpose.COUNTS)
    return session.exec(wanted).first()


def of_calls(session: Session, call_ids: Sequence[int]) -> dict[int, Review]:
    """The reviews of some calls that count or will, by call."""
    wanted = select(Review).where(col(Review.call_id).in_(call_ids), Review.purpose == Purpose.COUNTS)
    return {one.call_id: one for one in session.exec(wanted)}


def all_of_call(session: Session, call_id: int) -> Sequence[Review]:
    """Every review of a call, whatever it is for."""
    return session.exec(select(Review).where(Review.call_id == call_id).order_by(col(Review.id))).all()


def others_open(session: Session, call_id: int) -> Sequence[Review]:
    """The open reviews of a call that are only compared with the one that counts."""
    wanted = select(Review).where(
        Review.call_id == call_id, Review.purpose != Purpose.COUNTS, Review.state == ReviewState.OPEN
    )
    return session.exec(wanted.order_by(col(Review.id))).all()


def self_score(session: Session, call_id: int, agent_id: int) -> Review | None:
    """What this agent scored their own call."""
    wanted = select(Review).where(
        Review.call_id == call_id, Review.purpose == Purpose.SELF, Review.reviewer_id == agent_id
    )
    return session.exec(wanted.order_by(col(Review.id).desc())).first()


def set_aside_among(session: Session, call_ids: Sequence[int]) -> set[int]:
    """Those of these calls whose review is out of scope."""
    wanted = select(Review.call_id).where(
        col(Review.call_id).in_(call_ids), Review.purpose == Purpose.COUNTS, Review.state == ReviewState.SET_ASIDE
    )
    return set(session.exec(wanted))


def verdicts(session: Session, review_id: int) -> dict[str, ReviewVerdict]:
    """What people decided in a review, by item."""
    rows = session.exec(select(ReviewVerdict).where(ReviewVerdict.review_id == review_id))
    return {row.item_id: row for row in rows}


def labels_of(session: Session, review_id: int) -> Sequence[BlindLabel]:
    """What was said blind in a review."""
    return session.exec(select(BlindLabel).where(BlindLabel.review_id == review_id)).all()


def outdated_in(session: Session, review_ids: Sequence[int]) -> set[int]:
    """Those of these reviews in which something is decided on evidence that is not the evidence any more."""
    wanted = select(ReviewVerdict.review_id).where(
        col(ReviewVerdict.review_id).in_(review_ids), col(ReviewVerdict.outdated)
    )
    return set(session.exec(wanted))


@dataclass(frozen=True)
class Waiting:
    """Which of the waiting reviews are wanted: one's own, of a team, in a language, due before a moment.

    `unassigned`: those that nobody is to do yet. `aside`: in place of those that wait, those that were set aside;
    `reason` is why.
    """

    mine: bool = False
    team_id: int | None = None
    language: str | None = None
    due_before: datetime | None = None
    unassigned: bool = False
    aside: bool = False
    reason: str | None = None


def queue(
    session: Session,
    user: User,
    limit: int = 50,
    wanted: Waiting = Waiting(),
    after: Review | None = None,
) -> tuple[Sequence[tuple[Review, Call]], int]:
    """The reviews that wait for a person, what is due first standing first; and how many, told up to MOST_COUNTED.

    What is overdue was due first, so it stands at the top; of what is due on the same day, the oldest call does.
    """
    conditions = _waiting(session, user, wanted)
    joined = select(Review, Call).join(Call, col(Call.id) == Review.call_id).where(*conditions)
    if after is not None:
        joined = joined.where(_place() > _place(after))
    rows = session.exec(joined.order_by(*_ORDER).limit(limit)).all()
    return rows, _counted(session, conditions)


def count_waiting(session: Session, user: User, wanted: Waiting) -> int:
    """How many reviews wait for a person, told up to MOST_COUNTED."""
    return _counted(session, _waiting(session, user, wanted))


def aside_reasons(session: Session, user: User) -> dict[str, int]:
    """How many calls were set aside for which reason, of those that stand in a person's list of them."""
    wanted = (
        select(Review.set_aside_reason, func.count())
        .join(Call, col(Call.id) == Review.call_id)
        .where(*_waiting(session, user, Waiting(aside=True)))
        .group_by(col(Review.set_aside_reason))
    )
    return {reason: number for reason, number in session.exec(wanted) if reason is not None}


def place_in_queue(session: Session, user: User, review: Review, wanted: Waiting) -> int:
    """How many waiting reviews stand before this one, told up to MOST_COUNTED."""
    return _counted(session, [*_waiting(session, user, wanted), _place() < _place(review)])


def next_free(session: Session, user: User, wanted: Waiting, after: Review | None) -> Review | None:
    """The review to take up next, which nobody else takes until this transaction ends.

    One's own come first, then those after `after` and those before it that nobody is to do yet. Nobody is given what
    they must not do, what they gave back, or a call in a language that they do not review unless they ask for that one.
    """
    free = [may_take(user)]
    if after is not None:
        free.append(col(Review.id) != after.id)
    own = _waiting(session, user, replace(wanted, mine=True, unassigned=False))
    waiting = _waiting(session, user, replace(wanted, mine=False, unassigned=True))
    waiting.append(func.coalesce(Review.given_back_by, 0) != user.id)
    if user.languages and wanted.language is None:
        waiting.append(or_(col(Call.language).is_(None), col(Call.language).in_(user.languages)))
    later = [_place() > _place(after)] if after is not None else []
    for found_by in (own, [*waiting, *later], waiting):
        joined = select(Review).join(Call, col(Call.id) == Review.call_id).where(*found_by, *free)
        # Two who ask at once are not given the same: what the other one is about to take is passed over.
        one = joined.order_by(*_ORDER).limit(1).with_for_update(skip_locked=True, of=[Review, Call])
        found = session.exec(one.execution_options(populate_existing=True)).first()
        if found is not None:
            return found
    return None


def _waiting(session: Session, user: User, wanted: Waiting) -> list[ColumnElement[bool]]:
    conditions = [
        visible_to(user),
        queued_for(user),
        col(Call.state) != CallState.DELETED,
        *_where(session, user, wanted),
    ]
    if not may_assign(user):
        # Who scores a call for the second time must not be told, by what stands in their queue, that they do.
        conditions.append(may_take(user))
    if wanted.team_id is not None:
        conditions.append(col(Call.team_id) == wanted.team_id)
    if wanted.language is not None:
        conditions.append(col(Call.language) == wanted.language)
    if wanted.due_before is not None:
        conditions.append(col(Review.due_at) <= wanted.due_before)
    return conditions


def _where(session: Session, user: User, wanted: Waiting) -> list[ColumnElement[bool]]:
    """In which state, and whose; asked so that each is found by an index of its own."""
    if wanted.mine:
        # Of a few, each is looked at; so no database walks along the whole queue to meet one of them.
        own = select(Review.id).where(Review.assigned_to == user.id, Review.state == ReviewState.OPEN).limit(FEW)
        return [col(Review.id).in_(sorted(one for one in session.exec(own) if one is not None))]
    if wanted.aside:
        aside = [col(Review.state) == ReviewState.SET_ASIDE]
        return [*aside, col(Review.set_aside_reason) == wanted.reason] if wanted.reason else aside
    few = _few(session, user, wanted)
    free = [col(Review.assigned_to).is_(None)] if wanted.unassigned else []
    if few:
        return [func.lower(Review.state) == ReviewState.OPEN.value, *few, *free]
    return [col(Review.state) == ReviewState.OPEN, *free]


def _few(session: Session, user: User, wanted: Waiting) -> list[ColumnElement[bool]]:
    """What leaves few reviews to look at: those of a team that has few calls."""
    conditions = [visible_to(user)]
    if wanted.team_id is not None:
        conditions.append(col(Call.team_id) == wanted.team_id)
    elif user.team_id is None or user.role == Role.ADMIN:
        return []
    seen = select(Call.id).where(*conditions)
    if session.exec(select(func.count()).select_from(seen.limit(FEW + 1).subquery())).one() > FEW:
        return []
    return [col(Review.call_id).in_(seen)]


def _place(of: Review | None = None) -> ColumnElement[Any]:
    """Where a review stands in the queue; without one, where each of them does."""
    if of is None:
        return tuple_(*_ORDER)
    return tuple_(literal(of.due_at, UtcTime()), literal(of.called_at, UtcTime()), literal(of.id))


def _counted(session: Session, conditions: Sequence[ColumnElement[bool]]) -> int:
    some = select(Review.id).join(Call, col(Call.id) == Review.call_id).where(*conditions).limit(MOST_COUNTED)
    return session.exec(select(func.count()).select_from(some.subquery())).one()


def with_outcome(
    outcome: Outcome | None, by: DecidedBy | None, sees_machine: bool = True, kept: ColumnElement[bool] | None = None
) -> calls.CallSet:
    """The calls that came out so: as a person submitted it, or as long as nobody has, as the machine found it.

    What the machine found in a call that is reviewed blind is told to nobody yet. `kept` are the calls of which this
    person is not to know yet what others found: to them, they are reviewed blind.
    """
    kept = false() if kept is None else kept
    # Agents learn of a result once they may read it, and of none that the machine alone found.
    submitted = col(Review.state).in_(COUNTING) if sees_machine else readable_by_agents()
    people = sqlalchemy.select(col(Review.call_id)).where(submitted, *_came_out(outcome, Review.passed, Review.score))
    if by == "person" or not sees_machine:
        return calls.CallSet(people, ~kept)
    machine = sqlalchemy.select(col(Evaluation.call_id)).where(
        col(Evaluation.current), *_came_out(outcome, Evaluation.passed, Evaluation.low)
    )
    hidden = (
        and_(col(Review.blind), col(Review.state).in_((ReviewState.OPEN, ReviewState.SET_ASIDE)))
        if outcome
        else false()
    )
    told = select(Review.id).where(Review.call_id == Call.id, or_(submitted, hidden)).correlate(Call).exists()
    if by == "machine":
        return calls.CallSet(machine, ~told if outcome else or_(~told, kept))
    return calls.CallSet(people.union_all(machine), or_(~told, and_(~kept, col(Call.id).in_(people))))


def readable_by_agents() -> ColumnElement[bool]:
    """Which reviews the agents of their calls may read."""
    return and_(col(Review.state).in_(TOLD), ~col(Review.awaits_self_score))


def _came_out(outcome: Outcome | None, passed: Any, possible: Any) -> list[ColumnElement[bool]]:
    """Whether a judgement says so; without anything possible, no item applied."""
    if outcome is None:
        return []
    if outcome in ("passed", "failed"):
        return [col(passed).is_(outcome == "passed")]
    is_open = col(possible).is_not(None)
    return [col(passed).is_(None), is_open if outcome == "open" else not_(is_open)]
