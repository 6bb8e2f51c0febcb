"""What a speech recogniser is, and which ones there are."""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.domain.transcript import Value, Word
from app.kit.errors import AppError
from app.settings import Settings
from app.transcription.weights import Weights, find_weights

ENGINES = {
    "faster-whisper": "app.transcription.engines.faster_whisper:FasterWhisper",
    "openai-whisper": "app.transcription.engines.openai_whisper:OpenAIWhisper",
}


# The package that each of them needs.
PACKAGES = {"faster-whisper": "faster_whisper", "openai-whisper": "whisper"}


class EngineUnknown(AppError):
    """There is no recogniser of this name."""

    code = "engine_unknown"


class Phrase(Value):
    """What a recogniser wrote in one breath; word times are seconds from the start of the samples it was given.

    `no_speech` is how likely it thought that nobody spoke (0-1); `repetition` is how many times smaller its
    text gets by compression (over 2.4 it was stuck in a loop).
    """

    words: tuple[Word, ...]
    no_speech: float
    repetition: float


class Engine(Protocol):
    """A speech recogniser: at most 30 seconds of one voice at 16 kHz become phrases of timed words."""

    @property
    def name(self) -> str:
        """As shown beside results: recogniser, model and number format."""
        ...

    @property
    def version(self) -> str:
        """The release of the recogniser."""
        ...

    @property
    def hands(self) -> int:
        """How many pieces it can work on at the same time."""
        ...

    def transcribe(self, samples: NDArray[np.float32], language: str) -> tuple[Phrase, ...]:
        """What is said in the samples."""
        ...

    def language_odds(self, samples: NDArray[np.float32]) -> Mapping[str, float]:
        """How likely each language is, by its code."""
        ...


class _Builder(Protocol):
    def __call__(self, weights: Weights, *, device: str, compute_type: str, beam_size: int) -> Engine: ...


def installed() -> tuple[str, ...]:
    """The recognisers whose packages are there."""
    return tuple(name for name in ENGINES if find_spec(PACKAGES[name]) is not None)


def load_engine(settings: Settings) -> Engine:
    """The recogniser that the settings name, with its model loaded."""
    if settings.engine not in ENGINES:
        raise EngineUnknown(f"There is no recogniser called {settings.engine!r}; known are {', '.join(ENGINES)}.")
    module, _, name = ENGINES[settings.engine].partition(":")
    build: _Builder = getattr(import_module(module), name)
    weights = find_weights(settings.model, settings.cache_dir)
    return build(weights, device=settings.device, compute_type=settings.compute_type, beam_size=settings.beam_size)
