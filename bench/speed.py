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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench import choices, worker
from bench.bars import bars
from bench.recordings import as_one_channel, with_two_channels, wrong
from bench.reference import reference
from bench.rivals import RIVALS

# What an hour of one core costs where it is rented, in the currency of the reader.
CORE_HOUR = 0.04
DENSE = "en-rude-parcel"
NEEDS = {"openai-whisper": "whisper", "batched": "faster_whisper", "whisper.cpp": "pywhispercpp"}
PACKAGES = {"openai-whisper": "openai-whisper", "batched": "faster-whisper", "whisper.cpp": "pywhispercpp"}
BEGINS, ENDS = "<!-- measured: begin -->", "<!-- measured: end -->"
PICTURE = "pictures/speed.svg"


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
    parser.add_argument("--times", type=int, default=1, help="rounds; the best counts")
    parser.add_argument("--report", type=Path, help="put all of it into this page, and the picture beside it")
    options = parser.parse_args()
    parts = [machine(), *beside_each_other(options.rivals, options.times, options.report)]
    if options.report:
        parts += ["**Callmark's worker by itself**", "\n".join(by_itself())]
        parts += ["**Settings of the recogniser**", "\n".join(choices.table(list(choices.CHOICES)))]
    parts.append(f"In the end, a loop of arithmetic took {reference():.0f} ms.")
    text = "\n\n".join(parts)
    print(text)
    if options.report:
        before, _, rest = options.report.read_text(encoding="utf-8").partition(BEGINS)
        after = rest.partition(ENDS)[2]
        options.report.write_text(f"{before}{BEGINS}\n{text}\n{ENDS}{after}", encoding="utf-8")


def beside_each_other(names: Sequence[str], times: int, report: Path | None) -> Iterator[str]:
    """A table for calls with two channels and one for a dense one with one channel; the picture is of the first."""
    with tempfile.TemporaryDirectory() as folder:
        calls = with_two_channels()
        dense = as_one_channel(next(call for call in calls if call["id"] == DENSE), Path(folder))
        rounds = [list(one_round(names, [*calls, dense])) for _ in range(times)]
    for title, chosen in (("Two channels", calls), ("One channel, hardly a wait", [dense])):
        paths = {call["path"]: call for call in chosen}
        found = [best(name, [lines for each in rounds for of, lines in each if of == name], paths) for name in names]
        yield f"**{title}**: {len(chosen)} recordings, {sum(call['duration'] for call in chosen):.0f} s"
        yield "\n".join(table(found))
        if report and chosen is calls:
            drawn = [(f"{RIVALS[one.name].title}, {RIVALS[one.name].how}", one.cpu) for one in found]
            picture = bars("Processor for a second of a call", "CPU-seconds", drawn, drawn[0][0])
            report.with_name("pictures").mkdir(exist_ok=True)
            (report.parent / PICTURE).write_text(picture, encoding="utf-8")


def by_itself() -> Iterator[str]:
    """What bench.worker tells, as a list."""
    for measure in worker.MEASURES.values():
        for line in measure():
            yield f"  - {line.strip()}" if line.startswith(" ") else f"- {line}"


def usable(name: str) -> bool:
    """Whether what this one needs is installed."""
    return find_spec(NEEDS.get(name.removesuffix("-2"), "faster_whisper")) is not None


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


def best(name: str, rounds: Sequence[list[dict[str, Any]]], calls: Mapping[str, dict[str, Any]]) -> Found:
    """The best of all rounds over these recordings."""
    audio = sum(call["duration"] for call in calls.values())
    of_calls = [[line for line in lines if line.get("path") in calls] for lines in rounds]
    faults = [wrong(line["said"], calls[line["path"]]) for line in of_calls[-1]]
    return Found(
        name=name,
        wall=min(sum(line["wall"] for line in lines) for lines in of_calls) / audio,
        cpu=min(sum(line["cpu"] for line in lines) for lines in of_calls) / audio,
        memory=min(lines[-1]["memory"] for lines in rounds),
        loading=min(lines[0]["wall"] for lines in rounds),
        errors=sum(one for one, _ in faults) / sum(length for _, length in faults),
    )


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
