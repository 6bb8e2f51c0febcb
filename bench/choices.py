"""What each setting of the recogniser costs and gains: `python -m bench.choices [NAME ...]`.

All recordings of the project with two channels are heard once with what is set as it comes, and once with each other
choice, in a process of its own. What is measured begins with the samples and ends with the transcript, in a language
that is known.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.audio.decoding import decode
from app.settings import Settings
from app.transcription import passages
from app.transcription.engines import load_engine
from app.transcription.hearing import hear
from bench.recognition import said
from bench.recordings import with_two_channels, wrong
from bench.reference import most_memory_mb, processor_seconds

CHANNELS = ("left", "right")
# What is set, by what the table calls it; `longest` is the length of a passage, which nobody sets.
CHOICES: dict[str, dict[str, Any]] = {
    "as it comes": {},
    "beam of 1": {"beam_size": 1},
    "beam of 2": {"beam_size": 2},
    "two passages in step": {"batch_size": 2},
    "four passages in step": {"batch_size": 4},
    "one thread": {"recogniser_threads": 1},
    "numbers of 32 bits": {"compute_type": "float32"},
    "passages of 8 s": {"longest": 8.0},
    "passages of 20 s": {"longest": 20.0},
    "passages of 28 s": {"longest": 28.0},
}


def main() -> None:
    """Print a line for each choice, or measure one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*CHOICES, []], default=list(CHOICES))
    parser.add_argument("--alone", action="store_true", help="measure this one here, as JSON")
    options = parser.parse_args()
    if options.alone:
        print(json.dumps(measured(CHOICES[options.names[0]])))
        return
    for line in table(options.names):
        print(line, flush=True)


def table(names: list[str]) -> Iterator[str]:
    """A line for each choice, in Markdown."""
    yield "| what is chosen | wall ÷ audio | CPU-s ÷ audio-s | memory, MB | in error |"
    yield "| --- | --- | --- | --- | --- |"
    for name in names:
        ran = subprocess.run(
            [sys.executable, "-m", "bench.choices", name, "--alone"], stdout=subprocess.PIPE, text=True, check=True
        )
        found = json.loads(ran.stdout.splitlines()[-1])
        yield (
            f"| {name} | {found['wall']:.4f} | {found['cpu']:.4f} | {found['memory']:.0f} "
            f"| {found['wrong']} of {found['length']}, {found['wrong'] / found['length']:.1%} |"
        )


def measured(choice: dict[str, Any]) -> dict[str, float]:
    """Seconds of clock and processor for a second of the calls, the most memory, and what was heard wrong."""
    set_here = dict(choice)
    passages.LONGEST_SECONDS = set_here.pop("longest", passages.LONGEST_SECONDS)
    settings = Settings(**set_here)
    engine = load_engine(settings)
    audio = errors = length = 0.0
    wall = cpu = 0.0
    for call in with_two_channels():
        recording = decode(Path(call["path"]), settings)
        own = settings.model_copy(update={"agent_channel": CHANNELS[call["agent"]]})
        began, used = time.perf_counter(), processor_seconds()
        transcript = hear(recording, engine, own, language=call["lang"])
        wall, cpu = wall + time.perf_counter() - began, cpu + processor_seconds() - used
        audio += recording.duration
        one, of = wrong(said(transcript), call)
        errors, length = errors + one, length + of
    return {
        "wall": wall / audio,
        "cpu": cpu / audio,
        "memory": most_memory_mb(),
        "wrong": int(errors),
        "length": int(length),
    }


if __name__ == "__main__":
    main()
