"""Reads who heard which recordings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, tuple_
from sqlmodel import Session, col, func, select

from app.calls.models import AccessKind, RecordingAccess


@dataclass(frozen=True)
class SoughtAccess:
    """Which accesses are meant; None: any. The time is half-open."""

    user_id: int | None = None
    call_id: int | None = None
    kind: AccessKind | None = None
    since: datetime | None = None
    until: datetime | None = None


def is_known(
    session: Session, call_id: int, kind: AccessKind, user_id: int, api_key_id: int | None, since: datetime
) -> bool:
    """Whether such an access was noted down since then."""
    wanted = select(RecordingAccess.id).where(
        RecordingAccess.call_id == call_id,
        RecordingAccess.user_id == user_id,
        RecordingAccess.kind == kind,
        col(RecordingAccess.api_key_id).is_not_distinct_from(api_key_id),
        col(RecordingAccess.at) > since,
    )
    return session.exec(wanted.limit(1)).first() is not None


def accesses(
    session: Session, sought: SoughtAccess, limit: int, after: tuple[datetime, int] | None = None
) -> Sequence[RecordingAccess]:
    """The newest of them; those after a place (the moment and the id of the last one known) where one is given."""
    at, id_ = col(RecordingAccess.at), col(RecordingAccess.id)
    wanted = select(RecordingAccess).where(*_conditions(sought)).order_by(at.desc(), id_.desc()).limit(limit)
    if after is not None:
        # The first condition alone leads the database to the place in its index.
        wanted = wanted.where(at <= after[0], tuple_(at, id_) < tuple_(*after))
    return session.exec(wanted).all()


def count(session: Session, sought: SoughtAccess, most: int) -> int:
    """How many of them there are, told up to `most`: nobody pages by hand through more."""
    some = select(RecordingAccess.id).where(*_conditions(sought)).limit(most).subquery()
    return session.exec(select(func.count()).select_from(some)).one()


def _conditions(sought: SoughtAccess) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for name in ("user_id", "call_id", "kind"):
        value = getattr(sought, name)
        if value is not None:
            found.append(getattr(RecordingAccess, name) == value)
    if sought.since is not None:
        found.append(col(RecordingAccess.at) >= sought.since)
    if sought.until is not None:
        found.append(col(RecordingAccess.at) < sought.until)
    return found
