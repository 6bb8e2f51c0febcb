"""Keeps what months cost; every change stands in the ledger."""

import math
import re
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from app.accounts.models import Role, User
from app.kit.errors import AppError
from app.ledger.service import Actor, record
from app.operations import queries
from app.operations.models import Cost
from app.operations.service import LONGEST_NOTE, FactNoteTooLong

HIGHEST_COST = 1e12
LONGEST_QUEUE = 100


class CostUnusable(AppError):
    """A cost is an amount from 0 to 1,000,000,000,000, with at most two digits behind the point."""

    code = "cost_unusable"
    status = 422


class CurrencyUnusable(AppError):
    """Give the currency by its three letters, such as CNY, JPY or USD."""

    code = "currency_unusable"
    status = 422


class CostQueueUnusable(AppError):
    """The name of a queue has at most 100 characters, and none that cannot be seen."""

    code = "queue_unusable"
    status = 422


class CostOfAnotherTeam(AppError):
    """You enter costs of your own team; those of other teams, and of all together, who leads them all enters."""

    code = "cost_of_another_team"
    status = 403


@dataclass(frozen=True)
class CostFacts:
    """What a month cost, of whom; see `Cost`."""

    month: date
    amount: float
    currency: str
    team_id: int | None = None
    queue: str = ""
    note: str = ""


def enters_for(user: User, team_id: int | None) -> bool:
    """Whether a leader enters costs of this team (None: of all): who leads a team, its own alone."""
    return user.role == Role.ADMIN or user.team_id is None or user.team_id == team_id


def enter_cost(session: Session, user: User, facts: CostFacts, actor: Actor) -> bool:
    """Keep what a month cost, in place of what was entered before; the answer: whether it says anything new."""
    if not enters_for(user, facts.team_id):
        raise CostOfAnotherTeam(field="team")
    facts = _checked(facts)
    known = queries.cost(session, facts.month, facts.team_id, facts.queue)
    if known is None:
        kept = Cost(**vars(facts), entered_by=actor.user_id, entered_at=actor.at)
        try:
            with session.begin_nested():
                session.add(kept)
        except IntegrityError:
            # Somebody else entered it in the same moment: theirs is changed.
            known = queries.cost(session, facts.month, facts.team_id, facts.queue)
            if known is None:
                raise
        else:
            _tell_cost(session, kept, "cost.entered", actor)
            return True
    return _change_cost(session, known, facts, actor)


def remove_cost(session: Session, user: User, month: date, team_id: int | None, queue: str, actor: Actor) -> None:
    """Take back what a month is said to have cost; nothing, where nothing was said."""
    if not enters_for(user, team_id):
        raise CostOfAnotherTeam(field="team")
    known = queries.cost(session, month.replace(day=1), team_id, queue.strip())
    if known is not None:
        session.delete(known)
        session.flush()
        _tell_cost(session, known, "cost.removed", actor)


def _change_cost(session: Session, known: Cost, facts: CostFacts, actor: Actor) -> bool:
    now = (facts.amount, facts.currency, facts.note)
    if (known.amount, known.currency, known.note) == now:
        return False
    old = {"amount": known.amount, "currency": known.currency}
    known.amount, known.currency, known.note = now
    known.entered_by, known.entered_at = actor.user_id, actor.at
    session.add(known)
    session.flush()
    _tell_cost(session, known, "cost.entered", actor, old=old)
    return True


def _checked(facts: CostFacts) -> CostFacts:
    queue, note, currency = facts.queue.strip(), facts.note.strip(), facts.currency.strip().upper()
    amount = facts.amount
    if not (math.isfinite(amount) and 0 <= amount <= HIGHEST_COST and round(amount, 2) == amount):
        raise CostUnusable(field="amount")
    if not re.fullmatch("[A-Z]{3}", currency):
        raise CurrencyUnusable(field="currency")
    if len(queue) > LONGEST_QUEUE or not queue.isprintable():
        raise CostQueueUnusable(field="queue")
    if len(note) > LONGEST_NOTE or "\0" in note:
        raise FactNoteTooLong(field="note")
    return replace(facts, month=facts.month.replace(day=1), queue=queue, note=note, currency=currency)


def _tell_cost(session: Session, cost: Cost, event: str, actor: Actor, **more: object) -> None:
    """What was entered or taken back; the note stays out of the ledger."""
    record(
        session,
        f"cost:{cost.month:%Y-%m}",
        actor,
        event,
        month=f"{cost.month:%Y-%m}",
        team_id=cost.team_id,
        queue=cost.queue,
        amount=cost.amount,
        currency=cost.currency,
        **more,
    )
