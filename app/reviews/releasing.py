"""Lets agents read what was submitted about their calls: at once, after some hours, or when a person says so."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session

from app.calls.models import Call
from app.domain import lifecycle
from app.domain.lifecycle import TOLD, Act
from app.evaluations.models import Evaluation
from app.kit import db
from app.kit.db import id_of
from app.kit.errors import AppError, Forbidden
from app.ledger.service import Actor, machine, record_for_call
from app.notices.models import Kind
from app.notices.service import tell
from app.reviews import queries, release_queries
from app.reviews.models import Purpose, Review
from app.reviews.offering import Terms
from app.reviews.standing import judged_by

log = logging.getLogger(__name__)

LONGEST_WORDS = 2000
# How many results one sweep releases at most; the rest come with the next ones.
RELEASED_AT_ONCE = 2000


class NotToRelease(AppError):
    """This result does not wait to be released: it is not submitted, or its agent reads it already."""

    code = "not_to_release"
    status = 409


class NobodyToTell(AppError):
    """Nobody knows whose call this is; give the call its agent, then release the result."""

    code = "agent_missing"
    status = 409


class ResultDisputed(AppError):
    """The agent disputes the result of this call; answer that, then give the call to another agent."""

    code = "result_disputed"
    status = 409


class NotToAcknowledge(AppError):
    """This result is not yours to acknowledge now: you did already, or a dispute of yours waits for its answer."""

    code = "not_to_acknowledge"
    status = 409


class WordsTooLong(AppError):
    """This is too long; up to 2,000 characters."""

    code = "words_too_long"
    status = 422


def plan(session: Session, review: Review, actor: Actor, on: Terms) -> None:
    """Set when the agent of a call reads what was just submitted about it; without delay they read it at once."""
    call = session.get_one(Call, review.call_id)
    if review.purpose != Purpose.COUNTS or call.agent_id is None or on.release_hours is None:
        return
    review.release_at = actor.at + timedelta(hours=on.release_hours)
    session.add(review)
    if on.release_hours == 0:
        _release(session, review, call, machine(actor.at), on.self_score_first)


def take_back(review: Review) -> None:
    """Take a result back from its agent, who reads it again when it was submitted again."""
    review.release_at = review.released_at = review.acknowledged_at = None
    review.acknowledged_words, review.awaits_self_score = "", False


def follow_agent(session: Session, call_id: int, told: int | None, actor: Actor, on: Terms) -> None:
    """Take the result of a call back from the agent it was told, once it is another's; its release is planned anew."""
    call, review = session.get_one(Call, call_id), queries.of_call(session, call_id)
    if review is None or call.agent_id == told or review.state not in TOLD:
        return
    review = queries.lock(session, id_of(review))
    after, released_at = lifecycle.after(review.state, Act.TAKE_BACK), review.released_at
    if after is None:
        raise ResultDisputed
    review.state = after
    take_back(review)
    review.version += 1
    session.add(review)
    session.flush()
    agents = {"old": told, "new": call.agent_id}
    record_for_call(
        session, call_id, actor, "review.taken_back", review=id_of(review), agent=agents, released_at=released_at
    )
    plan(session, review, actor, on)


def release(session: Session, review_id: int, actor: Actor, on: Terms) -> Review:
    """Let the agent read a result now, because a person says so."""
    review = queries.lock(session, review_id)
    call = session.get_one(Call, review.call_id)
    if review.purpose != Purpose.COUNTS or lifecycle.after(review.state, Act.RELEASE) is None:
        raise NotToRelease
    if call.agent_id is None:
        raise NobodyToTell
    _release(session, review, call, actor, on.self_score_first)
    return review


def release_some(session: Session, review_ids: Sequence[int], actor: Actor, on: Terms) -> int:
    """Let agents read those of these results that still wait; how many these were."""
    # In a fixed order, so that two who release the same never wait for each other in a circle.
    waiting = release_queries.still_waiting(session, sorted(set(review_ids)))
    for review_id in waiting:
        release(session, review_id, actor, on)
    return len(waiting)


def release_due(engine: Engine, now: datetime, on: Terms) -> int:
    """Release what is due, each in a transaction of its own; what another worker has released meanwhile stays so."""
    with db.session(engine, reads_only=True) as session:
        found = release_queries.due(session, now, RELEASED_AT_ONCE)
    done = 0
    for review_id in found:
        with db.session(engine) as session:
            review = queries.lock(session, review_id)
            call = session.get_one(Call, review.call_id)
            is_due = review.release_at is not None and review.release_at <= now
            if is_due and call.agent_id is not None and lifecycle.after(review.state, Act.RELEASE) is not None:
                _release(session, review, call, machine(now), on.self_score_first)
                done += 1
    if done:
        log.info("%s results were released to their agents", done)
    return done


def acknowledge(session: Session, review_id: int, agent_id: int, words: str, actor: Actor) -> Review:
    """The agent has read the result and takes it as it is; nobody else can do it for them."""
    review = queries.lock(session, review_id)
    said = plain(words)
    if session.get_one(Call, review.call_id).agent_id != agent_id:
        raise Forbidden("Only the agent whose call it is can answer a result.")
    after = lifecycle.after(review.state, Act.ACKNOWLEDGE)
    if after is None or not review.told:
        raise NotToAcknowledge
    review.state, review.acknowledged_at, review.acknowledged_words = after, actor.at, said
    review.version += 1
    session.add(review)
    session.flush()
    # What an agent says stays out of the ledger, which outlives an erasure.
    record_for_call(session, review.call_id, actor, "review.acknowledged", replied=bool(said))
    return review


def plain(text: str) -> str:
    """Text without NUL characters, which no database keeps, and without space around it; not too long."""
    kept = text.replace("\0", "").strip()
    if len(kept) > LONGEST_WORDS:
        raise WordsTooLong
    return kept


def _release(session: Session, review: Review, call: Call, actor: Actor, self_score_first: bool) -> None:
    after = lifecycle.after(review.state, Act.RELEASE)
    if after is None or call.agent_id is None:
        raise NotToRelease
    review.state, review.released_at = after, actor.at
    review.awaits_self_score = self_score_first and queries.self_score(session, id_of(call), call.agent_id) is None
    review.version += 1
    session.add(review)
    session.flush()
    record_for_call(
        session,
        id_of(call),
        actor,
        "review.released",
        review=id_of(review),
        **judged_by(session.get_one(Evaluation, review.evaluation_id)),
        score=review.score,
        passed=review.passed,
    )
    tell(session, [call.agent_id], Kind.RELEASED, f"/calls/{call.id}", actor.at)
