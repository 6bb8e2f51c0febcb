"""How agents score their own calls, beside the review that counts and never in its place."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from app.accounts.models import User
from app.calls import queries as calls
from app.calls.models import Call
from app.domain.evidence import Verdict
from app.domain.lifecycle import ReviewState
from app.domain.scorecard import Item
from app.evaluations import queries as evaluations
from app.evaluations.models import Evaluation
from app.kit.db import id_of
from app.kit.errors import AppError, Forbidden, NotFound
from app.ledger.service import Actor, record_for_call
from app.reviews import queries, service
from app.reviews.decisions import chosen, fingerprint
from app.reviews.models import Picked, Purpose, Review, ReviewVerdict
from app.reviews.offering import NotScored
from app.reviews.releasing import plain
from app.scorecards import queries as scorecards


class AlreadySelfScored(AppError):
    """You have scored this call already."""

    code = "already_self_scored"
    status = 409


class SelfScoreUnfinished(AppError):
    """Say of every item what you think; “not applicable” where the call gave no occasion for it."""

    code = "self_score_unfinished"
    status = 422


class SelfScoreOff(AppError):
    """Agents do not score their own calls here."""

    code = "self_score_off"
    status = 409


@dataclass(frozen=True)
class Said:
    """What an agent thinks of one item: a verdict, or of a graded item a level in points; and in their own words."""

    verdict: Verdict | None = None
    level: float | None = None
    words: str = ""


def scored_on(session: Session, call_id: int) -> tuple[Evaluation, tuple[Item, ...]]:
    """The evaluation whose items an agent scores, so that both results are about the same ones."""
    review = queries.of_call(session, call_id)
    found = (
        session.get(Evaluation, review.evaluation_id)
        if review is not None and review.counts
        else evaluations.current(session, call_id)
    )
    if found is None:
        raise NotScored
    return found, scorecards.card(session, found.scorecard_version).items


def to_score(session: Session, user: User, call_id: int, is_on: bool) -> Call:
    """The agent's own call, if they may score it now: where the site lets agents do so, or a result waits for it."""
    call = calls.call(session, user, call_id)
    if call.agent_id != user.id:
        raise NotFound
    if queries.self_score(session, call_id, id_of(user)) is not None:
        raise AlreadySelfScored
    review = queries.of_call(session, call_id)
    if not is_on and not (review is not None and review.awaits_self_score):
        raise SelfScoreOff
    return call


def score_own_call(session: Session, call_id: int, agent: User, said: Mapping[str, Said], actor: Actor) -> Review:
    """Keep what an agent thinks of their own call, item by item; it is only compared with the review that counts."""
    call = calls.lock_kept(session, call_id)
    if call.agent_id != agent.id:
        raise Forbidden("Only the agent whose call it is can score it as their own.")
    if queries.self_score(session, call_id, id_of(agent)) is not None:
        raise AlreadySelfScored
    evaluation, items = scored_on(session, call_id)
    own = Review(
        call_id=call_id,
        evaluation_id=id_of(evaluation),
        state=ReviewState.OPEN,
        reviewer_id=agent.id,
        purpose=Purpose.SELF,
        picked=Picked.PERSON.value,
        due_at=actor.at,
        called_at=call.started_at,
        created_at=actor.at,
    )
    session.add(own)
    session.flush()
    found = {one.id: one for one in evaluations.findings(session, id_of(evaluation))}
    for item in items:
        one = said.get(item.id, Said())
        if one.verdict is None and one.level is None:
            raise SelfScoreUnfinished
        session.add(
            ReviewVerdict(
                review_id=id_of(own),
                item_id=item.id,
                verdict=chosen(item, one.verdict, one.level),
                level=one.level,
                note=plain(one.words),
                machine_verdict=found[item.id].verdict,
                fingerprint=fingerprint(found[item.id]),
                decided_by=id_of(agent),
                decided_at=actor.at,
            )
        )
    session.flush()
    service.submit(session, id_of(own), agent, actor)
    _show(session, call_id)
    return own


def decline(session: Session, call_id: int, agent: User, actor: Actor) -> None:
    """The agent reads the result without having scored the call themselves."""
    call = calls.lock_kept(session, call_id)
    if call.agent_id != agent.id:
        raise Forbidden("Only the agent whose call it is can decline to score it.")
    if _show(session, call_id):
        record_for_call(session, call_id, actor, "review.self_score_declined")


def _show(session: Session, call_id: int) -> bool:
    """Show the agent the result that has waited for their own score; whether there was one."""
    review = queries.of_call(session, call_id)
    if review is None:
        return False
    # It may have been read before its call was locked, and released since.
    session.refresh(review)
    if not review.awaits_self_score:
        return False
    review.awaits_self_score = False
    review.version += 1
    session.add(review)
    session.flush()
    return True
