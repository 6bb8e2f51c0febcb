"""Reads what people and the machine had found in the calls that were complained about."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy
from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, func, select

from app.accounts.models import User
from app.calls import queries as calls
from app.calls.models import Call, CallState
from app.complaints import queries as complaints
from app.complaints.models import Complaint, ComplaintCategory, ComplaintOutcome
from app.domain.evidence import Verdict
from app.domain.lifecycle import COUNTING, ReviewState
from app.evaluations.models import Evaluation, StoredFinding
from app.reports.queries import FAIR, Filter, Source
from app.reports.stored_queries import item_verdicts_by
from app.reviews import unannounced
from app.reviews.models import Purpose, Review, ReviewVerdict
from app.scorecards.models import ScorecardVersion

# Of the newest so many upheld complaints a summary is made.
NEWEST = 5000


@dataclass(frozen=True)
class Which:
    """Which complaints are meant; days are those on which they count, both ends counted."""

    category: ComplaintCategory | None = None
    agent_id: int | None = None
    team_id: int | None = None
    first_day: date | None = None
    last_day: date | None = None


class About(NamedTuple):
    """A complaint and the call it is about."""

    complaint_id: int
    call_id: int
    category: ComplaintCategory
    outcome: ComplaintOutcome
    received_at: datetime


class Judged(NamedTuple):
    """What a review or an evaluation (`id`) made of a call: `passed` is None while open items can change it."""

    id: int
    call_id: int
    version: str
    passed: bool | None
    at: datetime


def with_call(session: Session, user: User, complaint_ids: Sequence[int]) -> Sequence[About]:
    """Those of these complaints whose call this person may know all about."""
    return _about(session, user, [col(Complaint.id).in_(complaint_ids)], len(complaint_ids))


def upheld_with_call(session: Session, user: User, which: Which) -> Sequence[About]:
    """The newest upheld complaints whose call this person may know all about."""
    upheld = col(Complaint.outcome) == ComplaintOutcome.UPHELD
    return _about(session, user, [upheld, *_conditions(which)], NEWEST)


def count_upheld(session: Session, user: User, which: Which) -> int:
    """All upheld complaints, with a call or without."""
    upheld = col(Complaint.outcome) == ComplaintOutcome.UPHELD
    wanted = select(func.count()).select_from(Complaint)
    return session.exec(wanted.where(complaints.visible_to(user), upheld, *_conditions(which))).one()


def reviews_of(session: Session, call_ids: Iterable[int]) -> dict[int, Judged]:
    """The submitted review that counts of each call."""
    wanted = (
        sqlalchemy.select(
            col(Review.id),
            col(Review.call_id),
            col(Evaluation.scorecard_version),
            col(Review.passed),
            col(Review.submitted_at),
        )
        .join(Evaluation, col(Evaluation.id) == Review.evaluation_id)
        .where(
            col(Review.call_id).in_(set(call_ids)),
            col(Review.purpose) == Purpose.COUNTS,
            func.lower(Review.state).in_([one.value for one in COUNTING]),
            col(Review.submitted_at).is_not(None),
        )
    )
    return {row[1]: Judged(*row) for row in session.execute(wanted)}


def evaluations_of(session: Session, call_ids: Iterable[int]) -> dict[int, list[Judged]]:
    """Every evaluation of each call, the oldest first: rules and scorecards change, and calls are scored again."""
    wanted = (
        sqlalchemy.select(
            col(Evaluation.id),
            col(Evaluation.call_id),
            col(Evaluation.scorecard_version),
            col(Evaluation.passed),
            col(Evaluation.created_at),
        )
        .where(col(Evaluation.call_id).in_(set(call_ids)))
        .order_by(col(Evaluation.created_at), col(Evaluation.id))
    )
    found: dict[int, list[Judged]] = {}
    for row in session.execute(wanted):
        found.setdefault(row[1], []).append(Judged(*row))
    return found


def failed_by_people(session: Session, review_ids: Iterable[int]) -> dict[int, list[str]]:
    """The items that each review failed."""
    wanted = select(ReviewVerdict.review_id, ReviewVerdict.item_id).where(
        col(ReviewVerdict.review_id).in_(set(review_ids)), col(ReviewVerdict.verdict) == Verdict.FAIL
    )
    return _by_first(session.exec(wanted.order_by(col(ReviewVerdict.id))))


def failed_by_machine(session: Session, evaluation_ids: Iterable[int]) -> dict[int, list[str]]:
    """The items that each evaluation failed."""
    wanted = select(StoredFinding.evaluation_id, StoredFinding.item_id).where(
        col(StoredFinding.evaluation_id).in_(set(evaluation_ids)), col(StoredFinding.verdict) == Verdict.FAIL
    )
    return _by_first(session.exec(wanted.order_by(col(StoredFinding.place), col(StoredFinding.id))))


def verdicts_of_all(
    session: Session, user: User, source: Source, chosen: Filter
) -> dict[tuple[str, str], Counter[str]]:
    """How often each item of each scorecard got which verdict, in all calls that were fairly picked."""
    found = item_verdicts_by(session, user, source, ("scorecard", "item"), chosen)
    return {(card, item): counted for (card, item), counted in found.items()}


def verdicts_of_complained(
    session: Session, user: User, source: Source, chosen: Filter
) -> dict[tuple[str, str], Counter[str]]:
    """The same in the calls of which a complaint was upheld, each call once."""
    complained = (
        select(Complaint.id)
        .where(Complaint.call_id == Call.id, col(Complaint.outcome) == ComplaintOutcome.UPHELD)
        .correlate(Call)
        .exists()
    )
    kind: Any = StoredFinding if source == "machine" else ReviewVerdict
    key = (col(ScorecardVersion.scorecard), col(kind.item_id), col(kind.verdict))
    counted = sqlalchemy.select(*key, func.count()).select_from(Call)
    if source == "machine":
        counted = counted.join(Evaluation, and_(col(Evaluation.call_id) == Call.id, col(Evaluation.current)))
        counted = counted.join(StoredFinding, col(StoredFinding.evaluation_id) == Evaluation.id)
    else:
        counted = counted.join(Review, and_(*_fairly_reviewed())).join(
            Evaluation, col(Evaluation.id) == Review.evaluation_id
        )
        counted = counted.join(ReviewVerdict, col(ReviewVerdict.review_id) == Review.id)
    counted = counted.join(ScorecardVersion, col(ScorecardVersion.version) == Evaluation.scorecard_version)
    counted = counted.where(
        # Found by their complaints: all calls of these days are far more.
        col(Call.id).in_(select(Complaint.call_id).where(Complaint.outcome == ComplaintOutcome.UPHELD)),
        complained,
        calls.visible_to(user),
        col(Call.state) != CallState.DELETED,
        *_of_calls(chosen),
    ).group_by(*key)
    found: dict[tuple[str, str], Counter[str]] = {}
    for card, item, verdict, n in session.execute(counted):
        found.setdefault((card, item), Counter())[Verdict(verdict).value] += n
    return found


def _fairly_reviewed() -> list[ColumnElement[bool]]:
    return [
        col(Review.call_id) == Call.id,
        col(Review.purpose) == Purpose.COUNTS,
        func.lower(Review.state).in_([one.value for one in COUNTING]),
        col(Review.picked).in_(FAIR),
    ]


def _of_calls(chosen: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if chosen.team_id is not None:
        found.append(col(Call.team_id) == chosen.team_id)
    if chosen.agent_id is not None:
        found.append(col(Call.agent_id) == chosen.agent_id)
    if chosen.first_day is not None:
        found.append(col(Call.site_day) >= chosen.first_day)
    if chosen.end_day is not None:
        found.append(col(Call.site_day) < chosen.end_day)
    return found


def _about(session: Session, user: User, conditions: list[ColumnElement[bool]], limit: int) -> Sequence[About]:
    blind = (
        select(Review.id)
        .where(
            Review.call_id == Call.id,
            col(Review.blind),
            col(Review.state).in_((ReviewState.OPEN, ReviewState.SET_ASIDE)),
        )
        .correlate(Call)
        .exists()
    )
    wanted = (
        sqlalchemy.select(
            col(Complaint.id),
            col(Complaint.call_id),
            col(Complaint.category),
            col(Complaint.outcome),
            col(Complaint.received_at),
        )
        .join(Call, col(Call.id) == Complaint.call_id)
        .where(
            complaints.visible_to(user),
            calls.visible_to(user),
            # Nobody is told what the machine found who may still have to judge the call without knowing it.
            ~or_(blind, unannounced.kept_from(user)),
            col(Call.state) != CallState.DELETED,
            *conditions,
        )
        .order_by(col(Complaint.received_at).desc(), col(Complaint.id).desc())
        .limit(limit)
    )
    return [About(*row) for row in session.execute(wanted)]


def _conditions(which: Which) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for column, value in (
        (Complaint.category, which.category),
        (Complaint.agent_id, which.agent_id),
        (Complaint.team_id, which.team_id),
    ):
        if value is not None:
            found.append(col(column) == value)
    if which.first_day is not None:
        found.append(col(Complaint.site_day) >= which.first_day)
    if which.last_day is not None:
        found.append(col(Complaint.site_day) <= which.last_day)
    return found


def _by_first(rows: Iterable[tuple[int, str]]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for first, second in rows:
        found.setdefault(first, []).append(second)
    return found
