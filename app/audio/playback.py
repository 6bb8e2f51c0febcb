"""What a browser plays and draws: the whole recording as MP3, and the peaks of its waveform."""

from io import BytesIO

import av
import numpy as np
from numpy.typing import NDArray

from app.audio.decoding import SAMPLE_RATE, Recording

BIT_RATE_PER_CHANNEL = 32_000
PEAKS_PER_SECOND = 20
FRAME = 1152 * 64


def playback(recording: Recording) -> bytes:
    """The recording as MP3 of constant bit rate (so that browsers seek exactly), its channels where they were."""
    layout = "stereo" if recording.channels == 2 else "mono"
    file = BytesIO()
    with av.open(file, "w", format="mp3", options={"write_xing": "0"}) as container:
        stream = container.add_stream("libmp3lame", rate=SAMPLE_RATE, layout=layout)
        stream.bit_rate = BIT_RATE_PER_CHANNEL * recording.channels
        for start in range(0, recording.samples.shape[1], FRAME):
            container.mux(stream.encode(_frame(recording.samples[:, start : start + FRAME], layout)))
        container.mux(stream.encode(None))
    return file.getvalue()


def _frame(samples: NDArray[np.float32], layout: str) -> av.AudioFrame:
    pcm = (np.clip(samples, -1.0, 1.0) * np.iinfo(np.int16).max).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(pcm), format="s16p", layout=layout)
    frame.sample_rate = SAMPLE_RATE
    return frame


def peaks(recording: Recording) -> bytes:
    """The loudest moment of every twentieth of a second, 0-255: all of the first channel, then all of the second."""
    width = SAMPLE_RATE // PEAKS_PER_SECOND
    count = -(-recording.samples.shape[1] // width)
    padded = np.zeros((recording.channels, count * width), dtype=np.float32)
    padded[:, : recording.samples.shape[1]] = np.abs(recording.samples)
    loudest = padded.reshape(recording.channels, count, width).max(axis=2)
    return (np.clip(loudest, 0.0, 1.0) * 255).astype(np.uint8).tobytes()
