"""What changed from one scorecard to another, in words."""

from collections.abc import Iterator, Sequence
from typing import Any

from app.domain.evidence import Reason
from app.domain.scorecard import Item, Scorecard, Text, WordSet
from app.domain.transcript import Value
from app.kit.i18n import LANGUAGES, N_

CARD, ITEM, SET = N_("Scorecard"), N_("Item {id} ({title})"), N_("Word set {name}, used by {items}")
FREE_SET = N_("Word set {name}")
KINDS_OF_EXAMPLES = {
    "passes": (N_("Passing example added: {text}"), N_("Passing example removed: {text}")),
    "fails": (N_("Failing example added: {text}"), N_("Failing example removed: {text}")),
    "not_applicable": (
        N_("Example that does not apply added: {text}"),
        N_("Example that does not apply removed: {text}"),
    ),
    "uncertain": (N_("Example that nobody can tell added: {text}"), N_("Example that nobody can tell removed: {text}")),
    "unscored": (N_("Example for a person added: {text}"), N_("Example for a person removed: {text}")),
}
KINDS_OF_WORDS = {
    "phrases": (N_("Phrase added: {text}"), N_("Phrase removed: {text}")),
    "patterns": (N_("Pattern added: {text}"), N_("Pattern removed: {text}")),
    "exclude": (N_("Does not count any more: {text}"), N_("Counts again: {text}")),
}
ID = N_("Id")
CHANGED = N_("{what}: {old} → {new}")
NAMES = {
    "title": N_("Title"),
    "pass_mark": N_("Pass mark"),
    "language": N_("Language of the calls"),
    "points": N_("Points"),
    "section": N_("Section"),
    "guidance": N_("Guidance"),
    "levels": N_("Levels"),
    "pass_level": N_("Passes from"),
}
NO_DIFFERENCE = N_("There is no difference.")
NOTHING = Reason(template=N_("nothing"))
# Told in other ways below.
TOLD = {"id", "examples", "fail_reasons", "rule", "applies_when", "critical", "items", "sets", "sections"}


class Change(Value):
    """One change, and what of the scorecard it is about."""

    about: Reason
    what: Reason


def differences(old: Scorecard, new: Scorecard) -> tuple[Change, ...]:
    """What a reader must know to go from the old scorecard to the new one, in the order of the card; empty for none."""
    if old.version == new.version:
        return ()
    return (*_of_card(old, new), *_of_items(old, new), *_of_sets(old, new))


# --- the card ---------------------------------------------------------------------------------------------------------


def _of_card(old: Scorecard, new: Scorecard) -> Iterator[Change]:
    about = Reason(template=CARD)
    if old.id != new.id:
        yield Change(about=about, what=_renamed_id(old.id, new.id))
    for what in _fields(old, new, {"fragments"}):
        yield Change(about=about, what=what)
    for what in _listed(old.sections, new.sections):
        yield Change(about=about, what=what)
    for name in dict.fromkeys((*new.fragments, *old.fragments)):
        was, now = old.fragments.get(name), new.fragments.get(name)
        if was != now:
            what = Reason(
                template=N_("Fragment {name}: {old} → {new}"),
                values={"name": _verbatim(name), "old": _shown(was), "new": _shown(now)},
            )
            yield Change(about=about, what=what)


def _listed(old: Sequence[Any], new: Sequence[Any]) -> Iterator[Reason]:
    """Sections that came, went, were renamed or changed places."""
    before, after = {one.id: one for one in old}, {one.id: one for one in new}
    for name, one in after.items():
        if name not in before:
            yield Reason(template=N_("Section added: {title}"), values={"title": _text(one.title)})
        elif before[name].title != one.title:
            yield Reason(
                template=N_("Section renamed: {old} → {new}"),
                values={"old": _text(before[name].title), "new": _text(one.title)},
            )
    for name, one in before.items():
        if name not in after:
            yield Reason(template=N_("Section removed: {title}"), values={"title": _text(one.title)})
    if [name for name in before if name in after] != [name for name in after if name in before]:
        yield Reason(template=N_("The sections stand in another order."))


# --- its items --------------------------------------------------------------------------------------------------------


def _of_items(old: Scorecard, new: Scorecard) -> Iterator[Change]:
    before = {item.id: item for item in old.items}
    after = {item.id: item for item in new.items}
    renamed = _renamed(before, after)
    for item in new.items:
        about = _about(item)
        was = before.get(renamed.get(item.id, item.id))
        if was is None:
            what = Reason(
                template=N_("Added, {points} points; rule: {rule}"),
                values={"points": _number(item.points), "rule": new.stated(item)},
            )
            yield Change(about=about, what=what)
            continue
        for what in _of_item(was, item, old, new):
            yield Change(about=about, what=what)
    for item in old.items:
        if item.id not in after and item.id not in renamed.values():
            what = Reason(template=N_("Removed; it had {points} points"), values={"points": _number(item.points)})
            yield Change(about=_about(item), what=what)
    stayed = [renamed.get(one, one) for one in after if renamed.get(one, one) in before]
    if stayed != [one for one in before if one in stayed]:
        yield Change(about=Reason(template=CARD), what=Reason(template=N_("The items stand in another order.")))


def _renamed_id(old: str, new: str) -> Reason:
    return Reason(template=CHANGED, values={"what": Reason(template=ID), "old": _verbatim(old), "new": _verbatim(new)})


def _renamed(before: dict[str, Item], after: dict[str, Item]) -> dict[str, str]:
    """The items that only got another id, each with its old one: those called as one that is gone was."""
    gone = [item for item in before.values() if item.id not in after]
    renamed: dict[str, str] = {}
    for item in after.values():
        if item.id not in before:
            was = next((one for one in gone if one.title == item.title and one.id not in renamed.values()), None)
            if was is not None:
                renamed[item.id] = was.id
    return renamed


def _of_item(old: Item, new: Item, before: Scorecard, after: Scorecard) -> Iterator[Reason]:
    if old.id != new.id:
        yield _renamed_id(old.id, new.id)
    yield from _fields(old, new, set())
    if old.critical != new.critical:
        yield Reason(template=N_("Now critical") if new.critical else N_("No longer critical"))
    was, now = before.stated(old), after.stated(new)
    if was != now:
        yield Reason(template=N_("Rule: {old} → {new}"), values={"old": was, "new": now})
    yield from _resettings(_settings(old), _settings(new))
    yield from _come_and_gone(
        tuple(map(_every_language, old.fail_reasons)),
        tuple(map(_every_language, new.fail_reasons)),
        N_("Fail reason added: {text}"),
        N_("Fail reason removed: {text}"),
    )
    for kind, (added, removed) in KINDS_OF_EXAMPLES.items():
        was, now = getattr(old.examples, kind), getattr(new.examples, kind)
        yield from _come_and_gone(tuple(map(_example, was)), tuple(map(_example, now)), added, removed)


def _example(example: Any) -> str:
    facts = [f"{key}: {value}" for key, value in example.model_dump(exclude_defaults=True).items() if key != "call"]
    return " / ".join((*example.call, *facts))


def _resettings(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Reason]:
    """The settings of a rule that differ, by their places in the file; of another rule, its words say enough."""
    if old.keys() == new.keys():
        for place, value in new.items():
            if old[place] != value:
                values = {"what": _plain(place), "old": _shown(old[place]), "new": _shown(value)}
                yield Reason(template=CHANGED, values=values)


def _settings(item: Item) -> dict[str, Any]:
    """Every single value of an item's rule by its place: rule.for_each.margin."""
    found: dict[str, Any] = {}
    left: list[tuple[str, Any]] = list(item.model_dump(mode="json", include={"rule", "applies_when"}).items())
    while left:
        place, value = left.pop(0)
        if isinstance(value, dict):
            left += [(f"{place}.{key}", below) for key, below in value.items()]
        elif isinstance(value, list):
            left += [(f"{place}[{at}]", below) for at, below in enumerate(value)]
        else:
            found[place] = value
    return found


# --- its word sets ----------------------------------------------------------------------------------------------------


def _of_sets(old: Scorecard, new: Scorecard) -> Iterator[Change]:
    for name in dict.fromkeys((*new.sets, *old.sets)):
        was, now = old.sets.get(name), new.sets.get(name)
        about = _about_set(name, new if now is not None else old)
        if was is None and now is not None:
            yield Change(about=about, what=Reason(template=N_("Added")))
        elif was is not None and now is None:
            yield Change(about=about, what=Reason(template=N_("Removed")))
        elif was is not None and now is not None:
            for what in _of_set(was, now):
                yield Change(about=about, what=what)


def _of_set(old: WordSet, new: WordSet) -> Iterator[Reason]:
    for kind, (added, removed) in KINDS_OF_WORDS.items():
        yield from _come_and_gone(getattr(old, kind), getattr(new, kind), added, removed)
    yield from _fields(old, new, set(KINDS_OF_WORDS))


def _about_set(name: str, card: Scorecard) -> Reason:
    users = [item.id for item in card.items if name in _sets_of(item)]
    if not users:
        return Reason(template=FREE_SET, values={"name": _verbatim(name)})
    return Reason(template=SET, values={"name": _verbatim(name), "items": _verbatim(", ".join(users))})


def _sets_of(item: Item) -> tuple[str, ...]:
    return (*item.rule.sets_used(), *(item.applies_when.sets_used() if item.applies_when else ()))


# --- words ------------------------------------------------------------------------------------------------------------


def _come_and_gone(old: Sequence[str], new: Sequence[str], added: str, removed: str) -> Iterator[Reason]:
    yield from (Reason(template=added, values={"text": _verbatim(one)}) for one in new if one not in old)
    yield from (Reason(template=removed, values={"text": _verbatim(one)}) for one in old if one not in new)
    if set(old) == set(new) and tuple(old) != tuple(new):
        yield Reason(template=N_("The same lines stand in another order or number."))


def _fields(old: Value, new: Value, told: set[str]) -> Iterator[Reason]:
    """Every other field that differs, so that none is passed over: also one that came after this was written."""
    for name in type(new).model_fields:
        was, now = getattr(old, name), getattr(new, name)
        if name in TOLD | told or was == now:
            continue
        label = Reason(template=NAMES[name]) if name in NAMES else _plain(name)
        if _is_text(was) and _is_text(now):
            yield from _retold(label, was, now)
        else:
            yield Reason(template=CHANGED, values={"what": label, "old": _shown(was), "new": _shown(now)})


def _retold(label: Reason, old: Text, new: Text) -> Iterator[Reason]:
    """A text that reads differently, for each language in which it does."""
    before, after = _text(old), _text(new)
    for code, spoken in LANGUAGES.items():
        if before.get(code) != after.get(code):
            named = Reason(template=N_("{what} ({language})"), values={"what": label, "language": _verbatim(spoken)})
            values = {"what": named, "old": _shown(before.get(code)), "new": _shown(after.get(code))}
            yield Reason(template=CHANGED, values=values)


def _is_text(value: object) -> bool:
    return isinstance(value, dict) and set(value) <= set(LANGUAGES)


def _shown(value: Any) -> Reason | dict[str, str]:
    """A value as it stands in the card."""
    if value is None or value in ((), ""):
        return NOTHING
    if isinstance(value, bool):
        return Reason(template=N_("yes") if value else N_("no"))
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, tuple):
        return _verbatim(" / ".join(f"{one:g}" if isinstance(one, float) else str(one) for one in value))
    return _verbatim(str(value))


def _about(item: Item) -> Reason:
    return Reason(template=ITEM, values={"id": _verbatim(item.id), "title": _text(item.title)})


def _text(texts: Text) -> dict[str, str]:
    return {str(code): text for code, text in texts.items()}


def _every_language(texts: Text) -> str:
    return " / ".join(texts.values())


def _verbatim(text: str) -> dict[str, str]:
    """A text as it stands in the card, which no catalogue may translate."""
    return {"en": text}


def _plain(text: str) -> Reason:
    return Reason(template="{text}", values={"text": _verbatim(text)})


def _number(value: float) -> dict[str, str]:
    return _verbatim(f"{value:g}")
