"""How unlike the voice in one stretch is to the one that speaks on the channel otherwise."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from app.audio.cepstrum import Vector, cosines, mel_bands
from app.audio.decoding import SAMPLE_RATE
from app.audio.pcm import Samples
from app.domain.transcript import Span

FRAME, HOP, BANDS = 512, 320, 24
LOWEST_HZ, HIGHEST_HZ = 200.0, 3500.0
# A voice is judged by pieces: shorter ones hang on their vowels, longer ones make too few.
SHORTEST_SECONDS, LONGEST_SECONDS = 1.2, 5.0
QUIET_SHARE = 0.4
FEWEST_PIECES = 3
# How far pieces of one even voice lie from their mean, by coefficient; counts as so many pieces of the voice at hand.
USUAL_SPREAD = np.array([0.78, 0.64, 0.42, 0.33, 0.30, 0.27, 0.25, 0.25, 0.21, 0.19, 0.19, 0.21])
USUAL_WEIGHT = 6


def voice(samples: Samples, phrase: Span) -> Vector:
    """How a phrase sounds: the mean cepstrum of each of its pieces (rows); no row when it is too short to judge."""
    return np.array([_cepstrum(samples, piece) for piece in _pieces(phrase)]).reshape(-1, len(USUAL_SPREAD))


def strangeness(heard: Vector, known: Sequence[Vector]) -> float | None:
    """How far a voice is from the known ones, in spreads: about 1 for the same speaker, 3 for another.

    None where too little is heard to tell.
    """
    own = np.concatenate([np.zeros((0, len(USUAL_SPREAD))), *known])
    if not len(heard) or len(own) < FEWEST_PIECES:
        return None
    mean = own.mean(axis=0)
    spread = (((own - mean) ** 2).sum(axis=0) + USUAL_WEIGHT * USUAL_SPREAD**2) / (len(own) - 1 + USUAL_WEIGHT)
    return float(np.sqrt(np.mean((heard.mean(axis=0) - mean) ** 2 / spread)))


def _pieces(span: Span) -> list[Span]:
    """The stretch in equal pieces of a length that can be judged; none when it is too short."""
    if span.length < SHORTEST_SECONDS:
        return []
    count = int(np.ceil(span.length / LONGEST_SECONDS))
    edges = np.linspace(span.start, span.end, count + 1)
    return [Span(start=float(start), end=float(end)) for start, end in pairwise(edges)]


def _cepstrum(samples: Samples, span: Span) -> Vector:
    """The mean cepstrum of the louder frames of a stretch."""
    stretch = samples[int(span.start * SAMPLE_RATE) : int(span.end * SAMPLE_RATE)]
    frames = np.lib.stride_tricks.sliding_window_view(stretch, FRAME)[::HOP] * _TAPER
    spectrum = np.fft.rfft(frames, 2 * FRAME)
    power = spectrum.real**2 + spectrum.imag**2
    loudness = power.sum(axis=1)
    bands = np.log(power[loudness >= np.quantile(loudness, QUIET_SHARE)] @ _FILTERS.T + 1e-9)
    return np.asarray((bands @ _COSINES.T).mean(axis=0))


_TAPER = np.hanning(FRAME).astype(np.float32)
_FILTERS = mel_bands(BANDS, LOWEST_HZ, HIGHEST_HZ, FRAME, SAMPLE_RATE)
_COSINES = np.sqrt(2 / BANDS) * cosines(len(USUAL_SPREAD), BANDS)
