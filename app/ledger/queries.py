"""Reads the ledger."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy
from sqlalchemy import and_, or_, text
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from app.ledger.models import LedgerEntry, LedgerHead, LedgerWords

# So many are asked for by their ids at once.
AT_ONCE = 1000


def held_head(stream: str) -> SelectOfScalar[LedgerHead]:
    """The end of a stream, as it is now, that nobody else may move until this transaction ends."""
    wanted = select(LedgerHead).where(LedgerHead.stream == stream)
    return wanted.with_for_update().execution_options(populate_existing=True)


def entry(session: Session, entry_id: int) -> LedgerEntry | None:
    return session.get(LedgerEntry, entry_id)


def last_entry(session: Session, stream: str) -> LedgerEntry | None:
    wanted = select(LedgerEntry).where(LedgerEntry.stream == stream).order_by(col(LedgerEntry.sequence).desc()).limit(1)
    return session.exec(wanted).first()


def last_entries(session: Session, streams: Sequence[str]) -> Sequence[LedgerEntry]:
    """The last entry of each of these streams that has any."""
    at_end = and_(col(LedgerEntry.stream) == LedgerHead.stream, col(LedgerEntry.sequence) == LedgerHead.sequence)
    wanted = select(LedgerEntry).join(LedgerHead, at_end).where(col(LedgerHead.stream).in_(streams))
    return session.exec(wanted.order_by(col(LedgerEntry.id))).all()


def last_of(session: Session, stream: str, event: str) -> LedgerEntry | None:
    """The last time that this happened in a stream."""
    wanted = select(LedgerEntry).where(LedgerEntry.stream == stream, LedgerEntry.event == event)
    return session.exec(wanted.order_by(col(LedgerEntry.sequence).desc()).limit(1)).first()


def entries(session: Session, stream: str) -> Sequence[LedgerEntry]:
    """All that happened in a stream, first things first."""
    return session.exec(
        select(LedgerEntry).where(LedgerEntry.stream == stream).order_by(col(LedgerEntry.sequence))
    ).all()


def words_of_stream(session: Session, stream: str) -> Sequence[LedgerWords]:
    return session.exec(select(LedgerWords).where(LedgerWords.stream == stream)).all()


def in_words(session: Session, entries: Sequence[LedgerEntry]) -> dict[int, dict[str, Any]]:
    """What people wrote of which these entries tell, by the id of the entry; of deleted calls there is nothing."""
    ids = [one.id or 0 for one in entries if "seal" in one.payload]
    found: dict[int, dict[str, Any]] = {}
    for start in range(0, len(ids), AT_ONCE):
        wanted = select(LedgerWords).where(col(LedgerWords.entry_id).in_(ids[start : start + AT_ONCE]))
        found |= {one.entry_id: json.loads(one.said) for one in session.exec(wanted)}
    return found


class Worded(NamedTuple):
    """Words beside an entry, with what it must fit to; all as text, whatever somebody made of it."""

    entry_id: int
    salt: str
    said: str
    stream: str
    sequence: int
    payload: str


def worded(session: Session, after: int, limit: int) -> Sequence[Worded]:
    """The words beside the next entries after an id."""
    said, payload = (sqlalchemy.cast(one, sqlalchemy.Text) for one in (LedgerWords.said, LedgerEntry.payload))
    wanted = (
        sqlalchemy.select(
            col(LedgerWords.entry_id),
            col(LedgerWords.salt),
            said,
            col(LedgerEntry.stream),
            col(LedgerEntry.sequence),
            payload,
        )
        .join(LedgerEntry, col(LedgerEntry.id) == LedgerWords.entry_id)
        .where(col(LedgerWords.entry_id) > after)
        .order_by(col(LedgerWords.entry_id))
        .limit(limit)
    )
    return [Worded._make(row) for row in session.execute(wanted)]


class Chained(NamedTuple):
    """An entry with what it must fit to: the hash of the one before it, and where its stream ends.

    `content` is all that it says; None where that cannot be read at all.
    """

    id: int
    stream: str
    sequence: int
    previous_hash: str
    hash: str
    before: str | None
    ends_at: int | None
    content: Any


def chained(session: Session, after: int, upto: int, limit: int) -> Sequence[Chained]:
    """The next entries after an id, in the order in which they were written."""
    before = aliased(LedgerEntry)
    wanted = (
        sqlalchemy.select(
            col(LedgerEntry.id),
            col(LedgerEntry.stream),
            col(LedgerEntry.sequence),
            col(LedgerEntry.previous_hash),
            col(LedgerEntry.hash),
            col(before.hash),
            col(LedgerHead.sequence),
        )
        .outerjoin(
            before,
            and_(col(before.stream) == LedgerEntry.stream, col(before.sequence) == LedgerEntry.sequence - 1),
        )
        .outerjoin(LedgerHead, col(LedgerHead.stream) == LedgerEntry.stream)
        .where(col(LedgerEntry.id) > after, col(LedgerEntry.id) <= upto)
        .order_by(col(LedgerEntry.id))
        .limit(limit)
    )
    rows = session.execute(wanted).all()
    contents = _contents(session, [row[0] for row in rows])
    return [Chained._make([*row, contents.get(row[0])]) for row in rows]


def _contents(session: Session, ids: Sequence[int]) -> dict[int, Any]:
    """What these entries say; without those that cannot be read."""
    wanted = sqlalchemy.select(*LedgerEntry.__table__.columns)  # type: ignore[attr-defined]
    try:
        between = col(LedgerEntry.id).between(ids[0], ids[-1]) if ids else sqlalchemy.false()
        return {row.id: row for row in session.execute(wanted.where(between))}
    except (ValueError, TypeError):
        # One of them is no JSON or no time any more: the others are still told.
        half = len(ids) // 2
        return {} if len(ids) == 1 else {**_contents(session, ids[:half]), **_contents(session, ids[half:])}


def hashes(session: Session, after: int | None, upto: int, limit: int) -> Sequence[tuple[int, int, str]]:
    """Id, sequence and hash of the next entries, in the order in which they were written."""
    wanted = sqlalchemy.select(col(LedgerEntry.id), col(LedgerEntry.sequence), col(LedgerEntry.hash))
    wanted = wanted.where(col(LedgerEntry.id) <= upto).order_by(col(LedgerEntry.id)).limit(limit)
    if after is not None:
        wanted = wanted.where(col(LedgerEntry.id) > after)
    return [(row[0], row[1], row[2]) for row in session.execute(wanted)]


def ends_that_differ(session: Session, limit: int) -> Sequence[tuple[str, int, str | None]]:
    """The streams that do not end as was noted down: which, with how many entries, the hash of the last one there."""
    wanted = (
        sqlalchemy.select(col(LedgerHead.stream), col(LedgerHead.sequence), col(LedgerEntry.hash))
        .outerjoin(
            LedgerEntry,
            and_(col(LedgerEntry.stream) == LedgerHead.stream, col(LedgerEntry.sequence) == LedgerHead.sequence),
        )
        .where(or_(col(LedgerEntry.hash).is_(None), col(LedgerEntry.hash) != LedgerHead.hash))
        .order_by(col(LedgerHead.stream))
        .limit(limit)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(wanted)]


def extent(session: Session) -> tuple[int, int]:
    """The first and the last id of the ledger; (1, 0) of an empty one."""
    first, last = session.execute(sqlalchemy.select(func.min(LedgerEntry.id), func.max(LedgerEntry.id))).one()
    return (1, 0) if first is None else (first, last)


def writers(session: Session) -> str | None:
    """A name for all transactions that write in this moment; None where only one writes at a time."""
    if session.get_bind().dialect.name == "sqlite":
        return None
    return str(session.execute(text("SELECT CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text)")).scalar_one())


def have_ended(session: Session, wrote: str) -> bool:
    """Whether the transactions that wrote then have all ended."""
    asked = text("SELECT pg_snapshot_xmin(pg_current_snapshot()) >= CAST(:wrote AS xid8)")
    return bool(session.execute(asked, {"wrote": wrote}).scalar_one())
