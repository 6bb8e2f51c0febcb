"""Which scorecard judges a call now: that of the call centre's own folder for its language, else the shipped one.

Where there is no folder, what a person published last comes before the shipped one. A card that cannot be loaded never
takes the place of one that works: what judged last goes on judging.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.language import LANGUAGES
from app.domain.scorecard import Scorecard
from app.kit.errors import AppError
from app.scorecards.folder import Folder, FolderUnreadable, Trouble, files, look
from app.scorecards.loader import shipped_card

if TYPE_CHECKING:
    from sqlmodel import Session

    from app.scorecards.queries import InForce


@dataclass(frozen=True)
class Active:
    """The card that judges calls in one language, and its file in the folder ("" for a shipped or published one)."""

    card: Scorecard
    file: str
    is_published: bool = False


@dataclass(frozen=True)
class Held:
    """A file that cannot be used, why, and the version that goes on judging in its place (None: it was to be new)."""

    file: str
    fault: str
    version: str | None


def judge_by(folder: Path | None) -> None:
    """From now on, let this process judge by the cards in this folder (None: by the shipped ones alone)."""
    if folder is not None:
        files(folder)
    _chosen.clear()
    _chosen.extend([folder] if folder is not None else [])


def has_folder() -> bool:
    """Whether cards of the call centre's own may judge."""
    return bool(_chosen)


def own_file(name: str) -> Path | None:
    """A file of the folder by its name."""
    return _chosen[0] / name if _chosen and name else None


def active_card(session: "Session | None", language: str) -> Scorecard:
    """The scorecard that judges calls in this language now; without a database nothing is known of before."""
    return active(session, language).card


def active(session: "Session | None", language: str) -> Active:
    """The same, with where it comes from."""
    code = language.lower().replace("_", "-").split("-")[0]
    found = look(_chosen[0]) if _chosen else None
    own = found.cards.get(code) if found is not None else None
    if own is not None:
        return Active(own.card, own.file)
    before = _published(session, code) if found is None else _refused(session, found, code)
    return before or Active(shipped_card(language), "")


def _published(session: "Session | None", code: str) -> Active | None:
    """The card that a person published last; None where the shipped one judges."""
    if session is None:
        return None
    # Imported here, as below: who scores files without a database does not wait for what asks one.
    from app.scorecards import queries

    last = queries.published(session, code)
    return None if last is None or last.shipped else Active(queries.card(session, last.version), "", is_published=True)


def _refused(session: "Session | None", found: Folder, code: str) -> Active | None:
    """The card that judged last, where the folder's for this language cannot be used; None where it has none."""
    last = _judged_last(session, code)
    trouble = _in_the_way(session, found, code, last)
    if trouble is None or (last is not None and not last.file):
        return None
    if last is None or session is None:
        raise trouble.reason
    from app.scorecards import queries

    return Active(queries.card(session, last.version), last.file)


def _judged_last(session: "Session | None", code: str) -> "InForce | None":
    if session is None:
        return None
    from app.scorecards import queries

    return queries.in_force(session, code)


def active_versions(session: "Session") -> tuple[str, ...]:
    """The versions of the cards that judge now."""
    return tuple(one.card.version for one in all_active(session).values())


def all_active(session: "Session") -> dict[str, Active]:
    """What judges now, by language; a language is missing where nothing can judge until a file is mended."""
    return dict(_all_active(session))


def held(session: "Session") -> tuple[Held, ...]:
    """What in the folder cannot be used at this moment."""
    return tuple(_held(session)) if _chosen else ()


def _held(session: "Session") -> Iterator[Held]:
    judging = {code: one.card.version for code, one in _all_active(session)}
    for trouble in look(_chosen[0]).troubles:
        first, *others = trouble.reason.message.removeprefix(f"{trouble.file}:").strip().splitlines()
        fault = f"{first} (+{len(others)})" if others else first
        yield Held(trouble.file, fault, judging.get(_language(session, trouble) or ""))


def _all_active(session: "Session") -> Iterator[tuple[str, Active]]:
    for code in LANGUAGES:
        try:
            yield code, active(session, code)
        except AppError:
            # Nothing judges calls in this language until the file is mended.
            continue


def _in_the_way(session: "Session | None", found: Folder, code: str, last: "InForce | None") -> Trouble | None:
    """The trouble because of which the folder may have no card for this language."""
    for trouble in found.troubles:
        judged_last = last is not None and last.file == trouble.file
        concerns_all = isinstance(trouble.reason, FolderUnreadable)
        if judged_last or concerns_all or _language(session, trouble) in (code, None):
            return trouble
    return None


def _language(session: "Session | None", trouble: Trouble) -> str | None:
    """For calls in which language a file was: as it says, else as it was when it last judged."""
    if trouble.language is not None or session is None:
        return trouble.language
    last = {code: _judged_last(session, code) for code in LANGUAGES}
    return next((code for code, one in last.items() if one is not None and one.file == trouble.file), None)


# The folder this process judges by; empty when only shipped cards judge.
_chosen: list[Path] = []
