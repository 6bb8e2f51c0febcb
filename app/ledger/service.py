"""Adds to the ledger; nothing here changes or removes an entry, but words that stand beside one go with their call."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from app.kit.db import id_of
from app.ledger import queries
from app.ledger.models import LedgerEntry, LedgerHead, LedgerWords

INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
FIRST = "0" * 64
# Where settings of the sign-in are told, which belong to no one person.
SIGN_IN = "sign-in"


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
    head = hold(session, stream)
    entry = LedgerEntry(
        stream=stream,
        sequence=head.sequence + 1,
        at=actor.at,
        actor_id=actor.user_id,
        actor=actor.name,
        event=event,
        payload=json.loads(json.dumps(payload, default=str)),
        previous_hash=head.hash,
        hash="",
    )
    entry.hash = hash_of(entry)
    head.sequence, head.hash = entry.sequence, entry.hash
    session.add_all([entry, head])
    session.flush()
    return entry


def record_for_call(
    session: Session,
    call_id: int,
    actor: Actor,
    event: str,
    in_words: Mapping[str, object] | None = None,
    /,
    **payload: Any,
) -> LedgerEntry:
    """Add what happened to a call; what people wrote or said goes `in_words`, which are forgotten with the call."""
    return record_worded(session, call_stream(call_id), actor, event, in_words, **payload)


def record_worded(
    session: Session,
    stream: str,
    actor: Actor,
    event: str,
    in_words: Mapping[str, object] | None = None,
    /,
    **payload: Any,
) -> LedgerEntry:
    """The same in any stream."""
    words = {name: said for name, said in (in_words or {}).items() if said}
    if not words:
        return record(session, stream, actor, event, **payload)
    salt, said = secrets.token_hex(16), json.dumps(words, default=str)
    told = {"in_words": sorted(words), "seal": sealed(salt, said)}
    entry = record(session, stream, actor, event, **payload, **told)
    session.add(LedgerWords(entry_id=id_of(entry), stream=entry.stream, salt=salt, said=said))
    session.flush()
    return entry


def forget_words(session: Session, call_id: int) -> None:
    """Remove what people wrote about a call; that something was written, by whom and when stays."""
    forget_words_of(session, call_stream(call_id))


def forget_words_of(session: Session, stream: str) -> None:
    """The same of any stream."""
    for one in queries.words_of_stream(session, stream):
        session.delete(one)
    session.flush()


def forget_words_beside(session: Session, entry_id: int) -> None:
    """Remove what people wrote beside one entry; the entry says still that, when and by whom."""
    found = session.get(LedgerWords, entry_id)
    if found is not None:
        session.delete(found)
        session.flush()


def record_account(
    session: Session,
    actor: Actor,
    event: str,
    *,
    user_id: int | None = None,
    team_id: int | None = None,
    key_id: int | None = None,
    **facts: Any,
) -> LedgerEntry:
    """Add what happened to a person, a team, an API key, or (with none of them) to how people sign in.

    A password or a secret is never among the facts: that one was set is all the ledger knows.
    """
    streams = {"user": user_id, "team": team_id, "key": key_id}
    stream = next((f"{kind}:{one}" for kind, one in streams.items() if one is not None), SIGN_IN)
    return record(session, stream, actor, event, **facts)


def call_stream(call_id: int) -> str:
    return f"call:{call_id}"


def hold(session: Session, stream: str) -> LedgerHead:
    """The end of a stream, held until the transaction ends: two entries never get the same place.

    Whoever adds to it only what is not noted yet holds it before they look.
    """
    head = session.exec(queries.held_head(stream)).first()
    if head is not None:
        return head
    table: Table = LedgerHead.__table__  # type: ignore[attr-defined]
    insert = INSERTS[session.get_bind().dialect.name](table).values(stream=stream, sequence=0, hash=FIRST)
    # Whoever begins the same stream in this moment is waited for.
    session.execute(insert.on_conflict_do_nothing())
    return session.exec(queries.held_head(stream)).one()


def sealed(salt: str, said: str) -> str:
    """The hash by which an entry knows the words beside it; without the salt, short words cannot be guessed from it."""
    return hashlib.sha256(f"{salt} {said}".encode()).hexdigest()


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
