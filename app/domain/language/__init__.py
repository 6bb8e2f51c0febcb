"""What differs from language to language: written and spoken form, names, honorifics, asking to wait.

A language is one file in this folder with one `Language` in it, named in LANGUAGES.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module


@dataclass(frozen=True)
class NameUse:
    """Where a text addresses somebody by name; `strength` is 1.0 for the written name, less for a sound-alike."""

    start: int
    end: int
    strength: float


@dataclass(frozen=True)
class Language:
    """One language of calls; every function takes and gives plain text.

    `sentence_end` are the characters that end a sentence, `abbreviations` the words whose full stop does not;
    `joiner` stands between words. `normal` folds what differs only in writing (case, variants, fillers); `phonetic`
    folds what sounds alike. `shortest_fuzzy` is the length below which a near miss by spelling says nothing. Where
    a script has a character for a syllable, `sound_alikes` widens a pattern over the written form to what sounds
    like it, and `merged` writes all characters of one sound as one of them. `names_given` finds the names a
    customer says of himself in a sentence as heard and in its written form (`asked`: right after being asked);
    `names_used` where a text addresses one of them by name, every line by itself. `name_cues` are words of which
    one stands in every sentence that gives a name unasked (none: any may); `asks_name`, `asks_to_wait` and the
    others are patterns over the written form.
    """

    code: str
    sentence_end: str
    abbreviations: tuple[str, ...]
    joiner: str
    shortest_fuzzy: int
    normal: Callable[[str], str]
    phonetic: Callable[[str], str]
    sound_alikes: Callable[[str], str] | None
    merged: Callable[[str], str] | None
    names_given: Callable[[str, str, bool], tuple[str, ...]]
    names_used: Callable[[str, tuple[str, ...]], tuple[NameUse, ...]]
    name_cues: tuple[str, ...]
    asks_name: str
    asks_to_wait: str
    not_asking_to_wait: str
    back_from_waiting: str
    back_channel: str


LANGUAGES = {"en": "app.domain.language.en", "zh": "app.domain.language.zh", "ja": "app.domain.language.ja"}


class UnknownLanguage(ValueError):
    """The language has no rules; use one of those in LANGUAGES."""


@cache
def language(code: str) -> Language:
    """The language with this code ("en", "zh-CN" …); its dictionaries load when first used."""
    short = code.lower().replace("_", "-").split("-")[0]
    if short not in LANGUAGES:
        raise UnknownLanguage(f"There are no rules for language {code!r}; known are {', '.join(LANGUAGES)}.")
    found: Language = import_module(LANGUAGES[short]).LANGUAGE
    return found
