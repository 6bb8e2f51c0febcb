"""Nothing that was said is left out, and nothing is written twice; the recogniser here is told what to hear."""

from collections.abc import Mapping, Sequence

import numpy as np

from app.audio.decoding import Recording
from app.domain.transcript import Span, Word
from app.transcription.engines import Phrase
from app.transcription.recognition import passed_over, recognise

RATE = 16_000


class ScriptedEngine:
    """Hears one word for each second, but only where the samples are louder than `deaf_below`."""

    name, version, hands, batch_size = "scripted", "1", 2, 1

    def __init__(self, deaf_to: float = -1.0) -> None:
        self.deaf_to = deaf_to
        self.asked: list[float] = []
        self.batches: list[int] = []

    def transcribe(self, pieces: Sequence[np.ndarray], language: str) -> list[tuple[Phrase, ...]]:
        self.batches.append(len(pieces))
        return [self._heard(samples) for samples in pieces]

    def _heard(self, samples: np.ndarray) -> tuple[Phrase, ...]:
        self.asked.append(len(samples) / RATE)
        words = []
        for second in range(len(samples) // RATE):
            level = float(np.max(samples[second * RATE : (second + 1) * RATE]))
            # Given alone, even what was passed over before is heard.
            if level > 0 and (not np.isclose(level, self.deaf_to) or len(samples) < 4 * RATE):
                words.append(Word(text=f" w{level:.1f}", start=second + 0.1, end=second + 0.9, confidence=0.9))
        return (Phrase(words=tuple(words), no_speech=0.0, repetition=1.0),) if words else ()

    def language_odds(self, samples: np.ndarray) -> Mapping[str, float]:
        return {"en": 1.0}


def flat(*stretches: tuple[float, float, float], seconds: float = 30) -> np.ndarray:
    samples = np.zeros(int(seconds * RATE), dtype=np.float32)
    for start, end, level in stretches:
        samples[int(start * RATE) : int(end * RATE)] = level
    return samples


def spans(*pairs: tuple[float, float]) -> tuple[Span, ...]:
    return tuple(Span(start=start, end=end) for start, end in pairs)


def heard(recording, speech, engine):
    return recognise(recording, speech, engine, "en", lambda share: None)


def test_words_come_back_to_where_they_were_in_the_recording():
    recording = Recording(flat((2, 4, 0.2), (20, 22, 0.4))[None])
    (words,) = heard(recording, (spans((2, 4), (20, 22)),), ScriptedEngine())
    assert {word.text.strip() for word in words} == {"w0.2", "w0.4"}
    assert all(1.9 <= word.start < 4.1 for word in words if "0.2" in word.text)
    assert all(19.8 <= word.start < 22.1 for word in words if "0.4" in word.text)


def test_speech_that_the_recogniser_passed_over_is_given_to_it_again():
    recording = Recording(flat((2, 6, 0.2), (8, 10, 0.4))[None])
    engine = ScriptedEngine(deaf_to=0.4)
    (words,) = heard(recording, (spans((2, 6), (8, 10)),), engine)
    assert any("0.4" in word.text for word in words)
    assert len(engine.asked) == 2


def test_no_piece_is_longer_than_a_recogniser_can_hear_at_once():
    engine = ScriptedEngine()
    recording = Recording(flat((0, 100, 0.3), seconds=100)[None])
    (words,) = heard(recording, (spans((0, 100)),), engine)
    assert max(engine.asked) <= 30
    assert sum(engine.asked) > 99
    assert len(words) > 85


def test_passages_are_given_as_many_at_once_as_the_recogniser_likes_and_no_hand_is_idle():
    engine = ScriptedEngine()
    engine.batch_size = 3
    recording = Recording(flat((0, 200, 0.3), seconds=200)[None])
    (words,) = heard(recording, (spans((0, 200)),), engine)
    assert len(words) > 170
    assert sum(engine.batches) == len(engine.asked) >= 10
    assert engine.batches[:4] == [3] * 4
    assert max(engine.batches) == 3
    engine.batches.clear()
    heard(Recording(flat((0, 30, 0.3), seconds=30)[None]), (spans((0, 30)),), engine)
    assert set(engine.batches) == {1}


def test_what_leaks_from_the_other_channel_is_not_written_down_twice():
    loud, leaked = flat((2, 6, 0.5)), flat((2, 6, 0.01), (6.3, 8, 0.5))
    # The margin around the customer's words reaches into the end of the agent's.
    recording = Recording(np.stack([loud, leaked]))
    agent, customer = heard(recording, (spans((2, 6)), spans((6.3, 8))), ScriptedEngine())
    assert len(agent) == 4
    assert all(word.start >= 6 for word in customer)


def test_a_recording_without_speech_asks_the_recogniser_nothing():
    engine = ScriptedEngine()
    assert heard(Recording(flat()[None]), ((),), engine) == ((),)
    assert engine.asked == []


def test_a_stretch_between_two_words_counts_as_passed_over_only_when_it_is_long():
    words = [Word(text="a", start=0.2, end=1.0), Word(text="b", start=5.0, end=6.0), Word(text="c", start=6.5, end=7.0)]
    (gap,) = passed_over(spans((0, 7.2)), words)
    assert (gap.start, gap.end) == (1.3, 4.7)
