"""Whether a complaint had been caught, as pages tell it: by people, by the machine, and by which items."""

from dataclasses import dataclass

from sqlmodel import Session

from app.kit.i18n import N_, Translator
from app.reports.complaint_links import Caught, Link, Side
from app.reports.wording import Shown
from app.scorecards import queries as scorecards

CAUGHT = {
    Caught.CAUGHT: Shown("✕", N_("Caught"), "fail"),
    Caught.PASSED: Shown("✓", N_("Let pass"), "pass"),
    Caught.OPEN: Shown("?", N_("Open"), "caution"),
    Caught.NOT_JUDGED: Shown("–", N_("Not judged"), "neutral"),
}


@dataclass(frozen=True)
class FailedItem:
    """An item that failed; `matches`: it is of the kind that was complained of."""

    title: str
    matches: bool


@dataclass(frozen=True)
class SideView:
    """What one side made of the call; `after`: only when the complaint had come already."""

    shown: Shown
    after: bool
    failed: tuple[FailedItem, ...]


@dataclass(frozen=True)
class CaughtView:
    """What people and the machine made of a call that was complained about."""

    review: SideView
    machine: SideView


def caught_view(session: Session, found: Link, words: Translator) -> CaughtView:
    """A link in words."""
    return CaughtView(_side(session, found.review, words), _side(session, found.machine, words))


def item_name(session: Session, version: str, item: str, words: Translator) -> str:
    """What an item is called in this version of a scorecard."""
    card = scorecards.card(session, version)
    known = next((one for one in card.items if one.id == item), None)
    return card.text(known.title, words.language) if known else item


def _side(session: Session, found: Side, words: Translator) -> SideView:
    shown = CAUGHT[found.caught]
    failed = sorted(found.failed, key=lambda one: not one.matches)
    return SideView(
        shown._replace(word=words.gettext(shown.word)),
        found.after,
        tuple(FailedItem(item_name(session, one.version, one.id, words), one.matches) for one in failed),
    )
