"""Row 18, the half that is heard: of the time in which digits are said, how much is muted; of all else, how little.

The recordings in fixtures/numbers are our own, spoken by machine, each number apart from the words around it: it is
known to the hundredth of a second when it is heard. What is muted within `MARGIN_SECONDS` of a number is no other speech;
what it would be without that is told beside it.
"""

import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from app.audio.decoding import SAMPLE_RATE, decode
from app.audio.muting import TONE_LEVEL, on_to_pauses
from app.audio.playback import playback
from app.domain.transcript import Span, Speaker, Transcript, Turn, Word
from app.settings import Settings
from app.transcription.files import hear_file
from app.transcription.hiding import stretches

NUMBERS = Path(__file__).parents[2] / "fixtures" / "numbers"
TRUTH = [json.loads(line) for line in (NUMBERS / "truth.jsonl").read_text(encoding="utf-8").splitlines()]
# So much beyond a number may be muted: recognisers put the pause before a number, 0.3 s here, and a little more into it.
MARGIN_SECONDS = 0.5
STEP = 0.001


@dataclass(frozen=True)
class Share:
    """Seconds in which digits were said and how many of them are muted; the same of all other speech."""

    digits: float
    digits_muted: float
    others: float
    others_muted: float
    all_muted: float

    def __add__(self, other: "Share") -> "Share":
        return Share(
            self.digits + other.digits,
            self.digits_muted + other.digits_muted,
            self.others + other.others,
            self.others_muted + other.others_muted,
            self.all_muted + other.all_muted,
        )

    @property
    def told(self) -> str:
        return (
            f"{self.digits_muted / self.digits:.2%} of {self.digits:.1f} s of digits muted, "
            f"{self.others_muted / self.others:.2%} of {self.others:.0f} s of other speech beyond {MARGIN_SECONDS} s of a "
            f"number, {self.all_muted / self.others:.2%} in all"
        )


NOTHING = Share(0, 0, 0, 0, 0)


def flags(spans: Iterable[Span], seconds: float) -> np.ndarray:
    found = np.zeros(int(seconds / STEP) + 1, dtype=bool)
    for span in spans:
        found[max(0, round(span.start / STEP)) : round(span.end / STEP)] = True
    return found


def share(call: dict[str, Any], muted: Sequence[Span]) -> Share:
    """How much of this call is muted that must be, and that must not be."""
    pieces, seconds = call["pieces"], call["pieces"][-1]["end"] + 1
    numbers = [Span(start=one["start"], end=one["end"]) for one in pieces if one["number"]]
    said = flags((Span(start=one["start"], end=one["end"]) for one in pieces if not one["number"]), seconds)
    near = flags((Span(start=one.start - MARGIN_SECONDS, end=one.end + MARGIN_SECONDS) for one in numbers), seconds)
    digits, quiet = flags(numbers, seconds), flags(muted, seconds)
    return Share(
        digits=digits.sum() * STEP,
        digits_muted=(digits & quiet).sum() * STEP,
        others=said.sum() * STEP,
        others_muted=(said & ~near & quiet).sum() * STEP,
        all_muted=(said & ~digits & quiet).sum() * STEP,
    )


def as_said(call: dict[str, Any]) -> Transcript:
    """The call as a recogniser would hear it that makes no mistake: each word, or character, over its share of time."""
    turns: dict[int, list[Word]] = {}
    for piece in call["pieces"]:
        words = piece["text"].split() if " " in piece["text"] else list(piece["text"])
        total, done = sum(map(len, words)), 0
        for word in words:
            first, done = done, done + len(word)
            length = piece["end"] - piece["start"]
            start, end = (piece["start"] + length * at / total for at in (first, done))
            turns.setdefault(piece["turn"], []).append(Word(text=word, start=round(start, 3), end=round(end, 3)))
    joiner = " " if call["language"] == "en" else ""
    who = {piece["turn"]: Speaker(piece["speaker"]) for piece in call["pieces"]}
    return Transcript(
        language=call["language"],
        channels=call["channels"],
        turns=tuple(
            Turn(
                speaker=who[place],
                start=words[0].start,
                end=words[-1].end,
                text=joiner.join(one.text for one in words),
                words=tuple(words),
            )
            for place, words in turns.items()
        ),
    )


def decoded(mp3: bytes) -> np.ndarray:
    with av.open(io.BytesIO(mp3)) as container:
        return np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)


@pytest.mark.bar(row=18, full=1, quick=1)
def test_digits_that_were_understood_are_muted_and_hardly_anything_else(bar):
    found = sum((share(call, stretches(as_said(call))) for call in TRUTH), NOTHING)
    bar.found(f"sound, by reference words with times, {len(TRUTH)} own recordings in en, zh, ja: {found.told}")
    assert found.digits_muted / found.digits >= 0.995
    assert found.others_muted / found.others <= 0.01


@pytest.mark.bar(row=18, full=len(TRUTH), quick=1)
def test_digits_that_the_recogniser_heard_are_muted_in_what_is_played(bar, tmp_path):
    """From the file to the MP3 that browsers play, with the packaged recogniser."""
    settings, found, missed = Settings(cache_dir=tmp_path), NOTHING, []
    for call in TRUTH[-bar.times :]:
        file = NUMBERS / call["file"]
        heard = hear_file(file, settings.model_copy(update={"language": call["language"]}), lambda step, share: None)
        recording = decode(file, settings)
        muted = on_to_pauses(recording.samples, stretches(heard.transcript))
        one = share(call, muted)
        found += one
        if one.digits_muted < 0.995 * one.digits:
            missed.append(f"{call['id']} {one.digits_muted / one.digits:.0%}")
        sound = decoded(playback(recording, muted))
        # What is said to be muted is so in the sound itself, but for the frame at each end.
        for span in muted:
            first, last = (int((at) * SAMPLE_RATE) + 1105 for at in (span.start + 0.05, span.end - 0.05))
            assert np.abs(sound[:, first:last]).max() < 3 * TONE_LEVEL
    bar.found(f"sound, by the packaged recogniser, {bar.times} own recordings: {found.told}{_told(missed)}")
    assert found.digits_muted / found.digits >= 0.995
    assert found.others_muted / found.others <= 0.01


def _told(missed: list[str]) -> str:
    return f" (less than all in {', '.join(missed)})" if missed else ""
