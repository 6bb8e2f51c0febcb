"""Sounds made for tests, and files of every kind to put them in."""

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from app.audio.decoding import SAMPLE_RATE

Samples = NDArray[np.float32]


def tone(seconds: float, hertz: float = 440.0, level: float = 0.2) -> Samples:
    """A steady tone."""
    return (level * np.sin(2 * np.pi * hertz * np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE)).astype(np.float32)


def music(seconds: float, level: float = 0.15) -> Samples:
    """Chords that follow each other every two seconds, each note with its overtones, dying away slowly."""
    chords = ((262, 330, 392), (220, 262, 330), (175, 220, 262), (196, 247, 294))
    time = np.arange(int(2 * SAMPLE_RATE)) / SAMPLE_RATE
    bars = []
    for bar in range(int(seconds // 2) + 1):
        notes = [note * part for note in chords[bar % 4] for part in (1, 2, 3)]
        bars.append(sum(np.sin(2 * np.pi * note * time) / (place % 3 + 1) for place, note in enumerate(notes)) / 6)
    faded = np.concatenate([bar * np.exp(-time * 0.4) for bar in bars])[: int(seconds * SAMPLE_RATE)]
    return (level * faded).astype(np.float32)


def noise(seconds: float, level: float = 0.002) -> Samples:
    """The hiss of a line."""
    return np.random.default_rng(11).normal(0, level, int(seconds * SAMPLE_RATE)).astype(np.float32)


def written(path: Path, samples: Samples, container: str, codec: str, rate: int = 8000) -> Path:
    """The samples (channels, n) at 16 kHz as a file of this container, codec and rate."""
    layouts = {1: "mono", 2: "stereo", 6: "5.1"}
    layout = layouts[len(samples)]
    with av.open(str(path), "w", format=container) as file:
        stream = file.add_stream(codec, rate=rate, layout=layout)
        resampler = av.AudioResampler(format=stream.codec_context.format, layout=layout, rate=rate)
        interleaved = (np.clip(samples, -1, 1) * 32767).astype(np.int16).T.reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(interleaved), format="s16", layout=layout)
        frame.sample_rate = SAMPLE_RATE
        pieces = [*resampler.resample(frame), *resampler.resample(None)]
        size = stream.codec_context.frame_size
        fifo = av.AudioFifo()
        for piece in pieces:
            piece.pts = None
            fifo.write(piece)
        while part := fifo.read(size or 1024, partial=True):
            part.pts = None
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))
    return path
