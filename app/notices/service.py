"""Notes down whom to tell of what, in the transaction in which it happens, and what need not be told any more."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlmodel import Session, col, select, update

from app.accounts.models import User
from app.notices import queries
from app.notices.models import Kind, Notice

# None of the rows is loaded, so none needs to be told of the change.
UNLOADED = {"synchronize_session": False}


def tell(session: Session, people: Iterable[int], kind: Kind, url: str, at: datetime) -> None:
    """Tell some people (ids) that something happened; the page at `url` says what, to those who may see it."""
    session.add_all([Notice(user_id=one, kind=kind, url=url, at=at) for one in people])
    session.flush()


def settle(session: Session, ids: Sequence[int], now: datetime) -> None:
    """Note that these were sent, or need not be any more."""
    session.execute(update(Notice).where(col(Notice.id).in_(ids)).values(settled_at=now), execution_options=UNLOADED)


def settle_unwanted(session: Session, everybodys: bool, now: datetime) -> None:
    """Settle what nobody is mailed: of who wants none, has no address or left; or all, where there is no server."""
    unsent = update(Notice).where(col(Notice.settled_at).is_(None)).values(settled_at=now)
    if not everybodys:
        unsent = unsent.where(col(Notice.user_id).not_in(select(User.id).where(queries.sendable())))
    session.execute(unsent, execution_options=UNLOADED)
