"""Every scorecard there is: those that judge, the shipped ones, and all versions that judged or were published."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import yaml
from sqlmodel import Session

from app.domain.language import LANGUAGES
from app.domain.scorecard import Scorecard
from app.kit.errors import AppError, NotFound
from app.kit.shipped import shipped
from app.scorecards import queries
from app.scorecards.active import Active, all_active, own_file
from app.scorecards.loader import read, scorecard, shipped_ids
from app.scorecards.models import ScorecardVersion

HASH = "sha256:"
# So many characters of a version's hash name it on pages.
SHORT = 12
# Fewer would name several versions.
FEWEST = 6


@dataclass(frozen=True)
class KnownVersion:
    """A version of a scorecard: since when it is known, who brought it in and why, and whether it judges now.

    `file` is its file in the folder; `shipped`: it came with Callmark.
    """

    version: str
    scorecard: str
    at: datetime | None = None
    by: str = ""
    note: str = ""
    file: str = ""
    shipped: bool = False
    judges: bool = False


def short(version: str) -> str:
    """The beginning of a version's hash, by which pages name it."""
    return version.removeprefix(HASH)[:SHORT]


def card_named(session: Session, name: str) -> Scorecard:
    """The scorecard with this id, in the version that judges or else the newest; or a version by its hash."""
    judging = [one.card for one in all_active(session).values()]
    for card in judging:
        if card.id == name:
            return card
    if name in shipped_ids():
        return scorecard(name)
    kept = queries.versions_of(session, name)
    if kept:
        return queries.card(session, kept[0].version)
    return version_named(session, name)


def version_named(session: Session, beginning: str) -> Scorecard:
    """The version whose hash begins so."""
    digits = beginning.removeprefix(HASH)
    if len(digits) < FEWEST or not digits.isalnum():
        raise NotFound
    loaded = [*(one.card for one in all_active(session).values()), *map(scorecard, shipped_ids())]
    found = {card.version: card for card in loaded if card.version.startswith(HASH + digits)}
    for row in queries.versions(session, HASH + digits):
        found.setdefault(row.version, queries.card(session, row.version))
    if len(found) != 1:
        raise NotFound
    return next(iter(found.values()))


def versions_of(session: Session, name: str) -> tuple[KnownVersion, ...]:
    """All versions of a scorecard, the one that was taken up last first."""
    found: dict[str, KnownVersion] = {}
    if name in shipped_ids():
        card = scorecard(name)
        found[card.version] = KnownVersion(card.version, name, shipped=True)
    for row in queries.versions_of(session, name):
        known = found.get(row.version, KnownVersion(row.version, name))
        found[row.version] = replace(known, at=row.created_at)
    for at, version, by, note, file in _taken_up(session, name):
        if version in found:
            found[version] = replace(found[version], at=at, by=by, note=note, file=file)
    judging = {one.card.version for one in all_active(session).values()}
    told = (replace(one, judges=one.version in judging) for one in found.values())
    return tuple(sorted(told, key=lambda one: (one.judges, one.at is not None, one.at), reverse=True))


def _taken_up(session: Session, name: str) -> Iterator[tuple[datetime, str, str, str, str]]:
    for language in LANGUAGES:
        for entry in queries.noted(session, language):
            told = entry.payload
            if told["scorecard"] == name:
                yield entry.at, told["version"], entry.actor, told.get("note", ""), told["file"]


def since(session: Session, language: str, judging: Active) -> KnownVersion | None:
    """Since when the card that judges calls in a language does so, and who saw to it, where the ledger knows it."""
    for entry in reversed(queries.noted(session, language)):
        if entry.payload["version"] == judging.card.version:
            told = entry.payload
            return KnownVersion(
                judging.card.version,
                judging.card.id,
                at=entry.at,
                by=entry.actor,
                note=told.get("note", ""),
                file=told["file"],
            )
    return None


def source_of(session: Session, card: Scorecard) -> str:
    """The YAML of a version: as its author wrote it where that is kept, else written out anew."""
    kept = session.get(ScorecardVersion, card.version)
    if kept is not None and kept.source is not None:
        return kept.source
    if card.id in shipped_ids() and scorecard(card.id).version == card.version:
        return (shipped("scorecards") / f"{card.id}.yaml").read_text("utf-8")
    return _in_folder(session, card) or written_out(card)


def _in_folder(session: Session, card: Scorecard) -> str | None:
    for one in all_active(session).values():
        file = own_file(one.file)
        if file is not None and one.card.version == card.version:
            try:
                return file.read_text("utf-8") if read(file).version == card.version else None
            except (AppError, OSError, ValueError):
                return None
    return None


def written_out(card: Scorecard) -> str:
    """A scorecard as YAML, without what goes without saying."""
    content = card.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120)
