"""What is said twice in exactly the same way is a recording: nobody repeats himself to the millisecond."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.audio.decoding import SAMPLE_RATE
from app.audio.music import HIGHEST_BIN, LOWEST_BIN, WINDOW
from app.audio.pcm import Samples
from app.audio.spans import shared
from app.domain.transcript import Span

HOP = 256
BANDS = 16
SHORTEST_SECONDS = 2.0
LENGTH_DIFFERENCE_SECONDS = 0.3
MOST_SHIFT = 20
ALIKE = 0.9
# An announcement may be of a few phrases, which come round in their order.
LOOP_PHRASES = 3
SHORTEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 3.0, 90.0
MOST_OTHERS_SHARE = 0.2


def repeated(samples: Samples, phrases: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """Those phrases of one channel that are soon played again, with hardly a word of the others in between."""
    long = [phrase for phrase in phrases if phrase.length >= SHORTEST_SECONDS]
    found = set()
    for first, one in enumerate(long):
        for second, two in enumerate(long[first + 1 : first + 1 + LOOP_PHRASES], first + 1):
            between = two.start - one.end
            if (
                abs(one.length - two.length) <= LENGTH_DIFFERENCE_SECONDS
                and SHORTEST_PAUSE_SECONDS <= between <= LONGEST_PAUSE_SECONDS
                and shared(others, one.end, two.start) <= MOST_OTHERS_SHARE * between
                and _alike(_shape(samples, one), _shape(samples, two))
            ):
                found |= {first, second}
    return [long[place] for place in sorted(found)]


def _shape(samples: Samples, phrase: Span) -> NDArray[np.float64]:
    """How loud a phrase is in sixteen bands, every 16 ms, each band about its own mean."""
    sound = samples[int(phrase.start * SAMPLE_RATE) : int(phrase.end * SAMPLE_RATE)]
    windows = np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[::HOP]
    spectrum = np.fft.rfft(windows * np.hanning(WINDOW), axis=1)[:, LOWEST_BIN:HIGHEST_BIN]
    power = spectrum.real**2 + spectrum.imag**2
    bands = np.stack([band.sum(axis=1) for band in np.array_split(power, BANDS, axis=1)], axis=1)
    shape = np.log(bands + 1e-4)
    return np.asarray(shape - shape.mean(axis=0))


def _alike(one: NDArray[np.float64], two: NDArray[np.float64]) -> bool:
    """Whether two shapes are the same recording, give or take where their edges were put."""
    for shift in range(-MOST_SHIFT, MOST_SHIFT + 1):
        left, right = (one[shift:], two) if shift >= 0 else (one, two[-shift:])
        length = min(len(left), len(right))
        left, right = left[:length].ravel(), right[:length].ravel()
        if float(left @ right) > ALIKE * float(np.linalg.norm(left) * np.linalg.norm(right)):
            return True
    return False
