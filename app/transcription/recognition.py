"""Speech of every channel becomes timed words, several passages at a time, and nothing is left out."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

import numpy as np

from app.audio.decoding import SAMPLE_RATE, Recording
from app.audio.pcm import Samples
from app.domain.transcript import Span, Word
from app.transcription.engines import Engine, Phrase
from app.transcription.invented import believable, confidence
from app.transcription.passages import Passage, passage, passages

# Speech without a word was passed over by the recogniser, and is given to it again, alone: a whole stretch of speech
# from the length of a spoken "yes", a part of one from the length of a short sentence.
WHOLE_SECONDS, PART_SECONDS = 0.6, 1.2
# Word times are off by up to this much (nine of ten by less than a fifth of a second).
SLACK_SECONDS = 0.3
# What is heard only at the second attempt must be heard clearly, or breath and noise become words.
CLEAR = 0.5
SECOND_ATTEMPT_SHARE = 0.1

Speech = tuple[tuple[Span, ...], ...]
Words = tuple[tuple[Word, ...], ...]


def recognise(
    recording: Recording, speech: Speech, engine: Engine, language: str, progress: Callable[[float], None]
) -> Words:
    """The words of each channel, in order; times are seconds of the recording."""
    first = [
        part for channel, spans in enumerate(speech) for part in passages(recording.samples[channel], spans, channel)
    ]
    heard = _heard(first, engine, language, len(speech), lambda share: progress(share * (1 - SECOND_ATTEMPT_SHARE)))
    second = [
        passage(recording.samples[channel], [span], channel)
        for channel, spans in enumerate(speech)
        for span in passed_over(spans, heard[channel])
    ]
    more = _heard(
        second, engine, language, len(speech), lambda share: progress(1 - SECOND_ATTEMPT_SHARE * (1 - share)), CLEAR
    )
    progress(1.0)
    words = [sorted((*once, *again), key=lambda word: word.start) for once, again in zip(heard, more, strict=True)]
    if len(words) == 1:
        return (tuple(words[0]),)
    return tuple(_own(part, channel, recording.samples, speech) for channel, part in enumerate(words))


def passed_over(spans: Sequence[Span], words: Sequence[Word]) -> tuple[Span, ...]:
    """Stretches of speech in which no word was recognised."""
    found = []
    for span in spans:
        inside = [word for word in words if word.start < span.end and word.end > span.start]
        if not inside:
            found += [span] if span.length >= WHOLE_SECONDS else []
            continue
        edges = [span.start - SLACK_SECONDS]
        for word in inside:
            edges += [word.start, max(word.end, edges[-1])]
        edges.append(span.end + SLACK_SECONDS)
        found += [
            Span(start=start + SLACK_SECONDS, end=end - SLACK_SECONDS)
            for start, end in zip(edges[::2], edges[1::2], strict=True)
            if end - start - 2 * SLACK_SECONDS >= PART_SECONDS
        ]
    return tuple(found)


def _heard(
    parts: Sequence[Passage],
    engine: Engine,
    language: str,
    channels: int,
    progress: Callable[[float], None],
    least_confidence: float = 0.0,
) -> list[list[Word]]:
    """The words of the passages by channel; as many batches at once as the recogniser has hands."""
    found: list[list[Word]] = [[] for _ in range(channels)]
    total, done = sum(part.seconds for part in parts), 0.0
    # Those of a batch wait for the longest of them, and what is long goes first: the last hand is soon done too.
    parts = sorted(parts, key=lambda part: part.seconds, reverse=True)
    size = max(1, min(engine.batch_size, len(parts) // engine.hands))
    batches = [parts[first : first + size] for first in range(0, len(parts), size)]
    with ThreadPoolExecutor(engine.hands) as pool:
        jobs = {pool.submit(_transcribed, engine, batch, language): batch for batch in batches}
        for job in as_completed(jobs):
            for part, phrases in zip(jobs[job], job.result(), strict=True):
                words = part.placed(believable(phrases, language))
                if words and (confidence(words) or 0.0) >= least_confidence:
                    found[part.channel] += words
                done += part.seconds
            progress(done / total)
    return [sorted(words, key=lambda word: (word.start, word.end)) for words in found]


def _transcribed(engine: Engine, batch: Sequence[Passage], language: str) -> Sequence[tuple[Phrase, ...]]:
    return engine.transcribe([part.samples for part in batch], language)


def _own(words: Sequence[Word], channel: int, samples: Samples, speech: Speech) -> tuple[Word, ...]:
    """The words of one channel without those that leaked into it from the other."""
    other = 1 - channel
    return tuple(
        word
        for word in words
        if _touches(speech[channel], word)
        or not _touches(speech[other], word)
        or _power(samples[channel], word) >= _power(samples[other], word)
    )


def _touches(spans: Sequence[Span], word: Word) -> bool:
    return any(word.start < span.end and word.end > span.start for span in spans)


def _power(samples: Samples, word: Word) -> float:
    first = int(word.start * SAMPLE_RATE)
    return float(np.mean(samples[first : max(int(word.end * SAMPLE_RATE), first + 1)] ** 2))
