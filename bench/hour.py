"""How much memory a worker takes for a call of an hour, and where its processor goes: `python -m bench.hour`.

The recordings of the project with two channels, one after the other until the time is full, in a file as a telephone
system writes it (two channels, 8 kHz, 16 bit); a worker takes it from the queue as it takes any.
"""

import argparse
import io
import os
import tempfile
import time
import wave
from pathlib import Path

import av
import numpy as np

from app.settings import Settings
from bench.capacity import of_workers
from bench.reference import reference
from bench.speed import known
from tests.databases import SqliteDatabases
from tests.faults.processes import start_worker, until
from tests.faults.service import service

RATE, PATIENCE = 8_000, 3600


def main() -> None:
    """Let a worker hear the call, and print what it took."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--minutes", type=int, default=60)
    seconds = 60 * arguments.parse_args().minutes
    call = long_call(seconds)
    with tempfile.TemporaryDirectory(prefix="callmark-hour-") as folder:
        (Path(folder) / "data").mkdir()
        with SqliteDatabases(Path(folder)).fresh(Path(folder) / "data") as url:
            settings = Settings(data_dir=Path(folder) / "data", database_url=url)
            with service(settings) as running:
                worker = start_worker(settings)
                running.add(call, "long.wav")
                began = time.monotonic()
                until(running.all_ended, PATIENCE)
                took, used = time.monotonic() - began, of_workers([worker])
                most = int(memory(worker.pid or 0))
                worker.terminate()
                worker.join()
                assert not running.faults(), running.faults()
    print(
        f"{seconds} s of call: at most {most} MB, {took:.0f} s ({took / seconds:.3f} of real time), "
        f"{used / seconds:.4f} CPU-s a second; {os.cpu_count()} cores; reference loop {reference():.0f} ms"
    )


def long_call(seconds: int) -> bytes:
    """A WAV file of so many seconds."""
    heard = [_pcm(Path(call["path"])) for call in known() if call["agent"] is not None]
    times = -(-seconds * RATE // sum(len(each) for each in heard))
    sound = np.concatenate(heard * times)[: seconds * RATE]
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(2)
        written.setsampwidth(2)
        written.setframerate(RATE)
        written.writeframes(sound.tobytes())
    return file.getvalue()


def _pcm(path: Path) -> np.ndarray:
    resampler = av.AudioResampler(format="s16", layout="stereo", rate=RATE)
    with av.open(str(path)) as container:
        frames = [piece for frame in container.decode(audio=0) for piece in resampler.resample(frame)]
    return np.concatenate([frame.to_ndarray().reshape(-1, 2) for frame in frames])


def memory(process: int) -> float:
    """The most memory that a process has held so far, in MB; by proc(5)."""
    status = Path(f"/proc/{process}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) * 1024 / 1e6


if __name__ == "__main__":
    main()
