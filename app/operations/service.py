"""Keeps what people and lists say of agents, and by which weights it counts; every change stands in the ledger."""

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlmodel import Session

from app.accounts import queries as accounts
from app.domain.metrics.performance_score import PARTS
from app.kit.errors import AppError
from app.ledger.service import Actor, record_account
from app.operations import queries
from app.operations.models import AgentFact, FactKind, PerformanceWeights

LONGEST_NOTE = 500
MOST_CALLS = 1_000_000


class PointsOutOfRange(AppError):
    """Give 0 to 100 points."""

    code = "points_out_of_range"
    status = 422


class WeightsUnusable(AppError):
    """Weights are numbers from 0 to 1,000, and one of them is more than 0."""

    code = "weights_unusable"
    status = 422


class TargetUnusable(AppError):
    """The target is a number of calls from 1 to 1,000,000, or empty."""

    code = "target_unusable"
    status = 422


class FactNoteTooLong(AppError):
    """This note has at most 500 characters."""

    code = "fact_note_too_long"
    status = 422


def enter_fact(
    session: Session, agent_id: int, month: date, kind: FactKind, value: float, note: str, actor: Actor
) -> bool:
    """Keep what an agent got for a month, in place of what was entered before; the answer: whether it is new at all."""
    month, note = month.replace(day=1), note.strip()
    if not 0 <= value <= 100:
        raise PointsOutOfRange
    if len(note) > LONGEST_NOTE:
        raise FactNoteTooLong
    # Who enters the same in this moment is waited for.
    accounts.lock_user(session, agent_id)
    known = queries.fact(session, agent_id, month, kind)
    if known is not None and (known.value, known.note) == (value, note):
        return False
    old = None if known is None else {"points": known.value, "note": known.note}
    kept = known or AgentFact(agent_id=agent_id, month=month, kind=kind, value=value, entered_at=actor.at)
    kept.value, kept.note, kept.entered_by, kept.entered_at = value, note, actor.user_id, actor.at
    session.add(kept)
    session.flush()
    record_account(
        session,
        actor,
        "agent.fact",
        user_id=agent_id,
        month=f"{month:%Y-%m}",
        part=kind.value,
        points=value,
        note=note,
        old=old,
    )
    return True


def remove_fact(session: Session, agent_id: int, month: date, kind: FactKind, actor: Actor) -> None:
    """Take back what was entered; nothing, where nothing was."""
    known = queries.fact(session, agent_id, month.replace(day=1), kind)
    if known is not None:
        session.delete(known)
        session.flush()
        record_account(
            session,
            actor,
            "agent.fact_removed",
            user_id=agent_id,
            month=f"{known.month:%Y-%m}",
            part=kind.value,
            old={"points": known.value, "note": known.note},
        )


def set_weights(
    session: Session, team_id: int, holds_from: date, weights: Mapping[str, float], target: int | None, actor: Actor
) -> PerformanceWeights:
    """Let these weights, and this target of calls a month, hold in a team from a month on."""
    given = [weights[part] for part in PARTS]
    if not all(math.isfinite(one) and 0 <= one <= 1000 for one in given) or sum(given) <= 0:
        raise WeightsUnusable
    if target is not None and not 1 <= target <= MOST_CALLS:
        raise TargetUnusable
    holds_from = holds_from.replace(day=1)
    known = queries.weights_from(session, team_id, holds_from)
    values: dict[str, Any] = dict(zip(PARTS, given, strict=True))
    kept = known or PerformanceWeights(team_id=team_id, holds_from=holds_from, **values, set_at=actor.at)
    old = None if known is None else {**{part: getattr(known, part) for part in PARTS}, "calls": known.calls_target}
    for part, value in values.items():
        setattr(kept, part, value)
    kept.calls_target, kept.set_by, kept.set_at = target, actor.user_id, actor.at
    session.add(kept)
    session.flush()
    record_account(
        session,
        actor,
        "performance.weights",
        team_id=team_id,
        holds_from=f"{holds_from:%Y-%m}",
        new={**values, "calls": target},
        old=old,
    )
    return kept
