"""Holds heard in sound: what the customer hears while waiting, and who is really speaking."""

from pathlib import Path

import numpy as np
import pytest

from app.audio.clips import clip
from app.audio.decoding import SAMPLE_RATE, Recording, decode
from app.audio.holds import find_waiting
from app.audio.levels import levels
from app.audio.music import musical, only_signals
from app.audio.speech import listen
from app.domain.transcript import HoldKind
from app.settings import Settings
from tests.audio.sounds import at_level, mu_law, music, noise, rhythm, rings, sung, tone, typing

CALL = Path(__file__).parents[2] / "fixtures" / "calls" / "en-good-card.wav"
# In this recording the agent's last word before the hold ends at 28.7 s, the music ends at about 54.3 s.
BEFORE_SECONDS, AFTER_SECONDS = 30.4, 54.0


@pytest.fixture(scope="module")
def call() -> Recording:
    return decode(CALL, Settings())


def with_wait(call: Recording, left: np.ndarray, right: np.ndarray) -> Recording:
    """The recording with another sound in place of its hold."""
    before, after = int(BEFORE_SECONDS * SAMPLE_RATE), int(AFTER_SECONDS * SAMPLE_RATE)
    middle = np.stack([left, right])
    return Recording(np.concatenate([call.samples[:, :before], middle, call.samples[:, after:]], axis=1))


LENGTH = 40.0
HISS = noise(LENGTH)
RING = np.tile(np.concatenate([tone(1, 440, 0.1), np.zeros(2 * SAMPLE_RATE, np.float32)]), 14)[: len(HISS)]


@pytest.mark.parametrize(
    ("left", "right", "kind"),
    [
        pytest.param(HISS, music(LENGTH) + HISS, HoldKind.MUSIC, id="music on the customer's side"),
        pytest.param(music(LENGTH) + HISS, HISS, HoldKind.MUSIC, id="music on the agent's side"),
        pytest.param(music(LENGTH) + HISS, music(LENGTH) + HISS, HoldKind.MUSIC, id="music on both sides"),
        pytest.param(HISS, HISS[::-1].copy(), HoldKind.SILENCE, id="line noise"),
        pytest.param(HISS, RING + HISS, HoldKind.SILENCE, id="beeps"),
    ],
)
def test_what_the_customer_hears_is_told(call: Recording, left: np.ndarray, right: np.ndarray, kind: HoldKind) -> None:
    recording = with_wait(call, left, right)
    (hold,) = find_waiting(recording, listen(recording), 0).holds
    assert hold.kind == kind
    assert hold.start == pytest.approx(30.3, abs=1.5)
    assert hold.end == pytest.approx(BEFORE_SECONDS + LENGTH + 0.4, abs=1.5)
    assert 0 < hold.confidence <= 1


LOUD_RINGS = at_level(rings(LENGTH), -14)
TICKS = at_level(rings(LENGTH, (950,), 12, 0.2), -32)
SUNG, RHYTHM = sung(LENGTH), rhythm(LENGTH)


@pytest.mark.parametrize(
    ("left", "right", "kind"),
    [
        pytest.param(at_level(SUNG, -12), HISS, HoldKind.MUSIC, id="singing on the agent's side"),
        pytest.param(HISS, at_level(SUNG, -28), HoldKind.MUSIC, id="faint singing on the customer's side"),
        pytest.param(at_level(RHYTHM, -12), at_level(RHYTHM, -12), HoldKind.MUSIC, id="drums"),
        pytest.param(at_level(RHYTHM, -28), 0.05 * at_level(RHYTHM, -28), HoldKind.MUSIC, id="faint drums that leak"),
        pytest.param(LOUD_RINGS, LOUD_RINGS, HoldKind.SILENCE, id="loud ringing"),
        pytest.param(TICKS, TICKS, HoldKind.SILENCE, id="a tick every twelve seconds"),
        pytest.param(typing(LENGTH), HISS, HoldKind.SILENCE, id="typing"),
        pytest.param(noise(LENGTH, 0.01), HISS, HoldKind.SILENCE, id="comfort noise"),
        pytest.param(0 * HISS, 0 * HISS, HoldKind.SILENCE, id="nothing at all"),
    ],
)
def test_waits_of_all_kinds_over_an_eight_bit_line(
    call: Recording, left: np.ndarray, right: np.ndarray, kind: HoldKind
) -> None:
    recording = with_wait(call, left.astype(np.float32), right.astype(np.float32))
    recording = Recording(mu_law(recording.samples[:]))
    (hold,) = find_waiting(recording, listen(recording), 0).holds
    assert hold.kind == kind and hold.check_ins == ()
    assert hold.start == pytest.approx(30.3, abs=0.6)
    assert hold.end == pytest.approx(BEFORE_SECONDS + LENGTH + 0.3, abs=1.0)


def test_voices_in_the_room_behind_do_not_end_the_wait(call: Recording) -> None:
    others = (
        decode(CALL.with_name("en-rude-parcel.m4a"), Settings()).samples[:].sum(axis=0)[: int(LENGTH * SAMPLE_RATE)]
    )
    room = HISS.copy()
    room[: len(others)] += at_level(others, -52)
    recording = with_wait(call, room, HISS[::-1].copy())
    (hold,) = find_waiting(recording, listen(recording), 0).holds
    assert hold.length == pytest.approx(LENGTH, abs=1.0) and hold.kind != HoldKind.MUSIC


def test_a_customer_who_speaks_to_somebody_else_for_a_moment_still_waits(call: Recording) -> None:
    aside = HISS[::-1].copy()
    said = call.samples[1, int(5 * SAMPLE_RATE) : int(9 * SAMPLE_RATE)]
    aside[20 * SAMPLE_RATE : 24 * SAMPLE_RATE] += said
    recording = with_wait(call, HISS, aside)
    (hold,) = find_waiting(recording, listen(recording), 0).holds
    assert hold.kind == HoldKind.SILENCE and hold.length == pytest.approx(LENGTH, abs=1.0)


def test_what_leaks_over_from_the_other_side_is_nobodys_word(call: Recording) -> None:
    recording = with_wait(call, HISS, music(LENGTH) + HISS)
    leaking = Recording(recording.samples[:] + np.float32(0.07) * recording.samples[::-1])
    (hold,) = find_waiting(leaking, listen(leaking), 0).holds
    assert hold.kind == HoldKind.MUSIC and hold.length == pytest.approx(LENGTH, abs=1.0)


def test_a_wait_of_nine_seconds_is_no_hold(call: Recording) -> None:
    nine = int(9 * SAMPLE_RATE)
    recording = with_wait(call, HISS[:nine], HISS[:nine])
    assert find_waiting(recording, listen(recording), 0).holds == ()


def test_on_one_channel_the_hold_is_found_and_nobody_is_told_apart(call: Recording) -> None:
    mono = Recording(call.samples[:].sum(axis=0, keepdims=True))
    waiting = find_waiting(mono, listen(mono), None)
    (hold,) = waiting.holds
    assert hold.kind == HoldKind.MUSIC and hold.start == pytest.approx(30.3, abs=2) and waiting.activity is None


def test_each_sides_activity_is_its_own_talk(call: Recording) -> None:
    activity = find_waiting(call, listen(call), 0).activity
    assert activity is not None
    said = {"agent": activity.agent, "customer": activity.customer}
    for speaker, (start, end) in {"agent": (0.6, 3.9), "customer": (4.7, 9.2)}.items():
        other = "customer" if speaker == "agent" else "agent"

        def covered(name: str, start: float = start, end: float = end) -> float:
            return sum(max(0.0, min(end, span.end) - max(start, span.start)) for span in said[name]) / (end - start)

        assert covered(speaker) > 0.6 and covered(other) < 0.1


def test_speech_is_found_and_music_and_hiss_are_not(call: Recording) -> None:
    agent, customer = listen(call)
    assert not [span for span in (*agent, *customer) if span.start > 32 and span.end < 53]
    assert agent[0].start < 0.6 and sum(span.length for span in customer if span.end < 10) > 4


def test_music_is_told_from_signals_and_from_speech(call: Recording) -> None:
    played, hiss = music(20), noise(20, 0.05)
    assert musical(played, levels(played), ()).mean() > 0.8
    assert musical(hiss, levels(hiss), ()).mean() < 0.1
    assert only_signals(tone(5)) and not only_signals(music(5))
    speech = call.samples[0, : 20 * SAMPLE_RATE]
    assert musical(speech, levels(speech), listen(call)[0]).mean() < 0.2


def test_a_clip_is_a_small_file_with_that_stretch(call: Recording, tmp_path: Path) -> None:
    file = tmp_path / "clip.mp3"
    file.write_bytes(clip(call, 1.0, 6.0))
    heard = decode(file, Settings())
    assert heard.duration == pytest.approx(5, abs=0.2) and heard.channels == 1
    assert file.stat().st_size < 25_000


def test_a_clip_is_cut_to_the_recording(call: Recording, tmp_path: Path) -> None:
    file = tmp_path / "clip.mp3"
    file.write_bytes(clip(call, call.duration - 2, call.duration + 10))
    assert decode(file, Settings()).duration == pytest.approx(2, abs=0.2)
