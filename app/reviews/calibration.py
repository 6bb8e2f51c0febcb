"""Calibrations: some people score the same calls blind, see each other's verdicts, and agree on a reference."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_calibrate, may_lead_calibrations
from app.calls import queries as calls
from app.calls.models import Call, CallState
from app.domain.lifecycle import ReviewState
from app.domain.scorecard import Item
from app.evaluations import queries as evaluations
from app.evaluations.models import Evaluation
from app.kit.db import id_of
from app.kit.errors import AppError, Forbidden
from app.ledger.service import Actor, record_for_call
from app.notices.models import Kind
from app.notices.service import tell
from app.reviews import queries, second_queries
from app.reviews.disputes import tell_freed
from app.reviews.models import Calibration, CalibrationSeat, Picked, Purpose, ReferenceVerdict, Review
from app.reviews.second import Label, Settled, keep_reference, labels, remove, sees, told
from app.scorecards import queries as scorecards

LONGEST_TITLE = 200
MOST_CALLS, MOST_PEOPLE = 20, 40


class CalibrationIncomplete(AppError):
    """A calibration needs a title, a day by which it is done, calls that are scored, and two people or more."""

    code = "calibration_incomplete"
    status = 422


class TooMuchAtOnce(AppError):
    """A calibration has at most 20 calls and 40 people."""

    code = "too_much_at_once"
    status = 422


class CannotTakePart(AppError):
    """One of these people may not take part: they do not review, cannot see one of the calls, or took part in it."""

    code = "cannot_take_part"
    status = 422


class StillBlind(AppError):
    """Not everybody has submitted; end the scoring first, then all verdicts show."""

    code = "still_blind"
    status = 409


class CalibrationOver(AppError):
    """This calibration is over; what was agreed on stays as it is."""

    code = "calibration_over"
    status = 409


class ReferenceMissing(AppError):
    """Agree first on every item that people see differently."""

    code = "reference_missing"
    status = 409


def open_calibration(
    session: Session,
    user: User,
    title: str,
    due: date | None,
    call_ids: Sequence[int],
    people: Sequence[int],
    zone: ZoneInfo,
    actor: Actor,
) -> Calibration:
    """Give each of these people a review of each of these calls, blind, by the end of that day."""
    if not may_lead_calibrations(user):
        raise Forbidden
    chosen = sorted(set(call_ids))
    takers = [one for one in (accounts.user(session, who) for who in sorted(set(people))) if one is not None]
    if not title.strip() or due is None or not chosen or len(takers) < 2:
        raise CalibrationIncomplete
    if len(chosen) > MOST_CALLS or len(takers) > MOST_PEOPLE or len(title) > LONGEST_TITLE:
        raise TooMuchAtOnce
    due_at = datetime.combine(due + timedelta(days=1), time(), zone)
    found = [calls.call(session, user, one) for one in chosen]
    _check(session, found, takers)
    opened = Calibration(title=" ".join(title.split()), due_at=due_at, opened_by=id_of(user), opened_at=actor.at)
    session.add(opened)
    session.flush()
    session.add_all([CalibrationSeat(calibration_id=id_of(opened), user_id=id_of(one)) for one in takers])
    for call in found:
        calls.lock(session, id_of(call))
        _give_out(session, opened, call, takers, actor)
        record_for_call(
            session, id_of(call), actor, "calibration.opened", calibration=id_of(opened), people=len(takers)
        )
    tell(session, [id_of(one) for one in takers if one.id != user.id], Kind.CALIBRATION, url(opened), actor.at)
    return opened


def follow(session: Session, review: Review, actor: Actor) -> None:
    """Show everybody's verdicts once the last one has submitted theirs."""
    if review.purpose == Purpose.CALIBRATION and review.calibration_id is not None:
        # Two who submit at once must not each wait for the other.
        found = second_queries.lock_calibration(session, review.calibration_id)
        _end_if_done(session, found, review.call_id, actor)


def end(session: Session, calibration_id: int, user: User, actor: Actor) -> Calibration:
    """Show everybody's verdicts now; what was not submitted by now is taken away."""
    found = _lock(session, calibration_id)
    if not may_lead_calibrations(user):
        raise Forbidden
    if found.ended_at is not None:
        raise CalibrationOver
    _end(session, found, second_queries.calls_in(session, calibration_id), actor)
    return found


def agree(
    session: Session, calibration_id: int, call_id: int, said: Mapping[str, Settled], user: User, actor: Actor
) -> Calibration:
    """Keep what was agreed on about some items of a call; the ledger tells what it took the place of."""
    found = _lock(session, calibration_id)
    if not may_lead_calibrations(user):
        raise Forbidden
    if found.ended_at is None:
        raise StillBlind
    if found.closed_at is not None:
        raise CalibrationOver
    scored, items = verdicts(session, calibration_id).get(call_id, {}), _items(session, calibration_id, call_id)
    if any(item not in scored for item in said):
        raise ReferenceMissing
    old = _agreed(session, calibration_id, call_id)
    for item, one in said.items():
        keep_reference(session, call_id, calibration_id, items[item], one, user, actor)
    new = _agreed(session, calibration_id, call_id)
    changed = [item for item, one in new.items() if one != old.get(item)]
    if changed:
        before = {item: old[item] for item in changed if item in old}
        after = {item: new[item] for item in changed}
        record_for_call(
            session,
            call_id,
            actor,
            "calibration.agreed",
            {"old": _words(before), "new": _words(after)},
            calibration=calibration_id,
            before=told({item: one.label for item, one in before.items()}),
            after=told({item: one.label for item, one in after.items()}),
        )
    return found


def close(session: Session, calibration_id: int, user: User, actor: Actor) -> Calibration:
    """End a calibration for good: what all agree on is the reference too, and the ledger keeps it."""
    found = _lock(session, calibration_id)
    if not may_lead_calibrations(user):
        raise Forbidden
    if found.ended_at is None:
        raise StillBlind
    if found.closed_at is not None:
        raise CalibrationOver
    for call_id, scored in verdicts(session, calibration_id).items():
        known, items = _agreed(session, calibration_id, call_id), _items(session, calibration_id, call_id)
        for item, given in scored.items():
            if item in known:
                continue
            if len(set(given.values())) > 1:
                raise ReferenceMissing
            verdict, level = next(iter(given.values()))
            agreed = Settled(verdict, level=level)
            keep_reference(session, call_id, calibration_id, items[item], agreed, user, actor)
        right = {item: one.label for item, one in _agreed(session, calibration_id, call_id).items()}
        record_for_call(
            session,
            call_id,
            actor,
            "calibration.closed",
            calibration=calibration_id,
            **told(right),
        )
    found.closed_at, found.closed_by = actor.at, id_of(user)
    session.add(found)
    session.flush()
    _tell(session, found, actor)
    return found


def verdicts(session: Session, calibration_id: int) -> dict[int, dict[str, dict[int, Label]]]:
    """What was said blind in a calibration: by call, item and person."""
    found: dict[int, dict[str, dict[int, Label]]] = {}
    for review in second_queries.reviews_in(session, [calibration_id]):
        by_item = found.setdefault(review.call_id, {})
        if review.state == ReviewState.COMPARED and review.assigned_to is not None:
            for item, label in labels(session, id_of(review)).items():
                by_item.setdefault(item, {})[review.assigned_to] = label
    return found


def distances(
    scored: Mapping[int, Mapping[str, Mapping[int, Label]]], references: Mapping[int, Mapping[str, ReferenceVerdict]]
) -> dict[int, tuple[int, int]]:
    """How many verdicts of each person differ from the reference, and how many there are."""
    differ, n = Counter[int](), Counter[int]()
    for call_id, by_item in scored.items():
        for item, given in by_item.items():
            reference = references.get(call_id, {}).get(item)
            for who, label in given.items() if reference is not None else ():
                n[who] += 1
                differ[who] += reference is not None and label != (reference.verdict, reference.level)
    return {who: (differ[who], n[who]) for who in n}


def forget(session: Session, call_id: int, actor: Actor) -> None:
    """Take a deleted call out of the calibrations under way; the others go on without it."""
    for review in queries.all_of_call(session, call_id):
        if review.purpose == Purpose.CALIBRATION and review.state == ReviewState.OPEN:
            found = second_queries.lock_calibration(session, review.calibration_id or 0)
            remove(session, review)
            _end_if_done(session, found, call_id, actor)


def url(found: Calibration) -> str:
    return f"/calibrations/{found.id}"


def _lock(session: Session, calibration_id: int) -> Calibration:
    """The calibration, with its calls held first: who submits holds theirs already when they wait for it."""
    for call_id in second_queries.calls_in(session, calibration_id):
        calls.lock(session, call_id)
    return second_queries.lock_calibration(session, calibration_id)


def _agreed(session: Session, calibration_id: int, call_id: int) -> dict[str, Settled]:
    known = second_queries.references(session, call_id, calibration_id)
    return {item: Settled(one.verdict, one.words, one.level) for item, one in known.items()}


def _words(agreed: Mapping[str, Settled]) -> dict[str, str]:
    return {item: one.words for item, one in agreed.items() if one.words}


def _items(session: Session, calibration_id: int, call_id: int) -> dict[str, Item]:
    """The items that people scored a call by, by id."""
    given = [one for one in second_queries.reviews_in(session, [calibration_id]) if one.call_id == call_id]
    cards = {session.get_one(Evaluation, one.evaluation_id).scorecard_version: None for one in given}
    return {item.id: item for version in cards for item in scorecards.card(session, version).items}


def _check(session: Session, found: Iterable[Call], takers: Iterable[User]) -> None:
    for call in found:
        if call.state != CallState.SCORED:
            raise CalibrationIncomplete
        own = calls.agents(session, [id_of(call)])[id_of(call)]
        for one in takers:
            if not one.active or not may_calibrate(one) or not sees(one, call) or one.id in own:
                raise CannotTakePart


def _give_out(session: Session, opened: Calibration, call: Call, takers: Iterable[User], actor: Actor) -> None:
    evaluation = evaluations.current(session, id_of(call))
    if evaluation is None:
        raise CalibrationIncomplete
    session.add_all(
        [
            Review(
                call_id=id_of(call),
                evaluation_id=id_of(evaluation),
                state=ReviewState.OPEN,
                blind=True,
                picked=Picked.PERSON.value,
                purpose=Purpose.CALIBRATION,
                calibration_id=id_of(opened),
                assigned_to=id_of(one),
                assigned_at=actor.at,
                due_at=opened.due_at,
                called_at=call.started_at,
                created_at=actor.at,
            )
            for one in takers
        ]
    )
    session.flush()


def _end_if_done(session: Session, found: Calibration, call_id: int, actor: Actor) -> None:
    """End it with the last review; only the call of that one is held, so its history alone tells of it."""
    if found.ended_at is None and not any(
        one.state == ReviewState.OPEN for one in second_queries.reviews_in(session, [id_of(found)])
    ):
        _end(session, found, [call_id], actor)


def _end(session: Session, found: Calibration, call_ids: Iterable[int], actor: Actor) -> None:
    left = [one for one in second_queries.reviews_in(session, [id_of(found)]) if one.state == ReviewState.OPEN]
    for review in left:
        remove(session, review)
        tell_freed(session, review.call_id, actor.at)
    found.ended_at = actor.at
    session.add(found)
    session.flush()
    for call_id in call_ids:
        without = [one.assigned_to for one in left if one.call_id == call_id]
        record_for_call(session, call_id, actor, "calibration.ended", calibration=id_of(found), without=without)
    _tell(session, found, actor)


def _tell(session: Session, found: Calibration, actor: Actor) -> None:
    people = {*second_queries.seats(session, [id_of(found)])[id_of(found)], found.opened_by}
    tell(session, sorted(people - {actor.user_id or 0}), Kind.CALIBRATION, url(found), actor.at)
