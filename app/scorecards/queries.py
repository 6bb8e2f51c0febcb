"""Reads the versions of scorecards, which of them judged when, and what people are writing."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.domain.metrics.rule_quality import GATE, Gate
from app.domain.scorecard import Scorecard
from app.kit.errors import NotFound
from app.ledger import queries as ledger
from app.ledger.models import LedgerEntry
from app.scorecards.models import ScorecardDraft, ScorecardVersion

# What the ledger says of the scorecards of a language: a card of the folder came into force; a person published one.
ACTIVE, PUBLISHED = "scorecard.active", "scorecard.published"


@dataclass(frozen=True)
class InForce:
    """The version by which calls in a language were last judged, and its file in the folder ("" for a shipped one)."""

    file: str
    version: str


@dataclass(frozen=True)
class Published:
    """What a person published last for calls in a language; `shipped`: that the shipped card judges again."""

    version: str
    shipped: bool


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


def versions_of(session: Session, scorecard: str) -> list[ScorecardVersion]:
    """The stored versions of a scorecard, the newest first."""
    chosen = select(ScorecardVersion).where(ScorecardVersion.scorecard == scorecard)
    return list(session.exec(chosen.order_by(col(ScorecardVersion.created_at).desc())))


def scorecards_kept(session: Session) -> list[str]:
    """The ids of all scorecards of which a version is stored."""
    return sorted(session.exec(select(ScorecardVersion.scorecard).distinct()))


def gate(session: Session, scorecard: str) -> Gate:
    """What the rules of a scorecard must show, as its newest version says."""
    newest = select(ScorecardVersion).where(ScorecardVersion.scorecard == scorecard)
    stored = session.exec(newest.order_by(col(ScorecardVersion.created_at).desc()).limit(1)).first()
    return card(session, stored.version).gate if stored is not None else GATE


def in_force(session: Session, language: str) -> InForce | None:
    """By what calls in this language were judged when the folder of scorecards was last in use."""
    return _in_force(ledger.last_of(session, stream(language), ACTIVE))


def noted_last(session: Session, language: str) -> InForce | None:
    """What the ledger noted last of this language: a card of the folder, or one that was published."""
    return _in_force(ledger.last_entry(session, stream(language)))


def _in_force(entry: LedgerEntry | None) -> InForce | None:
    return InForce(entry.payload["file"], entry.payload["version"]) if entry is not None else None


def published(session: Session, language: str) -> Published | None:
    """What was last published for calls in this language."""
    last = ledger.last_of(session, stream(language), PUBLISHED)
    return Published(last.payload["version"], last.payload["shipped"]) if last is not None else None


def noted(session: Session, language: str) -> Sequence[LedgerEntry]:
    """All that the ledger says of which scorecards judged calls in a language, first things first."""
    return ledger.entries(session, stream(language))


def draft(session: Session, user_id: int, scorecard: str) -> ScorecardDraft | None:
    """What this person is writing on a scorecard."""
    wanted = select(ScorecardDraft).where(ScorecardDraft.user_id == user_id, ScorecardDraft.scorecard == scorecard)
    return session.exec(wanted).first()


def drafts(session: Session, scorecard: str) -> Sequence[ScorecardDraft]:
    """What people are writing on a scorecard, the latest first."""
    wanted = select(ScorecardDraft).where(ScorecardDraft.scorecard == scorecard)
    return session.exec(wanted.order_by(col(ScorecardDraft.updated_at).desc())).all()


def drafts_of(session: Session, user_id: int) -> Sequence[ScorecardDraft]:
    """All that one person is writing, the latest first."""
    wanted = select(ScorecardDraft).where(ScorecardDraft.user_id == user_id)
    return session.exec(wanted.order_by(col(ScorecardDraft.updated_at).desc())).all()


def stream(language: str) -> str:
    """Where the ledger keeps which scorecards judged calls in a language."""
    return f"scorecard:{language}"


# A version never changes, and compiling its word sets takes long.
_cards: dict[str, Scorecard] = {}
