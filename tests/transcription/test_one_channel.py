"""Two people in one channel: the shipped recordings, mixed, with the words that were really said."""

from functools import cache

import numpy as np
import pytest

from app.domain.transcript import Speaker, Turn, Word
from app.transcription.one_channel import turns_of_one_channel
from app.transcription.passages import SAMPLE_RATE

UNSPACED = {"zh", "ja"}
SURE, UNSURE = 0.85, 0.65


def words_of(said: dict) -> list[Word]:
    """The words of a true turn, evenly spread over it."""
    text = said["text"]
    parts = list(text) if any(ord(letter) > 0x3000 for letter in text) else [f" {word}" for word in text.split()]
    step = (said["end"] - said["start"]) / len(parts)
    return [
        Word(text=part, start=said["start"] + place * step, end=said["start"] + (place + 1) * step, confidence=0.9)
        for place, part in enumerate(parts)
    ]


@pytest.fixture(scope="module")
def told_apart(truth, recording_of):
    """The turns of a shipped call, mixed; `voices` says what is done to the sound."""

    @cache
    def listen(name: str, voices: str = "both") -> tuple[Turn, ...]:
        call = truth[name]
        words = [word for said in call["turns"] if said["speaker"] != "system" for word in words_of(said)]
        words = sorted(words, key=lambda word: word.start)
        samples = recording_of(name).samples[:].mean(axis=0)
        if voices == "hoarse":
            samples = hoarse(samples)
        if voices == "breathless":
            words, samples = breathless(words, samples)
        return turns_of_one_channel(words, samples, call["lang"])

    return listen


def hoarse(samples: np.ndarray) -> np.ndarray:
    """Noise as loud as the recording from moment to moment: its pauses are left, its voices are gone."""
    frames = samples[: len(samples) // 160 * 160].reshape(-1, 160)
    loudness = np.sqrt((frames**2).mean(axis=1, keepdims=True))
    return (np.random.default_rng(5).normal(size=frames.shape) * loudness).reshape(-1).astype(np.float32)


def breathless(words: list[Word], samples: np.ndarray) -> tuple[list[Word], np.ndarray]:
    """Everything that was said, one word after the other without a pause, and no full stops."""
    shorter, parts, at = [], [], 0.0
    for word in words:
        parts.append(samples[int(word.start * SAMPLE_RATE) : int(word.end * SAMPLE_RATE)])
        length = len(parts[-1]) / SAMPLE_RATE
        shorter.append(word.model_copy(update={"text": word.text.rstrip(".?!。？！"), "start": at, "end": at + length}))
        at += length
    return shorter, np.concatenate(parts)


def rightly(turns: tuple[Turn, ...], call: dict) -> list[tuple[bool, float]]:
    """Of every word whether its speaker is the true one, and how sure that was said to be."""
    found = []
    for turn in turns:
        for word in turn.words:
            middle = (word.start + word.end) / 2
            true = {said["speaker"] for said in call["turns"] if said["start"] <= middle <= said["end"]}
            found.append((turn.speaker in true, turn.speaker_confidence))
    return found


def share(judged: list[tuple[bool, float]]) -> float:
    return sum(right for right, _ in judged) / len(judged)


CALLS = [
    "en-good-card",
    "en-long-hotel",
    "en-rude-parcel",
    "ja-water-bill",
    "zh-good-fridge",
    "zh-long-invoice",
    "zh-mono-broadband",
    "zh-rude-refund",
]


@pytest.mark.parametrize("name", CALLS)
def test_two_voices_in_one_channel_are_told_apart(told_apart, truth, name):
    assert share(rightly(told_apart(name), truth[name])) > 0.9


def test_turns_said_to_be_sure_are_right_nine_times_in_ten(told_apart, truth):
    judged = [one for name in CALLS for one in rightly(told_apart(name), truth[name])]
    assert share([one for one in judged if one[1] >= SURE]) > 0.9


def test_voices_that_tell_nothing_leave_more_doubt_and_what_is_sure_stays_right(told_apart, truth):
    clear = [one for name in CALLS for one in rightly(told_apart(name), truth[name])]
    judged = [one for name in CALLS for one in rightly(told_apart(name, "hoarse"), truth[name])]
    sure = [one for one in judged if one[1] >= SURE]
    assert len(sure) < 0.75 * len([one for one in clear if one[1] >= SURE])
    assert share(sure) > 0.85
    doubtful = [one for one in judged if one[1] < UNSURE]
    assert share(doubtful) < share(sure)


@pytest.mark.parametrize("name", ["en-good-card", "zh-long-invoice"])
def test_one_takes_over_without_a_pause_or_a_full_stop(told_apart, truth, name):
    turns = told_apart(name, "breathless")
    true = [said["speaker"] for said in truth[name]["turns"] for _ in words_of(said)]
    heard = [turn.speaker for turn in turns for _ in turn.words]
    assert sum(one == other for one, other in zip(heard, true, strict=True)) / len(true) > 0.8


def test_a_title_and_its_name_are_one_sentence_that_agents_say():
    words = [
        Word(text=" Mr.", start=0.2, end=0.5, confidence=0.9),
        Word(text=" Marsh.", start=0.5, end=1.0, confidence=0.9),
    ]
    (turn,) = turns_of_one_channel(words, np.zeros(2 * SAMPLE_RATE, dtype=np.float32), "en")
    assert turn.speaker == Speaker.AGENT
    assert turn.speaker_confidence > 0.75


def test_nobody_is_surer_of_a_voice_than_can_be(told_apart):
    assert all(turn.speaker_confidence <= 0.95 for name in CALLS for turn in told_apart(name))


def test_nobody_is_sure_of_voices_and_words_that_tell_nothing():
    seconds = np.arange(20 * SAMPLE_RATE) / SAMPLE_RATE
    samples = np.where(seconds % 2 < 1, 0.3 * np.sign(np.sin(2 * np.pi * 150 * seconds)), 0.0).astype(np.float32)
    words = [Word(text=" Indeed.", start=place, end=place + 1, confidence=0.9) for place in range(0, 20, 2)]
    assert all(turn.speaker_confidence < 0.75 for turn in turns_of_one_channel(words, samples, "en"))


def test_a_language_without_cues_leaves_a_doubt(told_apart, truth, recording_of):
    words = [word for said in truth["en-good-card"]["turns"] for word in words_of(said)]
    turns = turns_of_one_channel(words, recording_of("en-good-card").samples[:].mean(axis=0), "de")
    assert all(turn.speaker_confidence < SURE for turn in turns)


def test_a_recording_in_which_nothing_was_said_has_no_turns():
    assert turns_of_one_channel([], np.zeros(SAMPLE_RATE, dtype=np.float32), "en") == ()


def test_a_single_word_is_somebodys():
    word = Word(text=" Hello?", start=0.2, end=0.6, confidence=0.9)
    (turn,) = turns_of_one_channel([word], np.zeros(SAMPLE_RATE, dtype=np.float32), "en")
    assert turn.speaker in (Speaker.AGENT, Speaker.CUSTOMER)
    assert turn.speaker_confidence < 0.75
