"""Second scorings: some calls are scored by two people, both blind; where they differ, a third person settles it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Role, User
from app.accounts.policies import may_settle
from app.calls import queries as calls
from app.calls.models import Call
from app.domain.evidence import Verdict
from app.domain.lifecycle import ReviewState
from app.domain.scorecard import Item, Scorecard
from app.domain.scoring import total
from app.evaluations import queries as evaluations
from app.evaluations.models import Evaluation
from app.kit.db import id_of
from app.kit.errors import AppError, Forbidden
from app.ledger.service import Actor, record_for_call
from app.reviews import queries, second_queries
from app.reviews.blind import drawn_twice
from app.reviews.decisions import chosen
from app.reviews.models import DoubleScoring, Purpose, ReferenceVerdict, Review, ReviewVerdict
from app.reviews.offering import Terms
from app.scorecards import queries as scorecards

LONGEST_WORDS = 2000


class NothingToSettle(AppError):
    """The two agree here, or somebody has settled it already."""

    code = "nothing_to_settle"
    status = 409


class OneOfTheTwo(Forbidden):
    """You scored this call yourself; somebody else settles what you and your colleague see differently."""

    code = "one_of_the_two"


class Unsettled(AppError):
    """Decide everything that the two see differently."""

    code = "unsettled"
    status = 422


class WordsTooLong(AppError):
    """The words to a verdict are at most 2,000 characters."""

    code = "words_too_long"
    status = 422


class Label(NamedTuple):
    """What was said of an item; of a graded one with its level, in points."""

    verdict: Verdict
    level: float | None = None


@dataclass(frozen=True)
class Settled:
    """What is held to be right about an item, and why; of a graded one with its level, in points."""

    verdict: Verdict
    words: str = ""
    level: float | None = None

    @property
    def label(self) -> Label:
        return Label(self.verdict, self.level)


def follow(session: Session, review: Review, actor: Actor, terms: Terms) -> None:
    """What follows when a review was submitted: a second scoring that nobody announces, or the comparison with it."""
    if review.purpose == Purpose.COUNTS and review.blind:
        _ask(session, review, actor, terms)
    elif review.purpose == Purpose.SECOND:
        _compare(session, review, actor)


def withdraw(session: Session, first: Review, actor: Actor) -> None:
    """Take the second scoring away when the first is opened again; one that is done stays, for it was given blind."""
    double = second_queries.of_first(session, id_of(first))
    if double is not None and double.compared_at is None:
        second = queries.lock(session, double.second_id)
        session.delete(double)
        session.flush()
        remove(session, second)
        record_for_call(session, first.call_id, actor, "review.second_withdrawn", review=double.second_id)
    elif double is not None and first.state == ReviewState.RETRACTED:
        references = second_queries.references(session, first.call_id)
        for one in references.values():
            session.delete(one)
        session.delete(double)
        session.flush()
        record_for_call(
            session,
            first.call_id,
            actor,
            "review.reference_removed",
            {"words": {item: one.words for item, one in references.items() if one.words}},
            first=double.first_id,
            second=double.second_id,
            passed=double.reference_passed,
            **told({item: Label(one.verdict, one.level) for item, one in references.items()}),
        )


def forget_texts(session: Session, call_id: int) -> None:
    """Empty what was written about a call when it was settled what is right about it."""
    for one in second_queries.references_of_call(session, call_id):
        one.words = ""
        session.add(one)
    session.flush()


def forget(session: Session, call_id: int) -> None:
    """The pairs of a deleted call are compared no more."""
    review = queries.of_call(session, call_id)
    double = second_queries.of_first(session, id_of(review)) if review is not None else None
    if double is not None:
        session.delete(double)
    session.flush()


def differing(session: Session, double: DoubleScoring) -> dict[str, tuple[Label, Label]]:
    """The items that the two saw differently, each with what the first and what the second said of it.

    Of graded items the levels count: one verdict may be worth few points or many.
    """
    first, second = labels(session, double.first_id), labels(session, double.second_id)
    items = [one.id for one in _card(session, session.get_one(Review, double.first_id)).items]
    both = [item for item in items if item in first and item in second]
    return {item: (first[item], second[item]) for item in both if first[item] != second[item]}


def labels(session: Session, review_id: int) -> dict[str, Label]:
    """What was said blind in a review, by item."""
    return {one.item_id: Label(one.verdict, one.level) for one in queries.labels_of(session, review_id)}


def told(labels: Mapping[str, Label]) -> dict[str, dict[str, object]]:
    """What is held to be right, by item, as the ledger tells it."""
    return {
        "reference": {item: one.verdict.value for item, one in sorted(labels.items())},
        "levels": {item: one.level for item, one in sorted(labels.items()) if one.level is not None},
    }


def may_settle_it(session: Session, user: User, double: DoubleScoring) -> bool:
    """Whether this person may settle what the two see differently: a third one, as long as there is any."""
    if not may_settle(user) or double.settled_at is not None:
        return False
    if user.id not in (double.first_by, double.second_by):
        return True
    call = session.get_one(Call, double.call_id)
    others = [one for one in accounts.users(session) if one.active and may_settle(one) and sees(one, call)]
    return all(one.id in (double.first_by, double.second_by) for one in others)


def settle(
    session: Session,
    double: DoubleScoring,
    user: User,
    said: Mapping[str, Settled],
    actor: Actor,
    passed: bool | None = None,
) -> DoubleScoring:
    """Keep what is held to be right about every item that the two saw differently; what counts stays as it is.

    Where they saw all items alike and the results differ (the scorecard changed in between), `passed` settles it.
    """
    calls.lock(session, double.call_id)
    session.refresh(double)
    items = differing(session, double)
    if double.settled_at is not None or not (items or double.differs):
        raise NothingToSettle
    if not may_settle_it(session, user, double):
        raise OneOfTheTwo
    if set(items) - set(said) or (not items and passed is None):
        raise Unsettled
    card = _card(session, session.get_one(Review, double.first_id))
    for item in (one for one in card.items if one.id in items):
        keep_reference(session, double.call_id, None, item, said[item.id], user, actor)
    right = {item: said[item].label for item in items}
    double.settled_at, double.settled_by = actor.at, id_of(user)
    double.reference_passed = _worth(session, double, right) if items else passed
    session.add(double)
    session.flush()
    record_for_call(
        session,
        double.call_id,
        actor,
        "review.settled",
        first=double.first_id,
        second=double.second_id,
        passed=double.reference_passed,
        **told(right),
    )
    return double


def keep_reference(
    session: Session,
    call_id: int,
    calibration_id: int | None,
    item: Item,
    said: Settled,
    user: User,
    actor: Actor,
) -> None:
    """Keep what is held to be right about an item of a call, in place of what was held before."""
    verdict = chosen(item, said.verdict, said.level)
    if len(said.words) > LONGEST_WORDS:
        raise WordsTooLong
    before = second_queries.references(session, call_id, calibration_id).get(item.id)
    after = before or ReferenceVerdict(
        call_id=call_id,
        calibration_id=calibration_id,
        item_id=item.id,
        verdict=verdict,
        agreed_by=id_of(user),
        agreed_at=actor.at,
    )
    after.verdict, after.level, after.words = verdict, said.level, said.words.strip()
    after.agreed_by, after.agreed_at = id_of(user), actor.at
    session.add(after)
    session.flush()


def _ask(session: Session, first: Review, actor: Actor, terms: Terms) -> None:
    call = session.get_one(Call, first.call_id)
    if not drawn_twice(call.content_hash, terms.double_share) or not _somebody_else(session, first, call):
        return
    second = Review(
        call_id=first.call_id,
        evaluation_id=first.evaluation_id,
        state=ReviewState.OPEN,
        blind=True,
        picked=first.picked,
        purpose=Purpose.SECOND,
        # As if nobody had reviewed the call: any other day would give it away.
        due_at=first.due_at,
        called_at=first.called_at,
        created_at=first.created_at,
    )
    session.add(second)
    session.flush()
    session.add(
        DoubleScoring(
            call_id=first.call_id,
            first_id=id_of(first),
            second_id=id_of(second),
            first_by=first.reviewer_id or 0,
            first_passed=first.passed,
            opened_at=actor.at,
        )
    )
    session.flush()
    record_for_call(session, first.call_id, actor, "review.second_opened", review=id_of(second), first=id_of(first))


def _somebody_else(session: Session, first: Review, call: Call) -> bool:
    """Whether anybody could score the call a second time without knowing of it."""
    at_it = second_queries.who_decided(session, first.call_id) | {first.reviewer_id or 0}
    at_it |= calls.agents(session, [first.call_id])[first.call_id]
    return any(
        one.active and one.role == Role.REVIEWER and sees(one, call) and id_of(one) not in at_it
        for one in accounts.users(session)
    )


def sees(user: User, call: Call) -> bool:
    return user.role == Role.ADMIN or user.team_id is None or call.team_id in (None, user.team_id)


def _compare(session: Session, second: Review, actor: Actor) -> None:
    double = second_queries.of_second(session, id_of(second))
    if double is None:
        return
    double.second_by, double.second_passed, double.compared_at = second.reviewer_id, second.passed, actor.at
    critical = {item.id for item in _card(session, second).items if item.critical}
    apart = {item for item, (one, other) in differing(session, double).items() if one.verdict != other.verdict}
    double.differs = double.first_passed != double.second_passed or bool(critical & apart)
    double.reference_passed = None if double.differs else double.first_passed
    session.add(double)
    session.flush()


def _worth(session: Session, double: DoubleScoring, settled: Mapping[str, Label]) -> bool | None:
    """Whether the call passes with what was settled, and what the two agree on beside it."""
    first = session.get_one(Review, double.first_id)
    held = labels(session, double.first_id) | dict(settled)
    findings = []
    for found in evaluations.findings(session, first.evaluation_id):
        verdict, level = held.get(found.id, Label(found.verdict, found.level))
        points = {Verdict.PASS: found.max_points, Verdict.FAIL: 0.0}.get(verdict)
        changed = {"verdict": verdict, "points": points if level is None else level, "level": level}
        findings.append(found.model_copy(update=changed))
    return total(_card(session, first), tuple(findings)).passed


def _card(session: Session, review: Review) -> Scorecard:
    return scorecards.card(session, session.get_one(Evaluation, review.evaluation_id).scorecard_version)


def remove(session: Session, review: Review) -> None:
    """Remove an open review that is not wanted any more, with what was decided in it."""
    verdicts: list[ReviewVerdict] = list(queries.verdicts(session, id_of(review)).values())
    for one in verdicts:
        session.delete(one)
    session.flush()
    session.delete(review)
    session.flush()
