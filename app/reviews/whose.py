"""Lets results follow the agent whose call it is: what was told to another one is taken back from them."""

from sqlmodel import Session

from app.accounts.models import User
from app.calls import queries as calls
from app.calls import service as call_service
from app.calls.service import Added, CallFacts
from app.kit.blobs import Blob
from app.kit.db import id_of
from app.kit.queue import Queue
from app.ledger.service import Actor
from app.reviews.offering import Terms
from app.reviews.releasing import follow_agent
from app.transcription import mending
from app.transcription.mending import Facts


def add_call(
    session: Session,
    queue: Queue,
    stored: Blob,
    file_name: str,
    facts: CallFacts,
    actor: Actor,
    sender: User | None,
    on: Terms,
) -> Added:
    """Take a call in; one that was here before, and is said to be another agent's now, is told to that agent anew."""
    added = call_service.add_call(session, queue, stored, file_name, facts, actor, sender)
    if not added.is_new:
        follow_agent(session, id_of(added.call), added.agent_before, actor, on)
    return added


def mend_facts(
    session: Session, queue: Queue, call_id: int, facts: Facts, actor: Actor, on: Terms, version: int | None = None
) -> bool:
    """Correct what is known about a call, its agent too; whether it must be heard again for that."""
    agent_before = calls.lock(session, call_id).agent_id
    hear_again = mending.mend_facts(session, queue, call_id, facts, actor, version)
    follow_agent(session, call_id, agent_before, actor, on)
    return hear_again
