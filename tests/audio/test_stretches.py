"""A part of a call is cut out of what browsers play, to the sample, without reading the rest."""

import io
import wave

import numpy as np
import pytest
from numpy.typing import NDArray

from app.audio.decoding import SAMPLE_RATE, Recording
from app.audio.playback import playback
from app.audio.stretches import SoundUnreadable, stretch

EVERY_SECONDS, LENGTH = 5, 60


def beeping(channels: int) -> Recording:
    """A short beep every five seconds on the first channel; the second is silent."""
    samples = np.zeros((channels, LENGTH * SAMPLE_RATE), np.float32)
    beep = 0.5 * np.sin(2 * np.pi * 440 * np.arange(SAMPLE_RATE // 4) / SAMPLE_RATE)
    for start in range(0, LENGTH, EVERY_SECONDS):
        samples[0, start * SAMPLE_RATE : start * SAMPLE_RATE + len(beep)] = beep
    return Recording(samples)


def heard(sound: bytes) -> NDArray[np.int16]:
    with wave.open(io.BytesIO(sound)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(("start", "end", "first_beep"), [(0, 3, 0.0), (9.5, 12, 10.0), (31.2, 40, 35.0)])
def test_what_sounds_at_a_moment_sounds_there_in_the_part(
    channels: int, start: float, end: float, first_beep: float
) -> None:
    file, asked = playback(beeping(channels)), []

    def read(first: int, last: int) -> bytes:
        asked.append(last - first)
        return file[first:last]

    samples = heard(stretch(read, start, end, "wav"))
    assert len(samples) == pytest.approx((end - start) * SAMPLE_RATE, abs=1)
    loud = int(np.flatnonzero(np.abs(samples) > 3000)[0])
    assert start + loud / SAMPLE_RATE == pytest.approx(first_beep, abs=0.01)
    assert sum(asked) < len(file) / 4


def test_a_part_that_goes_on_after_the_end_ends_with_the_call() -> None:
    file = playback(beeping(1))
    samples = heard(stretch(lambda first, last: file[first:last], LENGTH - 2, LENGTH + 10, "wav"))
    assert len(samples) / SAMPLE_RATE == pytest.approx(2, abs=0.2)


@pytest.mark.parametrize("file", [b"", b"RIFF....", b"ID3", b"\xff\xfb\x90\xc0" + bytes(5000)])
def test_what_is_no_playback_is_refused(file: bytes) -> None:
    with pytest.raises(SoundUnreadable):
        stretch(lambda first, last: file[first:last], 0, 3)
