"""Where music plays: tones that are held, many of them, and not always the same ones.

Partials of music stay on one frequency for a fifth of a second and longer, while those of a voice glide and noise has
none. So per block we ask how long each frequency stands out from its neighbours: the sum of the five most
pronounced is near 1 for speech and noise and 3 to 5 for music, even for music below a voice.
"""

from collections.abc import Sequence

import numpy as np

from app.audio.levels import CHUNK_FRAMES, FRAME, FRAME_SECONDS
from app.audio.pcm import Floats, Samples
from app.audio.spans import Flags, flagged
from app.domain.transcript import Span

WINDOW = 1024
BLOCK_FRAMES = 64
STEP_FRAMES = 16
STEP_SECONDS = STEP_FRAMES * FRAME_SECONDS
# The step that a block is judged for: the one its middle opens.
MIDDLE = BLOCK_FRAMES // STEP_FRAMES // 2
# 100 to 3600 Hz, what a telephone carries, in bins of 15.6 Hz.
LOWEST_BIN, HIGHEST_BIN = 6, 232
NEIGHBOURS = 10
STANDS_OUT_DB = 3.0
FLANK = 6
STRONGEST = 5
# Where somebody speaks, held vowels add to the sum.
HELD_TONES, HELD_TONES_IN_TALK = 1.9, 2.3
AUDIBLE_DB = -58.0
INAUDIBLE_DB = -66.0
# A frequency that stands out through nearly the whole call is hum of the line.
HUM_ACTIVATION = 0.4
HUM_SHARE = 0.7
# Ringing and beeps are two or three tones; four leaves one for their distortion.
SIGNAL_TONES = 4
SIGNAL_SHARE = 0.96


def activations(samples: Samples, loudness: Floats) -> Floats:
    """Per block (two seconds, every half second) how much of it each frequency stands out from its neighbours.

    What cannot be heard does not count: the rounding of digital silence stands out as steadily as a tone.
    """
    frames = max(0, (len(samples) - WINDOW) // FRAME + 1)
    if frames < BLOCK_FRAMES:
        return np.zeros((0, HIGHEST_BIN - LOWEST_BIN), dtype=np.float32)
    taper = np.hanning(WINDOW).astype(np.float32)
    steps = frames // STEP_FRAMES
    sums = np.empty((steps, HIGHEST_BIN - LOWEST_BIN), dtype=np.float32)
    for first in range(0, steps * STEP_FRAMES, CHUNK_FRAMES):
        last = min(first + CHUNK_FRAMES, steps * STEP_FRAMES)
        heard = samples[first * FRAME : (last - 1) * FRAME + WINDOW]
        windows = np.lib.stride_tricks.sliding_window_view(heard, WINDOW)[::FRAME]
        spectrum = np.fft.rfft(windows * taper, axis=1)[:, LOWEST_BIN:HIGHEST_BIN]
        power = 10 * np.log10(spectrum.real**2 + spectrum.imag**2 + 1e-6).astype(np.float32)
        padded = np.pad(power, ((0, 0), (NEIGHBOURS + 1, NEIGHBOURS)), mode="edge")
        running = np.cumsum(padded, axis=1, dtype=np.float64)
        width = 2 * NEIGHBOURS + 1
        stands_out = power - (running[:, width:] - running[:, :-width]) / width > STANDS_OUT_DB
        stands_out &= (loudness[first:last] > INAUDIBLE_DB)[:, None]
        sums[first // STEP_FRAMES : last // STEP_FRAMES] = stands_out.reshape(-1, STEP_FRAMES, power.shape[1]).sum(1)
    parts = BLOCK_FRAMES // STEP_FRAMES
    blocks = sum(sums[part : len(sums) - parts + 1 + part] for part in range(parts))
    return np.asarray(blocks / BLOCK_FRAMES, dtype=np.float32)


def without_hum(blocks: Floats, talk: Flags) -> Floats:
    """The blocks with those frequencies levelled that stand out through most of the blocks in which people talk.

    Levelled to the rest of the block, not to nothing: beside a gap even noise would stand out.
    """
    if not talk.any():
        return blocks
    hum = (blocks[talk] > HUM_ACTIVATION).mean(axis=0) > HUM_SHARE
    hum = hum | np.roll(hum, 1) | np.roll(hum, -1)
    return np.where(hum, np.minimum(blocks, np.median(blocks, axis=1, keepdims=True)), blocks)


def held_tones(blocks: Floats) -> Floats:
    """Per block the summed prominence of the five most held frequencies, 0 to 5."""
    if not len(blocks):
        return np.zeros(0, dtype=np.float32)
    padded = np.pad(blocks, ((0, 0), (FLANK, FLANK)), mode="edge")
    flanks = np.lib.stride_tricks.sliding_window_view(padded, FLANK, axis=1).min(axis=2)
    left, right = flanks[:, : blocks.shape[1]], flanks[:, -blocks.shape[1] :]
    before, after = padded[:, FLANK - 1 : -FLANK - 1], padded[:, FLANK + 1 : blocks.shape[1] + FLANK + 1]
    peak = (blocks >= before) & (blocks > after)
    prominence = np.where(peak, blocks - np.maximum(left, right), 0)
    return np.asarray(np.partition(prominence, -STRONGEST, axis=1)[:, -STRONGEST:].sum(axis=1), dtype=np.float32)


def musical(samples: Samples, loudness: Floats, speech: Sequence[Span]) -> Flags:
    """Per half second of one channel whether music is heard around it, below speech too."""
    steps = len(loudness) // STEP_FRAMES
    heard = np.zeros(steps, dtype=np.bool_)
    blocks = activations(samples, loudness)
    talk = flagged(speech, steps, STEP_SECONDS)
    around = np.convolve(talk, np.ones(BLOCK_FRAMES // STEP_FRAMES), "same") > 0
    inner = slice(MIDDLE, MIDDLE + len(blocks))
    held = held_tones(without_hum(blocks, talk[inner]))
    heard[inner] = held > np.where(around[inner], HELD_TONES_IN_TALK, HELD_TONES)
    audible = loudness[: steps * STEP_FRAMES].reshape(steps, STEP_FRAMES).max(axis=1, initial=-100.0) > AUDIBLE_DB
    return heard & audible


def only_signals(samples: Floats) -> bool:
    """Whether nearly all the sound lies in a few tones: ringing, beeps or a busy line, however they are timed."""
    if len(samples) < WINDOW:
        return True
    windows = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[:: 2 * FRAME]
    taper = np.hanning(WINDOW).astype(np.float32)
    power = np.zeros(HIGHEST_BIN - LOWEST_BIN)
    for first in range(0, len(windows), CHUNK_FRAMES):
        spectrum = np.fft.rfft(windows[first : first + CHUNK_FRAMES] * taper, axis=1)[:, LOWEST_BIN:HIGHEST_BIN]
        power += (spectrum.real**2 + spectrum.imag**2).sum(axis=0)
    total = float(power.sum())
    in_tones = 0.0
    for _ in range(SIGNAL_TONES):
        peak = int(power.argmax())
        around = slice(max(0, peak - 2), peak + 3)
        in_tones += float(power[around].sum())
        power[around] = 0
    return in_tones >= SIGNAL_SHARE * total
