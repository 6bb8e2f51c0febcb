"""Reads coaching notes; every read takes the person who asks and leaves out what they may not see."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, true
from sqlmodel import Session, col, or_, select

from app.accounts.models import Role, User
from app.coaching.models import CoachingNote
from app.kit.errors import NotFound
from app.kit.pagination import PAGE_SIZE, Page, paginate


def visible_to(user: User) -> ColumnElement[bool]:
    """Which notes a person sees: agents those to them; team staff their own and those to their team; others all."""
    if user.role == Role.AGENT:
        return col(CoachingNote.agent_id) == user.id
    if user.role == Role.ADMIN or user.team_id is None:
        return true()
    team = select(User.id).where(User.team_id == user.team_id)
    return or_(col(CoachingNote.author_id) == user.id, col(CoachingNote.agent_id).in_(team))


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
    *,
    agent_id: int | None = None,
    acknowledged: bool | None = None,
    cursor: str | None = None,
    size: int = PAGE_SIZE,
) -> Page[CoachingNote]:
    """The notes a person may see, the latest first: an agent's own, a supervisor's team's."""
    # Of a deleted call's notes the text is gone.
    wanted = select(CoachingNote).where(visible_to(user), CoachingNote.text != "")
    if agent_id is not None:
        wanted = wanted.where(CoachingNote.agent_id == agent_id)
    if acknowledged is not None:
        is_answered = col(CoachingNote.acknowledged_at).is_not(None)
        wanted = wanted.where(is_answered if acknowledged else ~is_answered)
    return paginate(
        session, wanted, by=col(CoachingNote.created_at), row_id=col(CoachingNote.id), cursor=cursor, size=size
    )


def of_call(session: Session, user: User, call_id: int) -> Sequence[CoachingNote]:
    """The notes about a call that the person may see, oldest first."""
    wanted = select(CoachingNote).where(CoachingNote.call_id == call_id, visible_to(user))
    return session.exec(wanted.order_by(col(CoachingNote.created_at), col(CoachingNote.id))).all()


def all_of_call(session: Session, call_id: int) -> Sequence[CoachingNote]:
    """Every note about a call, for the product itself."""
    return session.exec(select(CoachingNote).where(CoachingNote.call_id == call_id)).all()
