"""What can be exported: the columns of each table, and its rows as far as a person may see them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

import sqlalchemy
from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.accounts.models import Team, User
from app.calls.models import Call, CallState
from app.calls.queries import visible_to as calls_visible_to
from app.coaching.models import CoachingNote
from app.coaching.queries import visible_to as notes_visible_to
from app.complaints.models import Complaint
from app.complaints.queries import visible_to as complaints_visible_to
from app.domain.evidence import Reason
from app.evaluations.models import Evaluation, StoredFinding
from app.reviews import unannounced
from app.reviews.models import Purpose, Review
from app.reviews.seen import told
from app.scorecards.models import ScorecardVersion

Agent, Other = aliased(User), aliased(User)
ID: Any = col(Call.id)


@dataclass(frozen=True)
class Chosen:
    """Which rows are wanted; None: any. Both days belong to the range."""

    first_day: date | None = None
    last_day: date | None = None
    agent_id: int | None = None
    team_id: int | None = None


class Table(NamedTuple):
    """A table: the names of its columns, what they are read from, and which rows a person may see.

    The first thing that is read is the id by which it goes on. `named` turns a row into its cells where they are more
    than what was read.
    """

    columns: tuple[str, ...]
    rows: Callable[[User, Chosen], Select[Any]]
    row_id: Any
    named: Callable[[Sequence[Any]], Sequence[Any]] = lambda row: row


def page(session: Session, user: User, table: Table, chosen: Chosen, after: int, limit: int) -> list[tuple[int, Any]]:
    """The next rows after an id, each with its own."""
    wanted = table.rows(user, chosen).where(table.row_id > after).order_by(table.row_id).limit(limit)
    return [(row[0], table.named(row[1:])) for row in session.execute(wanted)]


def _select(*columns: Any) -> Select[Any]:
    """A SELECT whose columns only its table knows."""
    return sqlalchemy.select(*columns)


# What is told of the call, wherever a row is about one.
OF_CALL = ("call_id", "external_id", "agent", "team", "queue", "site_day")
_CALL = (ID, col(Call.external_id), col(Agent.username), col(Team.name), col(Call.queue), col(Call.site_day))


def _with_call(wanted: Select[Any], user: User, chosen: Chosen) -> Select[Any]:
    """With its agent and team, the rows of calls that the person sees and that are wanted."""
    joined = wanted.outerjoin(Agent, col(Agent.id) == Call.agent_id).outerjoin(Team, col(Team.id) == Call.team_id)
    return joined.where(calls_visible_to(user), col(Call.state) != CallState.DELETED, *_narrowed(Call, chosen))


def _narrowed(model: type[Call] | type[Complaint], chosen: Chosen) -> list[ColumnElement[bool]]:
    conditions = []
    if chosen.first_day is not None:
        conditions.append(col(model.site_day) >= chosen.first_day)
    if chosen.last_day is not None:
        conditions.append(col(model.site_day) <= chosen.last_day)
    if chosen.agent_id is not None:
        conditions.append(col(model.agent_id) == chosen.agent_id)
    if chosen.team_id is not None:
        conditions.append(col(model.team_id) == chosen.team_id)
    return conditions


CALL_FACTS = ("state", "direction", "language", "customer_name", "started_at", "duration", "ended_by", "file_name")


def _calls(user: User, chosen: Chosen) -> Select[Any]:
    facts = (getattr(Call, name) for name in (*CALL_FACTS, "content_hash", "created_at"))
    return _with_call(_select(ID, *_CALL, *facts).select_from(Call), user, chosen)


OF_EVALUATION = ("scorecard", "scorecard_version")
_CARD = (col(ScorecardVersion.scorecard), col(Evaluation.scorecard_version))
EVALUATION_FACTS = ("rules_version", "score", "low", "high", "passed", "critical_failed", "created_at")


def _judged(wanted: Select[Any], user: User, chosen: Chosen) -> Select[Any]:
    joined = wanted.join(Call, Evaluation.call_id == ID).join(
        ScorecardVersion, col(ScorecardVersion.version) == Evaluation.scorecard_version
    )
    return _with_call(joined, user, chosen).where(col(Evaluation.current), told(user))


def _evaluations(user: User, chosen: Chosen) -> Select[Any]:
    own = col(Evaluation.id)
    facts = (getattr(Evaluation, name) for name in EVALUATION_FACTS)
    wanted = _select(own, own, *_CALL, *_CARD, *facts).select_from(Evaluation)
    return _judged(wanted, user, chosen)


def _findings(user: User, chosen: Chosen) -> Select[Any]:
    of = (col(Evaluation.id), *_CALL, *_CARD)
    own = (col(StoredFinding.item_id), col(StoredFinding.verdict), col(StoredFinding.content))
    wanted = _select(col(StoredFinding.id), *of, *own).select_from(StoredFinding)
    return _judged(wanted.join(Evaluation, col(Evaluation.id) == StoredFinding.evaluation_id), user, chosen)


FOUND = ("confidence", "points", "max_points")


def _finding(row: Sequence[Any]) -> Sequence[Any]:
    *facts, content = row
    first: dict[str, Any] = next(iter(content.get("evidence") or ()), {})
    reason = str(Reason.model_validate(content["reason"])) if content.get("reason") else ""
    quoted = (first.get(name) for name in ("start", "end", "quote"))
    return [*facts, *(content.get(name) for name in FOUND), reason, *quoted]


REVIEW_FACTS = ("score", "passed", "critical_failed", "set_aside_reason", "submitted_at", "released_at")


def _reviews(user: User, chosen: Chosen) -> Select[Any]:
    own = (col(Review.state), col(Review.picked), col(Review.blind), col(Other.username))
    facts = (getattr(Review, name) for name in (*REVIEW_FACTS, "acknowledged_at"))
    wanted = _select(col(Review.id), col(Review.id), *_CALL, *own, *facts).select_from(Review)
    wanted = wanted.join(Call, Review.call_id == ID).outerjoin(Other, col(Other.id) == Review.reviewer_id)
    return _with_call(wanted, user, chosen).where(col(Review.purpose) == Purpose.COUNTS, ~unannounced.kept_from(user))


COMPLAINT_FACTS = ("received_at", "site_day", "channel", "category", "outcome", "text", "created_at")


def _complaints(user: User, chosen: Chosen) -> Select[Any]:
    own = (col(Complaint.id), col(Complaint.external_id), col(Complaint.call_id), col(Agent.username), col(Team.name))
    facts = (getattr(Complaint, name) for name in COMPLAINT_FACTS)
    wanted = _select(col(Complaint.id), *own, *facts).select_from(Complaint)
    wanted = wanted.outerjoin(Agent, col(Agent.id) == Complaint.agent_id)
    wanted = wanted.outerjoin(Team, col(Team.id) == Complaint.team_id)
    return wanted.where(complaints_visible_to(user), *_narrowed(Complaint, chosen))


NOTE_WORDS = ("topic", "text", "strength", "heard", "effect", "advice", "reply")
NOTE_TIMES = ("held_on", "created_at", "told_at", "acknowledged_at", "follow_up_on", "done_at")


def _coaching(user: User, chosen: Chosen) -> Select[Any]:
    """The notes that were written on the days of UTC."""
    own = (col(CoachingNote.id), col(Agent.username), col(Team.name), col(Other.username))
    kind = (col(CoachingNote.occasion), col(CoachingNote.state))
    facts = (getattr(CoachingNote, name) for name in (*NOTE_WORDS, *NOTE_TIMES))
    wanted = _select(col(CoachingNote.id), *own, *kind, *facts).select_from(CoachingNote)
    wanted = wanted.outerjoin(Agent, col(Agent.id) == CoachingNote.agent_id)
    wanted = wanted.outerjoin(Team, col(Team.id) == Agent.team_id)
    wanted = wanted.outerjoin(Other, col(Other.id) == CoachingNote.author_id).where(notes_visible_to(user))
    if chosen.first_day is not None:
        wanted = wanted.where(col(CoachingNote.created_at) >= _midnight(chosen.first_day))
    if chosen.last_day is not None:
        wanted = wanted.where(col(CoachingNote.created_at) < _midnight(chosen.last_day + timedelta(days=1)))
    if chosen.agent_id is not None:
        wanted = wanted.where(col(CoachingNote.agent_id) == chosen.agent_id)
    if chosen.team_id is not None:
        wanted = wanted.where(col(Agent.team_id) == chosen.team_id)
    return wanted


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


TABLES = {
    "calls": Table((*OF_CALL, *CALL_FACTS, "sha256", "created_at"), _calls, ID),
    "evaluations": Table(
        (
            *("id", *OF_CALL, *OF_EVALUATION, "rules_version"),
            *("score", "score_low", "score_high", "passed", "critical_failed", "scored_at"),
        ),
        _evaluations,
        col(Evaluation.id),
    ),
    "findings": Table(
        ("evaluation_id", *OF_CALL, *OF_EVALUATION, "item", "verdict", *FOUND, "reason", "start", "end", "quote"),
        _findings,
        col(StoredFinding.id),
        _finding,
    ),
    "reviews": Table(
        ("id", *OF_CALL, "state", "picked", "blind", "reviewer", *REVIEW_FACTS, "acknowledged_at"),
        _reviews,
        col(Review.id),
    ),
    "complaints": Table(
        ("id", "external_id", "call_id", "agent", "team", *COMPLAINT_FACTS), _complaints, col(Complaint.id)
    ),
    "coaching": Table(
        ("id", "agent", "team", "author", "occasion", "state", *NOTE_WORDS, *NOTE_TIMES),
        _coaching,
        col(CoachingNote.id),
    ),
}
