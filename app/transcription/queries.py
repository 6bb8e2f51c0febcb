"""Reads transcripts."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from app.transcription.models import TranscriptRevision


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
