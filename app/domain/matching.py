"""Finds a set of expressions in what was said: as written, by sound, or nearly."""

import re
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import fuzz

from app.domain.evidence import Nearest
from app.domain.language import Language
from app.domain.reading import Passage, Reading, Sentence

WRITTEN, BY_SOUND = 1.0, 0.8
# Two syllables sound like something else too often: 张先(生) is heard in 占线.
SHORTEST_BY_SOUND = 3
# Below this many characters a near miss by spelling says nothing.
SHORTEST_FUZZY = {"en": 9, "zh": 4, "ja": 5}


@dataclass(frozen=True)
class Hit:
    """A place where an expression was found; `strength` 1.0 as written, 0.8 by sound."""

    sentences: tuple[Sentence, ...]
    strength: float


@dataclass(frozen=True)
class Lexicon:
    """A word set compiled for one language."""

    language: Language
    phrases: tuple[str, ...]
    patterns: tuple[str, ...]
    exclude: tuple[str, ...]
    sound_alikes: bool = True

    @cached_property
    def _written(self) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
        literal = [self._literal(self.language.normal(phrase)) for phrase in self.phrases]
        return _joined([*literal, *self.patterns]), _joined(self.exclude)

    @cached_property
    def _spoken(self) -> re.Pattern[str] | None:
        """The set by sound: over the written form where patterns can be widened, else over the phonetic form."""
        if self.language.sound_alikes is not None:
            written = [self._literal(self.language.normal(phrase)) for phrase in self.phrases]
            return _joined([self.language.sound_alikes(pattern) for pattern in (*written, *self.patterns)])
        return _joined([self._literal(self.language.phonetic(self.language.normal(one))) for one in self.phrases])

    def _literal(self, phrase: str) -> str:
        return rf"\b{re.escape(phrase)}\b" if self.language.joiner else re.escape(phrase)

    def hits(self, reading: Reading, sentences: tuple[Sentence, ...]) -> tuple[Hit, ...]:
        """Every hit in call order; by sound only where nothing was found as written."""
        wanted, unwanted = self._written
        found = [hit for passage in reading.joined(sentences) for hit in _found(passage, wanted, unwanted, WRITTEN)]
        if self.sound_alikes:
            taken = {sentence for hit in found for sentence in hit.sentences}
            over_phonetic = self.language.sound_alikes is None
            found += [
                hit
                for passage in reading.joined(sentences, phonetic=over_phonetic)
                for hit in _found(passage, self._spoken, None if over_phonetic else unwanted, BY_SOUND)
                if not taken.intersection(hit.sentences) and not self._refused(hit.sentences)
            ]
        return tuple(sorted(found, key=lambda hit: (hit.sentences[0].turn, -hit.strength)))

    def _refused(self, sentences: tuple[Sentence, ...]) -> bool:
        """A sound-alike is not trusted in a sentence whose written form is excluded."""
        unwanted = self._written[1]
        return unwanted is not None and any(unwanted.search(sentence.normal) for sentence in sentences)

    def nearest(self, sentences: tuple[Sentence, ...]) -> Nearest | None:
        """The sentence most like one of the phrases, with its similarity 0-1."""
        best: Nearest | None = None
        for sentence in sentences:
            for phrase in map(self.language.normal, self.phrases):
                if len(sentence.normal) * 2 < len(phrase):
                    continue
                similarity = fuzz.partial_ratio(phrase, sentence.normal) / 100
                if best is None or similarity > best.similarity:
                    best = Nearest(quote=sentence.text, turn=sentence.turn, similarity=round(similarity, 3))
        return best

    def almost(self, sentences: tuple[Sentence, ...]) -> float:
        """Similarity by sound of the nearest miss, counting only phrases long enough for it to mean something."""
        shortest = SHORTEST_FUZZY.get(self.language.code, 4)
        sound = self.language.phonetic
        long = [sound(phrase) for phrase in map(self.language.normal, self.phrases) if len(phrase) >= shortest]
        barred = self._written[1]
        heard = [sound(one.normal) for one in sentences if not (barred and barred.search(one.normal))]
        return max(
            (fuzz.partial_ratio(phrase, said) / 100 for said in heard for phrase in long if len(said) >= len(phrase)),
            default=0.0,
        )


def _found(
    passage: Passage, wanted: re.Pattern[str] | None, unwanted: re.Pattern[str] | None, strength: float
) -> list[Hit]:
    """The hits in one passage, without those that overlap what must not count."""
    if wanted is None:
        return []
    barred = [match.span() for match in unwanted.finditer(passage.text)] if unwanted else []
    return [
        Hit(passage.at(*match.span()), strength)
        for match in wanted.finditer(passage.text)
        if len(match[0]) >= (1 if strength == WRITTEN else SHORTEST_BY_SOUND)
        and not any(match.start() < end and start < match.end() for start, end in barred)
    ]


def _joined(patterns: list[str] | tuple[str, ...]) -> re.Pattern[str] | None:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns)) if patterns else None
