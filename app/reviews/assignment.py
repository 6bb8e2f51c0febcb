"""Gives reviews to people: they take one themselves, a lead or the rule gives it to them; they give it back."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Engine
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Role, User
from app.accounts.policies import may_assign
from app.calls import queries as calls
from app.domain.assignment import Hindrance, Reviewer, Shares, Task, hindrance, shared_out
from app.domain.lifecycle import ReviewState
from app.kit import db
from app.kit.db import id_of
from app.kit.errors import AppError, Forbidden
from app.ledger.service import Actor, record_for_call
from app.notices.models import Kind
from app.notices.service import tell
from app.reviews import assignment_queries, queries
from app.reviews.assignment_queries import Load, reviewer, reviewers
from app.reviews.models import Purpose, Review

MOST_OPEN = 20
LONGEST_REASON = 2000
MINE = "/queue?which=mine"


class OwnCall(AppError):
    """You took part in this call; somebody else reviews it."""

    code = "own_call"
    status = 403


class KnowsTooMuch(Forbidden):
    """Two reviewers score this call blind; who leads knows too much of it already."""

    code = "knows_too_much"


class ScoredBefore(AppError):
    """You have scored this call before; somebody else does this review."""

    code = "scored_before"
    status = 409


class TakenMeanwhile(AppError):
    """Somebody else has taken this review."""

    code = "taken_meanwhile"
    status = 409


class NotWaiting(AppError):
    """This review does not wait for anybody any more."""

    code = "not_waiting"
    status = 409


class NotYours(AppError):
    """This review is not yours to give back."""

    code = "not_yours"
    status = 409


class TooMuchOpen(AppError):
    """You have as many open reviews as you may; submit one or give one back first."""

    code = "too_much_open"
    status = 409


class CannotTake(AppError):
    """Some of these reviews cannot be given to this person: their own call, scored before, another team or language,
    or no room left. Nothing was assigned."""

    code = "cannot_take"
    status = 409


class Moved(NamedTuple):
    """What came of handing reviews over: those that went to somebody, and those that nobody is to do now."""

    given: int
    free: int


def check_not_own(session: Session, review: Review, user: User) -> None:
    """Refuse to let somebody judge a call they took part in; an agent's own score is apart from that."""
    if review.purpose == Purpose.SELF:
        return
    if user.id in calls.agents(session, [review.call_id])[review.call_id]:
        raise OwnCall
    if review.purpose == Purpose.SECOND and user.role != Role.REVIEWER:
        raise KnowsTooMuch


def claim(session: Session, review_id: int, user: User, actor: Actor, most_open: int = MOST_OPEN) -> Review:
    """Let a person take a review that nobody is to do yet."""
    review = _waiting(session, review_id)
    if review.assigned_to == user.id:
        return review
    check_not_own(session, review, user)
    assignment_queries.take_turn(session)
    if review.assigned_to is not None:
        raise TakenMeanwhile
    [task] = assignment_queries.tasks(session, [review_id])
    if user.id in task.not_by and user.id != review.given_back_by:
        raise ScoredBefore
    load = assignment_queries.loads(session, actor.at).get(id_of(user), Load())
    if load.open >= reviewer(user, 0, most_open).most:
        raise TooMuchOpen
    take(session, review, user, actor)
    return review


def take(session: Session, review: Review, user: User, actor: Actor) -> None:
    """Note that a person does this review from now on, if nobody else is to."""
    if review.assigned_to is None and review.purpose in assignment_queries.FOR_ANYBODY:
        _move(session, review, id_of(user), actor, "review.claimed")


def give_back(session: Session, review_id: int, user: User, actor: Actor, reason: str = "") -> Review:
    """Let go of a review that a person cannot do; what they decided stays, and they are not given it again."""
    review = _waiting(session, review_id)
    if review.assigned_to != user.id and not (may_assign(user) and review.assigned_to is not None):
        raise NotYours
    review.given_back_by = review.assigned_to
    review.opened_by = review.opened_at = None
    _move(session, review, None, actor, "review.given_back", reason.strip()[:LONGEST_REASON])
    return review


def assign(
    session: Session, review_ids: Sequence[int], to: User, by: User, actor: Actor, most_open: int = MOST_OPEN
) -> int:
    """Give some reviews to a person, whoever was to do them; how many that changed. All of them, or none."""
    if not may_assign(by):
        raise Forbidden
    found = [_waiting(session, one) for one in assignment_queries.in_order(session, review_ids)]
    assignment_queries.take_turn(session)
    new = [one for one in found if one.assigned_to != to.id]
    waiting = assignment_queries.tasks(session, [id_of(one) for one in new])
    load = assignment_queries.loads(session, actor.at).get(id_of(to), Load())
    if _refused(waiting, to, load.open, most_open):
        raise CannotTake
    for review in new:
        _move(session, review, id_of(to), actor, "review.assigned")
    _tell(session, [id_of(to)] if new else [], actor)
    return len(new)


def plan(session: Session, actor: Actor, most_open: int, by: User | None = None, team_id: int | None = None) -> Shares:
    """Who would get what of all that nobody is to do yet, and what nobody can take; of what a person leads, if named.

    Today's people: who is away is given nothing.
    """
    people = reviewers(session, most_open, actor.at, by)
    if not sum(one.room for one in people) and by is None:
        return Shares()
    return shared_out(assignment_queries.unassigned(session, by, team_id), people)


def share_out(
    session: Session, actor: Actor, most_open: int = MOST_OPEN, by: User | None = None, team_id: int | None = None
) -> Shares:
    """Give all that nobody is to do yet to whoever may do it and has least to do; done twice, nothing changes."""
    assignment_queries.take_turn(session)
    shares = plan(session, actor, most_open, by, team_id)
    return _carried_out(session, shares, actor, "review.assigned")


def assign_new(session: Session, call_id: int, actor: Actor, most_open: int) -> None:
    """Give the review of a call that has just come in to whoever may do it and has least to do."""
    review = queries.of_call(session, call_id)
    if review is None or review.state != ReviewState.OPEN or review.assigned_to is not None:
        return
    assignment_queries.take_turn(session)
    waiting = assignment_queries.tasks(session, [id_of(review)])
    _carried_out(session, shared_out(waiting, reviewers(session, most_open, actor.at)), actor, "review.assigned")


def hand_over(
    session: Session,
    from_user: User,
    to: User | None,
    actor: Actor,
    most_open: int = MOST_OPEN,
    by: User | None = None,
) -> Moved:
    """Give a person's open reviews to another, or share them out among all who can; what was begun stays as it is.

    What the other must not do, or nobody can, waits for somebody to take it. `by` leads: only what they see is moved.
    """
    theirs = assignment_queries.assigned_to(session, id_of(from_user), by)
    found = [queries.lock(session, one) for one in assignment_queries.in_order(session, theirs)]
    mine = [one for one in found if one.state == ReviewState.OPEN and one.assigned_to == from_user.id]
    assignment_queries.take_turn(session)
    waiting = assignment_queries.tasks(session, [id_of(one) for one in mine])
    shares = _to_one(waiting, to) if to else shared_out(waiting, _others(session, from_user, actor, most_open))
    receiver = dict(shares.given)
    for review in mine:
        _move(session, review, receiver.get(id_of(review)), actor, "review.handed_over")
    _tell(session, shares.by_person, actor)
    return Moved(len(shares.given), len(mine) - len(shares.given))


def sweep(engine: Engine, actor: Actor, automatic: bool, most_open: int) -> None:
    """Free what those were to do who have left, and in a site that assigns by itself give out what waits."""
    with db.session(engine, reads_only=True) as session:
        gone = assignment_queries.gone(session)
    for person in gone:
        with db.session(engine) as session:
            hand_over(session, person, None, actor, most_open)
    if automatic:
        with db.session(engine) as session:
            share_out(session, actor, most_open)


def _waiting(session: Session, review_id: int) -> Review:
    review = queries.lock(session, review_id)
    if review.state != ReviewState.OPEN or review.purpose not in assignment_queries.FOR_ANYBODY:
        raise NotWaiting
    return review


def _refused(waiting: Sequence[Task], to: User, open_now: int, most_open: int) -> bool:
    person = reviewer(to, open_now, most_open)
    return any(hindrance(one, person, open_now + place) is not None for place, one in enumerate(waiting))


def _to_one(waiting: Sequence[Task], to: User) -> Shares:
    """All that a person may do, however much it is: a lead gives it to them by name."""
    person = reviewer(to, 0, 0)
    fits = [one for one in waiting if hindrance(one, person) in (None, Hindrance.FULL)]
    return Shares(tuple((one.id, person.id) for one in fits))


def _others(session: Session, but: User, actor: Actor, most_open: int) -> list[Reviewer]:
    return [one for one in reviewers(session, most_open, actor.at) if one.id != but.id]


def _carried_out(session: Session, shares: Shares, actor: Actor, event: str) -> Shares:
    """What of this could be done: what somebody has taken meanwhile stays theirs."""
    receiver = dict(shares.given)
    free = {id_of(one): one for one in assignment_queries.free_now(session, list(receiver))}
    for review_id, person in shares.given:
        if review_id in free:
            _move(session, free[review_id], person, actor, event)
    done = Shares(tuple(one for one in shares.given if one[0] in free), shares.left)
    _tell(session, done.by_person, actor)
    return done


def _move(session: Session, review: Review, to: int | None, actor: Actor, event: str, reason: str = "") -> None:
    old = review.assigned_to
    review.assigned_to, review.assigned_at = to, None if to is None else actor.at
    review.version += 1
    session.add(review)
    session.flush()
    names = accounts.names(session, {one for one in (old, to) if one is not None})
    record_for_call(
        session,
        review.call_id,
        actor,
        event,
        {"reason": reason},
        review=id_of(review),
        assigned_to={"old": old, "new": to},
        of=names.get(old or 0, ""),
        to=names.get(to or 0, ""),
    )


def _tell(session: Session, people: Iterable[int], actor: Actor) -> None:
    """One notice for a batch, to those who did not do it themselves."""
    tell(session, [one for one in people if one != actor.user_id], Kind.ASSIGNED, MINE, actor.at)
