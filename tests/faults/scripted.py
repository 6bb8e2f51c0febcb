"""Recordings of a few seconds, and a recogniser that is told what it hears: all but the recognition is real."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from app.domain.transcript import Word
from app.settings import Settings
from app.transcription.engines import ENGINES, Phrase
from app.worker import work

SPOKEN = Path(__file__).parents[2] / "fixtures" / "calls" / "en-good-card.wav"
SECONDS, BYTES_A_SECOND = 4, 16_000
SAID = "Thank you for calling Merrow Bank, this is Nina, how can I help you?".split()


class ScriptedEngine:
    """Hears the same greeting in whatever it is given."""

    name, version, hands, batch_size = "scripted", "1", 1, 1

    def __init__(self, settings: Settings) -> None:
        pass

    def transcribe(self, pieces: Sequence[np.ndarray], language: str) -> list[tuple[Phrase, ...]]:
        return [self._heard(samples) for samples in pieces]

    def _heard(self, samples: np.ndarray) -> tuple[Phrase, ...]:
        length = len(samples) / 16_000 / len(SAID)
        words = [
            Word(text=f" {word}", start=place * length, end=(place + 0.9) * length, confidence=0.9)
            for place, word in enumerate(SAID)
        ]
        return (Phrase(words=tuple(words), no_speech=0.0, repetition=1.0),)

    def language_odds(self, samples: np.ndarray) -> Mapping[str, float]:
        return {"en": 1.0}


def work_scripted(settings: Settings) -> None:
    """A worker with that recogniser."""
    ENGINES["faster-whisper"] = f"{__name__}:ScriptedEngine"
    work(settings)


@cache
def _spoken() -> tuple[bytes, bytes]:
    """What stands before the sound of a shipped recording (μ-law, two channels), and its first seconds."""
    content = SPOKEN.read_bytes()
    at = content.index(b"data") + 8
    return content[: at - 4], content[at : at + SECONDS * BYTES_A_SECOND]


def recording(number: int) -> bytes:
    """A recording in which somebody speaks; each number is another one."""
    head, sound = _spoken()
    # So little that nobody hears it.
    mark = bytes(byte ^ (number >> place & 1) for place, byte in enumerate(sound[:32]))
    content = bytearray(head + len(sound).to_bytes(4, "little") + mark + sound[32:])
    content[4:8] = (len(content) - 8).to_bytes(4, "little")
    return bytes(content)
