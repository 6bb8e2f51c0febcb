"""How much work a person is given at most."""

from sqlmodel import Session

from app.accounts.models import User
from app.kit.errors import AppError

LARGEST = 10_000


class LimitUnusable(AppError):
    """Give a whole number from 0 to 10,000, or leave it empty for the usual one."""

    code = "limit_unusable"
    status = 422


def limit_of(written: str) -> int | None:
    """A limit as it was typed; nothing typed is the usual one."""
    text = written.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text) <= LARGEST):
        raise LimitUnusable
    return int(text)


def set_most_open(session: Session, user: User, most: int | None) -> None:
    """Give a person at most so many open reviews from now on; what they have they keep."""
    user.most_open = most
    session.add(user)
    session.flush()
