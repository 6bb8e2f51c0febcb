"""Calls as bare rows, for tests that ask only whose they are and on which day."""

from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, func, select

from app.calls.models import Call, CallState, Direction

MORNING = datetime(2026, 10, 1, 2, 0, tzinfo=UTC)


def store_call(session: Session, **facts: Any) -> Call:
    """A scored call of Thursday, 1 October 2026, ten o'clock in Shanghai."""
    number = session.exec(select(func.count()).select_from(Call)).one()
    call = Call(
        **{
            "content_hash": f"{number:064x}",
            "blob": f"00/{number:064x}",
            "file_name": "call.wav",
            "size_bytes": 1,
            "state": CallState.SCORED,
            "direction": Direction.INBOUND,
            "started_at": MORNING,
            "site_day": MORNING.date(),
            "created_at": MORNING,
            "created_by": "test",
            "duration": 60.0,
            **facts,
        }
    )
    session.add(call)
    session.flush()
    return call
