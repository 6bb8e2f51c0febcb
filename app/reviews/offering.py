"""Puts calls into the queue: by when, blind or not, and why; carries a review over to a newer evaluation."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from app.accounts import queries as accounts
from app.calls import queries as calls
from app.calls.models import Call
from app.domain.lifecycle import ReviewState
from app.domain.scorecard import Item
from app.domain.scoring import Finding
from app.evaluations import queries as evaluations
from app.evaluations.models import Evaluation
from app.kit.db import id_of
from app.kit.errors import AppError
from app.ledger.service import Actor, record_for_call
from app.reviews import queries
from app.reviews.blind import drawn_blind, drawn_twice
from app.reviews.decisions import fingerprint, fits
from app.reviews.models import Picked, Purpose, Review, ReviewVerdict
from app.sampling import risk
from app.scorecards import queries as scorecards
from app.settings import Settings

REVIEW_DAYS = 3


class NotScored(AppError):
    """This call is not scored yet."""

    code = "not_scored"
    status = 409


class AlreadyReviewed(AppError):
    """This call was reviewed before; open that review again instead."""

    code = "already_reviewed"
    status = 409


@dataclass(frozen=True)
class Terms:
    """How calls come into the queue: which share of them (0-1) is reviewed blind, and in how many days each is due.

    And how they leave it: in how many hours after it was submitted an agent reads the result (None: once a person
    releases it), and whether they score the call themselves first. `double_share` (0-1) of the calls two people score,
    both blind. Unless `every` scored call comes into the queue, a draw, a risk or a person brings one there.
    """

    blind_share: float = 0.0
    days: int = REVIEW_DAYS
    release_hours: float | None = None
    self_score_first: bool = False
    double_share: float = 0.0
    every: bool = True


def terms(settings: Settings) -> Terms:
    """The terms that the settings say."""
    return Terms(
        settings.blind_share,
        settings.review_days,
        settings.release_hours,
        settings.self_score == "first",
        settings.double_share,
        settings.queue == "every",
    )


def arrive(session: Session, call_id: int, actor: Actor, on: Terms) -> None:
    """Let a call that was just scored come into the queue, if every one does, and note down what risks it shows."""
    if on.every or queries.of_call(session, call_id) is not None:
        offer(session, call_id, actor, on)
    risk.note(session, calls.lock(session, call_id), _current(session, call_id), actor.at)


def offer(session: Session, call_id: int, actor: Actor, on: Terms = Terms()) -> Review:
    """Put a scored call into the queue; one that is there (or was reviewed) goes on with the newest evaluation.

    What people decided stays where the evidence is the same; where it is not, or where the scorecard has not the level
    any more that was chosen, the item is marked outdated.
    """
    call, evaluation = calls.lock(session, call_id), _current(session, call_id)
    review = queries.of_call(session, call_id)
    if review is None:
        # By the day on which it came in, whenever the worker gets to it.
        due_at = due(call.created_at, on.days, _zone(session, call))
        return _add(session, call, evaluation, Picked.EVERY, due_at, actor, blind=_blind(call, on))
    for one in (review, *queries.others_open(session, call_id)):
        carry_over(session, one, evaluation, actor)
    return review


def offer_picked(session: Session, call: Call, picked: Picked, actor: Actor, on: Terms) -> Review:
    """Put a scored call into the queue that has no review, because a plan drew it or a risk was seen in it.

    Whoever reads why a call is a risk knows what the machine found: such a review is never blind.
    """
    blind = picked == Picked.SAMPLE and _blind(call, on)
    due_at = due(actor.at, on.days, _zone(session, call))
    return _add(session, call, _current(session, id_of(call)), picked, due_at, actor, blind=blind)


def send(session: Session, call_id: int, actor: Actor, days: int) -> Review:
    """Put a scored call into the queue because a person wants it reviewed; they saw what the machine found."""
    call, evaluation = calls.lock(session, call_id), _current(session, call_id)
    review = queries.of_call(session, call_id)
    if review is None:
        return _add(
            session, call, evaluation, Picked.PERSON, due(actor.at, days, _zone(session, call)), actor, blind=False
        )
    if review.state != ReviewState.OPEN:
        raise AlreadyReviewed
    return review


def due_again(session: Session, review: Review, at: datetime, days: int) -> datetime:
    """By when a review is to be done that was opened again."""
    return due(at, days, _zone(session, session.get_one(Call, review.call_id)))


def due(since: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The end of the day that lies so many days after this moment, on the clock of the site."""
    after = since.astimezone(zone).date() + timedelta(days=days + 1)
    return datetime.combine(after, time(), zone).astimezone(UTC)


def carry_over(session: Session, review: Review, evaluation: Evaluation, actor: Actor) -> None:
    """Let a review go on with another evaluation of its call; what was decided on other evidence is looked at again."""
    found = {finding.id: finding for finding in evaluations.findings(session, id_of(evaluation))}
    items = {item.id: item for item in scorecards.card(session, evaluation.scorecard_version).items}
    verdicts = queries.verdicts(session, id_of(review))
    outdated = sorted(item for item, one in verdicts.items() if not _stands(one, found.get(item), items.get(item)))
    # What was submitted stands on the evaluation it was decided on, until somebody opens it again.
    stands_on = id_of(evaluation) if review.state == ReviewState.OPEN else review.evaluation_id
    if review.evaluation_id == stands_on and outdated == sorted(item for item, one in verdicts.items() if one.outdated):
        return
    for item, one in verdicts.items():
        one.outdated = item in outdated
        session.add(one)
    review.evaluation_id = stands_on
    review.version += 1
    session.add(review)
    session.flush()
    record_for_call(
        session,
        review.call_id,
        actor,
        "review.carried_over",
        evaluation=id_of(evaluation),
        outdated=outdated,
        **which(review),
    )


def which(review: Review) -> dict[str, int]:
    """Which review it is, where that is not the one that counts."""
    return {} if review.purpose == Purpose.COUNTS else {"review": id_of(review)}


def _stands(decision: ReviewVerdict, finding: Finding | None, item: Item | None) -> bool:
    if finding is None or item is None or not fits(decision, item):
        return False
    # Who decided blind went by what they heard, whatever the machine finds.
    return decision.blind or decision.fingerprint == fingerprint(finding)


def _blind(call: Call, on: Terms) -> bool:
    return drawn_blind(call.content_hash, on.blind_share) or drawn_twice(call.content_hash, on.double_share)


def _current(session: Session, call_id: int) -> Evaluation:
    evaluation = evaluations.current(session, call_id)
    if evaluation is None:
        raise NotScored
    return evaluation


def _zone(session: Session, call: Call) -> ZoneInfo:
    team = accounts.team(session, call.team_id) if call.team_id is not None else None
    return ZoneInfo(team.time_zone if team else "UTC")


def _add(
    session: Session, call: Call, evaluation: Evaluation, picked: Picked, due_at: datetime, actor: Actor, *, blind: bool
) -> Review:
    review = Review(
        call_id=id_of(call),
        evaluation_id=id_of(evaluation),
        state=ReviewState.OPEN,
        blind=blind,
        picked=picked.value,
        due_at=due_at,
        called_at=call.started_at,
        created_at=actor.at,
    )
    session.add(review)
    session.flush()
    record_for_call(
        session, id_of(call), actor, "review.offered", review=id_of(review), picked=picked.value, blind=blind
    )
    return review
