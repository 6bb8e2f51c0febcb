"""Legal holds: calls that nobody and nothing removes until the hold is lifted."""

from collections.abc import Sequence
from datetime import date

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from app.accounts import kept_answers
from app.accounts.models import User
from app.calls import queries as calls
from app.calls.service import ReasonMissing
from app.coaching import queries as coaching
from app.kit.db import id_of
from app.kit.errors import AppError
from app.ledger import service as ledger
from app.ledger.service import Actor, record_for_call, record_worded
from app.retention import queries
from app.retention.models import HeldCall, LegalHold
from app.retention.removing import forget_released_notes

LONGEST_REASON = 2000
# So many calls at once are put on hold in a few seconds; a longer period takes several holds.
MOST_CALLS = 5000


class CallHeld(AppError):
    """This call is on legal hold and cannot be removed; an administrator can lift the hold, under Retention."""

    code = "call_held"
    status = 409


class NothingToHold(AppError):
    """No call is meant by this; name calls by their numbers, or choose others."""

    code = "nothing_to_hold"
    status = 422


class TooManyToHold(AppError):
    """More than 5,000 calls are meant by this; take a shorter period, and put the others on a hold of their own."""

    code = "too_many_to_hold"
    status = 422


class AlreadyLifted(AppError):
    """This hold was lifted before."""

    code = "already_lifted"
    status = 409


class Meant(BaseModel):
    """Which calls are put on hold: these, or those of an agent, a team, a customer, a period; all of it narrows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    call_ids: tuple[int, ...] = Field((), max_length=MOST_CALLS)
    agent_id: int | None = None
    team_id: int | None = None
    customer: str = ""
    first_day: date | None = None
    last_day: date | None = None


def put(session: Session, meant: Meant, reason: str, user: User, actor: Actor) -> LegalHold:
    """Put calls on hold, for a reason that is kept with them."""
    if not reason.strip():
        raise ReasonMissing
    found = lock(session, meant)
    made = LegalHold(reason=reason.strip()[:LONGEST_REASON], calls=len(found), put_by=id_of(user), put_at=actor.at)
    session.add(made)
    session.flush()
    session.add_all([HeldCall(hold_id=id_of(made), call_id=one) for one in found])
    session.flush()
    record_worded(session, stream(made), actor, "hold.put", {"reason": made.reason}, calls=made.calls)
    # Whoever is forgetting a note that speaks of one of them too comes to an end first.
    coaching.lock_of_calls(session, found)
    for one in found:
        record_for_call(session, one, actor, "call.held", hold=id_of(made))
    return made


def lift(session: Session, hold_id: int, reason: str, user: User, actor: Actor) -> LegalHold:
    """Let the calls of a hold be removed again, where no other hold is on them."""
    if not reason.strip():
        raise ReasonMissing
    on_it = queries.calls_on(session, hold_id, MOST_CALLS)
    # The calls first, as everybody does who changes anything of them.
    calls.lock_all(session, on_it)
    found = queries.lock_hold(session, hold_id)
    if found.lifted_at is not None:
        raise AlreadyLifted
    found.lifted_at, found.lifted_by = actor.at, id_of(user)
    found.lift_reason = reason.strip()[:LONGEST_REASON]
    session.add(found)
    session.flush()
    forget_released_notes(session, on_it)
    record_worded(session, stream(found), actor, "hold.lifted", {"reason": found.lift_reason}, calls=found.calls)
    for one in on_it:
        record_for_call(session, one, actor, "call.released_from_hold", hold=hold_id)
    return found


def forget_words(session: Session, hold: LegalHold) -> None:
    """Remove why a hold was put and lifted, which may name whose call it is."""
    hold.reason = hold.lift_reason = ""
    session.add(hold)
    session.flush()
    ledger.forget_words_of(session, stream(hold))
    kept_answers.forget_about(session, f"/api/v1/legal-holds/{hold.id}")


def check(session: Session, call_id: int) -> None:
    """Refuse to remove anything of a call that somebody holds; who asks has locked the call."""
    if is_held(session, call_id):
        raise CallHeld


def is_held(session: Session, call_id: int) -> bool:
    """Whether somebody holds a call; who asks has locked it."""
    return bool(queries.holds_on(session, call_id))


def lock(session: Session, meant: Meant) -> Sequence[int]:
    """The calls that are meant, of which nobody removes anything meanwhile."""
    if meant == Meant():
        raise NothingToHold
    wanted = calls.meant(
        session,
        meant.call_ids,
        agent_id=meant.agent_id,
        team_id=meant.team_id,
        customer=meant.customer.strip(),
        first_day=meant.first_day,
        last_day=meant.last_day,
        limit=MOST_CALLS + 1,
    )
    if len(wanted) > MOST_CALLS:
        raise TooManyToHold
    found = calls.lock_all(session, wanted)
    if not found or (meant.call_ids and set(found) != set(meant.call_ids)):
        raise NothingToHold
    return found


def stream(hold: LegalHold) -> str:
    """Where the ledger tells of a hold."""
    return f"hold:{id_of(hold)}"
