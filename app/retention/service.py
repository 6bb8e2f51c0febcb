"""Deletes calls: the sound, the words, what people wrote; that there was a call stays in the ledger."""

from sqlalchemy import Engine
from sqlmodel import Session

from app.calls import queries as calls
from app.calls import segments
from app.calls import service as call_service
from app.kit.blobs import Blobs
from app.kit.db import after_commit, id_of
from app.ledger.service import Actor
from app.retention import holds, queries, tidying
from app.retention.removing import remove_bytes, remove_words
from app.reviews import service as reviews
from app.tallies import service as tallies
from app.webhooks import forgetting as webhooks


def delete_call(session: Session, engine: Engine, blobs: Blobs, call_id: int, actor: Actor, reason: str) -> None:
    """Delete a call for good: it counts no more, and the same recording may come in again."""
    calls.lock_kept(session, call_id)
    holds.check(session, call_id)
    call_service.delete(session, call_id, actor, reason)
    take_away(session, call_id, actor)
    after_commit(session, lambda: remove_bytes(engine, blobs, call_id))
    after_commit(session, lambda: tidying.tidy(engine))


def take_away(session: Session, call_id: int, actor: Actor) -> None:
    """Let a call that nobody sees any more count no longer, and leave no word of it."""
    # What other systems were told is found by what the ledger says of it.
    webhooks.forget_everywhere(session, call_id)
    for source in (tallies.MACHINE, tallies.FINAL):
        tallies.uncount(session, call_id, source, actor.at)
    remove_words(session, call_id)
    reviews.forget_notes(session, call_id, actor)
    segments.forget(session, call_id)
    for hold in queries.holds_ever_on(session, call_id):
        if not queries.keeps_calls(session, id_of(hold)):
            holds.forget_words(session, hold)
