"""Words become turns: who spoke until somebody else did, written as the language is written."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from app.domain.transcript import Span, Speaker, Turn, Word
from app.transcription.invented import confidence

# A pause after which an utterance is over, so that the other speaker's words can stand between.
BREATH_SECONDS = 0.7
# The same speaker, after this long a pause, begins a new turn even if nobody else spoke.
PAUSE_SECONDS = 2.0
# A word belongs to an announcement when more than this share of it lies inside.
ANNOUNCED = 0.5

UNSPACED = {"zh": "，", "ja": "、"}
WIDE_MARKS = str.maketrans({",": "，", "?": "？", "!": "！", ";": "；", ":": "："})
WIDE = r"\u3000-\u30ff\u3400-\u9fff\uff00-\uffef"


def turns_of(
    words: Sequence[Sequence[Word]],
    speakers: Sequence[Speaker],
    announcements: Sequence[Span],
    language: str,
    certainty: float,
) -> tuple[Turn, ...]:
    """The turns of a recording with one voice a channel, by their start; `certainty` is that of the speakers."""
    spoken: list[tuple[Speaker, tuple[Word, ...]]] = []
    for channel, speaker in zip(_announced_once(words, announcements), speakers, strict=True):
        for of_switch, run in _runs(channel, announcements):
            spoken += ((Speaker.SYSTEM if of_switch else speaker, utterance) for utterance in utterances(run))
    return tuple(
        turn(speaker, joined, language, 1.0 if speaker == Speaker.SYSTEM else certainty)
        for speaker, joined in merged(sorted(spoken, key=lambda part: part[1][0].start))
    )


def utterances(words: Sequence[Word], breath: float = BREATH_SECONDS) -> Iterator[tuple[Word, ...]]:
    """The words, parted at every pause for breath."""
    run: list[Word] = []
    for word in words:
        if run and word.start - run[-1].end > breath:
            yield tuple(run)
            run = []
        run.append(word)
    if run:
        yield tuple(run)


def merged(
    spoken: Sequence[tuple[Speaker, tuple[Word, ...]]],
) -> list[tuple[Speaker, tuple[Word, ...]]]:
    """Utterances that follow each other from the same speaker, without a long pause, as one."""
    turns: list[tuple[Speaker, tuple[Word, ...]]] = []
    for speaker, words in spoken:
        if turns and turns[-1][0] == speaker and words[0].start - turns[-1][1][-1].end <= PAUSE_SECONDS:
            turns[-1] = (speaker, turns[-1][1] + words)
        else:
            turns.append((speaker, words))
    return turns


def turn(speaker: Speaker, words: Sequence[Word], language: str, certainty: float) -> Turn:
    """One turn of these words; its confidence is the mean of theirs."""
    sure = confidence(words)
    return Turn(
        speaker=speaker,
        start=words[0].start,
        end=max(word.end for word in words),
        text=written("".join(word.text for word in words), language),
        confidence=None if sure is None else round(sure, 3),
        speaker_confidence=round(certainty, 3),
        words=tuple(word.model_copy(update={"text": word.text.strip()}) for word in words),
    )


def written(text: str, language: str) -> str:
    """The text as its readers write it: Chinese in simplified characters, no spaces between wide characters."""
    text = " ".join(text.split())
    if language not in UNSPACED:
        return text
    if language == "zh":
        text = _simplifier().convert(text)
    text = re.sub(rf"(?<=[{WIDE}])[,?!;:]", lambda mark: mark[0].translate(WIDE_MARKS), text)
    text = re.sub(rf"(?<=[{WIDE}])\.(?!\d)", "。", text)
    # Where a recogniser writes a space between wide characters it heard a pause.
    text = re.sub(r"(?<=[\u3040-\u30ff\u3400-\u9fff]) (?=[\u3040-\u30ff\u3400-\u9fff])", UNSPACED[language], text)
    return re.sub(rf"(?<=[{WIDE}]) | (?=[{WIDE}])", "", text)


@cache
def _simplifier() -> Any:
    import opencc

    # Characters only: the transcript keeps the words that were said, also those of Taiwan.
    return opencc.OpenCC("t2s")


def _announced_once(words: Sequence[Sequence[Word]], announcements: Sequence[Span]) -> list[list[Word]]:
    """The words by channel; of an announcement that plays on both, only those of the channel where it is clearer."""
    kept = [list(channel) for channel in words]
    for span in announcements:
        played = [[word for word in channel if announced(word, (span,))] for channel in kept]
        clearest = max(range(len(kept)), key=lambda place: sum(word.confidence or 0.5 for word in played[place]))
        kept = [
            channel if place == clearest else [word for word in channel if not announced(word, (span,))]
            for place, channel in enumerate(kept)
        ]
    return kept


def _runs(words: Sequence[Word], announcements: Sequence[Span]) -> Iterator[tuple[bool, list[Word]]]:
    """Neighbouring words that are all inside or all outside an announcement."""
    run: list[Word] = []
    inside = False
    for word in words:
        now = announced(word, announcements)
        if run and now != inside:
            yield inside, run
            run = []
        inside = now
        run.append(word)
    if run:
        yield inside, run


def announced(word: Word, announcements: Sequence[Span]) -> bool:
    """Whether the word was played by the switch."""
    shared = sum(max(0.0, min(word.end, span.end) - max(word.start, span.start)) for span in announcements)
    return shared > ANNOUNCED * max(word.end - word.start, 0.01) or any(
        span.start <= (word.start + word.end) / 2 <= span.end for span in announcements
    )
