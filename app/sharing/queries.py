"""Reads shared clips."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from app.accounts.models import User
from app.calls.models import Call, CallState
from app.calls.queries import visible_to
from app.kit.errors import NotFound
from app.sharing.models import ClipLink


def clip(session: Session, user: User, token_hash: str) -> tuple[ClipLink, Call]:
    """The link with this token and its call, if the person may see the call; whether it still opens is told apart."""
    wanted = (
        select(ClipLink, Call)
        .join(Call, col(Call.id) == ClipLink.call_id)
        .where(ClipLink.token_hash == token_hash, visible_to(user), Call.state != CallState.DELETED)
    )
    found = session.exec(wanted).first()
    if found is None:
        raise NotFound
    return found


def live(session: Session, call_id: int, now: datetime) -> Sequence[ClipLink]:
    """The links of a call that still open, the latest first."""
    wanted = select(ClipLink).where(
        ClipLink.call_id == call_id, col(ClipLink.revoked_at).is_(None), ClipLink.expires_at > now
    )
    return session.exec(wanted.order_by(col(ClipLink.id).desc())).all()


def of_call(session: Session, call_id: int) -> Sequence[ClipLink]:
    """All links of a call, for the product itself."""
    return session.exec(select(ClipLink).where(ClipLink.call_id == call_id)).all()
