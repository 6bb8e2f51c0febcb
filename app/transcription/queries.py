"""Reads transcripts."""

from collections.abc import Sequence

import sqlalchemy
from sqlalchemy import ColumnElement, Integer, Select, and_, cast, column, literal_column, table, text
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlmodel import Session, col, func, select

from app.calls.models import Call
from app.calls.queries import CallSet
from app.transcription.models import Spoken, TranscriptRevision
from app.transcription.said import Phrase


def current(session: Session, call_id: int) -> TranscriptRevision | None:
    """The newest revision of a call's transcript."""
    wanted = (
        select(TranscriptRevision)
        .where(TranscriptRevision.call_id == call_id)
        .order_by(col(TranscriptRevision.revision).desc())
        .limit(1)
    )
    return session.exec(wanted).first()


def revision(session: Session, revision_id: int) -> TranscriptRevision:
    """The revision with this id."""
    return session.get_one(TranscriptRevision, revision_id)


def of_attempt(session: Session, call_id: int, attempt: int) -> TranscriptRevision | None:
    """What the engine heard in one run of the pipeline."""
    wanted = select(TranscriptRevision).where(
        TranscriptRevision.call_id == call_id, TranscriptRevision.attempt == attempt
    )
    return session.exec(wanted).first()


def revisions(session: Session, call_id: int) -> Sequence[TranscriptRevision]:
    """All revisions of a call's transcript, the newest first."""
    wanted = select(TranscriptRevision).where(TranscriptRevision.call_id == call_id)
    return session.exec(wanted.order_by(col(TranscriptRevision.revision).desc())).all()


def unread(session: Session, after: int, limit: int) -> Sequence[int]:
    """The next calls in whose transcripts nobody looked for numbers yet, by id, after one."""
    wanted = select(TranscriptRevision.call_id).where(
        col(TranscriptRevision.muted).is_(None), TranscriptRevision.call_id > after
    )
    return session.exec(wanted.distinct().order_by(col(TranscriptRevision.call_id)).limit(limit)).all()


def count_unread(session: Session) -> int:
    """How many calls have transcripts in which nobody looked for numbers yet."""
    wanted = select(func.count(col(TranscriptRevision.call_id).distinct()))
    return session.exec(wanted.where(col(TranscriptRevision.muted).is_(None))).one()


def spoken(session: Session, call_ids: Sequence[int]) -> dict[int, Spoken]:
    """What is said in some calls, by call."""
    return {one.call_id: one for one in session.exec(select(Spoken).where(col(Spoken.call_id).in_(call_ids)))}


def said(session: Session, wanted: Sequence[Phrase]) -> CallSet | None:
    """The calls in which all of these were said; None when there is nothing among them that can be said."""
    phrases = [one for one in wanted if one.form]
    if not phrases:
        return None
    asked = dict.fromkeys(term for phrase in phrases for term in phrase.terms)
    inexact = [phrase for phrase in phrases if not phrase.is_its_terms]
    return CallSet(_having(session, list(asked)), _containing(inexact) if inexact else None)


def _having(session: Session, asked: Sequence[tuple[str, bool]]) -> Select[int]:
    """The ids of the calls that have all of these terms, as the full-text index of the database tells them."""
    if session.get_bind().dialect.name == "postgresql":
        # For a frequent word the planner would rather read the whole table: it does not know that the terms of a call
        # lie beside it and are fetched one by one. The index answers without them.
        session.execute(text("SET LOCAL enable_seqscan = off"))
        query = " & ".join(f"'{term}'{':*' if begins else ''}" for term, begins in asked)
        return sqlalchemy.select(col(Spoken.call_id)).where(col(Spoken.terms).op("@@")(cast(query, TSQUERY)))
    query = " AND ".join(f'"{term}"{"*" if begins else ""}' for term, begins in asked)
    found = literal_column("spoken_index").op("MATCH")(query)
    return sqlalchemy.select(column("rowid", Integer)).select_from(table("spoken_index")).where(found)


def _containing(phrases: Sequence[Phrase]) -> ColumnElement[bool]:
    """Whether these were said in a call, word after word."""
    contained = [col(Spoken.text).contains(phrase.pattern) for phrase in phrases]
    return select(Spoken.call_id).where(Spoken.call_id == Call.id, and_(*contained)).correlate(Call).exists()
