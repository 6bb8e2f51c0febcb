"""Reads notices."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, func, or_, select

from app.accounts.models import Mail, User
from app.notices.models import Kind, Notice


def sendable() -> ColumnElement[bool]:
    """Who gets mail at all."""
    return and_(col(User.active), col(User.email).is_not(None), col(User.mail) != Mail.OFF)


def waiting(session: Session, now: datetime, limit: int) -> Sequence[tuple[Notice, User]]:
    """What is to be sent now, held until this transaction ends; what another one holds is theirs."""
    wanted = (
        select(Notice, User)
        .join(User, col(User.id) == Notice.user_id)
        .where(
            col(Notice.settled_at).is_(None),
            or_(col(Notice.try_after).is_(None), col(Notice.try_after) <= now),
            sendable(),
        )
    )
    held = wanted.order_by(col(Notice.id)).limit(limit).with_for_update(skip_locked=True, of=Notice)
    return session.exec(held).all()


def told(session: Session, people: Sequence[int], kind: Kind, url: str) -> set[int]:
    """Those of these people who were told so of this page already."""
    wanted = select(Notice.user_id).where(col(Notice.user_id).in_(people), Notice.kind == kind, Notice.url == url)
    return set(session.exec(wanted))


def unsent(session: Session) -> tuple[int, int]:
    """How many notices wait to be sent, and how many of them were tried in vain."""
    wanted = select(func.count(), func.count().filter(col(Notice.tried) > 0)).where(col(Notice.settled_at).is_(None))
    found = session.exec(wanted).one()
    return found[0], found[1]
