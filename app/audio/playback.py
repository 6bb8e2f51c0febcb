"""What a browser plays and draws: the whole recording as MP3, and the peaks of its waveform."""

from collections.abc import Sequence
from io import BytesIO

import av
import numpy as np
from numpy.typing import NDArray

from app.audio.decoding import SAMPLE_RATE, Recording
from app.audio.muting import TONE_LEVEL, with_tone
from app.domain.transcript import Span

BIT_RATE_PER_CHANNEL = 32_000
PEAKS_PER_SECOND = 20
FRAME = 1152 * 64
# Two people have nothing in common that would be kept once; and what the encoder does at its usual level for music, at
# double the work, brings a telephone call no nearer to the original (docs/decisions/0032).
ENCODER = {"compression_level": "7", "joint_stereo": "0"}


def playback(recording: Recording, muted: Sequence[Span] = ()) -> bytes:
    """The recording as MP3 of constant bit rate (so that browsers seek exactly), its channels where they were.

    A soft tone sounds wherever it is muted; that makes it neither longer nor shorter.
    """
    layout = "stereo" if recording.channels == 2 else "mono"
    file = BytesIO()
    with av.open(file, "w", format="mp3", options={"write_xing": "0"}) as container:
        stream = container.add_stream("libmp3lame", rate=SAMPLE_RATE, layout=layout, options=ENCODER)
        stream.bit_rate = BIT_RATE_PER_CHANNEL * recording.channels
        for start in range(0, recording.samples.shape[1], FRAME):
            heard = with_tone(recording.samples[:, start : start + FRAME], start, muted)
            container.mux(stream.encode(_frame(heard, layout)))
        container.mux(stream.encode(None))
    return file.getvalue()


def _frame(samples: NDArray[np.float32], layout: str) -> av.AudioFrame:
    pcm = (np.clip(samples, -1.0, 1.0) * np.iinfo(np.int16).max).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(pcm), format="s16p", layout=layout)
    frame.sample_rate = SAMPLE_RATE
    return frame


def peaks(recording: Recording, muted: Sequence[Span] = ()) -> bytes:
    """The loudest moment of every twentieth of a second, 0-255: all of the first channel, then all of the second.

    Where it is muted they show the tone.
    """
    width = SAMPLE_RATE // PEAKS_PER_SECOND
    starts = range(0, recording.samples.shape[1], FRAME // width * width)
    parts = (np.abs(recording.samples[:, start : start + FRAME // width * width]) for start in starts)
    loudest = np.concatenate([np.maximum.reduceat(part, range(0, part.shape[1], width), axis=1) for part in parts], 1)
    for span in muted:
        loudest[:, int(span.start * PEAKS_PER_SECOND) : -int(-span.end * PEAKS_PER_SECOND // 1)] = TONE_LEVEL
    return (np.clip(loudest, 0.0, 1.0) * 255).astype(np.uint8).tobytes()
