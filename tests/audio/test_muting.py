"""Where a recording is muted a soft tone sounds on every channel, to the sample, and nothing else changes."""

import io

import av
import numpy as np
import pytest

from app.audio.clips import clip
from app.audio.decoding import SAMPLE_RATE, Recording
from app.audio.muting import TONE_LEVEL, on_to_pauses, with_tone
from app.audio.playback import PEAKS_PER_SECOND, peaks, playback
from app.audio.stretches import stretch
from app.domain.transcript import Span
from tests.audio.sounds import noise
from tests.audio.test_stretches import heard

LENGTH = 20
MUTED = (Span(start=4.0, end=6.5), Span(start=12.3, end=12.8))


def talking(channels: int) -> Recording:
    """Loud noise all the time: whatever is left of it can be seen."""
    return Recording(np.stack([noise(LENGTH, level=0.3) for _ in range(channels)]).astype(np.float32))


def decoded(mp3: bytes) -> np.ndarray:
    with av.open(io.BytesIO(mp3)) as container:
        return np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)


@pytest.mark.parametrize("channels", [1, 2])
def test_the_tone_stands_in_the_muted_stretches_alone(channels):
    was = talking(channels).samples
    now = with_tone(was, 0, MUTED)
    at = np.arange(was.shape[1]) / SAMPLE_RATE
    muted = ((at >= 4.0) & (at < 6.5)) | ((at >= 12.3) & (at < 12.8))
    assert np.array_equal(now[:, ~muted], was[:, ~muted])
    assert np.abs(now[:, muted]).max() <= TONE_LEVEL
    assert np.abs(was[:, muted]).max() > 10 * TONE_LEVEL


def test_in_pieces_it_is_what_it_is_as_a_whole():
    was = talking(2).samples
    cuts = range(0, was.shape[1], 7001)
    pieces = [with_tone(was[:, at : at + 7001], at, MUTED) for at in cuts]
    assert np.allclose(np.concatenate(pieces, axis=1), with_tone(was, 0, MUTED), atol=1e-6)


@pytest.mark.parametrize("channels", [1, 2])
def test_a_muted_playback_is_as_long_to_the_byte_and_quiet_where_it_is_muted(channels):
    recording = talking(channels)
    whole, muted = playback(recording), playback(recording, MUTED)
    assert len(muted) == len(whole)
    delay = 1105
    for span in MUTED:
        # An encoder smears over one frame; within it nobody understands a digit.
        first, last = int((span.start + 0.05) * SAMPLE_RATE) + delay, int((span.end - 0.05) * SAMPLE_RATE) + delay
        assert np.abs(decoded(muted)[:, first:last]).max() < 3 * TONE_LEVEL
        assert np.abs(decoded(whole)[:, first:last]).max() > 0.2


def test_clips_and_stretches_of_a_muted_playback_are_muted():
    recording = talking(2)
    file = playback(recording, MUTED)
    cut = heard(stretch(lambda first, last: file[first:last], 4.1, 6.4, "wav"))
    assert np.abs(cut / 32768).max() < 6 * TONE_LEVEL
    small = decoded(clip(recording, 4.1, 6.4, MUTED))
    assert np.abs(small[:, 2000:-2000]).max() < 6 * TONE_LEVEL


def test_the_picture_shows_the_tone_where_it_is_muted():
    rows = np.frombuffer(peaks(talking(2), MUTED), np.uint8).reshape(2, -1)
    first, last = 4 * PEAKS_PER_SECOND, round(6.5 * PEAKS_PER_SECOND)
    assert rows[:, first:last].max() <= round(255 * TONE_LEVEL)
    assert rows[:, : first - 1].min() > 50
    assert len(peaks(talking(2), MUTED)) == len(peaks(talking(2)))


def test_a_stretch_goes_on_to_the_pause_after_it_if_one_comes_soon():
    samples = talking(2).samples.copy()
    samples[:, int(6.8 * SAMPLE_RATE) : int(7.1 * SAMPLE_RATE)] *= 0.01
    soon, never = on_to_pauses(samples, MUTED)
    assert (soon.start, soon.end) == (4.0, pytest.approx(6.9, abs=0.05))
    # Talk that goes on without a pause is not muted.
    assert never == MUTED[1]
