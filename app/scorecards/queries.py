"""Reads the versions of scorecards."""

from sqlmodel import Session

from app.domain.scorecard import Scorecard
from app.kit.errors import NotFound
from app.scorecards.models import ScorecardVersion


def card(session: Session, version: str) -> Scorecard:
    """The scorecard of this version."""
    if (known := _cards.get(version)) is not None:
        return known
    stored = session.get(ScorecardVersion, version)
    if stored is None:
        raise NotFound
    return _cards.setdefault(version, Scorecard.model_validate(stored.content))


# A version never changes, and compiling its word sets takes long.
_cards: dict[str, Scorecard] = {}
