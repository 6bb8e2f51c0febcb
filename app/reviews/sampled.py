"""Opens reviews for the calls that plans drew and that risks picked, and for who stands in for one out of scope."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session

from app.calls import queries as calls
from app.calls.models import Call, CallState
from app.domain.lifecycle import ReviewState
from app.evaluations import queries as evaluations
from app.kit import db
from app.kit.db import id_of
from app.ledger.service import Actor, machine, record_for_call
from app.reviews import queries
from app.reviews.models import Picked, Review
from app.reviews.offering import Terms, offer_picked
from app.sampling import queries as sampling
from app.sampling import risk
from app.sampling import service as drawing
from app.sampling.models import DrawnCall, Risk
from app.tallies import service as tallies

# So many reviews are opened in one transaction, and so many of these follow each other before others get their turn.
AT_ONCE, TIMES = 25, 40


def sweep(engine: Engine, on: Terms, now: Callable[[], datetime]) -> None:
    """Draw from the periods that are over, open the reviews of what was drawn, and pick calls for their risks."""
    with db.session(engine, reads_only=True) as session:
        at = machine(now())
        due = [
            (id_of(plan), days) for plan in sampling.active_plans(session) for days in drawing.due(session, plan, at)
        ]
    for plan_id, days in due:
        with db.session(engine) as session:
            drawing.draw(session, plan_id, days, machine(now()))
    open_drawn(engine, on, now)
    for kind in Risk:
        with db.session(engine) as session:
            pick(session, kind, machine(now()), on)


def open_drawn(engine: Engine, on: Terms, now: Callable[[], datetime]) -> None:
    """Open the reviews of drawn calls, a few in each transaction."""
    for _ in range(TIMES):
        with db.session(engine) as session:
            found = sampling.unoffered(session, AT_ONCE)
            opened = [(id_of(one), open_one(session, one, machine(now()), on)) for one in found]
        for drawn_id, review in opened:
            if review is not None and review.state == ReviewState.SET_ASIDE:
                # Apart: who holds a draw must not wait for the call of somebody who waits for the draw.
                with db.session(engine) as session:
                    _replace_drawn(session, drawn_id, machine(now()))
        if len(found) < AT_ONCE:
            return


def open_one(session: Session, one: DrawnCall, actor: Actor, on: Terms) -> Review | None:
    """Open the review of a drawn call; one that it has belongs to the sample from now on, whatever picked it.

    A call that was set aside before is done with once another stands in for it, not earlier.
    """
    call = calls.lock(session, one.call_id)
    is_scored = _is_scored(session, call)
    review = queries.of_call(session, one.call_id) if is_scored else None
    if review is None or review.state != ReviewState.SET_ASIDE:
        drawing.offered(session, one, actor)
    if not is_scored:
        return None
    if review is None:
        return offer_picked(session, call, Picked.SAMPLE, actor, on)
    if review.picked != Picked.SAMPLE:
        before, review.picked = review.picked, Picked.SAMPLE.value
        review.version += 1
        session.add(review)
        session.flush()
        tallies.redesign(session, one.call_id, review.picked, actor.at)
        drawn = {"old": before, "new": review.picked}
        record_for_call(session, one.call_id, actor, "review.drawn", review=review.id, draw=one.draw_id, picked=drawn)
    return review


def replace(session: Session, call_id: int) -> None:
    """Let the next call in the seeded order of its stratum stand in for a drawn one that is out of scope.

    Its review is opened by the worker. None does where no call is left in the stratum, or enough are in scope already.
    """
    for one in sampling.drawn_as(session, call_id):
        if _lacks(session, one):
            drawing.next_in_order(session, one)


def pick(session: Session, kind: Risk, actor: Actor, on: Terms) -> None:
    """Put the calls into the queue that are due for this risk; one that has a review keeps it as it was picked."""
    if kind == Risk.COMPLAINT:
        risk.note_complaints(session, actor.at)
    for one in risk.take_due(session, kind, actor.at):
        call = calls.lock(session, one.call_id)
        if _is_scored(session, call) and queries.of_call(session, one.call_id) is None:
            offer_picked(session, call, Picked.RISK, actor, on)


def _replace_drawn(session: Session, drawn_id: int, actor: Actor) -> None:
    one = sampling.lock_unoffered(session, drawn_id)
    if one is not None:
        calls.lock(session, one.call_id)
        replace(session, one.call_id)
        # In the same transaction: a worker that dies before has it to do again.
        drawing.offered(session, one, actor)


def _is_scored(session: Session, call: Call) -> bool:
    return call.state != CallState.DELETED and evaluations.current(session, id_of(call)) is not None


def _lacks(session: Session, one: DrawnCall) -> bool:
    """Whether fewer calls of a stratum are in scope than are to be drawn from it.

    Nobody else may count the same meanwhile, or two calls set aside at once would bring one replacement, or three.
    """
    made = sampling.lock_draw(session, one.draw_id)
    wanted: int = next(each["drawn"] for each in made.strata if each["name"] == one.stratum)
    sample = [each.call_id for each in sampling.drawn_calls(session, id_of(made)) if each.stratum == one.stratum]
    aside = queries.set_aside_among(session, sample)
    return len(sample) - len(aside) < wanted
