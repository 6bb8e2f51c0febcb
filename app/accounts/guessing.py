"""Slows the guessing of passwords down: by whom they are for, and by where they come from.

An attempt is counted before its password is looked at. Of many at the same time each then sees the others; counted
afterwards, as many could be tried as fit into the time that one takes.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, delete

from app.accounts import queries, service
from app.accounts.models import FailedSignIn

# So many wrong passwords may come from one address within `service.FAILURE_WINDOW`, whomever they are for: a whole
# call centre may sit behind one. Far more than are counted for a name, so that nobody locks an address out by signing
# in under its name.
MOST_FROM_ADDRESS = 100


@dataclass(frozen=True)
class Attempt:
    """An attempt that is counted: its ids, under the name it is for and under where it comes from."""

    of_name: int
    of_address: int
    address: str


def begin(session: Session, username: str, address: str, now: datetime) -> Attempt:
    """Count an attempt, to be committed before its password is looked at."""
    of_name = service.count_failure(session, username, now)
    return Attempt(of_name, service.count_failure(session, _from(address), now), address)


def check(session: Session, attempt: Attempt, now: datetime) -> None:
    """Refuse an attempt from where too many came; how many a name may have, `service.sign_in` says."""
    since = now - service.FAILURE_WINDOW
    if queries.failures_since(session, _from(attempt.address), since, but=attempt.of_address) >= MOST_FROM_ADDRESS:
        raise service.TooManyAttempts


def take_back(session: Session, attempt: Attempt) -> None:
    """Count an attempt no more: its password was right, or was not looked at."""
    mine = (attempt.of_name, attempt.of_address)
    session.exec(delete(FailedSignIn).where(col(FailedSignIn.id).in_(mine)))


def _from(address: str) -> str:
    return f"/sign-in {address}"
