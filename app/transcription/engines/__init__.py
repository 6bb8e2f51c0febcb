"""What a speech recogniser is, and which ones there are."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol

from app.audio.pcm import Floats
from app.domain.transcript import Value, Word
from app.kit.errors import AppError
from app.settings import Settings

ENGINES = {
    "faster-whisper": "app.transcription.engines.faster_whisper:FasterWhisper",
    "openai-whisper": "app.transcription.engines.openai_whisper:OpenAIWhisper",
    "endpoint": "app.transcription.engines.endpoint:Endpoint",
}
# The package that each of them needs.
PACKAGES = {"faster-whisper": "faster_whisper", "openai-whisper": "whisper", "endpoint": "httpx2"}


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
        """How many batches it can work on at the same time."""
        ...

    @property
    def batch_size(self) -> int:
        """How many pieces it is best given at once."""
        ...

    def transcribe(self, pieces: Sequence[Floats], language: str) -> Sequence[tuple[Phrase, ...]]:
        """What is said in each of the pieces."""
        ...

    def language_odds(self, samples: Floats) -> Mapping[str, float]:
        """How likely each language is, by its code."""
        ...


def usable(settings: Settings) -> tuple[str, ...]:
    """The recognisers whose packages are there; one elsewhere, where its address is set."""
    known = [name for name in ENGINES if name != "endpoint" or settings.endpoint_url]
    return tuple(name for name in known if find_spec(PACKAGES[name]) is not None)


def load_engine(settings: Settings) -> Engine:
    """The recogniser that the settings name, with its model loaded."""
    if settings.engine not in ENGINES:
        raise EngineUnknown(f"There is no recogniser called {settings.engine!r}; known are {', '.join(ENGINES)}.")
    module, _, name = ENGINES[settings.engine].partition(":")
    build: Callable[[Settings], Engine] = getattr(import_module(module), name)
    return build(settings)
