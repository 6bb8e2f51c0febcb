"""What a person may know of the verdicts on a call: the one answer for pages, printed sheets, clips and the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.accounts.models import User
from app.accounts.policies import may_see_machine_verdicts
from app.calls.models import Call, CallState
from app.calls.queries import visible_to
from app.domain.lifecycle import ReviewState
from app.evaluations import queries as evaluations
from app.evaluations.models import Evaluation
from app.kit.errors import NotFound
from app.kit.pagination import PAGE_SIZE, Page, paginate
from app.reviews import unannounced
from app.reviews.models import Purpose, Review
from app.reviews.queries import readable_by_agents
from app.scorecards.models import ScorecardVersion

# Nobody pages by hand through more, and whoever pulls all of them needs no number.
MOST_COUNTED = 10_000


@dataclass(frozen=True)
class Chosen:
    """Which evaluations are wanted; what is left empty narrows nothing. `current`: the one its call counts with."""

    current: bool | None = None
    agent_id: int | None = None
    team_id: int | None = None
    scorecard: str | None = None
    version: str | None = None
    passed: bool | None = None
    first_day: date | None = None
    last_day: date | None = None


def seen_result(session: Session, user: User, call_id: int) -> tuple[Evaluation | None, Review | None]:
    """The current evaluation and the review of a call, as far as this person may know of them."""
    judged, review = evaluations.current(session, call_id), unannounced.of_call(session, user, call_id)
    if not may_see_machine_verdicts(user):
        if review is None or not review.told:
            # What the machine alone thinks is no verdict on somebody's work, and what was not released is none yet.
            return None, None
        # A newer evaluation is the machine's alone; the result stands on the one it was decided on.
        return session.get(Evaluation, review.evaluation_id), review
    if review is not None and review.hides_machine:
        # Whoever reads it here could not review it blind any more.
        return None, review
    return judged, review


def told(user: User) -> ColumnElement[bool]:
    """Which evaluations of the calls that a person sees they may read: agents those of results that are theirs to read.

    Nobody reads what the machine found in a call that is reviewed blind, before that review is submitted.
    """
    counts = aliased(Review)
    of_call = and_(col(counts.call_id) == Call.id, col(counts.purpose) == Purpose.COUNTS)
    if not may_see_machine_verdicts(user):
        read = select(Review.id).where(
            Review.evaluation_id == Evaluation.id, Review.purpose == Purpose.COUNTS, readable_by_agents()
        )
        return read.correlate(Evaluation).exists()
    waits = col(counts.state).in_((ReviewState.OPEN, ReviewState.SET_ASIDE))
    hidden = select(counts.id).where(of_call, col(counts.blind), waits).correlate(Call).exists()
    return and_(~hidden, ~unannounced.kept_from(user))


def evaluation(session: Session, user: User, evaluation_id: int) -> tuple[Evaluation, Call]:
    """The evaluation with this id and its call, if the person may read it."""
    found = session.exec(_told(user).where(Evaluation.id == evaluation_id)).first()
    if found is None:
        raise NotFound
    return found, session.get_one(Call, found.call_id)


def of_call(session: Session, user: User, call_id: int) -> Sequence[Evaluation]:
    """All evaluations of a call that a person may read, the newest first."""
    wanted = _told(user).where(Evaluation.call_id == call_id)
    return session.exec(wanted.order_by(col(Evaluation.id).desc())).all()


def readable(
    session: Session, user: User, wanted: Chosen, *, cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[Evaluation]:
    """The evaluations a person may read, the newest first; how many, told up to MOST_COUNTED."""
    found = _told(user).where(*_narrowed(wanted))
    newest = col(Evaluation.id)
    return paginate(session, found, by=newest, row_id=newest, cursor=cursor, size=size, most=MOST_COUNTED)


def _told(user: User) -> SelectOfScalar[Evaluation]:
    joined = select(Evaluation).join(Call, col(Call.id) == Evaluation.call_id)
    return joined.where(visible_to(user), col(Call.state) != CallState.DELETED, told(user))


def _narrowed(wanted: Chosen) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.current is not None:
        conditions.append(col(Evaluation.current).is_(wanted.current))
    if wanted.passed is not None:
        conditions.append(col(Evaluation.passed).is_(wanted.passed))
    if wanted.agent_id is not None:
        conditions.append(col(Call.agent_id) == wanted.agent_id)
    if wanted.team_id is not None:
        conditions.append(col(Call.team_id) == wanted.team_id)
    if wanted.first_day is not None:
        conditions.append(col(Call.site_day) >= wanted.first_day)
    if wanted.last_day is not None:
        conditions.append(col(Call.site_day) <= wanted.last_day)
    if wanted.version is not None:
        conditions.append(col(Evaluation.scorecard_version) == wanted.version)
    if wanted.scorecard is not None:
        versions = select(ScorecardVersion.version).where(ScorecardVersion.scorecard == wanted.scorecard)
        conditions.append(col(Evaluation.scorecard_version).in_(versions))
    return conditions
