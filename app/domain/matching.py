"""Finds a set of expressions in what was said: as written, by sound, or nearly."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise

from rapidfuzz import fuzz, process

from app.domain.evidence import Nearest
from app.domain.expression import Expression, Sieve, alternatives, stretches
from app.domain.language import Language
from app.domain.reading import PHONETIC_FORM, Passage, Reading, Sentence, in_one

WRITTEN, BY_SOUND = 1.0, 0.8
# Two syllables sound like something else too often: 张先(生) is heard in 占线.
SHORTEST_BY_SOUND = 3


@dataclass(frozen=True)
class Hit:
    """A place where an expression was found; `strength` 1.0 as written, 0.8 by sound."""

    sentences: tuple[Sentence, ...]
    strength: float


@dataclass(frozen=True)
class Lexicon:
    """A word set compiled for one language; `means` says in words what somebody does who says one of it."""

    language: Language
    phrases: tuple[str, ...]
    patterns: tuple[str, ...]
    exclude: tuple[str, ...]
    unsure: tuple[str, ...] = ()
    phonetic: bool = True
    fuzzy: bool = True
    means: dict[str, str] = field(default_factory=dict)

    @cached_property
    def _normal(self) -> tuple[str, ...]:
        return tuple(map(self.language.normal, self.phrases))

    @cached_property
    def _sources(self) -> tuple[str, ...]:
        branches = (branch for pattern in self.patterns for branch in alternatives(pattern))
        return (*map(self._literal, self._normal), *branches)

    @cached_property
    def _wanted(self) -> Sieve:
        return self._sieve(map(Expression, self._sources))

    @cached_property
    def _barred(self) -> Sieve:
        return self._sieve(Expression(branch) for pattern in self.exclude for branch in alternatives(pattern))

    @cached_property
    def _unsure(self) -> Sieve:
        return self._sieve(Expression(branch) for pattern in self.unsure for branch in alternatives(pattern))

    @cached_property
    def _by_ear(self) -> Sieve:
        """The set as it sounds: patterns widened, or the readings of its phrases."""
        spoken = self.language
        if spoken.sound_alikes is not None:
            return self._sieve(Expression(one, spoken.sound_alikes, spoken.merged) for one in self._sources)
        return self._sieve(Expression(self._literal(spoken.phonetic(one))) for one in self._normal)

    def _sieve(self, expressions: Iterable[Expression]) -> Sieve:
        # Three letters tell as much as two characters of Chinese or Japanese.
        return Sieve(tuple(expressions), 3 if self.language.joiner else 2)

    @cached_property
    def _sounds(self) -> dict[str, tuple[str, ...]]:
        """The longer words of the set by how they sound, for languages whose words are written apart."""
        sounds: dict[str, tuple[str, ...]] = {}
        for word in sorted({word for one in (*self._normal, *self.patterns) for word in WORD.findall(one)}):
            key = self.language.phonetic(word)
            sounds[key] = (*sounds.get(key, ()), word)
        return sounds

    def _literal(self, phrase: str) -> str:
        return rf"\b{re.escape(phrase)}\b" if self.language.joiner else re.escape(phrase)

    def hits(self, reading: Reading, sentences: Sequence[Sentence], enough: int = 1) -> tuple[Hit, ...]:
        """Hits in call order; by sound only where nothing was found as written, and only while there are not enough."""
        passages = reading.joined(sentences)
        found = self._found(passages, self._wanted, WRITTEN, enough=enough)
        if self.phonetic and len(found) < enough:
            taken = {sentence.place for hit in found for sentence in hit.sentences}
            found += [
                hit
                for hit in self._heard(reading, sentences, passages)
                if taken.isdisjoint(sentence.place for sentence in hit.sentences) and not self._refused(hit.sentences)
            ]
        return tuple(sorted(found, key=lambda hit: (hit.sentences[0].turn, -hit.strength)))

    def may_mean(self, reading: Reading, sentences: Sequence[Sentence]) -> tuple[Hit, ...]:
        """Where something was said that may or may not mean it."""
        return tuple(self._found(reading.joined(sentences), self._unsure, WRITTEN)) if self.unsure else ()

    def _heard(self, reading: Reading, sentences: Sequence[Sentence], passages: tuple[Passage, ...]) -> list[Hit]:
        if self.language.sound_alikes is not None:
            return self._found(passages, self._by_ear, BY_SOUND)
        if not self.language.joiner:
            return self._found(reading.joined(sentences, PHONETIC_FORM), self._by_ear, BY_SOUND, barred=False)
        near = {one.passage for one in sentences if self._respelt(one) != one.normal}
        heard = [one for one in sentences if one.passage in near]
        return self._found(reading.joined(heard, self._respelt), self._wanted, BY_SOUND)

    def _respelt(self, sentence: Sentence) -> str:
        """The sentence with words that only sound like words of the set written as those."""
        sounds = sentence.sound.split()
        if self._sounds.keys().isdisjoint(sounds):
            return sentence.normal
        words = sentence.normal.split()
        for place, sound in enumerate(sounds):
            alike = self._sounds.get(sound)
            if alike is not None and len(words[place]) >= SHORTEST_WORD and words[place] not in alike:
                best = process.extractOne(words[place], alike, scorer=fuzz.ratio, score_cutoff=SPELT_ALIKE)
                words[place] = best[0] if best else words[place]
        return " ".join(words)

    def _found(
        self, passages: tuple[Passage, ...], wanted: Sieve, strength: float, *, barred: bool = True, enough: int = 0
    ) -> list[Hit]:
        """The hits in some passages, without those that overlap what must not count; the first ones when `enough`."""
        texts = [wanted.sound(one.text) if wanted.sound else one.text for one in passages]
        everything, starts = in_one(texts)
        shortest = 1 if strength == WRITTEN else SHORTEST_BY_SOUND
        tries: dict[int, list[Expression]] = {}
        for expression in wanted.worth_trying(everything):
            for place in expression.places(everything, starts):
                tries.setdefault(place, []).append(expression)
        hits: list[Hit] = []
        for place in sorted(tries):
            passage = passages[place]
            spans = [span for one in tries[place] for span in one.spans(passage.text) if span[1] - span[0] >= shortest]
            against = self._barred.worth_trying(passage.text) if barred and spans else ()
            refused = [span for one in against for span in one.spans(passage.text)]
            free = [span for span in spans if not any(span[0] < end and start < span[1] for start, end in refused)]
            hits += [Hit(passage.at(*span), strength) for span in _apart(free)]
            # Nothing later is better evidence than what somebody surely said.
            if enough and sum(_is_sure(hit) for hit in hits) >= enough:
                break
        return hits

    def _refused(self, sentences: tuple[Sentence, ...]) -> bool:
        """A sound-alike is not trusted in a sentence whose written form is excluded."""
        return any(
            any(one.spans(sentence.normal))
            for sentence in sentences
            for one in self._barred.worth_trying(sentence.normal)
        )

    def nearest(self, sentences: Sequence[Sentence]) -> Nearest | None:
        """The sentence most like one of the phrases, with its similarity 0-1."""
        best: Nearest | None = None
        said = [one.normal for one in sentences]
        for phrase in self._normal:
            # What is missing (None) is passed over.
            choices = [text if len(text) * 2 >= len(phrase) else None for text in said]
            so_far = best.similarity * 100 if best else 0.0
            found = process.extractOne(phrase, choices, scorer=fuzz.partial_ratio, score_cutoff=so_far)
            if found is not None and (best is None or found[1] > so_far):
                sentence = sentences[found[2]]
                best = Nearest(quote=sentence.text, turn=sentence.turn, similarity=round(found[1] / 100, 3))
        return best

    @cached_property
    def _long_by_sound(self) -> tuple[str, ...]:
        shortest = self.language.shortest_fuzzy
        return tuple(self.language.phonetic(phrase) for phrase in self._normal if len(phrase) >= shortest)

    def almost(self, sentences: Sequence[Sentence], enough: float) -> bool:
        """Whether something sounds this much (0-1) like a phrase that is long enough for it to mean something."""
        if not self.fuzzy:
            return False
        everything, starts = in_one([one.sound for one in sentences])
        for phrase in self._long_by_sound:
            for place in sorted(stretches(everything, starts, _pieces(phrase, enough))):
                said = sentences[place].sound
                near = len(said) >= len(phrase) and fuzz.partial_ratio(phrase, said, score_cutoff=enough * 100) > 0
                if near and not self._refused((sentences[place],)):
                    return True
        return False


# Shorter words sound like too many others.
SHORTEST_WORD = 5
WORD = re.compile(rf"(?<![\\a-z])[a-z]{{{SHORTEST_WORD},}}(?![a-z*+?])")
SPELT_ALIKE = 60.0


@lru_cache(maxsize=4096)
def _pieces(phrase: str, enough: float) -> tuple[str, ...]:
    """Parts of a phrase of which one stands unchanged in every text that is this much like it.

    Two texts of n characters with similarity s differ by 2n(1 - s) insertions and deletions at most, so of one part
    more than that one is untouched.
    """
    parts = int(2 * len(phrase) * (1 - enough)) + 1
    edges = [round(place * len(phrase) / parts) for place in range(parts + 1)]
    return tuple(phrase[first:last] for first, last in pairwise(edges))


def _is_sure(hit: Hit) -> bool:
    """Whether it is beyond doubt who said it."""
    return all(sentence.speaker_confidence >= 1.0 for sentence in hit.sentences)


def _apart(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in order, each stretch of text once, however many patterns match it."""
    kept: list[tuple[int, int]] = []
    for span in sorted(spans, key=lambda one: (one[0], -one[1])):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept
