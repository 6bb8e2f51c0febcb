"""Links by which a person chooses a password themselves: when they are new, and when they have forgotten it.

Nobody else learns the password. Making a link changes nothing yet: the old password and the sessions go on until the
new one is chosen, so that a link made by mistake locks nobody out.
"""

import secrets
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete

from app.accounts import queries, service
from app.accounts.models import Invitation, Purpose, User
from app.kit.db import id_of
from app.kit.errors import AppError

LENGTHS = {Purpose.JOIN: timedelta(days=7), Purpose.RESET: timedelta(days=1)}
# So many links that open nothing may be tried from one address within `service.FAILURE_WINDOW`. More than wrong
# passwords are counted for a name, so that nobody locks an address out by signing in under its name.
MOST_TRIES = 30


class LinkGone(AppError):
    """This link opens nothing: it was used, replaced or withdrawn, or its time is over. Ask for a new one."""

    code = "link_gone"
    status = 410


class TooManyLinks(AppError):
    """Too many links that open nothing were tried from here; wait a quarter of an hour, then try again."""

    code = "too_many_attempts"
    status = 429


class KeptOut(AppError):
    """This person is kept out; let them in again first."""

    code = "kept_out"
    status = 409


def invite(session: Session, user: User, by: User, now: datetime) -> str:
    """The token of a new link for this person; the one they had before opens nothing any more."""
    if not user.active:
        raise KeptOut
    service.withdraw_invitation(session, user)
    token = secrets.token_urlsafe(32)
    purpose = Purpose.JOIN if user.password_hash is None else Purpose.RESET
    session.add(
        Invitation(
            user_id=id_of(user),
            purpose=purpose,
            token_hash=service.digest(token),
            made_by=id_of(by),
            created_at=now,
            expires_at=now + LENGTHS[purpose],
        )
    )
    session.flush()
    return token


def opened(session: Session, token: str, address: str, now: datetime) -> tuple[Invitation, User]:
    """The link of this token and whom it is for, while it is open; of any other, nothing is told.

    One that opens nothing is counted by `count_try`, in a transaction of its own.
    """
    if queries.failures_since(session, _tried_from(address), now - service.FAILURE_WINDOW) >= MOST_TRIES:
        raise TooManyLinks
    found = queries.open_invitation(session, service.digest(token), now)
    if found is None:
        raise LinkGone
    return found


def count_try(session: Session, address: str, now: datetime) -> None:
    """Remember that a link was tried that opens nothing."""
    service.count_failure(session, _tried_from(address), now)


def use(session: Session, invitation: Invitation, user: User) -> None:
    """Close a link for good and end the sessions of whom it was for; of two who use it at once, one comes too late."""
    used = delete(Invitation).where(col(Invitation.token_hash) == invitation.token_hash)
    if session.exec(used).rowcount != 1:
        raise LinkGone
    service.end_all_sessions(session, user)


def choose_password(
    session: Session, invitation: Invitation, user: User, password: str, again: str, language: str
) -> None:
    """Give the person of a link the password they chose and the language they read; what they had before ends."""
    if password != again:
        raise service.PasswordsDiffer
    hashed = service.hashed_password(password)
    use(session, invitation, user)
    user.password_hash, user.language = hashed, language
    session.add(user)
    session.flush()


def _tried_from(address: str) -> str:
    return f"/join {address}"
