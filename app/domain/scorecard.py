"""Which YAML is a valid scorecard: sections, items, word sets, rules, and examples that prove the rules."""

import hashlib
import json
import re
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

import regex
from pydantic import Field, PrivateAttr, field_validator, model_validator

from app.domain.evidence import Reason, Verdict
from app.domain.language import LANGUAGES, language
from app.domain.matching import Lexicon
from app.domain.metrics.rule_quality import GATE, Gate
from app.domain.rules import Rule
from app.domain.transcript import Value

Text = dict[Literal["en", "zh", "ja"], str]


class WordSet(Value):
    """Ways of saying one thing: literal phrases, patterns over the written form, and what must not count.

    A pattern may use the card's fragments as {name}. A hit that overlaps an `exclude` match does not count. With
    `phonetic: false` only the written form counts, for words that cost dearly when misheard; with `fuzzy: false` what
    is nearly a phrase is no reason to be unsure. `unsure` are patterns that may or may not mean it: where nothing else
    is found they make a miss uncertain, never a pass. `means` says in words what somebody does who says one of the set
    ("apologises for the wait"), so that rules can be read out.
    """

    means: Text = {}
    phrases: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    phonetic: bool = True
    fuzzy: bool = True

    @model_validator(mode="after")
    def says_something(self) -> Self:
        if not self.phrases and not self.patterns:
            raise ValueError("give at least one phrase or pattern")
        return self


class Example(Value):
    """A small call in timed notation and the verdict the item must get on it."""

    call: tuple[str, ...]
    customer_name: str | None = None
    direction: Literal["inbound", "outbound"] = "inbound"


class Examples(Value):
    """Calls on which the item passes, fails, does not apply, cannot be told, or is left to a person."""

    passes: tuple[Example, ...] = ()
    fails: tuple[Example, ...] = ()
    not_applicable: tuple[Example, ...] = ()
    uncertain: tuple[Example, ...] = ()
    unscored: tuple[Example, ...] = ()


class Item(Value):
    """One line of the scorecard; a rule that is `manual` leaves it to a person.

    A graded item has `levels`, the points of each from the lowest up: a person chooses one, and `pass_level` and those
    above it pass. A rule that passes earns the highest.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    section: str
    title: Text
    points: Annotated[float, Field(gt=0)]
    levels: tuple[Annotated[float, Field(ge=0)], ...] | None = None
    pass_level: float | None = None
    critical: bool = False
    applies_when: Rule | None = None
    rule: Rule
    guidance: Text
    fail_reasons: tuple[Text, ...] = ()
    examples: Examples = Examples()

    @model_validator(mode="after")
    def proves_its_rule(self) -> Self:
        if self.rule.judges and not (self.examples.fails and (self.examples.passes or self.examples.unscored)):
            raise ValueError("an item with a rule needs a failing example and a passing (or unscored) one")
        return self

    @model_validator(mode="after")
    def grades_from_fail_to_full_points(self) -> Self:
        if self.levels is None:
            if self.pass_level is not None:
                raise ValueError("pass_level: give levels too, the points of each, such as [0, 3, 5]")
            return self
        if len(self.levels) < 2:
            raise ValueError("levels: give at least two, such as [0, 3, 5], or none for an item that passes or fails")
        if not all(one < following for one, following in pairwise(self.levels)):
            raise ValueError("levels: give each more points than the one before it")
        if self.levels[-1] != self.points:
            raise ValueError(f"levels: the highest must be the points of the item, {self.points:g}")
        if self.levels[0] != 0 and self.rule.judges:
            raise ValueError("levels: start with 0, which is what the item earns when its rule fails it")
        if self.pass_level not in self.levels[1:]:
            above = ", ".join(f"{one:g}" for one in self.levels[1:])
            raise ValueError(f"pass_level: name the lowest level that passes, one of {above}")
        return self

    def verdict_of(self, level: float) -> Verdict | None:
        """Whether a level passes or fails; None when the item has no such level."""
        if self.levels is None or self.pass_level is None or level not in self.levels:
            return None
        return Verdict.PASS if level >= self.pass_level else Verdict.FAIL


class Section(Value):
    """A part of the call whose items stand together."""

    id: str
    title: Text


class Scorecard(Value):
    """What calls of one kind are judged by; `version` is the hash of the content.

    A rule below `gate`, held against what people decided, is shown as advisory.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    title: Text
    language: str
    pass_mark: Annotated[float, Field(ge=0, le=100)]
    gate: Gate = GATE
    sections: tuple[Section, ...]
    fragments: dict[str, str] = {}
    sets: dict[str, WordSet] = {}
    items: tuple[Item, ...]

    @field_validator("language")
    @classmethod
    def language_is_known(cls, code: str) -> str:
        if code not in LANGUAGES:
            raise ValueError(f"there are no rules for language {code!r}; known are {', '.join(LANGUAGES)}")
        return code

    @model_validator(mode="after")
    def hangs_together(self) -> Self:
        ids = [item.id for item in self.items]
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            raise ValueError(f"items: the id {twice[0]!r} stands more than once")
        sections = {section.id for section in self.sections}
        for item in self.items:
            if item.section not in sections:
                raise ValueError(f"items.{item.id}.section: there is no section {item.section!r}")
            for rule in (item.rule, item.applies_when):
                for name in rule.sets_used() if rule else ():
                    if name not in self.sets:
                        raise ValueError(f"items.{item.id}.rule: there is no set {name!r}")
        total = sum(item.points for item in self.items)
        if abs(total - 100) > 1e-9:
            raise ValueError(f"items: the points add up to {total:g}, not to 100")
        for name, words in self.sets.items():
            for pattern in (*words.patterns, *words.exclude, *words.unsure):
                try:
                    regex.compile(self.expanded(pattern))
                except (regex.error, KeyError) as fault:
                    raise ValueError(f"sets.{name}: the pattern {pattern!r} cannot be read: {fault}") from None
        return self

    def expanded(self, pattern: str) -> str:
        """A pattern with its {fragments} written in."""
        for _ in range(5):
            wider = re.sub(r"\{([a-z_]+)\}", lambda match: f"(?:{self.fragments[match[1]]})", pattern)
            if wider == pattern:
                return wider
            pattern = wider
        raise KeyError("fragments refer to each other in a circle")

    @cached_property
    def lexicons(self) -> dict[str, Lexicon]:
        """The word sets, compiled once for all calls."""
        return {
            name: Lexicon(
                language=language(self.language),
                phrases=words.phrases,
                patterns=tuple(map(self.expanded, words.patterns)),
                exclude=tuple(map(self.expanded, words.exclude)),
                unsure=tuple(map(self.expanded, words.unsure)),
                phonetic=words.phonetic,
                fuzzy=words.fuzzy,
                means=dict(words.means.items()) or _says(name.replace("_", " ")),
            )
            for name, words in self.sets.items()
        }

    def stated(self, item: Item) -> Reason:
        """An item's rule in words: "the agent apologises for the wait within 15 s after each hold"."""
        rule = item.rule.stated(self.lexicons)
        if item.applies_when is None:
            return rule
        condition = item.applies_when.stated(self.lexicons)
        return Reason(template="when {condition}: {rule}", values={"condition": condition, "rule": rule})

    _stored_as: str | None = PrivateAttr(None)

    @classmethod
    def as_stored(cls, content: dict[str, Any], version: str) -> "Scorecard":
        """A card that was kept, under the version it had then, whatever a card may say today."""
        sets = {
            # What `phonetic` was called at first.
            name: {("phonetic" if key == "sound_alikes" else key): value for key, value in words.items()}
            for name, words in content.get("sets", {}).items()
        }
        card = cls.model_validate({**content, "sets": sets})
        card._stored_as = version
        return card

    @cached_property
    def version(self) -> str:
        """The hash of the content; of a card that was kept, the name it was kept under."""
        if self._stored_as is not None:
            return self._stored_as
        # What stands as it does without being written is left out, so that a new key leaves older cards as they are.
        content = json.dumps(self.model_dump(mode="json", exclude_defaults=True), sort_keys=True, ensure_ascii=False)
        return "sha256:" + hashlib.sha256(content.encode()).hexdigest()

    def text(self, texts: Text, code: str) -> str:
        """One of an item's texts in the wanted language, else in the card's own, else in English."""
        wanted: dict[Any, str] = dict(texts)
        return wanted.get(code) or wanted.get(language(self.language).code) or wanted["en"]


def _says(name: str) -> dict[str, str]:
    """What somebody does who says one of a set that has no `means`."""
    return {"en": f"says “{name}”", "zh": f"说“{name}”", "ja": f"「{name}」と言う"}
