"""What agents object to in a result, item by item, and what another reviewer decides about it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlmodel import Session

from app.accounts.models import User
from app.calls import queries as calls
from app.calls.models import Call
from app.domain import lifecycle
from app.domain.evidence import Verdict
from app.domain.lifecycle import Act, ReviewState
from app.evaluations.service import count_call, tally_key
from app.kit.db import id_of
from app.kit.errors import AppError, Forbidden
from app.ledger.service import Actor, record_for_call
from app.notices import queries as notices
from app.notices.models import Kind
from app.notices.service import tell
from app.reviews import dispute_queries, queries
from app.reviews.decisions import chosen
from app.reviews.models import Dispute, DisputeOutcome, Review, ReviewVerdict
from app.reviews.offering import due_again
from app.reviews.releasing import plain
from app.reviews.standing import Basis, basis, judged_by, stands
from app.tallies import service as tallies

# Who may decide a dispute: another than who gave the verdict, or anyone who reviews.
DecidedBy = Literal["another", "anyone"]
Decision = Literal["accepted", "partly", "rejected"]


class NotToDispute(AppError):
    """This result cannot be disputed now: it is not released, you acknowledged it, or it was taken back."""

    code = "not_to_dispute"
    status = 409


class DisputeTooLate(AppError):
    """The time in which this result could be disputed is over."""

    code = "dispute_too_late"
    status = 409


class AlreadyDisputed(AppError):
    """You disputed this item already."""

    code = "already_disputed"
    status = 409


class NothingDisputed(AppError):
    """Propose another verdict than the one that stands."""

    code = "nothing_disputed"
    status = 422


class DisputeReasonMissing(AppError):
    """Say why you see it otherwise."""

    code = "dispute_reason_missing"
    status = 422


class DisputeClosed(AppError):
    """This dispute was decided or withdrawn meanwhile."""

    code = "dispute_closed"
    status = 409


class AnotherDecides(AppError):
    """The verdict is yours, or you took part in the call; another person decides this dispute."""

    code = "another_decides"
    status = 403


class WordsMissing(AppError):
    """Tell the agent why you do not follow the proposal, or not all the way."""

    code = "words_missing"
    status = 422


class NotPartly(AppError):
    """In part means neither the verdict that stood nor the one proposed: choose another, or accept or reject."""

    code = "not_partly"
    status = 422


@dataclass(frozen=True)
class Objection:
    """What an agent says against a verdict: the item, the verdict (or level, in points) they propose, and why."""

    item: str
    verdict: Verdict | None
    level: float | None
    reason: str


@dataclass(frozen=True)
class Answer:
    """What is decided about a dispute; `verdict` or `level` (points) where it is accepted in part."""

    outcome: Decision
    words: str = ""
    verdict: Verdict | None = None
    level: float | None = None


def open_until(session: Session, review: Review, days: int) -> datetime | None:
    """Until when a released result may be disputed: the end of a day on the clock of the site."""
    return due_again(session, review, review.released_at, days) if review.released_at is not None else None


def dispute(session: Session, review_id: int, agent_id: int, said: Objection, actor: Actor, days: int) -> Dispute:
    """Object to the verdict on one item of one's own call, in so many days after its release."""
    review = queries.lock(session, review_id)
    if session.get_one(Call, review.call_id).agent_id != agent_id:
        raise Forbidden("Only the agent whose call it is can dispute a result.")
    after, until = lifecycle.after(review.state, Act.DISPUTE), open_until(session, review, days)
    if after is None or until is None or not review.told:
        raise NotToDispute
    if actor.at >= until:
        raise DisputeTooLate
    on = basis(session, review)
    made = _objection(session, review, on, agent_id, said, actor)
    review.state = after
    review.version += 1
    session.add_all([review, made])
    session.flush()
    # Why, in the agent's words, stays out of the ledger, which outlives an erasure.
    record_for_call(
        session,
        review.call_id,
        actor,
        "review.disputed",
        dispute=id_of(made),
        item=made.item_id,
        max_points=on.finding(made.item_id).max_points,
        old=_verdict(made.verdict_before, made.level_before),
        new=_verdict(made.proposed, made.proposed_level),
    )
    tell(session, _deciders(session, review, made), Kind.DISPUTED, f"/disputes/{made.id}", actor.at)
    return made


def withdraw(session: Session, dispute_id: int, agent_id: int, actor: Actor) -> Dispute:
    """The agent takes an objection back; the verdict stays."""
    review, found = _open(session, dispute_id)
    if found.agent_id != agent_id:
        raise Forbidden("Only the agent who disputes a result can take that back.")
    found.outcome, found.decided_at, found.decided_by = DisputeOutcome.WITHDRAWN, actor.at, agent_id
    _close(session, review, found)
    record_for_call(session, review.call_id, actor, "dispute.withdrawn", dispute=dispute_id, item=found.item_id)
    return found


def answer(
    session: Session, dispute_id: int, user: User, given: Answer, actor: Actor, by: DecidedBy = "another"
) -> Dispute:
    """Decide a dispute: the verdict becomes the proposed one, one in between, or stays; the score follows."""
    review, found = _open(session, dispute_id)
    if not may_decide(user, review, found, calls.agents(session, [review.call_id])[review.call_id], by):
        raise AnotherDecides
    words = plain(given.words)
    if not words and given.outcome != "accepted":
        raise WordsMissing
    on = basis(session, review)
    item = next(one for one in on.card.items if one.id == found.item_id)
    verdict, level = found.verdict_before, found.level_before
    if given.outcome == "accepted":
        verdict, level = found.proposed, found.proposed_level
    elif given.outcome == "partly":
        verdict, level = chosen(item, given.verdict, given.level), given.level
        if (verdict, level) in ((found.verdict_before, found.level_before), (found.proposed, found.proposed_level)):
            raise NotPartly
    before = (review.score, review.passed)
    found.outcome, found.words = DisputeOutcome(given.outcome), words
    found.decided_at, found.decided_by = actor.at, id_of(user)
    found.verdict_after, found.level_after = verdict, level
    _close(session, review, found)
    if given.outcome != "rejected":
        _change(session, review, on, found, actor)
    record_for_call(
        session,
        review.call_id,
        actor,
        "dispute.decided",
        dispute=dispute_id,
        item=found.item_id,
        outcome=given.outcome,
        **judged_by(on.evaluation),
        max_points=on.finding(found.item_id).max_points,
        old={**_verdict(found.verdict_before, found.level_before), "score": before[0], "passed": before[1]},
        new={**_verdict(verdict, level), "score": review.score, "passed": review.passed},
    )
    _tell_decided(session, review, found, id_of(user), flipped=review.passed != before[1])
    return found


def may_decide(user: User, review: Review, found: Dispute, agents: Collection[int], by: DecidedBy) -> bool:
    """Whether a person is none of the call's agents, nor who gave the disputed verdict where the settings want that."""
    if user.id == found.agent_id or user.id in agents:
        return False
    return by == "anyone" or user.id not in (review.reviewer_id, found.by_before)


def tell_freed(session: Session, call_id: int, at: datetime) -> None:
    """Tell of a call's open disputes whoever was to score it blind before they might know of them."""
    for one in dispute_queries.open_of_call(session, call_id):
        people, url = _deciders(session, session.get_one(Review, one.review_id), one), f"/disputes/{one.id}"
        told = notices.told(session, people, Kind.DISPUTED, url)
        tell(session, [who for who in people if who not in told], Kind.DISPUTED, url, at)


def forget_texts(session: Session, review_id: int) -> None:
    """Empty what was said in the disputes of a deleted call, which may say what was said in it."""
    for one in dispute_queries.of_review(session, review_id):
        one.reason = one.words = one.note_before = ""
        session.add(one)
    session.flush()


def _objection(session: Session, review: Review, on: Basis, agent_id: int, said: Objection, actor: Actor) -> Dispute:
    """The dispute as it is kept, if there is something to dispute."""
    on.finding(said.item)
    stood = on.verdicts[said.item]
    proposed = chosen(next(one for one in on.card.items if one.id == said.item), said.verdict, said.level)
    if (proposed, said.level) == (stood.verdict, stood.level):
        raise NothingDisputed
    reason = plain(said.reason)
    if not reason:
        raise DisputeReasonMissing
    for one in dispute_queries.of_review(session, id_of(review)):
        # Of what was released, an item is disputed once; a result that was taken back and released anew, anew.
        is_of_this = review.released_at is not None and one.opened_at >= review.released_at
        if one.item_id == said.item and is_of_this and one.outcome != DisputeOutcome.WITHDRAWN:
            raise AlreadyDisputed
    return Dispute(
        review_id=id_of(review),
        scorecard=on.card.id,
        item_id=said.item,
        agent_id=agent_id,
        proposed=proposed,
        proposed_level=said.level,
        reason=reason,
        opened_at=actor.at,
        verdict_before=stood.verdict,
        level_before=stood.level,
        reason_before=stood.reason_code,
        note_before=stood.note,
        by_before=stood.decided_by,
    )


def _open(session: Session, dispute_id: int) -> tuple[Review, Dispute]:
    """An open dispute and its review, nobody else touching them meanwhile."""
    review = queries.lock(session, dispute_queries.review_of(session, dispute_id))
    found = dispute_queries.fresh(session, dispute_id)
    if found.outcome != DisputeOutcome.OPEN or review.state != ReviewState.DISPUTED:
        raise DisputeClosed
    return review, found


def _close(session: Session, review: Review, found: Dispute) -> None:
    """One dispute less is open; the last one's end resolves the review."""
    session.add(found)
    session.flush()
    is_last = not any(one.outcome == DisputeOutcome.OPEN for one in dispute_queries.of_review(session, id_of(review)))
    after = lifecycle.after(review.state, Act.RESOLVE if is_last else Act.ANSWER)
    if after is None:
        raise DisputeClosed
    review.state = after
    review.version += 1
    session.add(review)
    session.flush()


def _change(session: Session, review: Review, on: Basis, found: Dispute, actor: Actor) -> None:
    """Put the decided verdict in place of the disputed one; what it adds up to counts from now on.

    What the machine found stays what it is, and what was said blind was said before.
    """
    row: ReviewVerdict = on.verdicts[found.item_id]
    row.verdict, row.level = found.verdict_after or row.verdict, found.level_after
    row.reason_code, row.note, row.blind = None, found.words, False
    row.decided_by, row.decided_at, row.version = found.decided_by or row.decided_by, actor.at, review.version
    session.add(row)
    session.flush()
    now = stands(review, basis(session, review))
    review.score, review.passed, review.critical_failed = now.score.score, now.score.passed, now.score.critical_failed
    session.add(review)
    session.flush()
    call = session.get_one(Call, review.call_id)
    key = tally_key(call, now.card, tallies.FINAL, review.picked)
    count_call(session, call, key, now.score, review.submitted_at or actor.at, actor.at)


def _deciders(session: Session, review: Review, found: Dispute) -> Sequence[int]:
    """Who is told that a dispute waits: who may decide it, but for whom it concerns."""
    concerned = {found.by_before, review.reviewer_id or 0, found.agent_id}
    agents = calls.agents(session, [review.call_id])[review.call_id]
    return dispute_queries.deciders(session, review.call_id, concerned | agents)


def _tell_decided(session: Session, review: Review, found: Dispute, by: int, *, flipped: bool) -> None:
    """Tell the agent and whose verdict it was; where pass became fail or the other way round, those who lead too."""
    told = {found.by_before, review.reviewer_id or found.by_before}
    if flipped:
        told |= set(dispute_queries.leads(session, review.call_id))
    at = found.decided_at
    if at is not None:
        tell(session, sorted(told - {by}), Kind.DECIDED, f"/disputes/{found.id}", at)
        if session.get_one(Call, review.call_id).agent_id == found.agent_id:
            tell(session, [found.agent_id], Kind.DECIDED, f"/disputes/{found.id}", at)


def _verdict(verdict: Verdict, level: float | None) -> dict[str, object]:
    return {"verdict": verdict.value, "level": level}
