"""What the switch says in a wait is told from the agent who looks in."""

from pathlib import Path

import numpy as np
import pytest

from app.audio.decoding import SAMPLE_RATE, Recording, decode
from app.audio.holds import Waiting, find_waiting
from app.audio.speech import listen
from app.domain.transcript import HoldKind
from app.settings import Settings
from tests.audio.sounds import Samples, music, noise

CALLS = Path(__file__).parents[2] / "fixtures" / "calls"
# In this recording the customer answers until 30.3 s, and the agent is back at 54.3 s.
BEFORE_SECONDS, AFTER_SECONDS = 30.4, 54.3
LENGTH = 40.0
HISS = noise(LENGTH)
AGENT, CUSTOMER = 0, 1


@pytest.fixture(scope="module")
def call() -> Recording:
    return decode(CALLS / "en-good-card.wav", Settings())


@pytest.fixture(scope="module")
def announcement() -> Samples:
    """Five seconds of somebody who is not in the call."""
    return decode(CALLS / "en-long-hotel.mp3", Settings()).samples[1, int(0.5 * SAMPLE_RATE) : int(5.3 * SAMPLE_RATE)]


def again(call: Recording, start: float, end: float) -> Samples:
    """What the agent said, once more and a little slower: nobody says a thing twice the same."""
    said = call.samples[AGENT, int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)]
    return np.interp(np.arange(int(len(said) * 1.02)) / 1.02, np.arange(len(said)), said).astype(np.float32)


def mixed(background: Samples, *said: tuple[float, Samples]) -> Samples:
    """The background with somebody speaking at these times (seconds)."""
    sound = background.copy()
    for start, words in said:
        sound[int(start * SAMPLE_RATE) : int(start * SAMPLE_RATE) + len(words)] += words
    return sound


def heard(call: Recording, agent: Samples, customer: Samples) -> Waiting:
    """What is found when the wait of the call sounds like this."""
    before, after = int(BEFORE_SECONDS * SAMPLE_RATE), int(AFTER_SECONDS * SAMPLE_RATE)
    wait = np.stack([agent, customer])
    whole = Recording(np.concatenate([call.samples[:, :before], wait, call.samples[:, after:]], axis=1))
    return find_waiting(whole, listen(whole), AGENT)


@pytest.mark.parametrize("at", [0.5, 18.0, 34.0])
@pytest.mark.parametrize("sides", [(AGENT,), (AGENT, CUSTOMER)], ids=["on the agent's side", "on both sides"])
def test_one_announcement_over_silence_is_no_check_in(
    call: Recording, announcement: Samples, at: float, sides: tuple[int, ...]
) -> None:
    told, hiss = mixed(HISS, (at, announcement)), HISS[::-1].copy()
    waiting = heard(call, told, 0.8 * told if CUSTOMER in sides else hiss)
    (hold,) = waiting.holds
    assert hold.kind == HoldKind.ANNOUNCEMENT and hold.check_ins == ()
    assert hold.start == pytest.approx(BEFORE_SECONDS, abs=0.6)
    assert hold.length == pytest.approx(LENGTH, abs=1.0)
    assert waiting.announcements


def test_another_voice_on_the_customers_side_alone_is_left_open(call: Recording, announcement: Samples) -> None:
    (hold,) = heard(call, HISS[::-1].copy(), mixed(HISS, (15.0, announcement))).holds
    assert hold.kind == HoldKind.UNKNOWN and hold.length == pytest.approx(LENGTH, abs=1.0)


def test_an_announcement_every_fifteen_seconds_is_one(call: Recording, announcement: Samples) -> None:
    told = mixed(HISS, (2.0, announcement), (17.0, announcement), (32.0, announcement))
    waiting = heard(call, told, HISS[::-1].copy())
    assert [(hold.kind, hold.check_ins) for hold in waiting.holds] == [(HoldKind.ANNOUNCEMENT, ())]
    assert len(waiting.announcements) == 3


def test_the_agent_looking_in_is_a_check_in_over_silence(call: Recording) -> None:
    waiting = heard(call, mixed(HISS, (18.0, again(call, 22.3, 25.5))), HISS[::-1].copy())
    (hold,) = waiting.holds
    assert hold.kind == HoldKind.SILENCE and len(hold.check_ins) == 1 and waiting.announcements == ()


def test_music_that_stops_while_the_agent_looks_in_is_no_announcement(call: Recording) -> None:
    words = again(call, 22.3, 25.5)
    played = music(LENGTH)
    played[int(18 * SAMPLE_RATE) : int(22.5 * SAMPLE_RATE)] = 0
    (hold,) = heard(call, mixed(played + HISS, (18.5, words)), HISS[::-1].copy()).holds
    assert hold.kind == HoldKind.MUSIC and len(hold.check_ins) == 1


def test_music_that_stops_for_an_announcement_goes_on(call: Recording, announcement: Samples) -> None:
    played = music(LENGTH)
    played[int(18 * SAMPLE_RATE) : int(23.5 * SAMPLE_RATE)] = 0
    (hold,) = heard(call, mixed(played + HISS, (18.3, announcement)), HISS[::-1].copy()).holds
    assert hold.kind == HoldKind.MUSIC and hold.check_ins == () and hold.length == pytest.approx(LENGTH, abs=1.0)
