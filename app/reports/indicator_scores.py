"""Performance scores of months, added up by agent, team or month."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Role, User
from app.contacts.queries import Chosen
from app.kit.db import id_of
from app.operations.costing import last_day
from app.operations.point_sums import Memberships
from app.reports.indicator_queries import newest_fact_month
from app.reports.performance import MONTHS, months_of

# Scores are made one by one: of more agents at once nobody waits for them.
MOST_AGENTS = 200


def score_sums(
    session: Session, user: User, by: Sequence[str], chosen: Chosen, first: date, last: date
) -> dict[tuple[Any, ...], dict[str, float]]:
    """How many scores there are, their points and the points' squares, of whole months between two days.

    Of an open range the newest twelve months are told; a score belongs to the team of its agent in that month.
    """
    found: dict[tuple[Any, ...], dict[str, float]] = {}
    teams = Memberships.read(session) if "team" in by or chosen.team_id is not None else None
    for agent, month, points in _scores(session, user, chosen, first, last):
        team = teams.team_in(agent, month) if teams else None
        if chosen.team_id not in (None, team):
            continue
        values = {"agent": agent, "team": team, "month": f"{month:%Y-%m}"}
        group = found.setdefault(
            tuple(values[one] for one in by), dict.fromkeys(("scores", "score_points", "score_squares"), 0.0)
        )
        for name, value in (("scores", 1), ("score_points", points), ("score_squares", points * points)):
            group[name] += value
    return found


def _scores(session: Session, user: User, chosen: Chosen, first: date, last: date) -> Iterator[tuple[int, date, float]]:
    """Agent, first day of the month, and points."""
    newest = newest_month(session, last)
    if newest is None or newest < first:
        return
    number = min(MONTHS, (newest.year - first.year) * 12 + newest.month - first.month + 1)
    for agent in _agents(session, user, chosen)[:MOST_AGENTS]:
        for month in months_of(session, user, agent, newest, number):
            if month.score.score is not None and month.month >= first:
                yield id_of(agent), month.month, month.score.score


def newest_month(session: Session, last: date) -> date | None:
    """The newest whole month up to a day of which anything was entered; None: there is none."""
    month = last.replace(day=1)
    if last_day(month) > last:
        month = date.fromordinal(month.toordinal() - 1).replace(day=1)
    known = newest_fact_month(session)
    return None if known is None else min(known, month)


def _agents(session: Session, user: User, chosen: Chosen) -> Sequence[User]:
    """The agents whose scores a person sees, of those that were chosen."""
    if user.role == Role.AGENT:
        seen: Sequence[User] = [user]
    else:
        seen = accounts.agents(session, None if user.role == Role.ADMIN else user.team_id)
    return [one for one in seen if chosen.agent_id in (None, one.id)]
