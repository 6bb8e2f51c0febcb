"""Keeps for a day what programs were answered, so that a request that is sent again does nothing twice."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, text
from sqlmodel import Session, col, delete

from app.accounts.models import KeptAnswer
from app.kit import db
from app.kit.errors import AppError

KEPT_FOR = timedelta(hours=24)


class IdempotencyKeyReused(AppError):
    """This Idempotency-Key came with another request, or before its owner's role or team changed; take a new one."""

    code = "idempotency_key_reused"
    status = 422


class IdempotencyKeyInUse(AppError):
    """The first request with this Idempotency-Key is still being worked on; send it again in a moment."""

    code = "idempotency_key_in_use"
    status = 409


@dataclass(frozen=True)
class Answer:
    """An answer as it was given: its status, its headers, its body; `about` is the address of what it tells of."""

    status: int
    headers: dict[str, str]
    body: bytes
    about: str


def answered(session: Session, api_key_id: int, key: str, fingerprint: str, now: datetime) -> Answer | None:
    """What the first request under this key was answered; None: this is the first, and nobody else begins one now."""
    key_hash = hashlib.sha256(key.encode()).hexdigest()
    _hold(session, f"{api_key_id} {key_hash}")
    known = session.get(KeptAnswer, (api_key_id, key_hash))
    if known is None:
        return None
    if known.kept_at <= now - KEPT_FOR:
        session.delete(known)
        session.flush()
        return None
    if known.fingerprint != fingerprint:
        raise IdempotencyKeyReused
    return Answer(known.status, known.headers, known.body, known.about)


def keep(session: Session, api_key_id: int, key: str, fingerprint: str, answer: Answer, now: datetime) -> None:
    """Keep an answer in the transaction of what it tells of: either both are there, or neither."""
    key_hash = hashlib.sha256(key.encode()).hexdigest()
    kept = KeptAnswer(
        api_key_id=api_key_id,
        key_hash=key_hash,
        fingerprint=fingerprint,
        about=answer.about,
        status=answer.status,
        headers=answer.headers,
        body=answer.body,
        kept_at=now,
    )
    session.add(kept)
    session.flush()


def forget_about(session: Session, address: str) -> None:
    """Forget what was answered about something that is deleted, and about all that belongs to it."""
    about = col(KeptAnswer.about)
    session.exec(delete(KeptAnswer).where((about == address) | about.startswith(f"{address}/", autoescape=True)))


def forget_old(engine: Engine, now: datetime) -> None:
    """Forget what was answered longer ago than a day."""
    with db.session(engine) as session:
        session.exec(delete(KeptAnswer).where(col(KeptAnswer.kept_at) <= now - KEPT_FOR))


def _hold(session: Session, name: str) -> None:
    """Hold a name until the transaction ends; refused where another transaction holds it.

    On SQLite nobody else writes at the same time: the second waits, and is told what the first was answered.
    """
    if session.get_bind().dialect.name == "sqlite":
        return
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    held = session.execute(text("SELECT pg_try_advisory_xact_lock(:number)"), {"number": number}).scalar_one()
    if not held:
        raise IdempotencyKeyInUse(retry_after=1)
