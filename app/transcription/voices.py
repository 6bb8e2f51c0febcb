"""How each of several utterances sounds, and how much it sounds like the one or the other of two speakers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.audio.cepstrum import cosines, mel_bands
from app.audio.pcm import Samples
from app.domain.transcript import Span
from app.transcription.alternation import Vector
from app.transcription.passages import SAMPLE_RATE

FRAME, HOP, BANDS, COEFFICIENTS = 512, 320, 26, 12
LOWEST_HZ, HIGHEST_HZ = 120.0, 3700.0
PITCH_HZ = (70.0, 350.0)
# The loudest part of an utterance is voice; the rest may be the line.
LOUD_SHARE, VOICED_SHARE = 0.6, 0.7
VOICED = 0.55
FEWEST_VOICED = 2
# Of two lags that fit equally well the shorter is the pitch: a small price on every sample of lag.
LAG_PRICE = 0.0007
# How far the mean of an utterance lies from its speaker's: what a speaker's utterances differ by however long they are,
# and what a short one differs by in addition (over this many frames). The cepstrum is measured in the differences
# between the sounds of one utterance, the pitch in logarithms.
CEPSTRUM_SPREAD, CEPSTRUM_FRAMES = 0.1, 5.0
PITCH_SPREAD, PITCH_FRAMES = 0.17**2, 5.0
# How far two speakers lie apart; the smaller, the more it takes to believe in a difference.
SPEAKERS_APART, PITCHES_APART = 0.4, 0.25


@dataclass(frozen=True)
class Sound:
    """How utterances sound: a row of measures each, and how exactly each measure is known (1 ÷ variance, 0: not)."""

    measures: Vector
    exactness: Vector


def sound(utterances: Sequence[Span], samples: Samples) -> Sound:
    """The mean cepstrum of each utterance and the logarithm of its pitch."""
    cepstra, pitches = [], []
    for utterance in utterances:
        cepstrum, pitch = _cepstrum_and_pitch(samples, utterance)
        cepstra.append(cepstrum)
        pitches.append(pitch)
    within = np.concatenate([cepstrum - cepstrum.mean(axis=0) for cepstrum in cepstra])
    spread, directions = np.linalg.eigh(within.T @ within / len(within) + 1e-3 * np.eye(COEFFICIENTS))
    means = np.stack([cepstrum.mean(axis=0) for cepstrum in cepstra]) @ (directions / np.sqrt(spread))
    lengths = np.array([[float(len(cepstrum))] for cepstrum in cepstra])
    exact = np.broadcast_to(1 / (CEPSTRUM_SPREAD + CEPSTRUM_FRAMES / lengths), means.shape)
    voiced = np.array([[float(len(pitch))] for pitch in pitches])
    heard = voiced >= FEWEST_VOICED
    pitch = np.array([[np.median(pitch) if len(pitch) else 0.0] for pitch in pitches])
    exact_pitch = np.where(heard, 1 / (PITCH_SPREAD * (1 + PITCH_FRAMES / np.maximum(voiced, 1))), 0.0)
    return Sound(np.hstack([means, np.where(heard, pitch, 0.0)]), np.hstack([exact, exact_pitch]))


def voice_odds(heard: Sound, first: Vector) -> Vector:
    """How much each utterance sounds like the first of two speakers (above 0) or the second (below), by its odds.

    `first` is the chance that each is the first speaker's. An utterance is compared with what both said elsewhere,
    never with itself, so that a voice is not found where there is only the belief in it.
    """
    exact = heard.exactness
    apart = np.append(np.full(COEFFICIENTS, SPEAKERS_APART), PITCHES_APART)
    measures = heard.measures - (heard.measures * exact).sum(axis=0) / np.maximum(exact.sum(axis=0), 1e-9)
    likely = []
    for share in (first, 1 - first):
        weights = exact * share[:, None]
        others = weights.sum(axis=0) - weights
        mean = ((weights * measures).sum(axis=0) - weights * measures) / (others + 1 / apart**2)
        likely.append(-(exact * (measures - mean) ** 2).sum(axis=1) / 2)
    return np.asarray(likely[0] - likely[1])


def _cepstrum_and_pitch(samples: Samples, utterance: Span) -> tuple[Vector, Vector]:
    """The cepstrum of the loud frames of an utterance, and the logarithm of the pitch of the voiced ones."""
    stretch = samples[int(utterance.start * SAMPLE_RATE) : int(utterance.end * SAMPLE_RATE)].astype(np.float64)
    stretch = np.pad(stretch, (0, max(0, FRAME - len(stretch))))
    frames = np.lib.stride_tricks.sliding_window_view(stretch, FRAME)[::HOP]
    loudness = (frames**2).mean(axis=1)
    power = np.abs(np.fft.rfft(frames * _WINDOW, 2 * FRAME)) ** 2
    loud = power[loudness >= np.quantile(loudness, 1 - LOUD_SHARE)]
    cepstrum = np.log(loud @ _FILTERS.T + 1e-10) @ _COSINES.T
    return cepstrum, _pitches(power[loudness >= np.quantile(loudness, 1 - VOICED_SHARE)])


def _pitches(power: Vector) -> Vector:
    """The logarithm of the pitch of every frame that has one."""
    shortest, longest = (int(SAMPLE_RATE / hertz) for hertz in reversed(PITCH_HZ))
    lags = np.arange(shortest, longest)
    echo = np.fft.irfft(power)
    searched = echo[:, lags] / (echo[:, :1] + 1e-12) / _WINDOW_ECHO[lags] * (1 - LAG_PRICE * lags)
    voiced = searched.max(axis=1) > VOICED
    return np.asarray(np.log(SAMPLE_RATE / lags[searched[voiced].argmax(axis=1)]))


def _window_echo() -> Vector:
    """What the window alone takes from an echo, by its lag."""
    echo = np.fft.irfft(np.abs(np.fft.rfft(_WINDOW, 2 * FRAME)) ** 2)
    return np.asarray(echo / echo[0])


_WINDOW = np.hanning(FRAME)
_WINDOW_ECHO = _window_echo()
_FILTERS = mel_bands(BANDS, LOWEST_HZ, HIGHEST_HZ, FRAME, SAMPLE_RATE)
_COSINES = cosines(COEFFICIENTS, BANDS)
