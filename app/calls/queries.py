"""Reads calls; every read for a person takes that person and leaves out what they may not see."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, true
from sqlmodel import Session, col, func, or_, select

from app.accounts.models import Role, User
from app.calls.models import Call, CallState
from app.kit.errors import NotFound

# On the way through the pipeline, or waiting for it.
UNDER_WAY = (CallState.RECEIVED, CallState.TRANSCRIBING, CallState.SCORING)


def visible_to(user: User) -> ColumnElement[bool]:
    """Which calls a person sees: agents their own, team staff their team's and those of no team, others all."""
    if user.role == Role.AGENT:
        return col(Call.agent_id) == user.id
    if user.role == Role.ADMIN or user.team_id is None:
        return true()
    return or_(col(Call.team_id) == user.team_id, col(Call.team_id).is_(None))


def call(session: Session, user: User, call_id: int) -> Call:
    """The call with this id, if there is one that the person may see."""
    wanted = select(Call).where(Call.id == call_id, visible_to(user), Call.state != CallState.DELETED)
    found = session.exec(wanted).first()
    if found is None:
        raise NotFound
    return found


def some(session: Session, user: User, call_ids: Sequence[int]) -> Sequence[Call]:
    """Those of these calls that the person may see, the newest first."""
    wanted = select(Call).where(col(Call.id).in_(call_ids), visible_to(user), Call.state != CallState.DELETED)
    return session.exec(wanted.order_by(col(Call.id).desc())).all()


def lock(session: Session, call_id: int) -> Call:
    """The call, which nobody else changes until this transaction ends."""
    wanted = select(Call).where(Call.id == call_id).with_for_update().execution_options(populate_existing=True)
    found = session.exec(wanted).first()
    if found is None:
        raise NotFound
    return found


def by_content(session: Session, content_hash: str) -> Call | None:
    """The call that these bytes are, whoever may see it."""
    return session.exec(select(Call).where(Call.content_hash == content_hash)).first()


def by_external_id(session: Session, external_id: str) -> Call | None:
    return session.exec(select(Call).where(Call.external_id == external_id)).first()


def calls(
    session: Session,
    user: User,
    *,
    state: CallState | None = None,
    agent_id: int | None = None,
    team_id: int | None = None,
    language: str | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
    words: str = "",
    before_id: int | None = None,
    limit: int = 50,
) -> tuple[Sequence[Call], int]:
    """The newest calls a person may see, and how many there are in all; `before_id` goes on from there."""
    conditions = [visible_to(user), col(Call.state) != CallState.DELETED]
    if state is not None:
        conditions.append(col(Call.state) == state)
    if agent_id is not None:
        conditions.append(col(Call.agent_id) == agent_id)
    if team_id is not None:
        conditions.append(col(Call.team_id) == team_id)
    if language is not None:
        conditions.append(col(Call.language) == language)
    if first_day is not None:
        conditions.append(col(Call.site_day) >= first_day)
    if last_day is not None:
        conditions.append(col(Call.site_day) <= last_day)
    if words:
        conditions.append(
            or_(
                col(Call.file_name).icontains(words, autoescape=True),
                col(Call.external_id).icontains(words, autoescape=True),
                col(Call.customer_name).icontains(words, autoescape=True),
            )
        )
    total = session.exec(select(func.count()).select_from(Call).where(*conditions)).one()
    if before_id is not None:
        conditions.append(col(Call.id) < before_id)
    found = session.exec(select(Call).where(*conditions).order_by(col(Call.id).desc()).limit(limit)).all()
    return found, total


def waiting(session: Session, limit: int) -> Sequence[Call]:
    """The oldest calls that are on their way through the pipeline, or should be."""
    return session.exec(select(Call).where(col(Call.state).in_(UNDER_WAY)).order_by(col(Call.id)).limit(limit)).all()


def with_step(session: Session, step: str, limit: int) -> Sequence[Call]:
    """The oldest calls for which this step is still to be done."""
    wanted = select(Call).where(Call.step == step, Call.state != CallState.DELETED)
    return session.exec(wanted.order_by(col(Call.id)).limit(limit)).all()


def keeps_bytes(session: Session, key: str) -> bool:
    """Whether a call that is not deleted keeps its sound under this key."""
    kept = or_(col(Call.blob) == key, col(Call.playback) == key, col(Call.peaks) == key)
    return session.exec(select(Call.id).where(kept, Call.state != CallState.DELETED).limit(1)).first() is not None


def bytes_left(session: Session, call_id: int) -> tuple[str, ...]:
    """Where sound of a deleted call still lies."""
    call = session.get_one(Call, call_id)
    if call.state != CallState.DELETED:
        return ()
    return tuple(key for key in (call.blob, call.playback, call.peaks) if key)


def deleted_with_bytes(session: Session, limit: int) -> Sequence[int]:
    """Deleted calls of which sound may still be kept, by id."""
    wanted = select(Call.id).where(Call.state == CallState.DELETED, Call.blob != "")
    return [one for one in session.exec(wanted.order_by(col(Call.id)).limit(limit)) if one is not None]
