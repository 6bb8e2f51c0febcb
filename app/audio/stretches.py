"""A stretch of a call's own sound, cut out of what browsers play: only the bytes around it are read."""

import io
import wave
from collections.abc import Callable
from math import ceil, floor
from typing import Literal

import av
import numpy as np
from numpy.typing import NDArray

from app.audio.clips import clip
from app.audio.decoding import SAMPLE_RATE, Recording
from app.audio.playback import BIT_RATE_PER_CHANNEL
from app.kit.errors import AppError

# A decoder needs some frames before the first one that it gives out whole.
LEAD_SECONDS = 0.5
# The encoder puts so much silence in front of everything: 1,105 samples.
DELAY_SECONDS = 1105 / SAMPLE_RATE
# What is kept for browsers has a constant bit rate, so that a moment is a place in the file; a frame has 576 samples.
FRAME_BYTES = 576 * BIT_RATE_PER_CHANNEL // 8 // SAMPLE_RATE

Form = Literal["mp3", "wav"]


class SoundUnreadable(AppError):
    """The sound of this call cannot be cut; play it as a whole."""

    code = "sound_unreadable"
    status = 409


def stretch(read: Callable[[int, int], bytes], start: float, end: float, form: Form = "mp3") -> bytes:
    """From `start` to `end` (seconds) of a playback, both sides together; `read` gives the bytes between two places."""
    sound, channels = _layout(read)
    start, end = start + DELAY_SECONDS, end + DELAY_SECONDS
    frame, per_second = FRAME_BYTES * channels, BIT_RATE_PER_CHANNEL * channels / 8
    first = max(0, floor((start - LEAD_SECONDS) * per_second / frame)) * frame
    last = ceil((end + LEAD_SECONDS) * per_second / frame) * frame
    began = first / per_second
    heard = Recording(_decoded(read(sound + first, sound + last)))
    if form == "mp3":
        return clip(heard, start - began, end - began)
    return _wav(heard, start - began, end - began)


def _layout(read: Callable[[int, int], bytes]) -> tuple[int, int]:
    """Where the sound begins in the file, after the tag in front of it, and how many channels it has."""
    tag = read(0, 10)
    begins = 10 + sum(byte << 7 * place for place, byte in enumerate(reversed(tag[6:]))) if tag[:3] == b"ID3" else 0
    header = read(begins, begins + 4)
    if len(header) < 4 or header[0] != 0xFF:
        raise SoundUnreadable
    # The fourth byte of a frame begins with how its channels are kept; three is one channel.
    return begins, 1 if header[3] >> 6 == 3 else 2


def _decoded(content: bytes) -> NDArray[np.float32]:
    pieces = []
    try:
        with av.open(io.BytesIO(content), format="mp3") as container:
            for frame in container.decode(audio=0):
                pieces.append(frame.to_ndarray().astype(np.float32))
    except (av.FFmpegError, IndexError) as error:
        raise SoundUnreadable from error
    if not pieces:
        raise SoundUnreadable
    return np.concatenate(pieces, axis=1)


def _wav(heard: Recording, start: float, end: float) -> bytes:
    first, last = max(0, round(start * SAMPLE_RATE)), round(end * SAMPLE_RATE)
    mixed = np.clip(heard.samples[:, first:last].sum(axis=0), -1.0, 1.0)
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(SAMPLE_RATE)
        written.writeframes((mixed * np.iinfo(np.int16).max).astype("<i2").tobytes())
    return file.getvalue()
