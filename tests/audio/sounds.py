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


def at_level(samples: Samples, decibels: float) -> Samples:
    """The samples with this mean level, in dB of full scale."""
    return (samples * 10 ** (decibels / 20) / np.sqrt(np.mean(samples**2))).astype(np.float32)


def mu_law(samples: Samples) -> Samples:
    """The samples as eight bits of a telephone line keep them."""
    pressed = np.sign(samples) * np.log1p(255 * np.minimum(1, np.abs(samples))) / np.log(256)
    rounded = np.round(pressed * 127) / 127
    return (np.sign(rounded) * (256 ** np.abs(rounded) - 1) / 255).astype(np.float32)


def sung(seconds: float) -> Samples:
    """A voice that sings vowels with vibrato, resting now and then, over chords."""
    chance = np.random.default_rng(5)
    vowels = ((730, 1090, 2440), (530, 1840, 2480), (300, 2290, 3010), (570, 840, 2410))
    voice = np.zeros(int(seconds * SAMPLE_RATE))
    at = 0
    while at < len(voice):
        length = int(chance.choice([0.3, 0.5, 0.8]) * SAMPLE_RATE)
        time = np.arange(length) / SAMPLE_RATE
        pitch = 196 * 2 ** (chance.choice([0, 2, 4, 7, 9]) / 12)
        phase = 2 * np.pi * np.cumsum(pitch * (1 + 0.01 * np.sin(2 * np.pi * 5.5 * time))) / SAMPLE_RATE
        formants = vowels[chance.integers(4)]
        note = sum(
            sum(1 / (1 + ((part * pitch - formant) / 120) ** 2) for formant in formants) * np.sin(part * phase)
            for part in range(1, int(3400 / pitch))
        )
        edge = np.minimum(1, np.minimum(np.arange(length), np.arange(length)[::-1]) / 500)
        voice[at : at + length] += (note * edge)[: len(voice) - at]
        at += length + int(chance.choice([0, 0, 0, 0.8]) * SAMPLE_RATE)
    return at_level(voice.astype(np.float32), -20) + at_level(music(seconds), -26)


def rhythm(seconds: float) -> Samples:
    """Drums with a bass and short chords, a hundred beats a minute."""
    chance = np.random.default_rng(6)
    sound = np.zeros(int(seconds * SAMPLE_RATE))
    step = int(0.3 * SAMPLE_RATE)
    time = np.arange(step) / SAMPLE_RATE
    for beat in range(int(seconds / 0.3)):
        bass = (262, 220, 175, 196)[beat // 8 % 4]
        chord = sum(np.sin(2 * np.pi * bass * ratio * time) for ratio in (1, 1.26, 1.5)) * np.exp(-3 * time)
        drum = chance.normal(0, 1, step) * np.exp(-40 * time) * (beat % 4 == 2)
        sound[beat * step : (beat + 1) * step] = chord + drum + 0.2 * chance.normal(0, 1, step) * np.exp(-80 * time)
    return at_level(sound.astype(np.float32), -20)


def rings(seconds: float, tones: tuple[float, ...] = (440, 480), every: float = 6, lasting: float = 2) -> Samples:
    """Ringing, or with other times a beep."""
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    sound = sum(np.sin(2 * np.pi * hertz * time) for hertz in tones) * (time % every < lasting)
    return (0.1 * sound).astype(np.float32)


def typing(seconds: float) -> Samples:
    """Keys struck in bursts."""
    chance = np.random.default_rng(8)
    sound = np.zeros(int(seconds * SAMPLE_RATE))
    key = int(0.02 * SAMPLE_RATE)
    for place in np.cumsum(chance.choice([0.1, 0.15, 0.2, 2.0], size=int(seconds * 2))):
        at = int(place * SAMPLE_RATE)
        if at + key < len(sound):
            sound[at : at + key] = 0.05 * chance.normal(0, 1, key) * np.exp(-np.arange(key) / 60)
    return sound.astype(np.float32)
