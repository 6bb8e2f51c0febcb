"""What a person changes about themselves: the clock they read, their password, what they have seen."""

from datetime import datetime

from sqlmodel import Session

from app.accounts import queries, service
from app.accounts.models import Mail, User
from app.kit.errors import AppError


class CurrentPasswordWrong(AppError):
    """The current password is wrong."""

    code = "current_password_wrong"
    status = 422


class AddressTaken(AppError):
    """Somebody else has this mail address; ask an administrator."""

    code = "address_taken"
    status = 409


def set_time_zone(session: Session, user: User, name: str | None) -> None:
    """Show moments to this person on the clock of this zone (IANA name); without one, on their team's."""
    if name is not None:
        service.check_time_zone(name)
    user.time_zone = name
    session.add(user)
    session.flush()


def set_mail(session: Session, user: User, email: str, mail: Mail) -> None:
    """Tell this person by mail what concerns them: at this address, at once, once a day or never."""
    taken = queries.users_with_email(session, email) if email.strip() else ()
    if any(one.id != user.id for one in taken):
        raise AddressTaken
    user.mail = mail
    service.set_email(session, user, email, own=True)
    session.add(user)
    session.flush()


def change_password(
    session: Session, user: User, current: str, wanted: str, token: str, now: datetime, counted: int | None = None
) -> None:
    """Give oneself a new password, knowing the current one; one stays signed in here and nowhere else.

    An attempt is counted by `guessing.begin`, in a transaction of its own, as at signing in.
    """
    since = now - service.FAILURE_WINDOW
    if queries.failures_since(session, user.username.lower(), since, but=counted) >= service.MOST_FAILURES:
        raise service.TooManyAttempts
    session.add(user)
    if user.password_hash is None or not service.matches(user.password_hash, current):
        raise CurrentPasswordWrong
    service.keep_password(session, user, user.password_hash)
    user.password_hash = service.hashed_password(wanted)
    session.add(user)
    service.withdraw_invitation(session, user)
    service.end_other_sessions(session, user, token)
    session.flush()


def see_inbox(session: Session, user: User, now: datetime) -> None:
    """Nothing that stands in the inbox of this person now is new to them any more."""
    user.inbox_seen_at = now
    session.add(user)
    session.flush()
