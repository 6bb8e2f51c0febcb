"""Reads the ledger."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from app.ledger.models import LedgerEntry


def last_entry(session: Session, stream: str) -> LedgerEntry | None:
    wanted = select(LedgerEntry).where(LedgerEntry.stream == stream).order_by(col(LedgerEntry.sequence).desc()).limit(1)
    return session.exec(wanted).first()


def entries(session: Session, stream: str) -> Sequence[LedgerEntry]:
    """All that happened in a stream, first things first."""
    return session.exec(
        select(LedgerEntry).where(LedgerEntry.stream == stream).order_by(col(LedgerEntry.sequence))
    ).all()
