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
from app.domain.evidence import Verdict
from app.domain.lifecycle import ReviewState
from app.evaluations import queries as evaluations
from app.kit.db import id_of
from app.kit.errors import AppError, Forbidden
from app.ledger.service import Actor, record_for_call
from app.notices.models import Kind
from app.notices.service import tell
from app.reviews import queries, second_queries
from app.reviews.decisions import DECISIONS
from app.reviews.models import Calibration, CalibrationSeat, Picked, Purpose, ReferenceVerdict, Review
from app.reviews.second import Settled, keep_reference, labels, remove, sees

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
        _end_if_done(session, found, actor)


def end(session: Session, calibration_id: int, user: User, actor: Actor) -> Calibration:
    """Show everybody's verdicts now; what was not submitted by now is taken away."""
    found = second_queries.lock_calibration(session, calibration_id)
    if not may_lead_calibrations(user):
        raise Forbidden
    if found.ended_at is not None:
        raise CalibrationOver
    _end(session, found, actor)
    return found


def agree(
    session: Session, calibration_id: int, call_id: int, said: Mapping[str, Settled], user: User, actor: Actor
) -> Calibration:
    """Keep what was agreed on about some items of a call."""
    found = second_queries.lock_calibration(session, calibration_id)
    if not may_lead_calibrations(user):
        raise Forbidden
    if found.ended_at is None:
        raise StillBlind
    if found.closed_at is not None:
        raise CalibrationOver
    scored = verdicts(session, calibration_id).get(call_id, {})
    if any(item not in scored or one.verdict not in DECISIONS for item, one in said.items()):
        raise ReferenceMissing
    for item, one in said.items():
        keep_reference(session, call_id, calibration_id, item, one, user, actor)
    return found


def close(session: Session, calibration_id: int, user: User, actor: Actor) -> Calibration:
    """End a calibration for good: what all agree on is the reference too, and the ledger keeps it."""
    found = second_queries.lock_calibration(session, calibration_id)
    if not may_lead_calibrations(user):
        raise Forbidden
    if found.ended_at is None:
        raise StillBlind
    if found.closed_at is not None:
        raise CalibrationOver
    for call_id, scored in verdicts(session, calibration_id).items():
        known = second_queries.references(session, call_id, calibration_id)
        for item, given in scored.items():
            if item in known:
                continue
            if len(set(given.values())) > 1:
                raise ReferenceMissing
            agreed = Settled(next(iter(given.values())))
            keep_reference(session, call_id, calibration_id, item, agreed, user, actor)
        reference = second_queries.references(session, call_id, calibration_id)
        record_for_call(
            session,
            call_id,
            actor,
            "calibration.closed",
            calibration=calibration_id,
            reference={item: one.verdict.value for item, one in sorted(reference.items())},
        )
    found.closed_at, found.closed_by = actor.at, id_of(user)
    session.add(found)
    session.flush()
    _tell(session, found, actor)
    return found


def verdicts(session: Session, calibration_id: int) -> dict[int, dict[str, dict[int, Verdict]]]:
    """What was said blind in a calibration: by call, item and person."""
    found: dict[int, dict[str, dict[int, Verdict]]] = {}
    for review in second_queries.reviews_in(session, [calibration_id]):
        by_item = found.setdefault(review.call_id, {})
        if review.state == ReviewState.COMPARED and review.assigned_to is not None:
            for item, verdict in labels(session, id_of(review)).items():
                by_item.setdefault(item, {})[review.assigned_to] = verdict
    return found


def distances(
    scored: Mapping[int, Mapping[str, Mapping[int, Verdict]]], references: Mapping[int, Mapping[str, ReferenceVerdict]]
) -> dict[int, tuple[int, int]]:
    """How many verdicts of each person differ from the reference, and how many there are."""
    differ, n = Counter[int](), Counter[int]()
    for call_id, by_item in scored.items():
        for item, given in by_item.items():
            reference = references.get(call_id, {}).get(item)
            for who, verdict in given.items() if reference is not None else ():
                n[who] += 1
                differ[who] += reference is not None and verdict != reference.verdict
    return {who: (differ[who], n[who]) for who in n}


def forget(session: Session, call_id: int) -> None:
    """Take a deleted call out of the calibrations under way; the others go on without it."""
    for review in queries.all_of_call(session, call_id):
        if review.purpose == Purpose.CALIBRATION and review.state == ReviewState.OPEN:
            found = second_queries.lock_calibration(session, review.calibration_id or 0)
            remove(session, review)
            _end_if_done(session, found, Actor("machine", found.opened_at))


def url(found: Calibration) -> str:
    return f"/calibrations/{found.id}"


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


def _end_if_done(session: Session, found: Calibration, actor: Actor) -> None:
    if found.ended_at is None and not any(
        one.state == ReviewState.OPEN for one in second_queries.reviews_in(session, [id_of(found)])
    ):
        _end(session, found, actor)


def _end(session: Session, found: Calibration, actor: Actor) -> None:
    for review in second_queries.reviews_in(session, [id_of(found)]):
        if review.state == ReviewState.OPEN:
            remove(session, review)
    found.ended_at = actor.at
    session.add(found)
    session.flush()
    _tell(session, found, actor)


def _tell(session: Session, found: Calibration, actor: Actor) -> None:
    people = {*second_queries.seats(session, [id_of(found)])[id_of(found)], found.opened_by}
    tell(session, sorted(people - {actor.user_id or 0}), Kind.CALIBRATION, url(found), actor.at)
