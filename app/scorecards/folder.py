"""The folder in which a call centre keeps its own scorecards: what is in it now, and what is wrong with it."""

import logging
import re
import threading
import time
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from app.domain.language import LANGUAGES
from app.domain.scorecard import Scorecard
from app.kit.errors import AppError
from app.scorecards.loader import before, read

log = logging.getLogger(__name__)

ENDINGS = (".yaml", ".yml")
# Some programs remove a file before they write it anew; it is gone when it stays away for so long, in seconds.
GONE_SECONDS = 3.0


@dataclass(frozen=True)
class Trouble:
    """Something in the folder that cannot be used; `language` is that of the calls it was for, where that shows."""

    file: str
    reason: AppError
    language: str | None = None


@dataclass(frozen=True)
class OwnCard:
    """A card of the folder, and the name of its file."""

    file: str
    card: Scorecard


@dataclass(frozen=True)
class Folder:
    """What the folder holds: the one card for each language, and what cannot be used."""

    cards: dict[str, OwnCard]
    troubles: tuple[Trouble, ...] = ()


class FolderUnreadable(AppError):
    """The folder of scorecards cannot be read; check CALLMARK_SCORECARD_DIR, and who may read it."""

    code = "scorecard_folder"


class TwoForOneLanguage(AppError):
    """Two scorecards are for calls in the same language; keep one of them in the folder."""

    code = "scorecard_twice"


def files(folder: Path) -> list[Path]:
    """The scorecard files of a folder."""
    try:
        found = [one for one in folder.iterdir() if one.suffix.lower() in ENDINGS and not one.name.startswith(".")]
    except OSError as error:
        raise FolderUnreadable(
            f"The folder of scorecards {folder} cannot be read; check CALLMARK_SCORECARD_DIR, and who may read it."
        ) from error
    return sorted(found)


def look(folder: Path) -> Folder:
    """What is in the folder at this moment; what is newly wrong is written to the log."""
    with _looking:
        try:
            found = _look(folder)
        except FolderUnreadable as error:
            found = Folder({}, (Trouble(folder.name, error),))
        told = {one.reason.message for one in found.troubles}
        for message in sorted(told - _told.get(folder, set())):
            log.error("a scorecard cannot be loaded and takes the place of none: %s", message)
        _told[folder] = told
        return found


def _look(folder: Path) -> Folder:
    cards: list[OwnCard] = []
    troubles: list[Trouble] = []
    for path in _present(folder):
        try:
            cards.append(OwnCard(path.name, read(path) if path.exists() else before(path)))
        except AppError as error:
            troubles.append(Trouble(path.name, error, _language(path)))
    alone: dict[str, OwnCard] = {}
    for language, together in groupby(sorted(cards, key=lambda one: one.card.language), lambda one: one.card.language):
        same = list(together)
        if len(same) == 1:
            alone[language] = same[0]
        else:
            names = ", ".join(one.file for one in same)
            twice = TwoForOneLanguage(f"{names}: all are for calls in {language!r}; keep one of them in the folder")
            troubles.append(Trouble(names, twice, language))
    return Folder(alone, tuple(troubles))


def _present(folder: Path) -> list[Path]:
    """The files of the folder, with those that went away only a moment ago."""
    found, now = files(folder), time.monotonic()
    known = _known.setdefault(folder, {})
    for path in found:
        known[path] = None
    for path in [one for one in known if one not in found]:
        since = known[path] = known[path] or now
        if now - since >= GONE_SECONDS:
            del known[path]
    return sorted(known)


def _language(path: Path) -> str | None:
    """The language that a file says it is for, however broken the rest of it is."""
    try:
        said = re.search(r"""^language:\s*["']?([a-z]+)""", path.read_text("utf-8", "replace"), flags=re.MULTILINE)
    except OSError:
        return None
    return said[1] if said and said[1] in LANGUAGES else None


# By folder: its files with the moment since when each is missing, and the troubles that the log has told.
_known: dict[Path, dict[Path, float | None]] = {}
_told: dict[Path, set[str]] = {}
_looking = threading.Lock()
