"""Two voices in one channel told apart: by how they sound, by what they say, and by taking turns."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.domain.transcript import Speaker, Turn, Word
from app.transcription.alternation import AFTER_PAUSE, AFTER_QUESTION, WITHOUT_PAUSE, Vector, agent_shares
from app.transcription.passages import SAMPLE_RATE
from app.transcription.speakers import FIRST_WORD, agent_odds
from app.transcription.turns import merged, turn, written

# In one channel a change of speaker shows as a short pause in the sound; word times are too rough to show it.
BREATH_SECONDS = 0.18
LEVEL_SECONDS = 0.01
ABOVE_FLOOR_DB, BELOW_SPEECH_DB = 4.0, 26.0
# A recogniser stretches the first word after a pause back into the pause, so its end tells more than its start.
END_WEIGHT = 0.7
SENTENCE_ENDS = (".", "?", "!", "。", "？", "！")
PAUSE_SECONDS = 0.25
# Voice and words are both weak evidence on a telephone line: neither may decide an utterance by itself.
MOST_VOICE, MOST_WORDS = 2.5, 4.0
VOICE_SECONDS = 1.5
# Nobody can be this sure of a voice in a mixed recording.
MOST_CERTAIN = 0.95

FRAME, HOP, BANDS, COEFFICIENTS = 512, 160, 26, 12
LOWEST_HZ, HIGHEST_HZ = 120.0, 3700.0
PITCH_HZ = (70.0, 350.0)
PITCH_WEIGHT = 2.0
ROUNDS = 30


def turns_of_one_channel(words: Sequence[Word], samples: NDArray[np.float32], language: str) -> tuple[Turn, ...]:
    """The turns of a recording in which both sides share a channel, each with how sure its speaker is."""
    parts = [sentence for utterance in _between_pauses(words, samples) for sentence in _sentences(utterance)]
    if not parts:
        return ()
    texts = [written("".join(word.text for word in part), language) for part in parts]
    agent = _agent_shares(parts, texts, _voice_odds(parts, samples), language)
    spoken = [
        (Speaker.AGENT if share >= 0.5 else Speaker.CUSTOMER, part) for share, part in zip(agent, parts, strict=True)
    ]
    sure = {id(part[0]): max(share, 1 - share) for share, part in zip(agent, parts, strict=True)}
    return tuple(
        turn(speaker, joined, language, min(MOST_CERTAIN, _mean_certainty(joined, sure)))
        for speaker, joined in merged(spoken)
    )


def _mean_certainty(words: Sequence[Word], sure: dict[int, float]) -> float:
    """The certainty of a turn: that of its sentences, each weighed by its words."""
    total, now = 0.0, 0.5
    for word in words:
        now = sure.get(id(word), now)
        total += now
    return total / len(words)


def _between_pauses(words: Sequence[Word], samples: NDArray[np.float32]) -> list[tuple[Word, ...]]:
    """The words, parted at every pause that can be heard."""
    pauses = _pauses(words, samples)
    groups: dict[int, list[Word]] = {}
    for word in words:
        place = bisect_right(pauses, word.start + END_WEIGHT * (word.end - word.start))
        groups.setdefault(place, []).append(word)
    return [tuple(groups[place]) for place in sorted(groups)]


def _pauses(words: Sequence[Word], samples: NDArray[np.float32]) -> list[float]:
    """The middles of the pauses, in seconds: where the sound falls to the noise of the line for a breath."""
    frame = int(LEVEL_SECONDS * SAMPLE_RATE)
    frames = samples[: len(samples) // frame * frame].reshape(-1, frame)
    level = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-10)
    spoken = np.zeros(len(level), dtype=bool)
    for word in words:
        spoken[int(word.start / LEVEL_SECONDS) : int(word.end / LEVEL_SECONDS) + 1] = True
    if not spoken.any():
        return []
    floor, usual = np.percentile(level[spoken], [3, 90])
    quiet = (level < max(floor + ABOVE_FLOOR_DB, usual - BELOW_SPEECH_DB)) | ~spoken
    edges = np.flatnonzero(np.diff(np.concatenate(([False], quiet, [False])).astype(np.int8))).reshape(-1, 2)
    return [float(a + b) / 2 * LEVEL_SECONDS for a, b in edges if (b - a) * LEVEL_SECONDS >= BREATH_SECONDS]


def _sentences(words: Sequence[Word]) -> list[tuple[Word, ...]]:
    """The words, parted after each full stop or question mark."""
    parts: list[tuple[Word, ...]] = []
    run: list[Word] = []
    for word in words:
        run.append(word)
        if word.text.rstrip().endswith(SENTENCE_ENDS):
            parts.append(tuple(run))
            run = []
    return [*parts, tuple(run)] if run else parts


def _agent_shares(parts: Sequence[tuple[Word, ...]], texts: Sequence[str], voice: Vector, language: str) -> list[float]:
    """How likely the agent says each part, weighed over all orders of turns (forward and backward)."""
    said = np.array([np.clip(agent_odds(text, language), -MOST_WORDS, MOST_WORDS) for text in texts])
    said[0] += FIRST_WORD
    # The voices have no names: of the two, the agent's is the one that says what agents say.
    sign = 1.0 if float(said @ voice) >= 0 else -1.0
    odds = said + sign * voice
    changes = [_change_odds(before, after) for before, after in pairwise(parts)]
    return [float(share) for share in agent_shares(odds, np.array(changes))]


def _change_odds(before: Sequence[Word], after: Sequence[Word]) -> float:
    if before[-1].text.rstrip().endswith(("?", "？")):
        return AFTER_QUESTION
    return AFTER_PAUSE if after[0].start - before[-1].end >= PAUSE_SECONDS else WITHOUT_PAUSE


def _voice_odds(parts: Sequence[tuple[Word, ...]], samples: NDArray[np.float32]) -> Vector:
    """How much each part sounds like the first of two voices (above 0) or the second (below)."""
    lengths = np.array([part[-1].end - part[0].start for part in parts])
    voices = np.stack([_voice(samples, part[0].start, part[-1].end) for part in parts])
    if len(parts) < 4:
        return np.zeros(len(parts))
    weights = np.clip(lengths, 0.1, VOICE_SECONDS)[:, None]
    mean = (voices * weights).sum(axis=0) / weights.sum()
    spread = np.sqrt(((voices - mean) ** 2 * weights).sum(axis=0) / weights.sum()) + 1e-6
    scaled = (voices - mean) / spread
    scaled[:, -1] *= PITCH_WEIGHT
    first, second = _two_centres(scaled, weights)
    axis = first - second
    along = (scaled - (first + second) / 2) @ axis
    within = np.sqrt(
        np.average(
            (np.abs(along) - np.average(np.abs(along), weights=weights[:, 0])) ** 2 + 1e-6, weights=weights[:, 0]
        )
    )
    odds = along / max(float(within), 1e-3) * (weights[:, 0] / VOICE_SECONDS)
    return np.asarray(np.clip(odds, -MOST_VOICE, MOST_VOICE), dtype=np.float64)


def _two_centres(points: Vector, weights: Vector) -> tuple[Vector, Vector]:
    """The centres of two clusters, begun on either side along the direction in which the points differ most."""
    _, _, directions = np.linalg.svd(points * np.sqrt(weights), full_matrices=False)
    side = points @ directions[0] > 0
    for _ in range(ROUNDS):
        if side.all() or not side.any():
            break
        first = np.average(points[side], axis=0, weights=weights[side, 0])
        second = np.average(points[~side], axis=0, weights=weights[~side, 0])
        now = ((points - first) ** 2).sum(axis=1) < ((points - second) ** 2).sum(axis=1)
        if (now == side).all():
            return first, second
        side = now
    if side.all() or not side.any():
        return np.zeros(points.shape[1]), np.zeros(points.shape[1])
    return first, second


def _voice(samples: NDArray[np.float32], start: float, end: float) -> Vector:
    """How a stretch sounds: its mean cepstrum and the logarithm of its pitch."""
    stretch = samples[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)].astype(np.float64)
    stretch = np.pad(stretch, (0, max(0, FRAME - len(stretch))))
    frames = np.lib.stride_tricks.sliding_window_view(stretch, FRAME)[::HOP] * np.hanning(FRAME)
    power = np.abs(np.fft.rfft(frames, 2 * FRAME)) ** 2
    loudness = power.sum(axis=1)
    power = power[loudness >= np.quantile(loudness, 0.4)]
    bands = np.log(power @ _FILTERS.T + 1e-10)
    return np.append((bands @ _COSINES.T).mean(axis=0), _pitch(power))


def _pitch(power: Vector) -> float:
    """The logarithm of the pitch in the middle of the most voiced half of the frames."""
    echo = np.fft.irfft(power)
    shortest, longest = (int(SAMPLE_RATE / hertz) for hertz in reversed(PITCH_HZ))
    searched = echo[:, shortest:longest] / (echo[:, :1] + 1e-12)
    strength = searched.max(axis=1)
    voiced = strength >= np.median(strength)
    return float(np.median(np.log(SAMPLE_RATE / (shortest + searched[voiced].argmax(axis=1)))))


def _mel(hertz: ArrayLike) -> Vector:
    return np.asarray(2595 * np.log10(1 + np.asarray(hertz) / 700))


def _triangles() -> Vector:
    """Overlapping bands, evenly spaced to the ear, over what a telephone line carries."""
    edges = np.linspace(float(_mel(LOWEST_HZ)), float(_mel(HIGHEST_HZ)), BANDS + 2)
    place = _mel(np.fft.rfftfreq(2 * FRAME, 1 / SAMPLE_RATE))
    rising = (place - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - place) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(0.0, np.minimum(rising, falling))


_FILTERS = _triangles()
_COSINES = np.cos(np.pi / BANDS * np.outer(np.arange(1, COEFFICIENTS + 1), np.arange(BANDS) + 0.5))
