"""Deletes calls: the sound, the words, what people wrote; that there was a call stays in the ledger."""

from sqlalchemy import Engine
from sqlmodel import Session

from app.accounts import kept_answers
from app.calls import queries as calls
from app.calls import segments
from app.calls import service as call_service
from app.coaching import queries as coaching_queries
from app.coaching import service as coaching
from app.evaluations import service as evaluations
from app.kit import db
from app.kit.blobs import Blobs
from app.kit.db import after_commit, id_of
from app.ledger import service as ledger
from app.ledger.service import Actor
from app.reviews import dispute_queries
from app.reviews import queries as review_queries
from app.reviews import service as reviews
from app.sharing import service as sharing
from app.tallies import service as tallies
from app.transcription import service as transcription


def delete_call(session: Session, engine: Engine, blobs: Blobs, call_id: int, actor: Actor, reason: str) -> None:
    """Delete a call for good: it counts no more, and the same recording may come in again."""
    call_service.delete(session, call_id, actor, reason)
    _forget_answers(session, call_id)
    for source in (tallies.MACHINE, tallies.FINAL):
        tallies.uncount(session, call_id, source, actor.at)
    transcription.forget_words(session, call_id)
    evaluations.forget_quotes(session, call_id)
    reviews.forget_notes(session, call_id, actor)
    coaching.forget_texts(session, call_id)
    sharing.forget_links(session, call_id)
    segments.forget(session, call_id)
    ledger.forget_words(session, call_id)
    after_commit(session, lambda: remove_bytes(engine, blobs, call_id))


def _forget_answers(session: Session, call_id: int) -> None:
    """Forget what programs were answered about the call in the last day, so that nobody is told it again."""
    of_call = [id_of(one) for one in review_queries.all_of_call(session, call_id)]
    disputed = [id_of(one) for review in of_call for one in dispute_queries.of_review(session, review)]
    notes = [id_of(one) for one in coaching_queries.all_of_call(session, call_id)]
    about = {"calls": [call_id], "reviews": of_call, "disputes": disputed, "coaching": notes}
    for kind, ids in about.items():
        for one in ids:
            kept_answers.forget_about(session, f"/api/v1/{kind}/{one}")


def remove_bytes(engine: Engine, blobs: Blobs, call_id: int) -> None:
    """Remove what is kept of a deleted call's sound; what is cut off before it is done, the worker's sweep repeats."""
    with db.session(engine, reads_only=True) as session:
        left = calls.bytes_left(session, call_id)
        # Two files may hold the very same sound, and what browsers play of both is then kept once.
        alone = [key for key in left if not calls.keeps_bytes(session, key)]
    for key in alone:
        blobs.delete(key)
    with db.session(engine) as session:
        call_service.forget_bytes(session, call_id)


def remove_left_bytes(engine: Engine, blobs: Blobs, most: int) -> None:
    """Remove the sound of deleted calls that was not removed at once."""
    with db.session(engine, reads_only=True) as session:
        found = calls.deleted_with_bytes(session, most)
    for call_id in found:
        remove_bytes(engine, blobs, call_id)
