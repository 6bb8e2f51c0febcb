"""Speech of every channel becomes timed words, several passages at a time, and nothing is left out."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

import numpy as np
from numpy.typing import NDArray

from app.audio.decoding import Recording
from app.domain.transcript import Span, Word
from app.transcription.engines import Engine
from app.transcription.invented import believable
from app.transcription.passages import MARGIN_SECONDS, Passage, passage, passages

# Speech without a single word for this long was passed over by the recogniser and is given to it again, alone.
PASSED_OVER_SECONDS = 0.7
# Word times are off by up to this much (nine of ten by less than a fifth of a second).
SLACK_SECONDS = 0.3

Speech = tuple[tuple[Span, ...], ...]


def recognise(
    recording: Recording, speech: Speech, engine: Engine, language: str, progress: Callable[[float], None]
) -> tuple[tuple[Word, ...], ...]:
    """The words of each channel, in order; times are seconds of the recording."""
    first = [
        part for channel, spans in enumerate(speech) for part in passages(recording.samples[channel], spans, channel)
    ]
    words = _heard(first, engine, language, len(speech), lambda share: progress(0.9 * share))
    second = [
        passage(recording.samples[channel], [_widened(span, recording.duration)], channel)
        for channel, spans in enumerate(speech)
        for span in passed_over(spans, words[channel])
    ]
    more = _heard(second, engine, language, len(speech), lambda share: progress(0.9 + 0.1 * share))
    progress(1.0)
    return tuple(
        tuple(sorted((*found, *added), key=lambda word: (word.start, word.end)))
        for found, added in zip(words, more, strict=True)
    )


def passed_over(spans: Sequence[Span], words: Sequence[Word]) -> tuple[Span, ...]:
    """Speech in which no word was recognised."""
    return tuple(
        span
        for span in spans
        if span.length >= PASSED_OVER_SECONDS
        and not any(word.start < span.end and word.end > span.start for word in words)
    )


def _heard(
    parts: Sequence[Passage], engine: Engine, language: str, channels: int, progress: Callable[[float], None]
) -> list[list[Word]]:
    """The words of the passages by channel; as many passages at once as the recogniser has hands."""
    found: list[list[Word]] = [[] for _ in range(channels)]
    if not parts:
        return found
    total, done = sum(part.seconds for part in parts), 0.0
    with ThreadPoolExecutor(engine.hands) as pool:
        jobs = {pool.submit(engine.transcribe, part.samples, language): part for part in parts}
        for job in as_completed(jobs):
            part = jobs[job]
            found[part.channel] += part.placed(believable(job.result(), language))
            done += part.seconds
            progress(done / total)
    return found


def _widened(span: Span, duration: float) -> Span:
    return Span(start=max(0.0, span.start - MARGIN_SECONDS), end=min(duration, span.end + MARGIN_SECONDS))


def own_words(
    words: Sequence[Word], channel: int, samples: NDArray[np.float32], speech: Speech, rate: int
) -> tuple[Word, ...]:
    """The words of one channel without those that leaked into it from the other one."""
    if len(speech) == 1:
        return tuple(words)
    other = 1 - channel
    return tuple(
        word
        for word in words
        if _touches(speech[channel], word, 0.0)
        or not _touches(speech[other], word, SLACK_SECONDS)
        or _power(samples[channel], word, rate) >= _power(samples[other], word, rate)
    )


def _touches(spans: Sequence[Span], word: Word, slack: float) -> bool:
    return any(word.start < span.end + slack and word.end > span.start - slack for span in spans)


def _power(samples: NDArray[np.float32], word: Word, rate: int) -> float:
    stretch = samples[int(word.start * rate) : max(int(word.end * rate), int(word.start * rate) + 1)]
    return float(np.mean(stretch**2)) if len(stretch) else 0.0
