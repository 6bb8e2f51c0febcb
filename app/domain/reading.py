"""A transcript made ready for rules: sentences in written and spoken form, passages, holds, names."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from app.domain.evidence import Evidence, Searched
from app.domain.holds import HoldEvent, hold_events
from app.domain.language import Language, language
from app.domain.transcript import Speaker, Transcript, Turn

# A pause after which the same speaker begins anew, so that words on its two sides are not read together.
NEW_PASSAGE_SECONDS = 12.0
UNHEARD_CONFIDENCE = 1.0


@dataclass(frozen=True)
class Sentence:
    """A sentence of one turn; times are seconds (None without), confidences 0-1."""

    turn: int
    speaker: Speaker
    text: str
    normal: str
    start: float | None
    end: float | None
    confidence: float
    speaker_confidence: float
    ends: bool

    def evidence(self) -> Evidence:
        return Evidence(speaker=self.speaker, turn=self.turn, start=self.start, end=self.end, quote=self.text)


@dataclass(frozen=True)
class Passage:
    """What one speaker says without another coming between: one searchable text over several sentences."""

    sentences: tuple[Sentence, ...]
    text: str
    starts: tuple[int, ...]

    def at(self, start: int, end: int) -> tuple[Sentence, ...]:
        """The sentences that a stretch of `text` touches."""
        first = bisect_right(self.starts, start) - 1
        last = bisect_right(self.starts, max(start, end - 1)) - 1
        return self.sentences[max(0, first) : last + 1]


class Reading:
    """One call as the rules see it; built once for a transcript, then only read."""

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self.language: Language = language(transcript.language)
        self.sentences: tuple[Sentence, ...] = tuple(self._sentences())

    @cached_property
    def holds(self) -> tuple[HoldEvent, ...]:
        return hold_events(self.transcript, self.language)

    @cached_property
    def timed(self) -> bool:
        return bool(self.transcript.turns) and self.transcript.timed

    def passages(self, speaker: Speaker) -> tuple[tuple[Sentence, ...], ...]:
        """The speaker's sentences, grouped while no other person and no long pause comes between."""
        groups: list[list[Sentence]] = []
        before: Sentence | None = None
        for sentence in self.sentences:
            if sentence.speaker == Speaker.SYSTEM:
                continue
            if sentence.speaker == speaker:
                pause = (sentence.start or 0.0) - (before.end or 0.0) if before and self.timed else 0.0
                if before is not None and before.speaker == speaker and pause < NEW_PASSAGE_SECONDS:
                    groups[-1].append(sentence)
                else:
                    groups.append([sentence])
            before = sentence
        return tuple(map(tuple, groups))

    def joined(self, sentences: Iterable[Sentence], *, phonetic: bool = False) -> tuple[Passage, ...]:
        """Sentences as searchable passages; a full stop stands where a sentence was heard to end."""
        chosen = set(sentences)
        found = []
        for speaker in {sentence.speaker for sentence in chosen}:
            for group in self.passages(speaker):
                kept = tuple(sentence for sentence in group if sentence in chosen)
                if kept:
                    found.append(self._passage(kept, phonetic))
        return tuple(sorted(found, key=lambda passage: passage.sentences[0].turn))

    def _passage(self, sentences: tuple[Sentence, ...], phonetic: bool) -> Passage:
        text, starts, joiner = "", [], self.language.joiner
        for sentence in sentences:
            starts.append(len(text))
            text += self.language.phonetic(sentence.normal) if phonetic else sentence.normal
            text += f".{joiner}" if sentence.ends else joiner
        return Passage(sentences, text.rstrip(), tuple(starts))

    def searched(self, speaker: Speaker, sentences: tuple[Sentence, ...]) -> Searched | None:
        """Where a search over these sentences looked."""
        if not sentences:
            return None
        return Searched(
            speaker=speaker,
            from_turn=sentences[0].turn,
            to_turn=sentences[-1].turn,
            start=sentences[0].start,
            end=sentences[-1].end,
        )

    def _sentences(self) -> Iterator[Sentence]:
        ends = re.escape(self.language.sentence_end)
        ending = re.compile(rf"[^{ends}]+[{ends}]*\s*")
        for place, turn in enumerate(self.transcript.turns):
            position = 0
            guarded = re.sub(r"(?<=\b[A-Z])\.|(?<=\bMr)\.|(?<=\bMs)\.|(?<=\bMrs)\.|(?<=\bDr)\.", "\u2024", turn.text)
            for match in ending.finditer(guarded):
                piece = turn.text[match.start() : match.end()]
                normal = self.language.normal(piece)
                if normal:
                    start, end = _times(turn, position, position + len(normal), self.language)
                    yield Sentence(
                        turn=place,
                        speaker=turn.speaker,
                        text=piece.strip(),
                        normal=normal,
                        start=start,
                        end=end,
                        confidence=UNHEARD_CONFIDENCE if turn.confidence is None else turn.confidence,
                        speaker_confidence=turn.speaker_confidence,
                        ends=piece.strip()[-1] in self.language.sentence_end,
                    )
                    position += len(normal)


def _times(turn: Turn, first: int, last: int, spoken: Language) -> tuple[float | None, float | None]:
    """When characters `first` to `last` of the turn's written form were said: by its words, else by proportion."""
    if turn.start is None or turn.end is None:
        return None, None
    total = max(1, len(spoken.normal(turn.text).replace(" ", "")))
    if turn.words:
        edges, done = [], 0
        for word in turn.words:
            edges.append(done)
            done += len(spoken.normal(word.text))
        inside = [
            word
            for word, edge in zip(turn.words, edges, strict=True)
            if edge < last and edge + len(spoken.normal(word.text)) > first
        ]
        if inside:
            return inside[0].start, inside[-1].end
    length = turn.end - turn.start
    return turn.start + length * min(1.0, first / total), turn.start + length * min(1.0, last / total)
