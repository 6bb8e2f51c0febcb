"""How loud it is, a frame of 32 ms at a time."""

import numpy as np

from app.audio.decoder import SAMPLE_RATE
from app.audio.pcm import Floats, Samples

FRAME = 512
FRAME_SECONDS = FRAME / SAMPLE_RATE
CHUNK_FRAMES = 2048


def levels(samples: Samples) -> Floats:
    """Level of each whole frame of one channel, in dB of full scale."""
    count = len(samples) // FRAME
    power = np.empty(count, dtype=np.float32)
    for first in range(0, count, CHUNK_FRAMES):
        last = min(first + CHUNK_FRAMES, count)
        whole = samples[first * FRAME : last * FRAME].reshape(-1, FRAME)
        power[first:last] = np.einsum("ij,ij->i", whole, whole) / FRAME
    return np.asarray(10 * np.log10(power + 1e-10), dtype=np.float32)
