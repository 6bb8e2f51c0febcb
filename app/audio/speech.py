"""Where somebody speaks, by channel: what is worth recognising."""

from concurrent.futures import ThreadPoolExecutor
from itertools import repeat

import numpy as np
from faster_whisper.vad import get_vad_model
from numpy.typing import NDArray

from app.audio.decoding import Recording
from app.audio.levels import FRAME, FRAME_SECONDS
from app.audio.pcm import Floats, Samples
from app.audio.spans import Flags, flagged, joined, runs
from app.domain.transcript import Span

CERTAIN, POSSIBLE = 0.5, 0.35
SHORTEST_CERTAIN_SECONDS = 0.1
BREATH_SECONDS = 0.3
SHORTEST_WORD_SECONDS = 0.2
PIECE_FRAMES, LEAD_FRAMES = 96, 24
# The detector is less sure of very loud voices.
LOUDEST_DB = -20.0
PADDING_SECONDS = 0.2
JOIN_SECONDS = 0.5
# What is this quiet all around is not shown to the detector, which saves half of its time on a two-channel call.
QUIET_ABOVE_FLOOR_DB = 4.0
QUIET_BELOW_SPEECH_DB = 35.0
QUIET_MARGIN_SECONDS = 0.35
# Leakage is well below what the other channel carries and well below this side's own voice.
LEAK_BELOW_OTHER_DB = 10.0
LEAK_BELOW_OWN_DB = 12.0
FAINT_BELOW_OWN_DB = 25.0
SMOOTH_FRAMES = 7


def listen(recording: Recording) -> tuple[tuple[Span, ...], ...]:
    """The stretches in which a person or an announcement speaks, by channel, padded for a recogniser."""
    loudness = recording.loudness
    with ThreadPoolExecutor(len(loudness)) as side:
        voiced = list(side.map(_voiced, recording.samples, loudness))
    if recording.channels == 2:
        voiced = [
            own & ~_leaked(own, own_level, other_level)
            for own, own_level, other_level in zip(voiced, loudness, loudness[::-1], strict=True)
        ]
    return tuple(map(_padded, voiced, repeat(recording.duration)))


def _voiced(samples: Samples, loudness: Floats) -> Flags:
    """Per frame whether the speech detector hears a voice."""
    shown = _worth_showing(loudness)
    probability = np.zeros(len(loudness), dtype=np.float32)
    if shown.any():
        too_loud = float(np.percentile(loudness, 95)) - LOUDEST_DB
        probability[shown] = _probabilities(samples, shown, np.float32(10 ** (-max(0.0, too_loud) / 20)))
    voiced = np.zeros(len(loudness), dtype=np.bool_)
    for span in joined(runs(probability > POSSIBLE, FRAME_SECONDS), BREATH_SECONDS):
        first, last = round(span.start / FRAME_SECONDS), round(span.end / FRAME_SECONDS)
        if np.count_nonzero(probability[first:last] > CERTAIN) * FRAME_SECONDS >= SHORTEST_CERTAIN_SECONDS:
            voiced[first:last] = True
    return voiced


def _probabilities(samples: Samples, shown: Flags, gain: np.float32) -> Floats:
    """The speech detector's probability of a voice in each frame that it is shown."""
    detect = get_vad_model()
    frames = np.flatnonzero(shown)
    heard = np.empty(len(frames), dtype=np.float32)
    # After long music or noise the detector has grown deaf to the first words, so it starts afresh every few seconds.
    for first in range(0, len(frames), PIECE_FRAMES):
        lead = min(first, LEAD_FRAMES)
        piece = _joined_frames(samples, frames[first - lead : first + PIECE_FRAMES]) * gain
        heard[first : first + PIECE_FRAMES] = np.ravel(detect(piece))[lead:]
    return heard


def _joined_frames(samples: Samples, frames: NDArray[np.intp]) -> Floats:
    """The sound of these frames, one after the other; neighbours are cut out in one go."""
    stretches = np.split(frames, np.flatnonzero(np.diff(frames) > 1) + 1)
    return np.concatenate([samples[one[0] * FRAME : (one[-1] + 1) * FRAME] for one in stretches])


def _worth_showing(loudness: Floats) -> Flags:
    """Per frame whether it, or a frame near it, rises above the quiet of the line."""
    if not len(loudness):
        return np.zeros(0, dtype=np.bool_)
    floor, speech = np.percentile(loudness, [10, 95])
    loud = loudness > min(floor + QUIET_ABOVE_FLOOR_DB, speech - QUIET_BELOW_SPEECH_DB)
    margin = QUIET_MARGIN_SECONDS
    near = [
        Span(start=span.start - margin, end=span.end + margin) for span in joined(runs(loud, FRAME_SECONDS), 2 * margin)
    ]
    return flagged(near, len(loudness), FRAME_SECONDS)


def _leaked(own: Flags, own_level: Floats, other_level: Floats) -> Flags:
    """Per frame whether what is heard here comes from the other channel, be it voice or music."""
    mine, theirs = _smooth(own_level), _smooth(other_level)
    below = mine < theirs - LEAK_BELOW_OTHER_DB
    spoken = own_level[own & ~below]
    usual = float(np.percentile(spoken, 75)) if len(spoken) else 0.0
    return np.asarray((below & (mine < usual - LEAK_BELOW_OWN_DB)) | (mine < usual - FAINT_BELOW_OWN_DB))


def _smooth(loudness: Floats) -> Floats:
    """The loudest level around each frame, so that the gaps within words do not count as quiet."""
    padded = np.pad(loudness, SMOOTH_FRAMES // 2, mode="edge")
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, SMOOTH_FRAMES).max(axis=1))


def _padded(voiced: Flags, duration: float) -> tuple[Span, ...]:
    """Stretches of speech with a little room around them, near ones joined."""
    spans = [span for span in runs(voiced, FRAME_SECONDS) if span.length >= SHORTEST_WORD_SECONDS]
    room = [
        Span(start=max(0.0, span.start - PADDING_SECONDS), end=min(duration, span.end + PADDING_SECONDS))
        for span in spans
    ]
    return tuple(joined(room, JOIN_SECONDS - 2 * PADDING_SECONDS))
