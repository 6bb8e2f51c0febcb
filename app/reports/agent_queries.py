"""Reads what is known of one agent: results, items, their own scores; an agent is told only what was released."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import sqlalchemy
from sqlalchemy import ColumnElement, and_, case
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from app.accounts.models import Role, User
from app.calls import queries as calls
from app.calls.models import Call, CallState
from app.domain.evidence import Verdict
from app.domain.lifecycle import COUNTING, TOLD, ReviewState
from app.evaluations.models import Evaluation
from app.kit.errors import NotFound
from app.reports.queries import FAIR
from app.reviews import unannounced
from app.reviews.models import Dispute, DisputeOutcome, Purpose, Review, ReviewVerdict
from app.scorecards.models import ScorecardVersion


class OwnScore(NamedTuple):
    """A call that its agent scored too: what they gave it, and the review that counts, as far as one may know of it."""

    call: Call
    own: Review
    review: Review | None


class Answers(NamedTuple):
    """How many results an agent could read, how many of them they acknowledged; how many items they disputed."""

    released: int
    acknowledged: int
    disputed: int
    upheld: int
    waiting: int


class Outcomes(NamedTuple):
    """How many of an agent's calls were reviewed, how many passed, and the sum of their scores in tenths of a point."""

    n: int
    passed: int
    score_tenths: int

    @property
    def mean_score(self) -> float | None:
        """In points of 100."""
        return self.score_tenths / self.n / 10 if self.n else None


def agent(session: Session, user: User, agent_id: int) -> User:
    """The agent with this id, if the person may open their page: staff of the team, and themselves."""
    wanted = select(User).where(User.id == agent_id, User.role == Role.AGENT, *_within_sight(user))
    found = session.exec(wanted).first()
    if found is None:
        raise NotFound
    return found


def _within_sight(user: User) -> list[ColumnElement[bool]]:
    if user.role == Role.AGENT:
        return [col(User.id) == user.id]
    if user.role == Role.ADMIN or user.team_id is None:
        return []
    return [col(User.team_id) == user.team_id]


def results(session: Session, user: User, agent_id: int, limit: int) -> Sequence[tuple[Call, Review]]:
    """The last calls of an agent with a result, the newest first."""
    wanted = select(Call, Review).join(Review, _counted()).where(*_known(user, agent_id))
    return session.exec(wanted.order_by(col(Call.started_at).desc(), col(Call.id).desc()).limit(limit)).all()


def by_item(
    session: Session, user: User, agent_id: int, since: date, last: date = date.max
) -> dict[tuple[str, str], tuple[str, int, int]]:
    """By scorecard and item: a version of the card, the agent's calls of these days that failed, and those decided."""
    wanted = (
        sqlalchemy.select(
            col(ScorecardVersion.scorecard),
            col(ReviewVerdict.item_id),
            col(ReviewVerdict.verdict),
            func.max(ScorecardVersion.version),
            func.count(),
        )
        .select_from(Call)
        .join(Review, _counted())
        .join(ReviewVerdict, col(ReviewVerdict.review_id) == Review.id)
        .join(Evaluation, col(Evaluation.id) == Review.evaluation_id)
        .join(ScorecardVersion, col(ScorecardVersion.version) == Evaluation.scorecard_version)
        .where(
            *_known(user, agent_id),
            col(Call.site_day).between(since, last),
            # What was picked for a risk does not stand for the agent's other calls.
            col(Review.picked).in_(FAIR),
            col(ReviewVerdict.verdict).in_((Verdict.PASS, Verdict.FAIL)),
        )
        .group_by(ScorecardVersion.scorecard, ReviewVerdict.item_id, ReviewVerdict.verdict)
    )
    found: dict[tuple[str, str], tuple[str, int, int]] = {}
    for card, item, verdict, version, n in session.execute(wanted):
        _, fails, decided = found.get((card, item), ("", 0, 0))
        found[card, item] = (version, fails + (n if verdict == Verdict.FAIL else 0), decided + n)
    return found


def outcomes(session: Session, user: User, agent_id: int, first: date, last: date) -> Outcomes:
    """How an agent's calls of these days came out by people; those picked for a risk do not stand for the others."""
    wanted = (
        sqlalchemy.select(
            func.count(),
            func.sum(case((col(Review.passed).is_(True), 1), else_=0)),
            func.sum(func.round(10 * col(Review.score))),
        )
        .select_from(Call)
        .join(Review, _counted())
        .where(
            *_known(user, agent_id),
            col(Call.site_day).between(first, last),
            col(Review.picked).in_(FAIR),
            col(Review.passed).is_not(None),
        )
    )
    n, passed, tenths = session.execute(wanted).one()
    return Outcomes(n, int(passed or 0), int(tenths or 0))


def own_scores(session: Session, user: User, agent_id: int, limit: int) -> Sequence[OwnScore]:
    """The calls that an agent scored too, the newest first, each with the review that counts."""
    own, review = aliased(Review), aliased(Review)
    counting = [col(review.call_id) == Call.id, col(review.purpose) == Purpose.COUNTS]
    if user.role == Role.AGENT:
        counting += [col(review.state).in_(TOLD), ~col(review.awaits_self_score)]
    else:
        counting.append(col(review.state).in_(COUNTING))
    wanted = (
        sqlalchemy.select(Call, own, review)
        .join(own, col(own.call_id) == Call.id)
        .outerjoin(review, and_(*counting))
        .where(
            col(Call.agent_id) == agent_id,
            calls.visible_to(user),
            col(Call.state) != CallState.DELETED,
            ~unannounced.kept_from(user),
            col(own.purpose) == Purpose.SELF,
            col(own.state) == ReviewState.COMPARED,
        )
        .order_by(col(own.id).desc())
        .limit(limit)
    )
    return [OwnScore(*row) for row in session.execute(wanted)]


def answers(session: Session, user: User, agent_id: int) -> Answers:
    """How an agent has answered what they were told."""
    read = (
        sqlalchemy.select(func.count(), func.count(col(Review.acknowledged_at)))
        .select_from(Call)
        .join(Review, _counted())
        .where(*_known(user, agent_id), col(Review.state).in_(TOLD))
    )
    released, acknowledged = session.execute(read).one()
    wanted = sqlalchemy.select(col(Dispute.outcome), func.count()).where(col(Dispute.agent_id) == agent_id)
    found: Counter[DisputeOutcome] = Counter()
    for outcome, n in session.execute(wanted.group_by(Dispute.outcome)):
        found[outcome] += n
    upheld = found[DisputeOutcome.ACCEPTED] + found[DisputeOutcome.PARTLY]
    disputed = found.total() - found[DisputeOutcome.WITHDRAWN]
    return Answers(released, acknowledged, disputed, upheld, found[DisputeOutcome.OPEN])


def _counted() -> ColumnElement[bool]:
    return and_(col(Review.call_id) == Call.id, col(Review.purpose) == Purpose.COUNTS)


def _known(user: User, agent_id: int) -> list[ColumnElement[bool]]:
    """The agent's results, as far as the person may know of them."""
    conditions = [col(Call.agent_id) == agent_id, calls.visible_to(user), col(Call.state) != CallState.DELETED]
    if user.role == Role.AGENT:
        return [*conditions, col(Review.state).in_(TOLD), ~col(Review.awaits_self_score)]
    return [*conditions, col(Review.state).in_(COUNTING), ~unannounced.kept_from(user)]
