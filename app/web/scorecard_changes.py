"""What changed between two versions of a scorecard, in words, side by side."""

from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.domain.evidence import Reason
from app.domain.scorecard import Scorecard
from app.kit.i18n import Translator
from app.request import SessionDep
from app.scorecards.difference import CHANGED, Change, differences
from app.scorecards.known import card_named, short
from app.web.rendering import render, words_for
from app.web.scorecards import Student

router = APIRouter()


@dataclass(frozen=True)
class ChangeRow:
    """One change: a value before and after, or in one sentence."""

    what: str
    old: str
    new: str
    told: str


@dataclass(frozen=True)
class ChangeGroup:
    """All that changed of one item, word set, or of the card itself."""

    about: str
    rows: tuple[ChangeRow, ...]


@dataclass(frozen=True)
class DiffPage:
    """Two versions of a scorecard, and what somebody who is judged by them must know."""

    template: ClassVar[str] = "scorecards/diff.html"
    name: str
    title: str
    old: str
    new: str
    groups: tuple[ChangeGroup, ...]


@router.get("/scorecards/{name}/diff")
def show_difference(request: Request, name: str, old: str, new: str, session: SessionDep, user: Student) -> Response:
    return render(request, _page(session, name, old, new, words_for(request)))


def change_groups(old: Scorecard, new: Scorecard, words: Translator) -> tuple[ChangeGroup, ...]:
    """What changed, in the order of the card; empty for nothing."""
    found = groupby(differences(old, new), key=lambda change: change.about)
    return tuple(ChangeGroup(about.said(words), tuple(_row(one, words) for one in group)) for about, group in found)


def _row(change: Change, words: Translator) -> ChangeRow:
    what = change.what
    if what.template != CHANGED:
        return ChangeRow("", "", "", what.said(words))
    label, old, new = (_said(what.values[name], words) for name in ("what", "old", "new"))
    return ChangeRow(label, old, new, "")


def _said(value: object, words: Translator) -> str:
    return Reason(template="{value}", values={"value": value}).said(words)


def _page(session: Session, name: str, old: str, new: str, words: Translator) -> DiffPage:
    card, before, after = (card_named(session, one) for one in (name, old, new))
    return DiffPage(
        name=card.id,
        title=card.text(card.title, words.language),
        old=short(before.version),
        new=short(after.version),
        groups=change_groups(before, after, words),
    )
