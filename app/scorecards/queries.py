"""Reads the versions of scorecards."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.domain.metrics.rule_quality import GATE, Gate
from app.domain.scorecard import Scorecard
from app.kit.errors import NotFound
from app.ledger import queries as ledger
from app.scorecards.models import ScorecardVersion


@dataclass(frozen=True)
class InForce:
    """The version by which calls in a language were last judged, and its file in the folder ("" for a shipped one)."""

    file: str
    version: str


def card(session: Session, version: str) -> Scorecard:
    """The scorecard of this version."""
    if (known := _cards.get(version)) is not None:
        return known
    stored = session.get(ScorecardVersion, version)
    if stored is None:
        raise NotFound
    return _cards.setdefault(version, Scorecard.as_stored(stored.content, version))


def versions(session: Session, beginning: str) -> list[ScorecardVersion]:
    """The stored versions whose hash begins so, the newest first."""
    chosen = select(ScorecardVersion).where(col(ScorecardVersion.version).startswith(beginning, autoescape=True))
    return list(session.exec(chosen.order_by(col(ScorecardVersion.created_at).desc())))


def gate(session: Session, scorecard: str) -> Gate:
    """What the rules of a scorecard must show, as its newest version says."""
    newest = select(ScorecardVersion).where(ScorecardVersion.scorecard == scorecard)
    stored = session.exec(newest.order_by(col(ScorecardVersion.created_at).desc()).limit(1)).first()
    return card(session, stored.version).gate if stored is not None else GATE


def in_force(session: Session, language: str) -> InForce | None:
    """By what calls in this language were last judged, if the folder of scorecards was in use then."""
    last = ledger.last_entry(session, stream(language))
    return InForce(last.payload["file"], last.payload["version"]) if last is not None else None


def stream(language: str) -> str:
    """Where the ledger keeps which scorecards judged calls in a language."""
    return f"scorecard:{language}"


# A version never changes, and compiling its word sets takes long.
_cards: dict[str, Scorecard] = {}
