"""What was said, made ready for search: one form for what can be written in several ways, and the terms of it.

Upper and lower case, half and full width, punctuation, and spaces between Chinese or Japanese characters do not matter.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from unicodedata import combining, is_normalized, normalize

# Han and kana, with their marks of repetition and length: written without spaces.
_UNSPACED = "\u3005\u3007\u3041-\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
_UNSPACED += "\uf900-\ufaff\U00020000-\U0003ffff"
_IS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_PIECE = re.compile(f"[{_UNSPACED}]+|[^\\W_{_UNSPACED}]+")
_QUOTED = re.compile(r'"([^"]*)"?|([^\s"]+)')
# Whatever quotation marks the keyboard has.
_QUOTES = str.maketrans(dict.fromkeys("“”„«»「」『』\uff02", '"'))

# What is longer is no word; the whole of it is compared with the text.
LONGEST_TERM = 40
# A word is also found by its beginning, if that says enough.
SHORTEST_BEGINNING = 3
MOST_PHRASES = 8
# What a PostgreSQL index takes of one call; a person would have to talk for days to use so many different words.
MOST_BYTES = 900_000


@dataclass(frozen=True)
class Form:
    """A text in the form in which it is searched; `bounds` is from where to where each character of it stood."""

    text: str
    bounds: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Phrase:
    """One thing to be found: as it was typed, and in the form in which it is searched (empty: nothing to say)."""

    typed: str
    form: str

    @property
    def pattern(self) -> str:
        """What the form of a turn contains when the phrase is in it; words begin where they begin."""
        words = self.form.split()
        before = "" if _IS_UNSPACED.match(words[0]) else " "
        return before + self.form + ("" if _may_go_on(words[-1]) else " ")

    @property
    def terms(self) -> tuple[tuple[str, bool], ...]:
        """The terms that a call has in which it was said; True: terms that begin so."""
        *first, last = self.form.split()
        inner = (term for word in first for term in _asked(word, False))
        return tuple(dict.fromkeys((*inner, *_asked(last, _may_go_on(last)))))

    @property
    def is_its_terms(self) -> bool:
        """Whether a call that has the terms has the phrase."""
        return len(self.terms) == 1 and len(self.form) <= LONGEST_TERM


def phrases(asked: str) -> tuple[Phrase, ...]:
    """What somebody typed into a search box: words, all of which are to be found, and phrases in quotation marks."""
    found = (quoted or word for quoted, word in _QUOTED.findall(asked.translate(_QUOTES)))
    kept = [Phrase(typed.strip(), form(typed).text.strip()) for typed in found if typed.strip()]
    return tuple(kept[:MOST_PHRASES])


def form(text: str) -> Form:
    """A text in the form in which it is searched: words between spaces, Chinese and Japanese unspaced."""
    folded, stood = _folded(text)
    written: list[str] = []
    bounds: list[tuple[int, int]] = []
    unspaced_before = False
    for piece in _PIECE.finditer(folded):
        unspaced = _IS_UNSPACED.match(piece[0]) is not None
        if not (unspaced and unspaced_before):
            written.append(" ")
            bounds.append(stood[piece.start()])
        written.append(piece[0])
        bounds.extend(stood[piece.start() : piece.end()])
        unspaced_before = unspaced
    return Form("".join(written) + " " if written else "", tuple(bounds))


def terms(text: str) -> tuple[str, ...]:
    """The terms under which a text in this form is found: its words, or every two characters that follow each other."""
    found = sorted({term for word in text.split() for term in _kept(word)})
    sizes = accumulate(len(term.encode()) for term in found)
    return tuple(term for term, size in zip(found, sizes, strict=True) if size <= MOST_BYTES)


def spans(text: str, wanted: tuple[Phrase, ...]) -> tuple[tuple[int, int], ...]:
    """Where in a text as it was written the phrases stand; no two of these overlap."""
    searched = form(text)
    found: list[tuple[int, int]] = []
    for start, end in sorted(_found(searched, wanted)):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


def _found(searched: Form, wanted: tuple[Phrase, ...]) -> Iterator[tuple[int, int]]:
    for phrase in wanted:
        pattern = phrase.pattern if phrase.form else ""
        at = searched.text.find(pattern) if pattern else -1
        while at >= 0:
            first = at + pattern.startswith(" ")
            yield searched.bounds[first][0], searched.bounds[first + len(phrase.form) - 1][1]
            at = searched.text.find(pattern, at + 1)


def _folded(text: str) -> tuple[str, Sequence[tuple[int, int]]]:
    """The text without upper case and widths, and from where to where each of its characters stood."""
    plain = text.casefold()
    if len(plain) == len(text) and is_normalized("NFKC", text):
        return plain, [(place, place + 1) for place in range(len(text))]
    written: list[str] = []
    bounds: list[tuple[int, int]] = []
    for start, end in _characters(text):
        folded = normalize("NFKC", normalize("NFKC", text[start:end]).casefold())
        written.append(folded)
        bounds.extend([(start, end)] * len(folded))
    return "".join(written), bounds


def _characters(text: str) -> Iterator[tuple[int, int]]:
    """Characters with the marks that belong to them: a half-width kana and its voicing are one."""
    start = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or not combining(normalize("NFKC", text[place])[0]):
            yield start, place
            start = place


def _kept(word: str) -> Iterator[str]:
    if not _IS_UNSPACED.match(word):
        yield word[:LONGEST_TERM]
        return
    yield from (word[place : place + 2] for place in range(len(word)))


def _asked(word: str, goes_on: bool) -> Iterator[tuple[str, bool]]:
    if not _IS_UNSPACED.match(word):
        yield word[:LONGEST_TERM], goes_on
    elif len(word) == 1:
        yield word, True
    else:
        yield from ((word[place : place + 2], False) for place in range(len(word) - 1))


def _may_go_on(word: str) -> bool:
    """Whether more of the last word may follow: of a word its ending, of Chinese and Japanese anything."""
    return _IS_UNSPACED.match(word) is not None or len(word) >= SHORTEST_BEGINNING
