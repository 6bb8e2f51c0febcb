"""A transcript made ready for rules: sentences in written form, passages, holds."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import cache, cached_property
from operator import attrgetter
from typing import NamedTuple

from app.domain.evidence import Evidence, Searched
from app.domain.holds import HoldEvent, hold_events
from app.domain.language import Language, language
from app.domain.transcript import Speaker, Transcript, Turn, Value

# A pause after which the same speaker begins anew, so that words on its two sides are not read together.
NEW_PASSAGE_SECONDS = 12.0
UNHEARD_CONFIDENCE = 1.0


class Sentence(NamedTuple):
    """A sentence of one turn; times are seconds (None without), confidences 0-1.

    `normal` is the written form, `sound` the phonetic one; `place` counts the sentences of the call, `passage` numbers
    what one speaker says without another coming between.
    """

    place: int
    turn: int
    speaker: Speaker
    text: str
    normal: str
    sound: str
    start: float | None
    end: float | None
    confidence: float
    speaker_confidence: float
    ends: bool
    passage: int

    def evidence(self) -> Evidence:
        return Evidence(speaker=self.speaker, turn=self.turn, start=self.start, end=self.end, quote=self.text)


WRITTEN_FORM, PHONETIC_FORM = attrgetter("normal"), attrgetter("sound")


class Prepared(Value):
    """What the rules read of a transcript, worked out once and kept beside it: a row for each sentence.

    Lists of equal length: the turn, the characters of its text from `first` up to `last`, the written and the phonetic
    form, and the times in seconds (None without).
    """

    turn: list[int]
    first: list[int]
    last: list[int]
    normal: list[str]
    sound: list[str]
    start: list[float | None]
    end: list[float | None]


class Passage(NamedTuple):
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

    def __init__(self, transcript: Transcript, kept: Prepared | None = None) -> None:
        self.transcript = transcript
        self.language: Language = language(transcript.language)
        self._whole: dict[Speaker, tuple[Passage, ...]] = {}
        self._spans: dict[Speaker, tuple[list[float], list[float]]] = {}
        self.sentences = tuple(_sentences(transcript, kept or prepared(transcript), self.language))

    @cached_property
    def holds(self) -> tuple[HoldEvent, ...]:
        return hold_events(self.transcript, self.language, {sentence.turn for sentence in self.sentences})

    @cached_property
    def timed(self) -> bool:
        return bool(self.transcript.turns) and self.transcript.timed

    def said_by(self, speaker: Speaker) -> tuple[Sentence, ...]:
        """Everything one speaker says."""
        return self._by_speaker.get(speaker, ())

    @cached_property
    def _by_speaker(self) -> dict[Speaker, tuple[Sentence, ...]]:
        said: dict[Speaker, list[Sentence]] = {speaker: [] for speaker in Speaker}
        for sentence in self.sentences:
            said[sentence.speaker].append(sentence)
        return {speaker: tuple(sentences) for speaker, sentences in said.items()}

    def passages(self, speaker: Speaker) -> tuple[tuple[Sentence, ...], ...]:
        """The speaker's sentences, grouped while no other person and no long pause comes between."""
        return self._passages.get(speaker, ())

    def passages_between(self, speaker: Speaker, first: float, last: float) -> tuple[tuple[Sentence, ...], ...]:
        """The passages of a timed call of which some part lies between these seconds."""
        passages = self.passages(speaker)
        if speaker not in self._spans:
            self._spans[speaker] = [one[0].start or 0.0 for one in passages], [one[-1].end or 0.0 for one in passages]
        starts, ends = self._spans[speaker]
        return passages[bisect_left(ends, first) : bisect_right(starts, last)]

    @cached_property
    def _passages(self) -> dict[Speaker, tuple[tuple[Sentence, ...], ...]]:
        return {speaker: tuple(_grouped(said)) for speaker, said in self._by_speaker.items()}

    def joined(
        self, sentences: Sequence[Sentence], form: Callable[[Sentence], str] = WRITTEN_FORM
    ) -> tuple[Passage, ...]:
        """Sentences as searchable passages in one of their forms; a full stop stands where one was heard to end."""
        if form is WRITTEN_FORM and sentences and sentences is self.said_by(sentences[0].speaker):
            return self._everything(sentences[0].speaker)
        return tuple(self._passage(group, form) for group in _grouped(sentences))

    def _everything(self, speaker: Speaker) -> tuple[Passage, ...]:
        """All that a speaker says, put together once: several rules search all of it."""
        if speaker not in self._whole:
            self._whole[speaker] = tuple(self._passage(group, WRITTEN_FORM) for group in self.passages(speaker))
        return self._whole[speaker]

    def _passage(self, sentences: tuple[Sentence, ...], form: Callable[[Sentence], str]) -> Passage:
        text, starts, joiner = "", [], self.language.joiner
        for sentence in sentences:
            starts.append(len(text))
            text += f"{form(sentence)}.{joiner}" if sentence.ends else f"{form(sentence)}{joiner}"
        return Passage(sentences, text.rstrip(), tuple(starts))

    def searched(self, speaker: Speaker, sentences: Sequence[Sentence]) -> Searched | None:
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


def in_one(texts: Sequence[str]) -> tuple[str, list[int]]:
    """Texts as lines of one, and where each begins."""
    starts, length = [], 0
    for text in texts:
        starts.append(length)
        length += len(text) + 1
    return "\n".join(texts), starts


def prepared(transcript: Transcript) -> Prepared:
    """The sentences of a transcript; all that is slow about reading one."""
    spoken = language(transcript.language)
    ending, guarded = _endings(spoken)
    rows: list[tuple[int, int, int, str, str, float | None, float | None]] = []
    for place, turn in enumerate(transcript.turns):
        position = 0
        for match in ending.finditer(guarded.sub("\u2024", turn.text)):
            normal = spoken.normal(turn.text[match.start() : match.end()])
            if normal:
                start, end = _times(turn, position, position + len(normal), spoken)
                rows.append((place, match.start(), match.end(), normal, spoken.phonetic(normal), start, end))
                position += len(normal)
    columns: list[list[int | str | float | None]] = [list(column) for column in zip(*rows, strict=True)]
    return Prepared.model_validate(dict(zip(Prepared.model_fields, columns or [[]] * 7, strict=True)))


@cache
def _endings(spoken: Language) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """How far a sentence goes, and the full stops that do not end one: of initials and abbreviations."""
    ends = re.escape(spoken.sentence_end)
    short = "|".join(rf"(?<=\b{one})" for one in ("[A-Z]", *spoken.abbreviations))
    return re.compile(rf"[^{ends}]+[{ends}]*\s*"), re.compile(rf"(?:{short})\.")


def _sentences(transcript: Transcript, kept: Prepared, spoken: Language) -> Iterator[Sentence]:
    turns, ends, timed = transcript.turns, spoken.sentence_end, bool(transcript.turns) and transcript.timed
    passage, before_speaker, before_end = -1, None, 0.0
    rows = zip(kept.turn, kept.first, kept.last, kept.normal, kept.sound, kept.start, kept.end, strict=True)
    for place, (number, first, last, normal, sound, start, end) in enumerate(rows):
        turn = turns[number]
        speaker = turn.speaker
        text = turn.text[first:last].strip()
        if speaker is not Speaker.SYSTEM:
            paused = timed and (start or 0.0) - before_end >= NEW_PASSAGE_SECONDS
            if speaker is not before_speaker or paused:
                passage += 1
            before_speaker, before_end = speaker, end or 0.0
        yield Sentence(
            place,
            number,
            speaker,
            text,
            normal,
            sound,
            start,
            end,
            UNHEARD_CONFIDENCE if turn.confidence is None else turn.confidence,
            turn.speaker_confidence,
            text[-1] in ends,
            passage if speaker is not Speaker.SYSTEM else -1,
        )


def _grouped(sentences: Sequence[Sentence]) -> Iterator[tuple[Sentence, ...]]:
    """Sentences of one speaker by the passage they stand in."""
    group: list[Sentence] = []
    for sentence in sentences:
        if group and sentence.passage != group[0].passage:
            yield tuple(group)
            group = []
        group.append(sentence)
    if group:
        yield tuple(group)


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
