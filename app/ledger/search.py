"""Looks through the whole ledger, the newest entries first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, tuple_
from sqlmodel import Session, col, func, select

from app.ledger.models import LedgerEntry


@dataclass(frozen=True)
class Sought:
    """Which entries are meant; None: any. The time is half-open."""

    stream: str | None = None
    actor_id: int | None = None
    event: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def search(
    session: Session, sought: Sought, limit: int, after: tuple[datetime, int] | None = None
) -> Sequence[LedgerEntry]:
    """The newest of them; those after a place (the moment and the id of the last one known) where one is given."""
    at, id_ = col(LedgerEntry.at), col(LedgerEntry.id)
    wanted = select(LedgerEntry).where(*_conditions(sought)).order_by(at.desc(), id_.desc()).limit(limit)
    if after is not None:
        # The first condition alone leads the database to the place in its index.
        wanted = wanted.where(at <= after[0], tuple_(at, id_) < tuple_(*after))
    return session.exec(wanted).all()


def count(session: Session, sought: Sought, most: int) -> int:
    """How many of them there are, told up to `most`: nobody pages by hand through more."""
    some = select(LedgerEntry.id).where(*_conditions(sought)).limit(most).subquery()
    return session.exec(select(func.count()).select_from(some)).one()


def _conditions(sought: Sought) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for name in ("stream", "actor_id", "event"):
        value = getattr(sought, name)
        if value is not None:
            found.append(getattr(LedgerEntry, name) == value)
    if sought.since is not None:
        found.append(col(LedgerEntry.at) >= sought.since)
    if sought.until is not None:
        found.append(col(LedgerEntry.at) < sought.until)
    return found
