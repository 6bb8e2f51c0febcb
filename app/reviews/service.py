"""What people decide about a call: item by item, then as a whole. The machine's findings are never changed."""

from dataclasses import dataclass

from sqlmodel import Session

from app.accounts.models import User
from app.accounts.policies import may_reopen
from app.calls import queries as calls
from app.calls.models import Call
from app.domain.evidence import Verdict
from app.domain.scorecard import Scorecard
from app.domain.scoring import Finding, Score, total
from app.evaluations import queries as evaluations
from app.evaluations.models import Evaluation
from app.evaluations.service import tally_key
from app.kit.db import id_of
from app.kit.errors import AppError, Forbidden, NotFound
from app.ledger.service import Actor, record_for_call
from app.reviews import queries
from app.reviews.decisions import DECISIONS, chosen, decided, fingerprint, fits
from app.reviews.models import Review, ReviewState, ReviewVerdict
from app.scorecards import queries as scorecards
from app.tallies import service as tallies

# Why a person decides otherwise than the machine; an item's own fail reasons come beside these as fail_0, fail_1, …
REASONS = ("said_otherwise", "misheard", "wrong_speaker", "wrong_moment", "no_occasion", "other")
LONGEST_NOTE = 2000


class ReviewClosed(AppError):
    """This review is submitted; reopen it to change a verdict."""

    code = "review_closed"
    status = 409


class ItemChanged(AppError):
    """Somebody else decided this item meanwhile."""

    code = "item_changed"
    status = 412


class ReasonNeeded(AppError):
    """Say why you decide otherwise than the machine: choose a reason."""

    code = "reason_needed"
    status = 422


class NoteTooLong(AppError):
    """A note has at most 2,000 characters."""

    code = "note_too_long"
    status = 422


class ItemsUnconfirmed(AppError):
    """Confirm or decide every item first."""

    code = "items_unconfirmed"
    status = 409


class NotSubmitted(AppError):
    """This review is not submitted."""

    code = "not_submitted"
    status = 409


class ReasonMissing(AppError):
    """Say why."""

    code = "reason_missing"
    status = 422


class NotScored(AppError):
    """This call is not scored yet."""

    code = "not_scored"
    status = 409


@dataclass(frozen=True)
class Standing:
    """Where a review stands: the machine's findings, people's verdicts beside them, and what both add up to."""

    review: Review
    evaluation: Evaluation
    card: Scorecard
    findings: tuple[Finding, ...]
    verdicts: dict[str, ReviewVerdict]
    machine: Score
    score: Score

    @property
    def to_confirm(self) -> int:
        """How many items no person has decided, or has decided on evidence that is not the evidence any more."""
        decided = sum(not one.outdated for one in self.verdicts.values())
        return len(self.findings) - decided


def standing(session: Session, review: Review) -> Standing:
    """Where a review stands now."""
    evaluation = session.get_one(Evaluation, review.evaluation_id)
    card = scorecards.card(session, evaluation.scorecard_version)
    machine = evaluations.score_of(session, evaluation)
    items = {item.id: item for item in card.items}
    verdicts = {item: one for item, one in queries.verdicts(session, id_of(review)).items() if item in items}
    merged = tuple(decided(finding, verdicts.get(finding.id), items[finding.id]) for finding in machine.findings)
    return Standing(review, evaluation, card, machine.findings, verdicts, machine, total(card, merged))


def offer(session: Session, call_id: int, actor: Actor) -> Review:
    """Put a scored call into the queue; one that is there (or was reviewed) goes on with the newest evaluation.

    What people decided stays where the evidence is the same; where it is not, or where the scorecard has not the level
    any more that was chosen, the item is marked outdated.
    """
    calls.lock(session, call_id)
    evaluation = evaluations.current(session, call_id)
    if evaluation is None:
        raise NotScored
    review = queries.of_call(session, call_id)
    if review is None:
        review = Review(call_id=call_id, evaluation_id=id_of(evaluation), state=ReviewState.OPEN, created_at=actor.at)
        session.add(review)
        session.flush()
        record_for_call(session, call_id, actor, "review.offered", review=id_of(review))
    else:
        _carry_over(session, review, evaluation, actor)
    return review


def _carry_over(session: Session, review: Review, evaluation: Evaluation, actor: Actor) -> None:
    found = {finding.id: fingerprint(finding) for finding in evaluations.findings(session, id_of(evaluation))}
    items = {item.id: item for item in scorecards.card(session, evaluation.scorecard_version).items}
    verdicts = queries.verdicts(session, id_of(review))
    outdated = sorted(
        item for item, one in verdicts.items() if found.get(item) != one.fingerprint or not fits(one, items[item])
    )
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
        session, review.call_id, actor, "review.carried_over", evaluation=id_of(evaluation), outdated=outdated
    )


def decide(
    session: Session,
    review_id: int,
    item: str,
    verdict: Verdict | None,
    user: User,
    actor: Actor,
    *,
    level: float | None = None,
    reason_code: str | None = None,
    note: str = "",
    version: int | None = None,
) -> Standing:
    """Confirm or override what the machine found about an item; `version` is that of the item as the person saw it.

    Of a graded item a `level` is chosen, in points, and the verdict follows from it.
    """
    review, before, finding, card = _open_item(session, review_id, item, version)
    verdict = chosen(next(one for one in card.items if one.id == item), verdict, level)
    if len(note) > LONGEST_NOTE:
        raise NoteTooLong
    overrides = finding.verdict in DECISIONS and verdict != finding.verdict
    if overrides and reason_code not in reason_codes(card, item):
        raise ReasonNeeded
    review.version += 1
    review.reviewer_id = review.reviewer_id or user.id
    after = before or ReviewVerdict(
        review_id=review_id,
        item_id=item,
        verdict=verdict,
        machine_verdict=finding.verdict,
        fingerprint="",
        decided_by=id_of(user),
        decided_at=actor.at,
    )
    old = _told(before)
    after.verdict, after.level, after.reason_code, after.note = verdict, level, reason_code, note.strip()
    after.machine_verdict, after.fingerprint, after.outdated = finding.verdict, fingerprint(finding), False
    after.decided_by, after.decided_at, after.version = id_of(user), actor.at, review.version
    session.add_all([review, after])
    session.flush()
    record_for_call(
        session,
        review.call_id,
        actor,
        "review.overridden" if overrides else "review.confirmed",
        item=item,
        machine=finding.verdict.value,
        max_points=finding.max_points,
        old=old,
        new=_told(after),
    )
    return standing(session, review)


def undo(session: Session, review_id: int, item: str, actor: Actor, *, version: int | None = None) -> Standing:
    """Take a decision back: the item is to be confirmed again."""
    review, before, _, _ = _open_item(session, review_id, item, version)
    if before is not None:
        review.version += 1
        session.add(review)
        session.delete(before)
        session.flush()
        record_for_call(session, review.call_id, actor, "review.undone", item=item, old=_told(before))
    return standing(session, review)


def submit(session: Session, review_id: int, user: User, actor: Actor) -> Review:
    """Close a review in which every item is decided: from now on it counts in the final rates."""
    review = queries.lock(session, review_id)
    if review.state == ReviewState.SUBMITTED:
        raise ReviewClosed
    now = standing(session, review)
    if now.to_confirm:
        raise ItemsUnconfirmed
    call = session.get_one(Call, review.call_id)
    review.state, review.submitted_at, review.reviewer_id = ReviewState.SUBMITTED, actor.at, user.id
    review.score, review.passed, review.critical_failed = now.score.score, now.score.passed, now.score.critical_failed
    review.version += 1
    session.add(review)
    session.flush()
    tallies.count(session, review.call_id, tally_key(call, now.card, tallies.FINAL), tallies.counts_of(now.score))
    record_for_call(
        session,
        review.call_id,
        actor,
        "review.submitted",
        evaluation=now.evaluation.id,
        score=review.score,
        passed=review.passed,
        verdicts={item: one.verdict.value for item, one in now.verdicts.items()},
        levels={item: one.level for item, one in now.verdicts.items() if one.level is not None},
    )
    return review


def retract(session: Session, review_id: int, user: User, actor: Actor, reason: str) -> Review:
    """Take a submitted review out of the rates, with its verdicts kept; it is not in the queue either."""
    return _unsubmit(session, review_id, user, actor, reason, ReviewState.RETRACTED, "review.retracted")


def reopen(session: Session, review_id: int, user: User, actor: Actor, reason: str) -> Review:
    """Put a submitted or retracted review back into the queue, with its verdicts kept."""
    review = _unsubmit(session, review_id, user, actor, reason, ReviewState.OPEN, "review.reopened")
    evaluation = evaluations.current(session, review.call_id)
    if evaluation is not None:
        _carry_over(session, review, evaluation, actor)
    return review


def _unsubmit(
    session: Session, review_id: int, user: User, actor: Actor, reason: str, state: ReviewState, event: str
) -> Review:
    review = queries.lock(session, review_id)
    if review.state in (ReviewState.OPEN, state):
        raise NotSubmitted
    if not may_reopen(user) and review.reviewer_id != user.id:
        raise Forbidden
    if not reason.strip():
        raise ReasonMissing
    old = {"state": review.state.value, "score": review.score, "passed": review.passed}
    review.state, review.score, review.passed, review.submitted_at = state, None, None, None
    review.critical_failed = False
    review.version += 1
    session.add(review)
    session.flush()
    tallies.uncount(session, review.call_id, tallies.FINAL)
    record_for_call(session, review.call_id, actor, event, reason=reason.strip(), old=old)
    return review


def forget_notes(session: Session, call_id: int) -> None:
    """Empty the notes of a deleted call's review; they may say what was said."""
    review = queries.of_call(session, call_id)
    if review is not None:
        for one in queries.verdicts(session, id_of(review)).values():
            one.note = ""
            session.add(one)
        session.flush()


def reason_codes(card: Scorecard, item: str) -> tuple[str, ...]:
    """The reasons a person may give for deciding otherwise: the item's own fail reasons, then those of all items."""
    own = next((len(one.fail_reasons) for one in card.items if one.id == item), 0)
    return (*(f"fail_{place}" for place in range(own)), *REASONS)


def _open_item(
    session: Session, review_id: int, item: str, version: int | None
) -> tuple[Review, ReviewVerdict | None, Finding, Scorecard]:
    """The parts of an open review that a decision about one item touches, nobody else touching them meanwhile."""
    review = queries.lock(session, review_id)
    if review.state != ReviewState.OPEN:
        raise ReviewClosed
    now = standing(session, review)
    finding = next((one for one in now.findings if one.id == item), None)
    if finding is None:
        raise NotFound
    before = now.verdicts.get(item)
    if version is not None and version != (before.version if before else 0):
        raise ItemChanged
    return review, before, finding, now.card


def _told(one: ReviewVerdict | None) -> dict[str, object] | None:
    """A decision as the ledger tells it."""
    if one is None:
        return None
    return {
        "verdict": one.verdict.value,
        "level": one.level,
        "reason": one.reason_code,
        "note": one.note,
        "by": one.decided_by,
    }
