"""A file, whatever it is, becomes a transcript: a recording is heard, a transcript is read."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.transcript import Transcript
from app.settings import Settings
from app.transcription.imported import imported, is_transcript

if TYPE_CHECKING:
    from app.audio.decoding import Recording
    from app.transcription.engines import Engine

# Called with the name of the step at hand and the share of it that is done, 0-1.
Progress = Callable[[str, float], None]

NO_ENGINE = "transcript"


@dataclass(frozen=True)
class Heard:
    """What a file says; `engine` names what heard it ("transcript" when nobody had to)."""

    transcript: Transcript
    engine: str
    recording: "Recording | None" = None


def hear_file(path: Path, settings: Settings, progress: Progress) -> Heard:
    """What is said in a recording or a transcript; an AppError says why it cannot be had."""
    if is_transcript(path):
        progress("reading", 0.0)
        return Heard(imported(path, settings.language), NO_ENGINE)

    # Imported here: who reads transcripts only should not wait for the recogniser's libraries.
    from app.audio.decoding import decode

    progress("decoding", 0.0)
    recording = decode(path, settings)

    from app.transcription.hearing import hear

    if not _engine.cache_info().currsize:
        progress("loading the recogniser", 0.0)
    engine = recogniser(settings)
    return Heard(hear(recording, engine, settings, progress), engine.name, recording)


def recogniser(settings: Settings) -> "Engine":
    """The recogniser, loaded once for all files; it is the same whatever the language and the side of the agent."""
    return _engine(settings.model_copy(update={"language": None, "agent_channel": "auto"}))


@cache
def _engine(settings: Settings) -> "Engine":
    from app.transcription.engines import load_engine

    return load_engine(settings)
