"""The everyday changes to one item by a form: its titles, points, guidance, and the phrases that it listens for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts.models import User
from app.kit.errors import NotFound
from app.kit.i18n import LANGUAGES
from app.request import SessionDep
from app.scorecards.amend import CannotAmend, Changes, amended
from app.scorecards.known import card_named, source_of
from app.scorecards.lines import Step
from app.scorecards.loader import Unreadable, parsed
from app.web.rendering import LANG_TAGS, render, see_other, words_for
from app.web.scorecard_editing import Editor, draft_or_none, save
from app.web.scorecard_items import Spoken

router = APIRouter()

Texts = Annotated[list[str], Form(max_length=20)]


@dataclass(frozen=True)
class PhrasesView:
    """The phrases of a word set, one a line."""

    name: str
    means: str
    phrases: str


@dataclass(frozen=True)
class ItemFormPage:
    """What can be changed of an item without YAML."""

    template: ClassVar[str] = "scorecards/item_form.html"
    name: str
    item: str
    revision: int
    titles: tuple[Spoken, ...]
    guidance: tuple[Spoken, ...]
    points: str
    graded: bool
    others: str
    critical: bool
    sets: tuple[PhrasesView, ...]


@router.get("/scorecards/{name}/edit/{item}")
def edit_item(request: Request, name: str, item: str, session: SessionDep, user: Editor) -> Response:
    text, revision = _text(session, user, name)
    return render(request, _page(name, item, text, revision, words_for(request).language))


@router.post("/scorecards/{name}/edit/{item}")
def change_item(
    name: str,
    item: str,
    session: SessionDep,
    user: Editor,
    revision: Annotated[int, Form(ge=0)],
    title: Texts,
    guidance: Texts,
    points: Annotated[float | None, Form(gt=0, le=100)] = None,
    critical: Annotated[bool, Form()] = False,
    set_name: Annotated[list[str] | None, Form(max_length=50)] = None,
    phrases: Annotated[list[str] | None, Form(max_length=50)] = None,
) -> Response:
    text, _ = _text(session, user, name)
    sets = dict(zip(set_name or [], phrases or [], strict=False))
    changes = _changes(text, item, title, guidance, points, critical, sets)
    save(session, user, name, amended(text, changes), revision)
    return see_other(f"/scorecards/{name}/edit", "saved")


def _text(session: Session, user: User, name: str) -> tuple[str, int]:
    """What the person is writing, or else what judges, with its revision."""
    draft = draft_or_none(session, user, name)
    if draft is not None:
        return draft.content, draft.revision
    return source_of(session, card_named(session, name)), 0


def _page(name: str, item: str, text: str, revision: int, language: str) -> ItemFormPage:
    content, place = _found(text, item)
    one = content["items"][place]
    points = [float(other["points"]) for other in content["items"] if other is not one]
    return ItemFormPage(
        name=name,
        item=item,
        revision=revision,
        titles=_spoken(one["title"]),
        guidance=_spoken(one.get("guidance", {})),
        points=f"{one['points']:g}",
        graded="levels" in one,
        others=f"{sum(points):g}",
        critical=bool(one.get("critical")),
        sets=tuple(
            PhrasesView(set_name, _means(held, language), "\n".join(held["phrases"]))
            for set_name in _sets(content, place)
            if (held := content["sets"][set_name])
        ),
    )


def _changes(
    text: str,
    item: str,
    title: list[str],
    guidance: list[str],
    points: float | None,
    critical: bool,
    sets: dict[str, str],
) -> Changes:
    """What is to stand where, of all that is not as it was."""
    content, place = _found(text, item)
    one, at = content["items"][place], ("items", place)
    wanted: dict[tuple[Step, ...], Any] = {}
    for key, given in (("title", title), ("guidance", guidance)):
        texts = dict(zip(LANGUAGES, (" ".join(text.split()) for text in given), strict=False))
        wanted[*at, key] = {code: text for code, text in texts.items() if text}
    if points is not None and "levels" not in one:
        wanted[*at, "points"] = points
    if critical != bool(one.get("critical")):
        wanted[*at, "critical"] = critical
    for name in _sets(content, place):
        if name in sets:
            lines = (" ".join(line.split()) for line in sets[name].splitlines())
            wanted["sets", name, "phrases"] = list(dict.fromkeys(filter(None, lines)))
            if not wanted["sets", name, "phrases"]:
                # A set without phrases needs patterns, which only the YAML shows.
                raise CannotAmend
    return {steps: value for steps, value in wanted.items() if value != {} and _at(content, steps) != value}


def _at(content: Any, steps: tuple[Step, ...]) -> Any:
    for step in steps[:-1]:
        content = content[step]
    return content.get(steps[-1])


def _found(text: str, item: str) -> tuple[dict[str, Any], int]:
    """What the text holds, and the place of the item in it; a text that is no scorecard has none."""
    try:
        content = parsed(text.encode()).content
        ids = [one["id"] for one in content["items"]]
        return content, ids.index(item)
    except (Unreadable, ValueError, KeyError, TypeError) as error:
        raise NotFound from error


def _sets(content: dict[str, Any], place: int) -> tuple[str, ...]:
    """The word sets that the rule of an item names and that have phrases."""
    named = dict.fromkeys(_named(content["items"][place].get("rule")))
    known = content.get("sets") or {}
    return tuple(name for name in named if known.get(name, {}).get("phrases"))


def _named(rule: Any) -> Iterator[str]:
    if isinstance(rule, dict):
        for key, value in rule.items():
            if key == "set" and isinstance(value, str):
                yield value
            else:
                yield from _named(value)
    elif isinstance(rule, list):
        for one in rule:
            yield from _named(one)


def _spoken(texts: dict[str, str]) -> tuple[Spoken, ...]:
    return tuple(Spoken(name, LANG_TAGS[code], texts.get(code, "")) for code, name in LANGUAGES.items())


def _means(held: dict[str, Any], language: str) -> str:
    """What a word set stands for, in the reader's language if the card has it."""
    means = held.get("means") or {}
    return means.get(language) or next(iter(means.values()), "")
