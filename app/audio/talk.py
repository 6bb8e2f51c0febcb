"""When exactly words are spoken within the stretches that were found to hold speech."""

from collections.abc import Sequence

import numpy as np

from app.audio.levels import FRAME_SECONDS
from app.audio.pcm import Floats
from app.audio.spans import Flags, flagged, joined, runs, shared
from app.domain.transcript import Span

FLOOR_PERCENTILE = 20
ABOVE_FLOOR_DB = 6.0
BELOW_PEAK_DB = 30.0
SURELY_BELOW_PEAK_DB = 10.0
BELOW_OTHER_DB = 15.0
PAUSE_SECONDS = 0.25
SHORTEST_SOUND_SECONDS = 0.1
# In frames of 32 ms: how far back missed words are looked for, over what pauses, and the quiet they must follow.
MISSED_FRAMES, MISSED_PAUSE_FRAMES, QUIET_FRAMES = 60, 11, 4
EDGE_FRAMES, TURN_FRAMES = 32, 64
MISSED_ABOVE_FLOOR_DB, MISSED_BELOW_DB = 12.0, 20.0
TURN_SECONDS = 2.0
# A ring or a beep is steadier than any word.
STEADY_DB = 2.0


def fine(loudness: Floats, speech: Sequence[Span], music: Sequence[Span], other: Floats | None) -> list[Span]:
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
    for span in speech:
        if shared(music, span.start, span.start + TURN_SECONDS) > TURN_SECONDS / 2:
            continue
        _begin(spoken, loudness, int(span.start / FRAME_SECONDS), floor)
    if other is not None:
        spoken &= loudness > other - BELOW_OTHER_DB
    sounds = joined(runs(spoken, FRAME_SECONDS), PAUSE_SECONDS)
    return [span for span in sounds if span.length >= SHORTEST_SOUND_SECONDS]


def _begin(spoken: Flags, loudness: Floats, edge: int, floor: float) -> None:
    """Add the first words of a turn, which a detector used to silence or music may have missed.

    They are sounds shortly before those it heard, nearly as loud, and begin after quiet; what began long before is
    music or noise.
    """
    first = edge + int(np.argmax(spoken[edge : edge + EDGE_FRAMES]))
    following = loudness[first : first + TURN_FRAMES]
    start = max(0, first - MISSED_FRAMES)
    if not len(following) or spoken[start:first].any():
        return
    least = max(floor + MISSED_ABOVE_FLOOR_DB, float(np.percentile(following, 90)) - MISSED_BELOW_DB)
    place = first - start
    for run in reversed(runs(loudness[start:first] > least, 1.0)):
        inner = loudness[start + int(run.start) + 1 : start + int(run.end) - 1]
        steady = len(inner) >= QUIET_FRAMES and float(np.std(inner)) < STEADY_DB
        if place - run.end > MISSED_PAUSE_FRAMES or steady:
            break
        place = int(run.start)
    if place >= QUIET_FRAMES:
        spoken[start + place : first] = True
