"""The items of a scorecard as a person reads them: what is asked, how it is judged, and what proves it."""

from dataclasses import dataclass

from app.domain.evidence import Verdict
from app.domain.scorecard import Example, Examples, Item, Scorecard, Text, WordSet
from app.kit.i18n import LANGUAGES, N_, Translator
from app.reports.wording import VERDICTS, Shown, item_points
from app.web.rendering import LANG_TAGS

WANTED = {"passes": Verdict.PASS, "fails": Verdict.FAIL}
BY_RULE, BY_PERSON, BY_PERSON_UNLESS = (
    N_("Judged by a rule"),
    N_("A person judges"),
    N_("A person, unless a rule fails it"),
)


@dataclass(frozen=True)
class Spoken:
    """A text in one language, with its name and its tag for browsers."""

    language: str
    tag: str
    text: str


@dataclass(frozen=True)
class ExampleView:
    """A small call and the verdict that the item must get on it; `facts` tell what else is known of it."""

    wanted: Shown
    lines: tuple[str, ...]
    facts: str


@dataclass(frozen=True)
class WordsView:
    """Ways of saying one thing that a rule listens for."""

    name: str
    means: str
    phrases: tuple[str, ...]
    patterns: tuple[str, ...]
    exclude: tuple[str, ...]


@dataclass(frozen=True)
class ItemView:
    """One item; `titles` are those in the languages that the reader does not read."""

    id: str
    number: int
    title: str
    titles: tuple[Spoken, ...]
    points: str
    critical: bool
    levels: str
    pass_level: str
    judged: str
    rule: str
    guidance: str
    fail_reasons: tuple[str, ...]
    words: tuple[WordsView, ...]
    examples: tuple[ExampleView, ...]


@dataclass(frozen=True)
class SectionView:
    """A part of the call with its items and their points."""

    title: str
    points: str
    items: tuple[ItemView, ...]


def sections(card: Scorecard, words: Translator, *, with_examples: bool) -> tuple[SectionView, ...]:
    """The card by its sections; without examples, also the words that rules listen for are left out."""
    numbers = {item.id: place for place, item in enumerate(card.items, 1)}
    told = []
    for section in card.sections:
        items = [item for item in card.items if item.section == section.id]
        if items:
            views = tuple(_item(item, numbers[item.id], card, words, with_examples) for item in items)
            worth = item_points(sum(item.points for item in items))
            told.append(SectionView(card.text(section.title, words.language), worth, views))
    return tuple(told)


def _item(item: Item, place: int, card: Scorecard, words: Translator, with_examples: bool) -> ItemView:
    title = card.text(item.title, words.language)
    judged = BY_RULE if item.rule.key != "manual" else BY_PERSON_UNLESS if item.rule.judges else BY_PERSON
    sets = dict.fromkeys((*item.rule.sets_used(), *(item.applies_when.sets_used() if item.applies_when else ())))
    return ItemView(
        id=item.id,
        number=place,
        title=title,
        titles=_others(item.title, title),
        points=item_points(item.points),
        critical=item.critical,
        levels=" / ".join(item_points(level) for level in item.levels or ()),
        pass_level="" if item.pass_level is None else item_points(item.pass_level),
        judged=words.gettext(judged),
        rule=card.stated(item).said(words) if judged != BY_PERSON else "",
        guidance=card.text(item.guidance, words.language) if item.guidance else "",
        fail_reasons=tuple(card.text(reason, words.language) for reason in item.fail_reasons),
        words=tuple(_words(name, card.sets[name], words) for name in sets) if with_examples else (),
        examples=_examples(item.examples, words) if with_examples else (),
    )


def _others(texts: Text, shown: str) -> tuple[Spoken, ...]:
    return tuple(Spoken(LANGUAGES[code], LANG_TAGS[code], text) for code, text in texts.items() if text != shown)


def _words(name: str, held: WordSet, words: Translator) -> WordsView:
    means: dict[str, str] = {str(code): text for code, text in held.means.items()}
    said = means.get(words.language) or means.get("en") or next(iter(means.values()), "")
    return WordsView(name, said, held.phrases, held.patterns, held.exclude)


def _facts(example: Example, words: Translator) -> str:
    """What else is known of an example's call."""
    outbound = words.gettext("Outbound") if example.direction == "outbound" else ""
    customer = words.gettext("customer: %(name)s") % {"name": example.customer_name} if example.customer_name else ""
    return " · ".join(filter(None, (outbound, customer)))


def _examples(examples: Examples, words: Translator) -> tuple[ExampleView, ...]:
    told = []
    for kind, calls in examples:
        shown = VERDICTS[WANTED.get(kind) or Verdict(kind)]
        wanted = shown._replace(word=words.gettext(shown.word))
        for one in calls:
            told.append(ExampleView(wanted, one.call, _facts(one, words)))
    return tuple(told)
