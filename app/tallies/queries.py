"""Reads the counts."""

from collections.abc import Sequence

from sqlmodel import Session, select

from app.tallies.models import Contribution


def contribution(session: Session, call_id: int, source: str) -> Contribution | None:
    """What a call counts under a source."""
    wanted = select(Contribution).where(Contribution.call_id == call_id, Contribution.source == source)
    return session.exec(wanted).first()


def contributions(session: Session, call_id: int) -> Sequence[Contribution]:
    """What a call counts, under each source."""
    return session.exec(select(Contribution).where(Contribution.call_id == call_id)).all()
