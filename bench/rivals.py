"""Ways from a recording to its words, each in a process of its own, so that its memory and processor are its own.

    python -m bench.rivals NAME < recordings > a line of JSON for each

A recording is a line of JSON with `path`, `lang` and `agent` (0, 1 or null: one channel). The first line that is
printed says what loading took.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.audio.decoding import decode
from app.settings import Settings
from app.transcription.weights import find_weights
from bench.recognition import said
from bench.reference import most_memory_mb, processor_seconds

CORES = 2
Samples = NDArray[np.float32]
# What one voice, or the mix of all, says in a language.
Says = Callable[[Samples, str], str]
# What the agent and the customer say of a recording; both together under "" where nobody tells them apart.
Hears = Callable[[dict[str, Any]], dict[str, str]]


@dataclass(frozen=True)
class Rival:
    """`hears` gets ready and gives back what hears; `apart`: whether it tells who spoke."""

    title: str
    how: str
    apart: bool
    hears: Callable[[], Hears]


def callmark() -> Hears:
    """From the file to the verdicts, as `callmark score` does."""
    from app.evaluations.files import evaluate_file
    from app.transcription.files import recogniser

    settings = Settings()
    recogniser(settings)

    def hear(recording: dict[str, Any]) -> dict[str, str]:
        found = evaluate_file(
            recording["path"], settings.model_copy(update={"language": recording["lang"]}), None, quiet
        )
        return said(found.transcript)

    return hear


def quiet(step: str, share: float) -> None:
    """Nobody watches."""


def openai_whisper() -> Says:
    """With the options that its own command line has where none is given, on a processor."""
    import whisper

    from app.transcription.checkpoint import checkpoint

    settings = Settings()
    model = whisper.load_model(str(checkpoint(find_weights(None, settings.cache_dir))), device="cpu")

    def say(samples: Samples, code: str) -> str:
        temperatures = tuple(np.arange(0, 1.0 + 1e-6, 0.2))
        heard = model.transcribe(
            samples, language=code, temperature=temperatures, best_of=5, beam_size=5, fp16=False, verbose=None
        )
        return str(heard["text"])

    return say


def faster_whisper() -> Says:
    """Piece after piece, in whole numbers of eight bits, a beam of five, as it comes."""
    from faster_whisper import WhisperModel

    model = WhisperModel(_folder(), device="cpu", compute_type="int8", cpu_threads=CORES)

    def say(samples: Samples, code: str) -> str:
        segments, _ = model.transcribe(samples, language=code, beam_size=5)
        return "".join(segment.text for segment in segments)

    return say


def batched() -> Says:
    """What is no speech left out, eight pieces at once, as whisperX does; in whole numbers of eight bits."""
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    model = BatchedInferencePipeline(WhisperModel(_folder(), device="cpu", compute_type="int8", cpu_threads=CORES))

    def say(samples: Samples, code: str) -> str:
        segments, _ = model.transcribe(samples, language=code, beam_size=5, batch_size=8)
        return "".join(segment.text for segment in segments)

    return say


def whisper_cpp() -> Says:
    """Half precision, a beam of five."""
    from pywhispercpp.model import Model

    from bench.ggml import ggml

    weights = ggml(find_weights(None, Settings().cache_dir))
    model = Model(
        str(weights),
        params_sampling_strategy=1,
        redirect_whispercpp_logs_to=None,
        n_threads=CORES,
        beam_search={"beam_size": 5, "patience": -1.0},
        print_progress=False,
        print_realtime=False,
    )

    def say(samples: Samples, code: str) -> str:
        return " ".join(segment.text for segment in model.transcribe(samples, language=code))

    return say


def mixed(get_ready: Callable[[], Says]) -> Callable[[], Hears]:
    """Both channels as one, which is what these make of a recording that is given to them."""

    def hears() -> Hears:
        say, settings = get_ready(), Settings()

        def hear(recording: dict[str, Any]) -> dict[str, str]:
            samples = decode(Path(recording["path"]), settings).samples[:]
            return {"": say(np.ascontiguousarray(samples.mean(axis=0)), recording["lang"])}

        return hear

    return hears


def each_channel(get_ready: Callable[[], Says]) -> Callable[[], Hears]:
    """One channel after the other, which tells who said what."""

    def hears() -> Hears:
        say, settings = get_ready(), Settings()

        def hear(recording: dict[str, Any]) -> dict[str, str]:
            samples = decode(Path(recording["path"]), settings).samples[:]
            if len(samples) == 1:
                return {"": say(samples[0], recording["lang"])}
            sides = ("agent", "customer") if recording["agent"] == 0 else ("customer", "agent")
            return {side: say(channel, recording["lang"]) for side, channel in zip(sides, samples, strict=True)}

        return hear

    return hears


def _folder() -> str:
    return str(find_weights(None, Settings().cache_dir).path)


RIVALS = {
    "callmark": Rival("Callmark", "from the file to the verdicts", True, callmark),
    "openai-whisper": Rival("openai-whisper", "its own options; both channels as one", False, mixed(openai_whisper)),
    "openai-whisper-2": Rival("openai-whisper", "its own options; each channel", True, each_channel(openai_whisper)),
    "faster-whisper": Rival("faster-whisper", "int8; both channels as one", False, mixed(faster_whisper)),
    "faster-whisper-2": Rival("faster-whisper", "int8; each channel", True, each_channel(faster_whisper)),
    "batched": Rival("faster-whisper, batched", "int8, eight at once; both channels as one", False, mixed(batched)),
    "batched-2": Rival("faster-whisper, batched", "int8, eight at once; each channel", True, each_channel(batched)),
    "whisper.cpp": Rival("whisper.cpp", "f16; both channels as one", False, mixed(whisper_cpp)),
    "whisper.cpp-2": Rival("whisper.cpp", "f16; each channel", True, each_channel(whisper_cpp)),
}


def measure(rival: Rival, recordings: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """Seconds of clock and processor for loading and for each recording, what was said, and the most memory in MB."""
    began, used = time.perf_counter(), processor_seconds()
    hear = rival.hears()
    yield {"wall": time.perf_counter() - began, "cpu": processor_seconds() - used, "memory": most_memory_mb()}
    for recording in recordings:
        began, used = time.perf_counter(), processor_seconds()
        words = hear(recording)
        yield {
            "path": recording["path"],
            "wall": time.perf_counter() - began,
            "cpu": processor_seconds() - used,
            "memory": most_memory_mb(),
            "said": words,
        }


def main(arguments: Sequence[str]) -> None:
    """Measure the rival of this name."""
    for line in measure(RIVALS[arguments[0]], map(json.loads, sys.stdin)):
        print(json.dumps(line, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
