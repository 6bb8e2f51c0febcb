"""Stretches of a recording in which nobody hears what was said: a soft tone sounds instead, on every channel.

Silence would look like a fault of the line, or like a pause that may be skipped.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.audio.decoding import SAMPLE_RATE
from app.audio.pcm import Samples
from app.domain.transcript import Span

TONE_HERTZ = 400.0
# About 34 decibels below the loudest that can be: heard, and not startling in headphones that are turned up.
TONE_LEVEL = 0.02

# Recognisers end the last digit too early, most of all where it is drawn out: up to so much later it may be over.
LATE_SECONDS = 0.6
# A pause is so long, for within a word it is quiet for a moment too, and so much quieter than what is muted.
PAUSE_SECONDS, PAUSE_LEVEL = 0.2, 0.05


def on_to_pauses(samples: Samples, muted: Sequence[Span]) -> tuple[Span, ...]:
    """The same stretches, each going on to the next pause where one comes soon."""
    return tuple(Span(start=one.start, end=_pause_after(samples, one)) for one in muted)


def _pause_after(samples: Samples, span: Span) -> float:
    first, last = int(span.start * SAMPLE_RATE), int(span.end * SAMPLE_RATE)
    loud, width = _level(samples[:, first:last]), int(PAUSE_SECONDS * SAMPLE_RATE)
    for at in range(last, last + int(LATE_SECONDS * SAMPLE_RATE), width // 5):
        if _level(samples[:, at : at + width]) <= PAUSE_LEVEL * loud:
            # What dies away is in the first half of it.
            return max(span.end, (at + width // 2) / SAMPLE_RATE)
    # Whoever goes on talking without a pause is not kept from being heard.
    return span.end


def _level(samples: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.mean(np.square(samples)))) if samples.size else 0.0


def with_tone(samples: NDArray[np.float32], first: int, muted: Sequence[Span]) -> NDArray[np.float32]:
    """Samples by channel, with the tone where they are muted; the recording's sample `first` is their first one."""
    count = samples.shape[1]
    # Rounded outward: not a sample of what is muted is left.
    places = [(int(one.start * SAMPLE_RATE) - first, -int(-one.end * SAMPLE_RATE // 1) - first) for one in muted]
    here = [(max(0, start), min(count, end)) for start, end in places if start < count and end > 0]
    if not here:
        return samples
    heard = samples.copy()
    for start, end in here:
        at = np.arange(first + start, first + end) / SAMPLE_RATE
        heard[:, start:end] = (TONE_LEVEL * np.sin(2 * np.pi * TONE_HERTZ * at)).astype(np.float32)
    return heard
