"""How fast and how well recordings are heard: each recogniser on the same recordings, in the same run.

    python -m bench.recognition [RECORDING ...] [--engines faster-whisper openai-whisper] [--beam 5] [--json FILE]

Without recordings: all in fixtures/calls. Where a truth.jsonl lies beside a recording, the language and the agent's
channel are taken from it, and word errors (English) or character errors (Chinese, Japanese) are counted.
"""

import argparse
import json
import statistics
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from app.audio.decoding import decode
from app.domain.transcript import Transcript
from app.settings import Settings
from app.transcription.engines import ENGINES, load_engine
from app.transcription.hearing import hear
from bench.recordings import recordings as of_the_project
from bench.recordings import wrong
from bench.reference import processor_seconds


@dataclass(frozen=True)
class Figures:
    """One recogniser on one recording: seconds of clock and processor, words or characters in error."""

    engine: str
    file: str
    channels: int
    audio_seconds: float
    wall_seconds: float
    words_wall_seconds: float
    cpu_seconds: float
    errors: int | None
    length: int | None


def main() -> None:
    """Measure, print a line a recording, and the sums."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recordings", nargs="*", type=Path)
    parser.add_argument("--engines", nargs="+", default=["faster-whisper"], choices=list(ENGINES))
    parser.add_argument("--beam", type=int, default=Settings().beam_size)
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    options = parser.parse_args()
    recordings = options.recordings or of_the_project()
    rows: list[Figures] = []
    for name in options.engines:
        rows += list(measured(name, recordings, options.beam))
    print("\nerrors: words for English, characters for Chinese and Japanese")
    for name in dict.fromkeys(row.engine for row in rows):
        summed(name, [row for row in rows if row.engine == name])
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1), encoding="utf-8")


def measured(name: str, recordings: Sequence[Path], beam: int) -> Iterable[Figures]:
    """The figures of one recogniser, printed as they come."""
    settings = Settings(engine=name, beam_size=beam)  # type: ignore[arg-type]
    began = time.perf_counter()
    engine = load_engine(settings)
    print(f"\n{engine.name} ({engine.version}), beam {beam}, loaded in {time.perf_counter() - began:.1f} s")
    print(
        f"{'recording':26}{'channels':>9}{'seconds':>9}"
        f"{'wall/audio':>12}{'of it words':>13}{'CPU/audio':>11}{'errors':>9}"
    )
    for path in recordings:
        truth = truth_of(path)
        side = truth.get("agent_channel", "auto")
        own = settings.model_copy(update={"agent_channel": side if side in ("left", "right") else "auto"})
        steps: dict[str, list[float]] = {}

        def progress(step: str, share: float, steps: dict[str, list[float]] = steps) -> None:
            steps.setdefault(step, []).append(time.perf_counter())

        wall, cpu = time.perf_counter(), processor_seconds()
        recording = decode(path, own)
        transcript = hear(recording, engine, own, progress, truth.get("lang"))
        wall, cpu = time.perf_counter() - wall, processor_seconds() - cpu
        errors, length = wrong(said(transcript), truth) if truth else (None, None)
        row = Figures(
            engine.name,
            path.name,
            recording.channels,
            recording.duration,
            wall,
            steps["words"][-1] - steps["speech"][-1],
            cpu,
            errors,
            length,
        )
        rate = f"{errors / length:9.3f}" if errors is not None and length else f"{'–':>9}"
        print(
            f"{path.name:26}{row.channels:9}{row.audio_seconds:9.1f}{wall / row.audio_seconds:12.3f}"
            f"{row.words_wall_seconds / row.audio_seconds:13.3f}{cpu / row.audio_seconds:11.3f}{rate}",
            flush=True,
        )
        yield row


def summed(name: str, rows: Sequence[Figures]) -> None:
    """One line for all recordings together."""
    audio = sum(row.audio_seconds for row in rows)
    ratios = [row.wall_seconds / row.audio_seconds for row in rows]
    known = [(row.errors, row.length) for row in rows if row.errors is not None and row.length]
    errors, length = sum(pair[0] or 0 for pair in known), sum(pair[1] for pair in known)
    print(
        f"{name}: {sum(row.wall_seconds for row in rows) / audio:.3f} of real time "
        f"(median {statistics.median(ratios):.3f}, worst {max(ratios):.3f}), "
        f"{sum(row.cpu_seconds for row in rows) / audio:.3f} CPU-seconds a second of audio"
        + (f", {errors / length:.3f} in error" if length else "")
    )


def truth_of(path: Path) -> dict[str, Any]:
    """What is known about the recording; empty when nothing is."""
    beside = path.with_name("truth.jsonl")
    if not beside.is_file():
        return {}
    lines = beside.read_text(encoding="utf-8").splitlines()
    return next((call for call in map(json.loads, lines) if call.get("file") == path.name and "turns" in call), {})


def said(transcript: Transcript) -> dict[str, str]:
    """What the agent and the customer said; both under "" of a recording with one channel."""
    sides: dict[str, list[str]] = {}
    for turn in transcript.turns:
        if turn.speaker in ("agent", "customer"):
            sides.setdefault(turn.speaker if transcript.channels == 2 else "", []).append(turn.text)
    return {side: " ".join(texts) for side, texts in sides.items()}


if __name__ == "__main__":
    main()
