"""What people decide about a call: item by item, then as a whole. The machine's findings are never changed."""

from dataclasses import replace
from datetime import timedelta

from sqlmodel import Session

from app.accounts.models import User
from app.accounts.policies import may_reopen
from app.calls.models import Call
from app.domain import lifecycle
from app.domain.evidence import Verdict
from app.domain.lifecycle import Act, ReviewState
from app.domain.scorecard import Scorecard
from app.evaluations import queries as evaluations
from app.evaluations.service import count_call, tally_key
from app.kit.db import id_of
from app.kit.errors import AppError, Forbidden
from app.ledger.service import Actor, record_for_call
from app.reviews import assignment, calibration, disputes, queries, releasing, second
from app.reviews.decisions import DECISIONS, chosen, fingerprint
from app.reviews.models import BlindLabel, Purpose, Review, ReviewVerdict
from app.reviews.offering import REVIEW_DAYS, Terms, carry_over, due_again, which
from app.reviews.queries import Waiting
from app.reviews.standing import Basis, Standing, basis, judged_by, stands
from app.tallies import service as tallies

# Why a person decides otherwise than the machine; an item's own fail reasons come beside these as fail_0, fail_1, …
REASONS = ("said_otherwise", "misheard", "wrong_speaker", "wrong_moment", "no_occasion", "other")
LONGEST_NOTE = 2000
# Who has done nothing at a review for so long is not at it any more: between two verdicts lies at most a long call.
AT_IT = timedelta(minutes=30)
_DECIDED_BLIND = "review.decided_blind"


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


class DisputeUnanswered(AppError):
    """The agent disputes this result; answer that first."""

    code = "dispute_unanswered"
    status = 409


class ReasonMissing(AppError):
    """Say why."""

    code = "reason_missing"
    status = 422


def standing(session: Session, review: Review) -> Standing:
    """Where a review stands now, as it may be shown: of a blind one that is open, without anything of the machine."""
    return stands(review, basis(session, review))


def take_next(
    session: Session, user: User, wanted: Waiting, actor: Actor, after: Review | None = None
) -> Review | None:
    """Take up the next review: one's own come first, then one that nobody is to do yet, which then is one's own."""
    found = queries.next_free(session, user, wanted, after)
    if found is not None:
        assignment.take(session, found, user, actor)
        found.opened_by, found.opened_at = id_of(user), actor.at
        session.add(found)
        session.flush()
    return found


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

    Of a graded item a `level` is chosen, in points, and the verdict follows from it. Who decides blind cannot know that
    they override the machine, and is asked for no reason.
    """
    review, on = _opened(session, review_id, Act.DECIDE)
    assignment.check_not_own(session, review, user)
    assignment.take(session, review, user, actor)
    finding, before = on.finding(item), _as_seen(on, item, version)
    verdict = chosen(next(one for one in on.card.items if one.id == item), verdict, level)
    if len(note) > LONGEST_NOTE:
        raise NoteTooLong
    blind, overrides = review.hides_machine, finding.verdict in DECISIONS and verdict != finding.verdict
    if overrides and not blind and reason_code not in reason_codes(on.card, item):
        raise ReasonNeeded
    review.version += 1
    review.reviewer_id = review.reviewer_id or user.id
    review.opened_by, review.opened_at = user.id, actor.at
    after = before or ReviewVerdict(
        review_id=review_id,
        item_id=item,
        verdict=verdict,
        machine_verdict=finding.verdict,
        fingerprint="",
        decided_by=id_of(user),
        decided_at=actor.at,
    )
    old, note_before = _told(before), before.note if before else ""
    after.verdict, after.level, after.reason_code, after.note = verdict, level, reason_code, note.strip()
    after.machine_verdict, after.fingerprint, after.outdated = finding.verdict, fingerprint(finding), False
    after.decided_by, after.decided_at, after.version, after.blind = id_of(user), actor.at, review.version, blind
    session.add_all([review, after])
    session.flush()
    record_for_call(
        session,
        review.call_id,
        actor,
        _DECIDED_BLIND if blind else "review.overridden" if overrides else "review.confirmed",
        _note(note_before, after.note),
        item=item,
        machine=finding.verdict.value,
        max_points=finding.max_points,
        old=old,
        new=_told(after),
        **which(review),
    )
    return stands(review, replace(on, verdicts={**on.verdicts, item: after}))


def undo(session: Session, review_id: int, item: str, actor: Actor, *, version: int | None = None) -> Standing:
    """Take a decision back: the item is to be confirmed again."""
    review, on = _opened(session, review_id, Act.DECIDE)
    on.finding(item)
    before = _as_seen(on, item, version)
    if before is not None:
        review.version += 1
        session.add(review)
        session.delete(before)
        session.flush()
        said, told = _note(before.note, ""), {"item": item, "old": _told(before), **which(review)}
        record_for_call(session, review.call_id, actor, "review.undone", said, **told)
    return stands(review, replace(on, verdicts={name: one for name, one in on.verdicts.items() if name != item}))


def submit(session: Session, review_id: int, user: User, actor: Actor, terms: Terms = Terms()) -> Review:  # noqa: B008
    """Close a review in which every item is decided: from now on it counts, or is compared with the one that does.

    Its agent reads it when these terms say.
    """
    review = queries.lock(session, review_id)
    counts = review.purpose == Purpose.COUNTS
    after = moved(review, Act.SUBMIT if counts else Act.COMPARE)
    assignment.check_not_own(session, review, user)
    on = basis(session, review)
    now = stands(review, on)
    if now.to_confirm:
        raise ItemsUnconfirmed
    if review.hides_machine:
        _label(session, review, on, actor)
    call = session.get_one(Call, review.call_id)
    review.state, review.submitted_at, review.reviewer_id = after, actor.at, user.id
    review.score, review.passed, review.critical_failed = now.score.score, now.score.passed, now.score.critical_failed
    review.version += 1
    session.add(review)
    session.flush()
    if counts:
        key = tally_key(call, now.card, tallies.FINAL, review.picked)
        count_call(session, call, key, now.score, actor.at, actor.at)
    record_for_call(
        session,
        review.call_id,
        actor,
        "review.submitted" if counts else "review.compared",
        purpose=review.purpose.value,
        **which(review),
        evaluation=now.evaluation.id,
        **judged_by(now.evaluation),
        score=review.score,
        passed=review.passed,
        blind=review.blind,
        verdicts={item: one.verdict.value for item, one in now.verdicts.items()},
        levels={item: one.level for item, one in now.verdicts.items() if one.level is not None},
    )
    releasing.plan(session, review, actor, terms)
    second.follow(session, review, actor, terms)
    calibration.follow(session, review, actor)
    if not counts:
        disputes.tell_freed(session, review.call_id, actor.at)
    return review


def retract(session: Session, review_id: int, user: User, actor: Actor, reason: str) -> Review:
    """Take a submitted review out of the rates, with its verdicts kept; it is not in the queue either."""
    review = _unsubmit(session, review_id, user, actor, reason, Act.RETRACT, "review.retracted")
    _forget_labels(session, review_id)
    return review


def reopen(session: Session, review_id: int, user: User, actor: Actor, reason: str, days: int = REVIEW_DAYS) -> Review:
    """Put a submitted or retracted review back into the queue, with its verdicts kept; it is due in so many days."""
    review = _unsubmit(session, review_id, user, actor, reason, Act.REOPEN, "review.reopened")
    review.reopened_at, review.due_at = actor.at, due_again(session, review, actor.at, days)
    session.add(review)
    evaluation = evaluations.current(session, review.call_id)
    if evaluation is not None:
        carry_over(session, review, evaluation, actor)
    return review


def _unsubmit(session: Session, review_id: int, user: User, actor: Actor, reason: str, act: Act, event: str) -> Review:
    review = queries.lock(session, review_id)
    after = lifecycle.after(review.state, act)
    if after is None:
        raise DisputeUnanswered if review.state == ReviewState.DISPUTED else NotSubmitted
    if not may_reopen(user) and review.reviewer_id != user.id:
        raise Forbidden
    if not reason.strip():
        raise ReasonMissing
    old = {"state": review.state.value, "score": review.score, "passed": review.passed, "blind": review.blind}
    review.state, review.score, review.passed, review.submitted_at = after, None, None, None
    releasing.take_back(review)
    # Who looks again has seen what the machine found.
    review.critical_failed, review.blind = False, False
    review.version += 1
    session.add(review)
    session.flush()
    tallies.uncount(session, review.call_id, tallies.FINAL, actor.at)
    record_for_call(session, review.call_id, actor, event, {"reason": reason.strip()}, old=old)
    second.withdraw(session, review, actor)
    return review


def forget_notes(session: Session, call_id: int, actor: Actor) -> None:
    """Empty what was written in a deleted call's reviews; they label nothing any more, and nobody goes on with them."""
    forget_texts(session, call_id)
    for review in queries.all_of_call(session, call_id):
        _forget_labels(session, id_of(review))
    second.forget(session, call_id)
    calibration.forget(session, call_id, actor)


def forget_texts(session: Session, call_id: int) -> None:
    """Empty what was written in a call's reviews, which may say what was said in it; what was decided stays."""
    for review in queries.all_of_call(session, call_id):
        for one in queries.verdicts(session, id_of(review)).values():
            one.note = ""
            session.add(one)
        review.acknowledged_words = ""
        session.add(review)
        disputes.forget_texts(session, id_of(review))
    second.forget_texts(session, call_id)
    session.flush()


def reason_codes(card: Scorecard, item: str) -> tuple[str, ...]:
    """The reasons a person may give for deciding otherwise: the item's own fail reasons, then those of all items."""
    own = next((len(one.fail_reasons) for one in card.items if one.id == item), 0)
    return (*(f"fail_{place}" for place in range(own)), *REASONS)


def moved(review: Review, act: Act) -> ReviewState:
    """The state to which an act leads this review; one that is closed to it must be opened again first."""
    after = lifecycle.after(review.state, act)
    if after is None:
        raise ReviewClosed
    return after


def _opened(session: Session, review_id: int, act: Act) -> tuple[Review, Basis]:
    """A review that is open to this act, and what it stands on, nobody else touching it meanwhile."""
    review = queries.lock(session, review_id)
    moved(review, act)
    return review, basis(session, review)


def _as_seen(on: Basis, item: str, version: int | None) -> ReviewVerdict | None:
    """What stands decided about an item, if that is what the person saw who changes it."""
    before = on.verdicts.get(item)
    if version is not None and version != (before.version if before else 0):
        raise ItemChanged
    return before


def _label(session: Session, review: Review, on: Basis, actor: Actor) -> None:
    """Keep what was said blind of each item beside what the machine had found; both are known from here on."""
    for finding in on.found.findings:
        decision = on.verdicts[finding.id]
        decision.machine_verdict, decision.fingerprint = finding.verdict, fingerprint(finding)
        session.add(decision)
        session.add(
            BlindLabel(
                review_id=id_of(review),
                scorecard=on.card.id,
                item_id=finding.id,
                machine_verdict=finding.verdict,
                verdict=decision.verdict,
                level=decision.level,
                labelled_at=actor.at,
                labelled_by=decision.decided_by,
            )
        )


def _forget_labels(session: Session, review_id: int) -> None:
    for one in queries.labels_of(session, review_id):
        session.delete(one)
    session.flush()


def _told(one: ReviewVerdict | None) -> dict[str, object] | None:
    """A decision as the ledger tells it."""
    if one is None:
        return None
    return {"verdict": one.verdict.value, "level": one.level, "reason": one.reason_code, "by": one.decided_by}


def _note(old: str, new: str) -> dict[str, object]:
    """The note beside a decision, before and after, if there is or was any."""
    return {"note": {"old": old, "new": new}} if old or new else {}
