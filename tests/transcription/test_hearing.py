"""What a recording becomes: sides, languages, waits; and what is not invented."""

import numpy as np
import pytest

from app.audio.decoding import Recording
from app.domain.transcript import Speaker
from app.transcription.hearing import hear


@pytest.fixture(scope="module")
def heard(engine_called, settings_for, recording_of):
    def listen(name, **others):
        return hear(recording_of(name), engine_called("faster-whisper"), settings_for(**others))

    return listen


def share_at_the_right_speaker(transcript, call):
    """The share of the heard words that were said by the speaker they are put down to."""
    right = total = 0
    for turn in transcript.turns:
        for word in turn.words:
            true = max(call["turns"], key=lambda said: min(word.end, said["end"]) - max(word.start, said["start"]))
            right += true["speaker"] == turn.speaker
            total += 1
    return right / total


def test_two_voices_in_one_channel_are_told_apart_with_a_doubt(heard, truth):
    transcript = heard("zh-mono-broadband")
    assert transcript.channels == 1
    assert transcript.activity is None
    assert share_at_the_right_speaker(transcript, truth["zh-mono-broadband"]) > 0.85
    assert all(0.5 <= turn.speaker_confidence < 1 for turn in transcript.turns)


def test_the_agent_is_found_on_the_right_channel_too(heard, truth):
    transcript = heard("zh-long-invoice")
    assert share_at_the_right_speaker(transcript, truth["zh-long-invoice"]) > 0.9
    # 您 and 你 sound alike, and greedy decoding takes either; the question is the agent's alone.
    assert "请问有什么可以帮" in transcript.turns[0].text


def test_the_channel_setting_overrules_the_words(heard):
    transcript = heard("zh-long-invoice", agent_channel="left")
    first = next(turn for turn in transcript.turns if "请问有什么可以帮" in turn.text)
    assert first.speaker == Speaker.CUSTOMER
    assert first.speaker_confidence == 1.0


def test_chinese_is_written_in_simplified_characters(heard):
    text = "".join(turn.text for turn in heard("zh-good-fridge").turns)
    assert "请问" in text
    assert not set(text) & set("請問謝電這個沒幫")


def test_what_the_switch_plays_is_nobodys_turn(heard):
    turns = heard("ja-water-bill").turns
    during = [turn for turn in turns if 29 < turn.start < 50]
    assert all(turn.speaker == Speaker.SYSTEM for turn in during)


@pytest.mark.parametrize("sound", ["silence", "noise", "ringing"])
def test_where_nobody_speaks_nothing_is_written(engine_called, settings_for, sound):
    seconds = np.arange(30 * 16_000) / 16_000
    noise = np.random.default_rng(7).normal(0, 0.01, len(seconds))
    ringing = 0.2 * np.sin(2 * np.pi * 425 * seconds) * (seconds % 5 < 1)
    samples = {"silence": 0 * seconds, "noise": noise, "ringing": ringing}[sound].astype(np.float32)
    recording = Recording(np.stack([samples, 0.5 * samples]))
    assert hear(recording, engine_called("faster-whisper"), settings_for()).turns == ()


def test_progress_runs_to_the_end_of_every_step(engine_called, settings_for, recording_of):
    steps = []
    hear(
        recording_of("en-rude-parcel"),
        engine_called("faster-whisper"),
        settings_for(),
        lambda step, share: steps.append((step, share)),
        language="en",
    )
    shares = [share for step, share in steps if step == "words"]
    assert shares == sorted(shares)
    assert {step for step, share in steps if share == 1.0} == {"speech", "words", "holds"}
