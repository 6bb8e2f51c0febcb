"""Reads the ledger."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from app.ledger.models import LedgerEntry


def last_entry(session: Session, stream: str) -> LedgerEntry | None:
    wanted = select(LedgerEntry).where(LedgerEntry.stream == stream).order_by(col(LedgerEntry.sequence).desc()).limit(1)
    return session.exec(wanted).first()


def last_of(session: Session, stream: str, event: str) -> LedgerEntry | None:
    """The last time that this happened in a stream."""
    wanted = select(LedgerEntry).where(LedgerEntry.stream == stream, LedgerEntry.event == event)
    return session.exec(wanted.order_by(col(LedgerEntry.sequence).desc()).limit(1)).first()


def entries(session: Session, stream: str) -> Sequence[LedgerEntry]:
    """All that happened in a stream, first things first."""
    return session.exec(
        select(LedgerEntry).where(LedgerEntry.stream == stream).order_by(col(LedgerEntry.sequence))
    ).all()
