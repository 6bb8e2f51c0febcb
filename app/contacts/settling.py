"""Lets contacts follow the roster: who was entered late on a team takes the contacts since that day along."""

from datetime import datetime

import sqlalchemy
from sqlmodel import Session, col, select

from app.calls.settling import Follower
from app.contacts import lookups
from app.contacts.keeping import hold, keep
from app.contacts.merging import DAY, STARTED, TEAM
from app.contacts.models import AgentDay, Contact
from app.contacts.roster import Roster, roster
from app.contacts.service import STREAM
from app.contacts.sums import Terms
from app.contacts.visits import Change
from app.ledger.service import Actor, machine, record

# So many contacts of a person move in one sweep; the next one goes on.
CONTACTS_AT_ONCE = 5_000


def follower(on: Terms, now: datetime) -> Follower:
    """How contacts follow the roster, by these terms."""
    return Follower(hold, lambda session, user_id: follow(session, user_id, on, machine(now)))


def follow(session: Session, user_id: int, on: Terms, actor: Actor, at_once: int = CONTACTS_AT_ONCE) -> bool:
    """Count contacts and days of an agent for the team of their day; the answer: whether more are left to move.

    Who calls this holds the lock of contacts.
    """
    people = roster(session)
    astray = _astray(session, user_id, people)
    moved = astray[:at_once]
    changes = []
    for contact, values in lookups.known(session, moved).values():
        new = values.copy()
        new[TEAM] = people.team_of(user_id, new[STARTED])
        new[DAY] = people.day(new[STARTED], new[TEAM])
        changes.append(Change(new, contact, values))
    keep(session, changes, on)
    days = _move_days(session, user_id, people)
    if moved or days:
        told = {"user_id": user_id, "contacts": len(moved), "days": days}
        record(session, STREAM, actor, "contacts.moved", **told)
    return len(astray) > len(moved)


def _astray(session: Session, user_id: int, people: Roster) -> list[str]:
    """The contacts of an agent (external ids) that are of another team than the agent was on."""
    wanted = sqlalchemy.select(col(Contact.external_id), col(Contact.started_at), col(Contact.team_id)).where(
        col(Contact.agent_id) == user_id, ~col(Contact.team_given)
    )
    return [
        external_id
        for external_id, moment, team_id in session.execute(wanted.order_by(col(Contact.id)))
        if people.team_of(user_id, moment) != team_id
    ]


def _move_days(session: Session, user_id: int, people: Roster) -> int:
    """Let the days of an agent be of the team of that day; the answer: how many were not."""
    moved = 0
    for one in session.exec(select(AgentDay).where(AgentDay.agent_id == user_id, ~col(AgentDay.team_given))):
        team_id = people.team_on(user_id, one.day)
        if one.team_id != team_id:
            one.team_id, moved = team_id, moved + 1
            session.add(one)
    session.flush()
    return moved
