"""Costs of months, beside the calls that were answered for them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session

from app.accounts.models import User
from app.contacts.queries import Chosen, contact_sums
from app.operations.costing import CostCell, costs, last_day


def cost_sums(
    session: Session, user: User, by: Sequence[str], chosen: Chosen, first: date, last: date
) -> dict[tuple[Any, ...], dict[str, float]]:
    """Costs and answered calls by month, team and queue; nothing where currencies are mixed, for they do not add up."""
    found: dict[tuple[Any, ...], dict[str, float]] = {}
    cells = list(_cells(session, user, by, chosen, first, last))
    if len({cell.currency for cell in cells}) != 1:
        return {}
    for cell in cells:
        handled = _handled(session, user, chosen, cell)
        if not handled:
            continue
        values = {"month": f"{cell.month:%Y-%m}", "team": cell.team_id, "queue": cell.queue or None}
        group = found.setdefault(tuple(values[one] for one in by), {"cost": 0.0, "cost_handled": 0.0})
        group["cost"] += cell.amount
        group["cost_handled"] += handled
    return found


def currency(session: Session, user: User, chosen: Chosen, first: date, last: date) -> str | None:
    """The currency of the costs that were chosen; None: there is none, or more than one."""
    found = {cell.currency for cell in _cells(session, user, (), chosen, first, last)}
    return found.pop() if len(found) == 1 else None


def _cells(
    session: Session, user: User, by: Sequence[str], chosen: Chosen, first: date, last: date
) -> Iterator[CostCell]:
    """The costs that were chosen; by team or queue, those that are known of each."""
    places = [(chosen.team_id, chosen.queue)]
    if "team" in by or "queue" in by:
        columns = [one for one in ("team", "queue") if one in by]
        for row in contact_sums(session, user, columns, chosen, ("handled",)):
            known = dict(zip(columns, row, strict=True))
            place = (known.get("team") or chosen.team_id, known.get("queue") or chosen.queue)
            if place not in places:
                places.append(place)
        places = [
            (team, queue) for team, queue in places if ("team" not in by or team) and ("queue" not in by or queue)
        ]
    for team_id, queue in places:
        for cell in costs(session, user, first, last, team_id=team_id, queue=queue):
            yield replace(cell, team_id=cell.team_id or team_id, queue=cell.queue or queue or "")


def _handled(session: Session, user: User, chosen: Chosen, cell: CostCell) -> int:
    """How many calls were answered in the month, by the team and in the queue, that a cost is of."""
    month = replace(
        chosen,
        first_day=cell.month,
        end_day=last_day(cell.month) + timedelta(days=1),
        team_id=cell.team_id,
        queue=cell.queue or None,
    )
    return contact_sums(session, user, (), month, ("handled",)).get((), {}).get("handled", 0)
