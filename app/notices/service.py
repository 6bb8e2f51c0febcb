"""Notes down whom to tell of what, in the transaction in which it happens."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session

from app.notices.models import Kind, Notice


def tell(session: Session, people: Iterable[int], kind: Kind, url: str, at: datetime) -> None:
    """Tell some people (ids) that something happened; the page at `url` says what, to those who may see it."""
    session.add_all([Notice(user_id=one, kind=kind, url=url, at=at) for one in people])
    session.flush()
