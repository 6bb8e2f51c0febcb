"""How utterances sound: two speakers differ, one speaker does not."""

import numpy as np

from app.domain.transcript import Span
from app.transcription.passages import SAMPLE_RATE
from app.transcription.voices import sound, voice_odds

UTTERANCES = [Span(start=2 * place, end=2 * place + 1.5) for place in range(12)]
FIRST = np.arange(12) % 2 == 0


def spoken(pitches: tuple[float, float], timbres: tuple[float, float]) -> np.ndarray:
    """Twelve utterances of two speakers in turn: harmonics of a wavering pitch around one resonance."""
    lots = np.random.default_rng(3)
    samples = lots.normal(0, 0.001, 24 * SAMPLE_RATE)
    for place, span in enumerate(UTTERANCES):
        seconds = np.arange(int(1.5 * SAMPLE_RATE)) / SAMPLE_RATE
        pitch = pitches[place % 2] * (1 + 0.1 * np.sin(2 * np.pi * lots.uniform(0.5, 2) * seconds))
        phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
        # The sounds of a language: the resonance moves.
        centre = timbres[place % 2] * (1 + 0.3 * np.sin(2 * np.pi * lots.uniform(1, 3) * seconds + lots.uniform(0, 6)))
        voice = sum(
            np.exp(-(((harmonic * pitch - centre) / 500) ** 2)) * np.sin(harmonic * phase) for harmonic in range(1, 20)
        )
        samples[int(span.start * SAMPLE_RATE) : int(span.start * SAMPLE_RATE) + len(voice)] += 0.2 * voice
    return samples.astype(np.float32)


def test_an_utterance_sounds_like_what_its_speaker_said_elsewhere():
    heard = sound(UTTERANCES, spoken((110, 210), (700, 1100)))
    # Half of them are known, as from their words; the others are judged by their voice.
    odds = voice_odds(heard, np.where(np.arange(12) < 6, FIRST, 0.5))
    assert ((odds[6:] > 0) == FIRST[6:]).all()


def test_one_voice_gives_no_evidence_for_two_speakers():
    two = voice_odds(sound(UTTERANCES, spoken((110, 210), (700, 1100))), FIRST.astype(float))
    one = voice_odds(sound(UTTERANCES, spoken((150, 150), (900, 900))), FIRST.astype(float))
    assert np.abs(one).mean() < 0.2 * np.abs(two).mean()


def test_an_utterance_is_not_its_own_witness():
    heard = sound(UTTERANCES, spoken((150, 150), (900, 900)))
    # One alone is believed to be somebody else's, and its voice is that of all others.
    odds = [voice_odds(heard, (np.arange(12) == place).astype(float))[place] for place in range(12)]
    assert np.mean(odds) < 0.3


def test_the_pitch_of_a_voice_is_heard():
    heard = sound(UTTERANCES, spoken((110, 210), (700, 1100)))
    pitch = np.exp(heard.measures[:, -1])
    assert np.allclose(pitch[FIRST], 110, rtol=0.08)
    assert np.allclose(pitch[~FIRST], 210, rtol=0.08)


def test_an_utterance_without_a_voice_has_no_pitch():
    noise = np.random.default_rng(1).normal(0, 0.1, 3 * SAMPLE_RATE).astype(np.float32)
    assert sound([Span(start=0, end=2)], noise).exactness[0, -1] == 0
