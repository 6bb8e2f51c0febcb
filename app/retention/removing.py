"""Removes what was said in a call, wherever it is kept: the one place that reaches through all features."""

from collections.abc import Sequence

from sqlalchemy import Engine
from sqlmodel import Session

from app.accounts import kept_answers
from app.calls import queries as calls
from app.calls import service as call_service
from app.coaching import queries as coaching_queries
from app.coaching import service as coaching
from app.evaluations import service as evaluations
from app.kit import db
from app.kit.blobs import Blobs
from app.kit.db import id_of
from app.ledger import service as ledger
from app.retention import held_queries, tidying
from app.reviews import dispute_queries
from app.reviews import queries as review_queries
from app.reviews import service as reviews
from app.sharing import service as sharing
from app.transcription import service as transcription


def remove_words(session: Session, call_id: int) -> None:
    """Remove what was said in a call, and what people wrote, who may have said it again; what was decided stays."""
    transcription.forget_words(session, call_id, tidy=False)
    evaluations.forget_quotes(session, call_id)
    reviews.forget_texts(session, call_id)
    _forget_notes(session, call_id)
    ledger.forget_words(session, call_id)
    forget_ways(session, call_id)
    tidying.ask(session)


def forget_ways(session: Session, call_id: int) -> None:
    """Close the ways on which somebody still hears or reads what is gone: shared links, answers that are kept a day."""
    sharing.forget_links(session, call_id)
    of_call = [id_of(one) for one in review_queries.all_of_call(session, call_id)]
    disputed = [id_of(one) for review in of_call for one in dispute_queries.of_review(session, review)]
    notes = [id_of(one) for one in coaching_queries.all_of_call(session, call_id)]
    about = {"calls": [call_id], "reviews": of_call, "disputes": disputed, "coaching": notes}
    for kind, ids in about.items():
        for one in ids:
            kept_answers.forget_about(session, f"/api/v1/{kind}/{one}")


def forget_released_notes(session: Session, call_ids: Sequence[int]) -> None:
    """Forget the notes that only waited until nobody held these calls any more."""
    waited = [one for one in coaching_queries.lock_of_calls(session, call_ids) if one.erased]
    held = held_queries.notes_of_held(session, [id_of(one) for one in waited])
    free = [one for one in waited if one.id not in held]
    coaching.forget_texts(session, free)
    for one in free:
        kept_answers.forget_about(session, f"/api/v1/coaching/{one.id}")
    if free:
        tidying.ask(session)


def _forget_notes(session: Session, call_id: int) -> None:
    """Forget the notes that speak of a call; those that speak of a held one too are kept with it until it is free."""
    # Locked first: a hold that is put meanwhile waits for us, or we for it.
    found = coaching_queries.lock_of_calls(session, [call_id])
    held = held_queries.notes_of_held(session, [id_of(one) for one in found])
    coaching.forget_texts(session, [one for one in found if one.id not in held])
    coaching.put_away(session, [one for one in found if one.id in held])


def remove_bytes(engine: Engine, blobs: Blobs, call_id: int) -> None:
    """Remove what is kept of the sound of a call that is to have none; what is cut off, the worker's sweep repeats."""
    with db.session(engine, reads_only=True) as session:
        left = calls.bytes_left(session, call_id)
        # Two files may hold the very same sound, and what browsers play of both is then kept once.
        alone = [key for key in left if not calls.keeps_bytes(session, key)]
    for key in alone:
        blobs.delete(key)
    with db.session(engine) as session:
        call_service.forget_bytes(session, call_id)


def remove_left_bytes(engine: Engine, blobs: Blobs, most: int) -> None:
    """Remove the sound that was not removed at once."""
    with db.session(engine, reads_only=True) as session:
        found = calls.soundless_with_bytes(session, most)
    for call_id in found:
        remove_bytes(engine, blobs, call_id)
