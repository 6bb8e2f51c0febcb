"""What a cepstrum is made with: bands as the ear tells them apart, and the waves that describe their shape."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Vector = NDArray[np.float64]


def mel_bands(count: int, lowest_hz: float, highest_hz: float, frame: int, sample_rate: int) -> Vector:
    """Overlapping triangles (rows), evenly spaced to the ear, over a spectrum of twice `frame` samples.

    The mel scale is that of O'Shaughnessy (Speech Communication, 1987): 2595 log10(1 + f / 700).
    """
    edges = np.linspace(float(_mel(lowest_hz)), float(_mel(highest_hz)), count + 2)
    place = _mel(np.fft.rfftfreq(2 * frame, 1 / sample_rate))
    rising = (place - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - place) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(0.0, np.minimum(rising, falling))


def cosines(coefficients: int, bands: int) -> Vector:
    """The waves (rows) into which the logarithms of the bands are taken apart; the mean, loudness, is left out."""
    return np.cos(np.pi / bands * np.outer(np.arange(1, coefficients + 1), np.arange(bands) + 0.5))


def _mel(hertz: ArrayLike) -> Vector:
    return np.asarray(2595 * np.log10(1 + np.asarray(hertz) / 700))
