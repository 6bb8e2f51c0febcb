"""Keeps every version of a scorecard that judged a call."""

from datetime import datetime

from sqlmodel import Session

from app.domain.scorecard import Scorecard
from app.scorecards.models import ScorecardVersion


def keep(session: Session, card: Scorecard, now: datetime) -> ScorecardVersion:
    """The stored version of this scorecard; stored now, if it never judged a call before."""
    known = session.get(ScorecardVersion, card.version)
    if known is None:
        known = ScorecardVersion(
            version=card.version, scorecard=card.id, content=card.model_dump(mode="json"), created_at=now
        )
        # Two workers may meet a new scorecard in the same moment; its content is the same for both.
        known = session.merge(known)
        session.flush()
    return known
