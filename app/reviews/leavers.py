"""Whoever has had their last day comes in no more, and their open reviews go to others."""

from datetime import datetime

from sqlalchemy import Engine

from app.accounts import leaving
from app.accounts import queries as accounts
from app.kit import db
from app.kit.db import id_of
from app.ledger.service import machine, record_account
from app.reviews.assignment import hand_over


def let_go(engine: Engine, now: datetime, most_open: int) -> None:
    """Shut out those who have left, each in a transaction with all that follows from it; what they did stays."""
    with db.session(engine, reads_only=True) as session:
        found = [id_of(one) for one in leaving.leavers(session, now)]
    for user_id in found:
        with db.session(engine) as session:
            accounts.lock_user(session, user_id)
            user = accounts.user(session, user_id)
            if user is None or user not in leaving.leavers(session, now):
                continue
            leaving.shut_out(session, user)
            record_account(session, machine(now), "user.deactivated", user_id=user_id, reason="left")
            hand_over(session, user, None, machine(now), most_open)
