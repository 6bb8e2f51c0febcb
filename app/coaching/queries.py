"""Reads coaching notes; every read takes the person who asks and leaves out what they may not see."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, true
from sqlmodel import Session, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from app.accounts.models import Role, User
from app.calls.models import Call
from app.coaching.models import CoachingNote, CoachingPoint, CoachingTemplate, FollowUp, NoteState
from app.domain.evidence import Verdict
from app.domain.lifecycle import ReviewState
from app.kit.errors import NotFound
from app.kit.pagination import PAGE_SIZE, Page, paginate
from app.reviews import unannounced
from app.reviews.models import Purpose, Review, ReviewVerdict
from app.reviews.queries import readable_by_agents


class Listed(StrEnum):
    """Which notes are meant: to acknowledge, to follow up today or before, before today, and so on."""

    OPEN = "open"
    DUE = "due"
    OVERDUE = "overdue"
    ACKNOWLEDGED = "acknowledged"
    DONE = "done"
    DRAFTS = "drafts"
    ALL = "all"


def visible_to(user: User) -> ColumnElement[bool]:
    """Which notes a person sees: agents those they were told of; team staff their own and their team's; others all.

    A draft is seen by its author alone.
    """
    sent = col(CoachingNote.state) != NoteState.DRAFT
    if user.role == Role.AGENT:
        return and_(col(CoachingNote.agent_id) == user.id, sent, or_(col(CoachingNote.told_at).is_not(None), ~held()))
    own = col(CoachingNote.author_id) == user.id
    # Who scores a call for the second time, not knowing it, must not read what the first one wrote of it.
    kept = (
        select(CoachingPoint.id)
        .join(Call, col(Call.id) == CoachingPoint.call_id)
        .where(CoachingPoint.note_id == CoachingNote.id, unannounced.kept_from(user))
    )
    others = and_(sent, ~kept.correlate(CoachingNote).exists()) if user.role == Role.REVIEWER else sent
    if user.role == Role.ADMIN or user.team_id is None:
        return or_(own, others)
    team = select(User.id).where(User.team_id == user.team_id)
    return or_(own, and_(others, col(CoachingNote.agent_id).in_(team)))


def held() -> ColumnElement[bool]:
    """Whether a note speaks of a result that the agent may not read: not released yet, or taken back.

    So does one that speaks of an item of a call that waits for its review, also where that was set aside.
    """
    waits = col(Review.state).in_((ReviewState.OPEN, ReviewState.SET_ASIDE))
    has_result = or_(col(CoachingPoint.item_id).is_not(None), col(Review.reopened_at).is_not(None))
    early = or_(
        col(Review.state).in_((ReviewState.SUBMITTED, ReviewState.RETRACTED)),
        col(Review.awaits_self_score),
        and_(waits, has_result),
    )
    return (
        select(CoachingPoint.id)
        .join(Review, and_(col(Review.call_id) == CoachingPoint.call_id, col(Review.purpose) == Purpose.COUNTS))
        .where(CoachingPoint.note_id == CoachingNote.id, early)
        .correlate(CoachingNote)
        .exists()
    )


def is_held(session: Session, note_id: int) -> bool:
    """Whether the agent cannot read this note yet."""
    wanted = select(CoachingNote.id).where(CoachingNote.id == note_id, held())
    return session.exec(wanted).first() is not None


def note(session: Session, user: User, note_id: int) -> CoachingNote:
    """The note with this id, if there is one that the person may see."""
    found = session.exec(select(CoachingNote).where(CoachingNote.id == note_id, visible_to(user))).first()
    if found is None:
        raise NotFound
    return found


def lock(session: Session, note_id: int) -> CoachingNote:
    """The note, which nobody else changes until this transaction ends."""
    wanted = select(CoachingNote).where(CoachingNote.id == note_id).with_for_update()
    found = session.exec(wanted.execution_options(populate_existing=True)).first()
    if found is None:
        raise NotFound
    return found


def notes(
    session: Session,
    user: User,
    which: Listed = Listed.ALL,
    *,
    today: date = date.max,
    agent_id: int | None = None,
    item_id: str | None = None,
    cursor: str | None = None,
    size: int = PAGE_SIZE,
) -> Page[CoachingNote]:
    """The notes a person may see, the latest first: an agent's own, a supervisor's team's; `today` is the site's."""
    # Of a deleted call's notes the text is gone.
    wanted = select(CoachingNote).where(visible_to(user), ~col(CoachingNote.erased), *_listed(which, user, today))
    if agent_id is not None:
        wanted = wanted.where(CoachingNote.agent_id == agent_id)
    if item_id is not None:
        speaking = select(CoachingPoint.note_id).where(CoachingPoint.item_id == item_id)
        wanted = wanted.where(col(CoachingNote.id).in_(speaking))
    return paginate(
        session, wanted, by=col(CoachingNote.created_at), row_id=col(CoachingNote.id), cursor=cursor, size=size
    )


def _listed(which: Listed, user: User, today: date) -> list[ColumnElement[bool]]:
    state, follow_up_on = col(CoachingNote.state), col(CoachingNote.follow_up_on)
    # As the partial index has it.
    waiting = state.in_((NoteState.OPEN, NoteState.ACKNOWLEDGED))
    return {
        Listed.OPEN: [state == NoteState.OPEN],
        Listed.DUE: [waiting, follow_up_on <= today],
        Listed.OVERDUE: [waiting, follow_up_on < today],
        Listed.ACKNOWLEDGED: [state == NoteState.ACKNOWLEDGED],
        Listed.DONE: [state == NoteState.DONE],
        Listed.DRAFTS: [state == NoteState.DRAFT, col(CoachingNote.author_id) == user.id],
        Listed.ALL: [state != NoteState.DRAFT],
    }[which]


def of_call(session: Session, user: User, call_id: int) -> Sequence[CoachingNote]:
    """The notes that speak of a call and that the person may see, oldest first."""
    speaking = select(CoachingPoint.note_id).where(CoachingPoint.call_id == call_id)
    wanted = select(CoachingNote).where(
        col(CoachingNote.id).in_(speaking), visible_to(user), col(CoachingNote.state) != NoteState.DRAFT
    )
    return session.exec(wanted.order_by(col(CoachingNote.created_at), col(CoachingNote.id))).all()


def all_of_call(session: Session, call_id: int) -> Sequence[CoachingNote]:
    """Every note that speaks of a call, for the product itself."""
    speaking = select(CoachingPoint.note_id).where(CoachingPoint.call_id == call_id)
    return session.exec(select(CoachingNote).where(col(CoachingNote.id).in_(speaking))).all()


def lock_of_calls(session: Session, call_ids: Sequence[int]) -> Sequence[CoachingNote]:
    """Every note that speaks of any of these calls, which nobody else changes until this transaction ends."""
    speaking = select(CoachingPoint.note_id).where(col(CoachingPoint.call_id).in_(call_ids))
    wanted = select(CoachingNote).where(col(CoachingNote.id).in_(speaking)).order_by(col(CoachingNote.id))
    return session.exec(wanted.with_for_update().execution_options(populate_existing=True)).all()


def points(session: Session, note_ids: Sequence[int]) -> dict[int, list[CoachingPoint]]:
    """What some notes speak of, by note, in the order in which it was written."""
    found: dict[int, list[CoachingPoint]] = {one: [] for one in note_ids}
    wanted = select(CoachingPoint).where(col(CoachingPoint.note_id).in_(note_ids))
    for one in session.exec(wanted.order_by(col(CoachingPoint.id))):
        found[one.note_id].append(one)
    return found


def follow_ups(session: Session, note_ids: Sequence[int]) -> dict[int, list[FollowUp]]:
    """What was found when these notes were followed up, by note, oldest first."""
    found: dict[int, list[FollowUp]] = {one: [] for one in note_ids}
    wanted = select(FollowUp).where(col(FollowUp.note_id).in_(note_ids))
    for one in session.exec(wanted.order_by(col(FollowUp.id))):
        found[one.note_id].append(one)
    return found


def verdicts_told(session: Session, call_ids: Sequence[int]) -> dict[tuple[int, str], Verdict]:
    """What the results that their agents may read say of the items of these calls, by call and item."""
    wanted = (
        select(Review.call_id, ReviewVerdict.item_id, col(ReviewVerdict.verdict))
        .join(ReviewVerdict, col(ReviewVerdict.review_id) == Review.id)
        .where(col(Review.call_id).in_(call_ids), Review.purpose == Purpose.COUNTS, readable_by_agents())
    )
    return {(call, item): verdict for call, item, verdict in session.exec(wanted)}


def any_untold(session: Session) -> bool:
    """Whether a note was held back that the agent may read now."""
    return session.exec(_untold().limit(1)).first() is not None


def untold(session: Session, limit: int) -> Sequence[CoachingNote]:
    """The notes that were held back and that the agent may read now, but for those that another worker tells of."""
    wanted = _untold().order_by(col(CoachingNote.id)).limit(limit)
    return session.exec(wanted.with_for_update(skip_locked=True)).all()


def _untold() -> SelectOfScalar[CoachingNote]:
    # As the partial index has it.
    waits = and_(col(CoachingNote.told_at).is_(None), col(CoachingNote.state) != NoteState.DRAFT)
    return select(CoachingNote).where(waits, ~col(CoachingNote.erased), ~held())


def offered_to(user: User) -> ColumnElement[bool]:
    """Which templates a person uses: everybody's and those of their team; who belongs to none, all."""
    if user.role == Role.ADMIN or user.team_id is None:
        return true()
    return or_(col(CoachingTemplate.team_id).is_(None), col(CoachingTemplate.team_id) == user.team_id)


def templates(session: Session, user: User) -> Sequence[CoachingTemplate]:
    """The templates that a person may use, by title."""
    wanted = select(CoachingTemplate).where(offered_to(user))
    return session.exec(wanted.order_by(CoachingTemplate.title, col(CoachingTemplate.id))).all()


def template(session: Session, user: User, template_id: int) -> CoachingTemplate:
    """The template with this id, if the person may use it."""
    wanted = select(CoachingTemplate).where(CoachingTemplate.id == template_id, offered_to(user))
    found = session.exec(wanted).first()
    if found is None:
        raise NotFound
    return found
