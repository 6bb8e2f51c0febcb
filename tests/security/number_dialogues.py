"""Dialogues built from frames, with every number in some written or spoken form; what must be hidden is known."""

import random
import re
from collections import Counter
from dataclasses import dataclass, field, replace

from app.domain.redaction import Kind, hidden
from app.domain.transcript import Speaker, Transcript, Turn
from tests.security.kept_numbers import KEPT
from tests.security.spoken_numbers import (
    BEGIN,
    EITHER,
    END,
    FORMS,
    KINDS,
    card,
    identity,
    phone,
    spell,
)

SLOT = re.compile(r"\{([a-z]+)(\d?)(?::(\d+)-(\d+))?\}")
# A word, or a character where words are not written apart.
WORD = re.compile(r"[a-z0-9'’]+|[^\W_a-z0-9]", re.IGNORECASE)
SIDES = {"A": Speaker.AGENT, "C": Speaker.CUSTOMER}
MEANWHILE = {
    "en": ("Okay.", "Mm-hmm.", "Yep.", "Got it.", "Go on.", "uh-huh", "Right.", "Yes?", "And the rest?"),
    "zh": ("嗯。", "好的。", "对。", "您说。", "嗯嗯", "OK", "然后呢？", "请继续。"),
    "ja": ("はい。", "ええ。", "はい、はい。", "うん。", "続きをどうぞ。"),
}
BETWEEN = {
    "en": (" ", " ", ", ", "-", " uh ", ", then ", " um, "),
    "zh": ("", "", " ", "，", "-", "、", "，呃，", "然后"),
    "ja": ("の", "の", "-", "、", " ", "、えっと、", "、それから、"),
}


@dataclass(frozen=True)
class Piece:
    """A digit or a word for digits that must be hidden."""

    turn: int
    start: int
    end: int
    kind: Kind


@dataclass(frozen=True)
class Dialogue:
    """A call, the pieces of it that must be hidden, and the stretches that nobody minds either way."""

    transcript: Transcript
    pieces: tuple[Piece, ...]
    either: tuple[tuple[int, int, int], ...]

    def moved(self, by: int, call: Transcript) -> "Dialogue":
        """The same within a call, so many turns later."""
        pieces = tuple(replace(piece, turn=piece.turn + by) for piece in self.pieces)
        return Dialogue(call, pieces, tuple((turn + by, start, end) for turn, start, end in self.either))


def dialogue(rng: random.Random, language: str, frame: str) -> Dialogue:
    """One call of this frame."""
    lines = _Filled(rng, language).lines(frame)
    bare = rng.random() < 0.35
    turns, pieces, either = [], [], []
    for place, (speaker, marked) in enumerate(lines):
        text, of_turn, free = _unmarked(_bare(marked, language) if bare else marked, place)
        turns.append(Turn(speaker=speaker, text=text))
        pieces += of_turn
        either += free
    return Dialogue(Transcript(language=language, turns=tuple(turns)), tuple(pieces), tuple(either))


def _bare(text: str, language: str) -> str:
    """As recognisers write that know no punctuation."""
    if language == "en":
        return " ".join(re.sub(r"[,.?!;:](?!\d)|(?<!\d)[,.?!;:]", " ", text.lower()).split())
    return re.sub(r"[，。？！、]", "", text)


def _unmarked(text: str, place: int) -> tuple[str, list[Piece], list[tuple[int, int, int]]]:
    kinds = {mark: kind for kind, mark in BEGIN.items()}
    plain, pieces, either, began, opened = "", [], [], (0, KINDS[0]), None
    for one in text:
        if one in kinds:
            began = len(plain), kinds[one]
        elif one == END:
            pieces.append(Piece(place, began[0], len(plain), began[1]))
        elif one == EITHER:
            opened = len(plain) if opened is None else either.append((place, opened, len(plain)))
        else:
            plain += one
    return plain, pieces, either


class _Filled:
    """The numbers of one dialogue; the same place has the same number wherever it stands."""

    def __init__(self, rng: random.Random, language: str) -> None:
        self.rng, self.language = rng, language
        self.numbers: dict[str, tuple[str, ...]] = {}

    def lines(self, frame: str) -> list[tuple[Speaker, str]]:
        lines: list[tuple[Speaker, str]] = []
        for line in frame.splitlines():
            who, _, text = line.partition(" ")
            speaker = SIDES[who[0]]
            if who.endswith("*") and self.rng.random() < 0.6:
                lines += self._over_turns(speaker, text)
            else:
                lines.append((speaker, SLOT.sub(self._slot, text)))
        return lines

    def _slot(self, slot: re.Match[str]) -> str:
        name, which, start, end = slot.groups()
        if name not in HIDDEN:
            return KEPT[self.language](self.rng, name)
        groups = self._groups(name, which)
        if start:
            groups = ("".join(groups)[int(start) : int(end)],)
        between = self.rng.choice(BETWEEN[self.language])
        # The hyphen of a spoken number is a part of it.
        between = f"{EITHER}の{EITHER}" if between == "の" else between
        return between.join(self._spelt(groups, HIDDEN[name]))

    def _spelt(self, groups: tuple[str, ...], kind: Kind) -> list[str]:
        forms = FORMS[self.language]
        form = self.rng.choice(forms)
        mixed = self.rng.random() < 0.15
        return [spell(self.rng, self.language, one, kind, self.rng.choice(forms) if mixed else form) for one in groups]

    def _groups(self, name: str, which: str) -> tuple[str, ...]:
        key = name + which
        if key not in self.numbers:
            self.numbers[key] = number(self.rng, self.language, name)
        return self.numbers[key]

    def _over_turns(self, speaker: Speaker, text: str) -> list[tuple[Speaker, str]]:
        """The groups of the line's number one after the other, the other side answering, repeating or silent."""
        slot = next(one for one in SLOT.finditer(text) if one[1] in HIDDEN)
        kind, other = HIDDEN[slot[1]], Speaker.AGENT if speaker is Speaker.CUSTOMER else Speaker.CUSTOMER
        groups = self._groups(slot[1], slot[2])
        said = self._spelt(groups, kind)
        before, after = (SLOT.sub(self._slot, part) for part in (text[: slot.start()], text[slot.end() :]))
        answers = self.rng.choice(("meanwhile", "repeats", "silent", "any"))
        lines = []
        for place, group in enumerate(said):
            lines.append((speaker, f"{before if place == 0 else ''}{group}{after if place == len(said) - 1 else ''}"))
            how = self.rng.choice(("meanwhile", "repeats", "silent")) if answers == "any" else answers
            if place < len(said) - 1 and how == "meanwhile":
                lines.append((other, self.rng.choice(MEANWHILE[self.language])))
            elif place < len(said) - 1 and how == "repeats":
                lines.append((other, self._spelt((groups[place],), kind)[0]))
        return [(who, line.strip()) for who, line in lines]


HIDDEN = {
    "card": Kind.CARD,
    "phone": Kind.PHONE,
    "ssn": Kind.ID,
    "id": Kind.ID,
    "passport": Kind.ID,
    "cvv": Kind.SECURITY_CODE,
}


def number(rng: random.Random, language: str, name: str) -> tuple[str, ...]:
    """A number of what the place is named for, in its groups."""
    if name == "card":
        return card(rng, language)
    if name == "phone":
        return phone(rng, language)
    if name == "cvv":
        return (str(rng.randint(0, 999)).zfill(3),)
    if name == "passport":
        return (str(rng.randint(10**7, 10**8 - 1)),)
    return identity(rng, language)


@dataclass
class Tally:
    """What was hidden of what should be, and of all else, over many dialogues."""

    due: Counter = field(default_factory=Counter)
    missed: Counter = field(default_factory=Counter)
    words: Counter = field(default_factory=Counter)
    hidden: Counter = field(default_factory=Counter)

    def of(self, language: str) -> tuple[int, int]:
        """How many pieces of a language should be hidden, and how many of them were missed."""
        return tuple(
            sum(n for (code, _), n in counts.items() if code == language) for counts in (self.due, self.missed)
        )

    def kinds(self) -> dict[Kind, tuple[int, int]]:
        """The same by kind."""
        return {
            kind: tuple(sum(n for (_, one), n in counts.items() if one is kind) for counts in (self.due, self.missed))
            for kind in KINDS
        }

    def count(self, one: Dialogue) -> tuple[list[str], list[str]]:
        """Count one dialogue; the pieces that were missed, and the words that should have stayed."""
        language = one.transcript.language
        covered: dict[int, set[int]] = {}
        for stretch in hidden(one.transcript):
            covered.setdefault(stretch.turn, set()).update(range(stretch.start, stretch.end))
        due: dict[int, set[int]] = {}
        missed, wrong = [], []
        for piece in one.pieces:
            places = set(range(piece.start, piece.end))
            due.setdefault(piece.turn, set()).update(places)
            self.due[language, piece.kind] += 1
            if not places <= covered.get(piece.turn, set()):
                self.missed[language, piece.kind] += 1
                missed.append(f"{one.transcript.turns[piece.turn].text} [{piece.kind}]")
        for place, start, end in one.either:
            due.setdefault(place, set()).update(range(start, end))
        for place, turn in enumerate(one.transcript.turns):
            for word in WORD.finditer(turn.text):
                places = set(range(*word.span()))
                if places & due.get(place, set()):
                    continue
                self.words[language] += 1
                if places & covered.get(place, set()):
                    self.hidden[language] += 1
                    wrong.append(f"{turn.text} [{word[0]}]")
        return list(dict.fromkeys(missed)), wrong
