"""How fast, how dear and how right: Callmark beside others that hear with the same weights, on the same recordings.

    python -m bench.speed [--rivals callmark openai-whisper …] [--times 3] [--report docs/speed.md]

The recordings: all of fixtures/calls, which have two channels with holds and silences as call centres have them, and
one of them as one channel without a wait. Every round hears them once by each, one after the other; of several rounds
the best counts, as what else the machine does can only make them slower. Errors are counted over all that was said, in
its order (words; characters in Chinese and Japanese); of those that hear each channel, side by side.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from rapidfuzz.distance import Levenshtein

from app.audio.decoding import SAMPLE_RATE, decode
from app.settings import Settings
from bench.recognition import FIXTURES, units
from bench.reference import reference
from bench.rivals import RIVALS

# What an hour of one core costs where it is rented, in the currency of the reader.
CORE_HOUR = 0.04
DENSE = "en-rude-parcel"
NEEDS = {"openai-whisper": "whisper", "batched": "faster_whisper", "whisper.cpp": "pywhispercpp"}
PACKAGES = {"openai-whisper": "openai-whisper", "batched": "faster-whisper", "whisper.cpp": "pywhispercpp"}
BEGINS, ENDS = "<!-- measured: begin -->", "<!-- measured: end -->"


@dataclass(frozen=True)
class Found:
    """One rival over a set of recordings: ratios to their length, the most memory in MB, the share in error."""

    name: str
    wall: float
    cpu: float
    memory: float
    loading: float
    errors: float


def main() -> None:
    """Measure, print a line for each, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rivals", nargs="+", choices=list(RIVALS), default=[name for name in RIVALS if usable(name)])
    parser.add_argument("--times", type=int, default=3, help="rounds; the best counts")
    parser.add_argument("--report", type=Path, help="put the tables into this page")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        calls = [call for call in known() if call["agent"] is not None]
        dense = as_one_channel(next(call for call in calls if call["id"] == DENSE), Path(folder))
        rounds = [list(one_round(options.rivals, [*calls, dense])) for _ in range(options.times)]
    lines = []
    for title, chosen in (("two channels", calls), ("one channel, no wait", [dense])):
        paths = {call["path"]: call for call in chosen}
        found = [
            best(name, [measured for each in rounds for measured in each if measured[0] == name], paths)
            for name in options.rivals
        ]
        lines += [
            f"**{title}**: {len(chosen)} recordings, {sum(call['duration'] for call in chosen):.0f} s",
            "",
            *table(found),
            "",
        ]
    text = "\n".join([machine(), "", *lines])
    print(text)
    if options.report:
        before, _, rest = options.report.read_text(encoding="utf-8").partition(BEGINS)
        after = rest.partition(ENDS)[2]
        options.report.write_text(f"{before}{BEGINS}\n{text}\n{ENDS}{after}", encoding="utf-8")


def usable(name: str) -> bool:
    """Whether what this one needs is installed."""
    return find_spec(NEEDS.get(name.removesuffix("-2"), "faster_whisper")) is not None


def known() -> Iterator[dict[str, Any]]:
    """The recordings of the project with what is said in them."""
    for line in (FIXTURES / "truth.jsonl").read_text(encoding="utf-8").splitlines():
        call = json.loads(line)
        agent = {"left": 0, "right": 1}.get(call["agent_channel"])
        yield {**call, "path": str(FIXTURES / call["file"]), "agent": agent}


def as_one_channel(call: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Both channels of a call as one, in a file."""
    samples = decode(Path(call["path"]), Settings()).samples[:].mean(axis=0)
    path = folder / "one-channel.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return {**call, "path": str(path), "agent": None}


def one_round(names: Sequence[str], calls: Sequence[dict[str, Any]]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """What each rival is measured at, in a process of its own; told as it comes."""
    given = "".join(json.dumps({key: call[key] for key in ("path", "lang", "agent")}) + "\n" for call in calls)
    for name in names:
        ran = subprocess.run(
            [sys.executable, "-m", "bench.rivals", name],
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            check=True,
        )
        lines = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]
        heard = sum(line["wall"] for line in lines[1:]) / sum(call["duration"] for call in calls)
        print(f"{name:20} {heard:.3f} of real time; a loop of arithmetic {reference():.0f} ms", flush=True)
        yield name, lines


def best(name: str, rounds: Sequence[tuple[str, list[dict[str, Any]]]], calls: dict[str, dict[str, Any]]) -> Found:
    """The best of all rounds over these recordings."""
    audio = sum(call["duration"] for call in calls.values())
    of_calls = [[line for line in lines if line.get("path") in calls] for _, lines in rounds]
    wrong = [errors(line["said"], calls[line["path"]]) for line in of_calls[-1]]
    return Found(
        name=name,
        wall=min(sum(line["wall"] for line in lines) for lines in of_calls) / audio,
        cpu=min(sum(line["cpu"] for line in lines) for lines in of_calls) / audio,
        memory=min(lines[-1]["memory"] for _, lines in rounds),
        loading=min(lines[0]["wall"] for _, lines in rounds),
        errors=sum(one for one, _ in wrong) / sum(length for _, length in wrong),
    )


def errors(heard: dict[str, str], call: dict[str, Any]) -> tuple[int, int]:
    """Words or characters in error, and how many were said."""
    together = "" in heard
    sides = [("agent", "customer")] if together else [("agent",), ("customer",)]
    wrong = length = 0
    for side in sides:
        turns = sorted((turn for turn in call["turns"] if turn["speaker"] in side), key=lambda turn: turn["start"])
        true = units(" ".join(turn["text"] for turn in turns), call["lang"])
        told = units(heard.get("" if together else side[0], ""), call["lang"])
        wrong += Levenshtein.distance(true, told)
        length += len(true)
    return wrong, length


def table(found: Sequence[Found]) -> Iterator[str]:
    """A line for each; the ratio is to openai-whisper as its command line runs."""
    base = next((one.cpu for one in found if one.name == "openai-whisper"), None)
    yield "| | how | who spoke | wall ÷ audio | CPU-s ÷ audio-s | less | memory, MB | loading, s | in error | 1,000 h |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for one in found:
        rival = RIVALS[one.name]
        less = f"{base / one.cpu:.1f} ×" if base else "–"
        cost = one.cpu * 1000 * CORE_HOUR
        yield (
            f"| {rival.title} | {rival.how} | {'yes' if rival.apart else 'no'} | {one.wall:.3f} | {one.cpu:.3f} "
            f"| {less} | {one.memory:.0f} | {one.loading:.1f} | {one.errors:.1%} | {cost:.2f} |"
        )


def machine() -> str:
    """What it was measured on and with."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    parts = [f"{name} {_version(name)}" for name in ("faster-whisper", "ctranslate2", *sorted({*PACKAGES.values()}))]
    return (
        f"{datetime.now(UTC).date()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} "
        f"{platform.machine()}, Python {platform.python_version()}; {', '.join(dict.fromkeys(parts))}; "
        f"a core at {CORE_HOUR} an hour. A loop of arithmetic took {reference():.0f} ms."
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"


if __name__ == "__main__":
    main()
