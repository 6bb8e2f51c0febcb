"""What people are writing on scorecards: kept on the server at every pause, so that nothing is lost."""

from dataclasses import asdict
from datetime import datetime

from sqlmodel import Session

from app.kit.errors import AppError
from app.scorecards import queries
from app.scorecards.faults import Fault, Weight
from app.scorecards.models import ScorecardDraft


class DraftChanged(AppError):
    """This draft was changed in another window; open it there, or take that state over here."""

    code = "draft_changed"
    status = 409


class DraftMissing(AppError):
    """There is no draft of this scorecard any more; open the editor again."""

    code = "draft_missing"
    status = 409


def begin(session: Session, user_id: int, scorecard: str, text: str, based_on: str | None, now: datetime) -> int:
    """Keep the text as this person's draft of a scorecard, in place of one they had; its revision."""
    draft = queries.draft(session, user_id, scorecard)
    if draft is None:
        draft = ScorecardDraft(
            user_id=user_id, scorecard=scorecard, content="", revision=0, created_at=now, updated_at=now
        )
    draft.based_on = based_on
    return _write(session, draft, text, now)


def save(session: Session, user_id: int, scorecard: str, text: str, revision: int, now: datetime) -> int:
    """Keep what was written on top of this revision (0: on what judges); the revision it is now."""
    draft = queries.draft(session, user_id, scorecard)
    if draft is None:
        raise DraftMissing
    if draft.revision != revision:
        # Sent twice because the first answer was lost: it is kept already.
        if draft.content == text:
            return draft.revision
        raise DraftChanged(revision=draft.revision)
    return draft.revision if draft.content == text else _write(session, draft, text, now)


def discard(session: Session, user_id: int, scorecard: str) -> None:
    """Throw a draft away."""
    draft = queries.draft(session, user_id, scorecard)
    if draft is not None:
        session.delete(draft)
        session.flush()


def keep_check(session: Session, user_id: int, scorecard: str, revision: int, faults: tuple[Fault, ...]) -> None:
    """Keep what the thorough check found of a revision, if that is the draft still."""
    draft = queries.draft(session, user_id, scorecard)
    if draft is not None and draft.revision == revision:
        draft.checked, draft.faults = revision, [asdict(fault) for fault in faults]
        session.add(draft)
        session.flush()


def found(draft: ScorecardDraft) -> tuple[Fault, ...] | None:
    """What the thorough check found of the draft as it is now; None while nobody asked."""
    if draft.checked != draft.revision:
        return None
    return tuple(Fault(**{**one, "weight": Weight(one["weight"])}) for one in draft.faults)


def _write(session: Session, draft: ScorecardDraft, text: str, now: datetime) -> int:
    draft.content, draft.updated_at = text, now
    draft.revision += 1
    draft.checked, draft.faults = None, []
    session.add(draft)
    session.flush()
    return draft.revision
