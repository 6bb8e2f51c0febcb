"""A stretch of a recording as a small file that any browser plays."""

from collections.abc import Sequence
from io import BytesIO

import av
import numpy as np

from app.audio.decoding import SAMPLE_RATE, Recording
from app.audio.muting import with_tone
from app.domain.transcript import Span

BIT_RATE = 24_000


def clip(recording: Recording, start: float, end: float, muted: Sequence[Span] = ()) -> bytes:
    """Both sides together from `start` to `end` (seconds, cut to the recording) as mono MP3 of 24 kbit/s."""
    first = max(0, round(start * SAMPLE_RATE))
    last = min(recording.samples.shape[1], round(end * SAMPLE_RATE))
    # Each side was recorded on its own, so their sum is the call; it is clipped rather than wrapped round.
    heard = with_tone(recording.samples[:, first : max(first, last)], first, muted)
    mixed = np.clip(heard.sum(axis=0), -1.0, 1.0)
    pcm = (mixed * np.iinfo(np.int16).max).astype(np.int16).reshape(1, -1)
    file = BytesIO()
    with av.open(file, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=SAMPLE_RATE, layout="mono")
        stream.bit_rate = BIT_RATE
        if pcm.shape[1]:
            frame = av.AudioFrame.from_ndarray(pcm, format="s16p", layout="mono")
            frame.sample_rate = SAMPLE_RATE
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()
