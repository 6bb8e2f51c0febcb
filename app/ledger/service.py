"""Adds to the ledger; nothing here changes or removes an entry."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.ledger import queries
from app.ledger.models import LedgerEntry

FIRST = "0" * 64


@dataclass(frozen=True)
class Actor:
    """Who did it, and when: a person, an API key, or the machine."""

    name: str
    at: datetime
    user_id: int | None = None


def machine(at: datetime) -> Actor:
    """The machine itself, at this moment."""
    return Actor("machine", at)


def record(session: Session, stream: str, actor: Actor, event: str, **payload: Any) -> LedgerEntry:
    """Add what happened to the end of its stream; a value that changed is given as {"old": …, "new": …}."""
    last = queries.last_entry(session, stream)
    entry = LedgerEntry(
        stream=stream,
        sequence=last.sequence + 1 if last else 1,
        at=actor.at,
        actor_id=actor.user_id,
        actor=actor.name,
        event=event,
        payload=json.loads(json.dumps(payload, default=str)),
        previous_hash=last.hash if last else FIRST,
        hash="",
    )
    entry.hash = hash_of(entry)
    session.add(entry)
    session.flush()
    return entry


def record_for_call(session: Session, call_id: int, actor: Actor, event: str, **payload: Any) -> LedgerEntry:
    """Add what happened to a call."""
    return record(session, call_stream(call_id), actor, event, **payload)


def call_stream(call_id: int) -> str:
    return f"call:{call_id}"


def hash_of(entry: LedgerEntry) -> str:
    """SHA-256 over everything an entry says and the hash of the entry before it."""
    said = [
        entry.stream,
        entry.sequence,
        entry.at.isoformat(),
        entry.actor_id,
        entry.actor,
        entry.event,
        entry.payload,
        entry.previous_hash,
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
