"""What a worker takes for calls as a telephone system hands them over: `python -m bench.worker [MEASURE ...]`.

    call     a call of five minutes by itself, from its arrival to its verdicts: clock and processor, by its length
    backlog  ten recordings that lie there at once: the same
    shares   where the processor goes, step by step
    hour     a call of an hour: the most memory that the worker held
    start    seconds that `callmark score` takes for a transcript

The worker is `callmark worker` as anybody starts it, on SQLite and local files; it has loaded its model before anything
is timed. The recordings are those of the project with two channels, in WAV of 8 kHz. Of several runs the best counts.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.kit import clock
from app.settings import Settings
from app.transcription.service import transcribe_call
from app.worker import Worker
from bench.recordings import CHANNELS, FIXTURES, telephone, with_two_channels
from bench.reference import processor_of, processor_seconds, reference
from tests.databases import SqliteDatabases
from tests.faults.processes import until
from tests.faults.service import Service, service

PATIENCE = 3600
MINUTES, BACKLOG = 5, 10
RUNS = 3
CALLMARK = Path(sys.executable).with_name("callmark")
# What a person may rightly call recognition; all other steps are beside it.
RECOGNITION = "words"


@dataclass(frozen=True)
class Took:
    """Seconds of clock and processor for each second of the calls."""

    wall: float
    cpu: float


def main() -> None:
    """Measure, and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measures", nargs="*", choices=[*MEASURES, []], default=list(MEASURES))
    for name in parser.parse_args().measures:
        for line in MEASURES[name]():
            print(line, flush=True)
    print(f"{os.cpu_count()} cores; a loop of arithmetic took {reference():.0f} ms")


def call() -> Iterator[str]:
    """A call by itself."""
    sound, seconds = telephone(60 * MINUTES, with_two_channels()), 60.0 * MINUTES
    with at_work() as (running, worker):
        took = [timed(running, worker, {f"{run}.wav": sound + bytes([run])}, seconds) for run in range(RUNS)]
    yield _told(f"a call of {MINUTES} minutes by itself", took)


def backlog() -> Iterator[str]:
    """Ten calls at once, and how many seconds of clock fall to each second of them."""
    calls = (with_two_channels() * 2)[:BACKLOG]
    seconds = sum(one["duration"] for one in calls)
    with at_work() as (running, worker):
        took = [
            timed(
                running,
                worker,
                {f"{run}-{place}.wav": as_telephone(one) + bytes([run, place]) for place, one in enumerate(calls)},
                seconds,
            )
            for run in range(RUNS)
        ]
    yield _told(f"{BACKLOG} calls ({seconds:.0f} s) at once", took)


def shares() -> Iterator[str]:
    """The steps of a call, each with its part of the processor seconds."""
    with kept() as running:
        worker = Worker(running.settings, running.engine, running.blobs)
        spent: Counter[str] = Counter()
        for number, one in enumerate(with_two_channels()):
            found = by_step(worker, running.add(as_telephone(one), f"{number}.wav"))
            # The first loads what is loaded once.
            if number:
                spent.update(found)
        seconds = sum(one["duration"] for one in with_two_channels()[1:])
    whole = sum(spent.values())
    for name, cpu in spent.items():
        yield f"  {name:10} {cpu / seconds:.4f} CPU-s ÷ audio-s, {cpu / whole:.1%}"
    beside = 1 - spent[RECOGNITION] / whole
    yield f"everything beside recognition: {beside:.1%} of {whole / seconds:.4f} CPU-s ÷ audio-s"


def hour() -> Iterator[str]:
    """A call of an hour."""
    seconds = 3600.0
    with at_work() as (running, worker):
        took = timed(running, worker, {"long.wav": telephone(seconds, with_two_channels())}, seconds)
        most = memory(worker)
    yield _told(f"a call of {seconds:.0f} s: at most {most:.0f} MB", [took])


def start() -> Iterator[str]:
    """`callmark score` of a transcript, from its start to its end, in a folder of its own."""
    truth = json.loads((FIXTURES / "truth.jsonl").read_text(encoding="utf-8").partition("\n")[0])
    turns = [{name: turn[name] for name in ("speaker", "start", "end", "text")} for turn in truth["turns"]]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "call.json"
        path.write_text(json.dumps({"language": truth["lang"], "turns": turns}), encoding="utf-8")
        took = [_run([str(CALLMARK), "score", str(path)], folder) for _ in range(3 * RUNS)]
        bare = min(_run([sys.executable, "-c", ""], folder) for _ in range(3 * RUNS))
    yield f"callmark score of a transcript: {min(took):.2f} s at best, {max(took):.2f} at most; Python {bare:.2f} s"


MEASURES: Mapping[str, Callable[[], Iterator[str]]] = {
    "call": call,
    "backlog": backlog,
    "shares": shares,
    "hour": hour,
    "start": start,
}


def as_telephone(one: Mapping[str, object]) -> bytes:
    """One of the recordings, as a telephone system would have written it."""
    return telephone(float(str(one["duration"])), [one])


@contextmanager
def kept() -> Iterator[Service]:
    """A service of its own, with nothing in it."""
    with tempfile.TemporaryDirectory(prefix="callmark-worker-") as name:
        folder = Path(name)
        (folder / "data").mkdir()
        with (
            SqliteDatabases(folder).fresh(folder / "data") as url,
            service(Settings(data_dir=folder / "data", database_url=url)) as running,
        ):
            yield running


@contextmanager
def at_work() -> Iterator[tuple[Service, int]]:
    """A service with a worker that has loaded its model; the worker's process."""
    with kept() as running:
        own = {"CALLMARK_DATA_DIR": str(running.settings.data_dir), "CALLMARK_DATABASE_URL": running.settings.database}
        with (running.settings.data_dir / "worker.log").open("ab") as log:
            worker = subprocess.Popen([CALLMARK, "worker"], env={**os.environ, **own}, stdout=log, stderr=log)
        try:
            first = next(one for one in with_two_channels() if one["agent_channel"] in CHANNELS)
            running.add(as_telephone(first), "first.wav")
            until(running.all_ended, PATIENCE)
            yield running, worker.pid
        finally:
            worker.terminate()
            worker.wait()
        faults = running.faults()
        assert not faults, faults


def timed(running: Service, worker: int, calls: Mapping[str, bytes], seconds: float) -> Took:
    """What the worker takes for these calls, of so many seconds in all, from the arrival of the first."""
    used, began = processor_of(worker), time.monotonic()
    for name, content in calls.items():
        running.add(content, name)
    until(running.all_ended, PATIENCE)
    return Took((time.monotonic() - began) / seconds, (processor_of(worker) - used) / seconds)


def by_step(worker: Worker, call_id: int) -> Mapping[str, float]:
    """Processor seconds of each step of a call, done in this process."""
    spent: Counter[str] = Counter()
    name, since = "reading", processor_seconds()

    def progress(step: str, share: float) -> None:
        nonlocal name, since
        now = processor_seconds()
        spent[name] += now - since
        name, since = step, now

    transcribe_call(
        worker.engine, worker.blobs, worker.settings, call_id, 1, progress, clock.now, lambda session, call: False
    )
    progress("judging", 0.0)
    worker.evaluate(call_id, 1)
    worker.offer(call_id, 1)
    progress("", 0.0)
    return spent


def memory(process: int) -> float:
    """The most memory that a process has held so far, in MB; by proc(5)."""
    status = Path(f"/proc/{process}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) * 1024 / 1e6


def _run(command: list[str], folder: str) -> float:
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def _told(what: str, took: list[Took]) -> str:
    return (
        f"{what}: {min(one.wall for one in took):.4f} of real time, {min(one.cpu for one in took):.4f} CPU-s ÷ audio-s"
    )


if __name__ == "__main__":
    main()
