"""When exactly words are spoken within the stretches that were found to hold speech."""

from collections.abc import Sequence

import numpy as np

from app.audio.music import FRAME_SECONDS, Floats
from app.audio.spans import flagged, joined, runs
from app.domain.transcript import Span

FLOOR_PERCENTILE = 20
ABOVE_FLOOR_DB = 6.0
BELOW_PEAK_DB = 30.0
SURELY_BELOW_PEAK_DB = 10.0
BELOW_OTHER_DB = 15.0
PAUSE_SECONDS = 0.25
SHORTEST_SOUND_SECONDS = 0.1


def fine(loudness: Floats, speech: Sequence[Span], other: Floats | None) -> list[Span]:
    """The speech without its padding, split at pauses of a quarter of a second, by the level of each frame."""
    inside = flagged(speech, len(loudness), FRAME_SECONDS)
    silent = loudness[~inside]
    floor = float(np.percentile(silent, FLOOR_PERCENTILE)) if len(silent) else float(loudness.min(initial=0.0))
    spoken = np.zeros(len(loudness), dtype=np.bool_)
    for span in speech:
        first, last = int(span.start / FRAME_SECONDS), int(np.ceil(span.end / FRAME_SECONDS))
        levels = loudness[first:last]
        if not len(levels):
            continue
        peak = float(np.percentile(levels, 90))
        spoken[first:last] = levels > max(
            min(floor + ABOVE_FLOOR_DB, peak - SURELY_BELOW_PEAK_DB), peak - BELOW_PEAK_DB
        )
    if other is not None:
        spoken &= loudness > other - BELOW_OTHER_DB
    sounds = joined(runs(spoken, FRAME_SECONDS), PAUSE_SECONDS)
    return [span for span in sounds if span.length >= SHORTEST_SOUND_SECONDS]
