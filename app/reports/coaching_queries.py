"""Reads what was not coached yet, and how each agent fares on each item."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy
from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, col, func, select

from app.accounts.models import User
from app.calls import queries as calls
from app.calls.models import Call, CallState
from app.coaching.models import CoachingNote, CoachingPoint, NoteState
from app.domain.evidence import Verdict
from app.domain.lifecycle import COUNTING
from app.evaluations.models import Evaluation, StoredFinding
from app.reports.queries import Filter
from app.reports.stored_queries import item_verdicts_by
from app.reviews import unannounced
from app.reviews.models import Purpose, Review, ReviewVerdict

# A fail that nobody has spoken of for longer is not news to anybody.
UNCOACHED_DAYS = 30
# So many clips show what is meant; more, and nobody listens to them.
MOST_CLIPS = 3


@dataclass(frozen=True)
class Uncoached:
    """An item that an agent failed, as people decided, and nobody has spoken of it; in which calls, the newest first.

    `version` is that of the scorecard by which the newest of them was judged.
    """

    agent_id: int
    item_id: str
    version: str
    last_day: date
    call_ids: tuple[int, ...]

    @property
    def clips(self) -> tuple[int, ...]:
        """The calls whose clips a note begins with."""
        return self.call_ids[:MOST_CLIPS]


def uncoached(
    session: Session,
    user: User,
    since: date,
    *,
    team_id: int | None = None,
    agent_id: int | None = None,
    item_id: str | None = None,
) -> Sequence[Uncoached]:
    """What was failed in the calls since that day and no note speaks of; what was failed most often stands first."""
    spoken_of = (
        select(CoachingPoint.id)
        .join(CoachingNote, col(CoachingNote.id) == CoachingPoint.note_id)
        .where(
            CoachingPoint.call_id == Call.id,
            CoachingPoint.item_id == ReviewVerdict.item_id,
            CoachingNote.state != NoteState.DRAFT,
        )
        .correlate(Call, ReviewVerdict)
        .exists()
    )
    wanted = (
        sqlalchemy.select(
            col(Call.agent_id),
            col(ReviewVerdict.item_id),
            col(Call.site_day),
            col(Call.id),
            col(Evaluation.scorecard_version),
        )
        .select_from(Call)
        .join(Review, and_(col(Review.call_id) == Call.id, col(Review.purpose) == Purpose.COUNTS))
        .join(ReviewVerdict, col(ReviewVerdict.review_id) == Review.id)
        .join(Evaluation, col(Evaluation.id) == Review.evaluation_id)
        .where(
            col(Call.site_day) >= since,
            col(Call.agent_id).is_not(None),
            calls.visible_to(user),
            # Who scores a call a second time is not to know yet what others found in it.
            ~unannounced.kept_from(user),
            col(Call.state) != CallState.DELETED,
            # No index of the state is wanted here: of some days' calls there are fewer than of all that count.
            func.lower(Review.state).in_([one.value for one in COUNTING]),
            col(ReviewVerdict.verdict) == Verdict.FAIL,
            ~spoken_of,
            *_narrowed(team_id, agent_id, item_id),
        )
        .order_by(col(Call.site_day).desc(), col(Call.id).desc())
    )
    found: dict[tuple[int, str], list[tuple[date, int, str]]] = {}
    for agent, item, day, call, version in session.execute(wanted):
        found.setdefault((agent, item), []).append((day, call, version))
    groups = [
        Uncoached(agent, item, rows[0][2], rows[0][0], tuple(call for _, call, _ in rows))
        for (agent, item), rows in found.items()
    ]
    return sorted(groups, key=lambda one: (-len(one.call_ids), -one.last_day.toordinal(), one.agent_id, one.item_id))


def _narrowed(team_id: int | None, agent_id: int | None, item_id: str | None) -> list[ColumnElement[bool]]:
    chosen = ((col(Call.team_id), team_id), (col(Call.agent_id), agent_id), (col(ReviewVerdict.item_id), item_id))
    return [column == value for column, value in chosen if value is not None]


def findings_of(session: Session, call_ids: Sequence[int], item_id: str) -> dict[int, StoredFinding]:
    """What the machine found about an item in some calls, by call: where the clip begins that shows it."""
    wanted = (
        sqlalchemy.select(col(Evaluation.call_id), StoredFinding)
        .join(StoredFinding, col(StoredFinding.evaluation_id) == Evaluation.id)
        .where(col(Evaluation.call_id).in_(call_ids), col(Evaluation.current), col(StoredFinding.item_id) == item_id)
    )
    return {row[0]: row[1] for row in session.execute(wanted)}


def by_agent(
    session: Session, user: User, chosen: Filter, agent_ids: Sequence[int]
) -> dict[tuple[str, str], dict[int, tuple[int, int]]]:
    """By scorecard and item: of each agent, the reviewed calls that failed it, and those in which it was decided."""
    counts = item_verdicts_by(session, user, "final", ("scorecard", "item", "agent_id"), chosen, agent_ids)
    found: dict[tuple[str, str], dict[int, tuple[int, int]]] = {}
    for (card, item, agent), counted in counts.items():
        fails = counted[Verdict.FAIL.value]
        if decided := fails + counted[Verdict.PASS.value]:
            found.setdefault((card, item), {})[agent] = (fails, decided)
    return found
