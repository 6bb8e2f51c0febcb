"""How much is known of what no switch tells by itself: the days of agents, what customers answered, what came of it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy
from sqlmodel import Session, col, func, select

from app.accounts.models import User
from app.contacts.models import AgentDay, Contact, ContactTally
from app.contacts.queries import tallies_visible_to, visible_to


@dataclass(frozen=True)
class Coverage:
    """So many entries, about so many agents, from the first day to the last."""

    n: int
    agents: int
    first: date
    last: date


def days_known(session: Session, user: User) -> dict[str, Coverage]:
    """How many days of agents are known to a person: of all kinds (""), with hours planned, with hours signed in."""
    conditions = {"": AgentDay.day, "scheduled": AgentDay.scheduled, "logged_in": AgentDay.logged_in_seconds}
    found = {}
    for name, column in conditions.items():
        day, agent = col(AgentDay.day), col(AgentDay.agent_id)
        counted = select(func.count(), func.count(agent.distinct()), func.min(day), func.max(day))
        wanted = counted.where(visible_to(user, AgentDay), col(column).is_not(None))
        found[name] = session.exec(wanted).one()
    return _covered(found)


def answers_known(session: Session, user: User) -> dict[str, Coverage]:
    """How many contacts have an answer, as a person may see them: csat, nps, solved, solved_first."""
    sums = {"csat": "rated", "nps": "nps_rated", "solved": "outcome_known", "solved_first": "first_known"}
    found = {}
    for name, column in sums.items():
        summed, day = getattr(ContactTally, column), col(ContactTally.site_day)
        agents = func.count(sqlalchemy.func.nullif(ContactTally.agent_id, 0).distinct())
        counted = sqlalchemy.select(func.sum(summed), agents, func.min(day), func.max(day))
        found[name] = session.execute(counted.where(tallies_visible_to(user), summed > 0)).one()
    return _covered(found)


def is_known(session: Session, user: User, external_id: str) -> bool:
    """Whether there is such a contact that a person may see."""
    wanted = select(Contact.id).where(Contact.external_id == external_id, visible_to(user))
    return session.exec(wanted).first() is not None


def _covered(found: dict[str, Any]) -> dict[str, Coverage]:
    return {name: Coverage(int(n), agents, first, last) for name, (n, agents, first, last) in found.items() if n}
