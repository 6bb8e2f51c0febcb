"""A recording file becomes samples, whatever its format; what cannot be read says why."""

import os
import stat
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO, Literal, cast

import numpy as np
from numpy.typing import NDArray

from app.audio import decoder
from app.audio.decoder import SAMPLE_RATE
from app.audio.levels import levels
from app.audio.pcm import Floats, Pcm, Samples
from app.kit.errors import AppError
from app.settings import Settings, bare_environment

__all__ = ["SAMPLE_RATE", "Recording", "decode"]

# Two channels that differ by less than this share of their energy, second by second, are one channel kept twice.
SAME_CHANNEL_RESIDUE = 0.1
SILENT_POWER = 1e-6
# The outcome of decoding stands in so many bytes at most.
LAST_LINE = 200


class RecordingMissing(AppError):
    """There is no file of this name; check the path."""

    code = "file_missing"


class RecordingIsFolder(AppError):
    """This is a folder, not a recording; name the recordings in it."""

    code = "is_folder"


class RecordingForbidden(AppError):
    """The file may not be read; ask for permission to read it."""

    code = "no_permission"


class RecordingEmpty(AppError):
    """The file is empty; export the recording again."""

    code = "empty_file"


class NotAudio(AppError):
    """This is not a recording that can be read; use WAV, MP3, Ogg, FLAC or M4A."""

    code = "not_audio"


class RecordingTruncated(AppError):
    """The recording is damaged or breaks off before its end; copy or export it again."""

    code = "truncated"


class RecordingSoundless(AppError):
    """The recording is 0 seconds long; export it again."""

    code = "no_sound"


class RecordingTooLong(AppError):
    """The recording is longer than is accepted; split it, or raise CALLMARK_MAX_HOURS."""

    code = "too_long"


class TooManyChannels(AppError):
    """The recording has more than two channels; export it as mono, or with one channel for each side."""

    code = "too_many_channels"


class DecoderMissing(AppError):
    """The library that decodes recordings (PyAV) is not installed; install Callmark again."""

    code = "decoder_missing"
    status = 500


class NoRoomToDecode(AppError):
    """There is no space left for temporary files, which decoding needs; free some, then start the call again."""

    code = "no_room"
    status = 507


class DecodingTooCostly(AppError):
    """Decoding took too much memory or time; convert it to WAV, or raise CALLMARK_DECODE_MEMORY_MB or _SECONDS."""

    code = "too_costly"


REFUSALS: dict[str, type[AppError]] = {
    refusal.code: refusal
    for refusal in (
        NotAudio,
        RecordingTruncated,
        RecordingSoundless,
        RecordingTooLong,
        TooManyChannels,
        NoRoomToDecode,
        DecodingTooCostly,
    )
}


@dataclass(frozen=True, eq=False)
class Recording:
    """What was recorded: `samples` by channel (rows) at 16 kHz, from -1 to 1."""

    samples: Samples

    @property
    def channels(self) -> Literal[1, 2]:
        """How many sides were recorded apart."""
        return 2 if len(self.samples) == 2 else 1

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return float(self.samples.shape[1] / SAMPLE_RATE)

    @cached_property
    def loudness(self) -> tuple[Floats, ...]:
        """Level of each frame of 32 ms, in dB of full scale, by channel."""
        return tuple(levels(row) for row in self.samples)


def decode(path: Path, settings: Settings) -> Recording:
    """The recording in a file; any of this module's errors when there is none to be had."""
    with _opened(path) as source, _in_memory() as sink:
        channels = _decode_apart(source, sink, settings)
        raw = np.memmap(sink, dtype="<i2", mode="r").reshape(-1, channels)
    return Recording(Pcm((raw[:, :1] if channels == 2 and _same(raw) else raw).T))


def _in_memory() -> BinaryIO:
    """A file in memory alone, so that no sound of a call comes on a disk; elsewhere than on Linux, a temporary one."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("callmark"), "w+b")
    return cast(BinaryIO, tempfile.TemporaryFile())


def _opened(path: Path) -> BinaryIO:
    """The file, open for reading, when it is a file with something in it."""
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise RecordingIsFolder
        if not stat.S_ISREG(found.st_mode):
            raise NotAudio
        if not found.st_size:
            raise RecordingEmpty
        return path.open("rb")
    except PermissionError as error:
        raise RecordingForbidden from error
    except (OSError, ValueError) as error:
        # A name that is too long or holds a zero byte names no file either.
        raise RecordingMissing from error


def _decode_apart(source: BinaryIO, sink: BinaryIO, settings: Settings) -> int:
    """Let a process of its own write the samples into the sink, and return the number of channels."""
    limits = (settings.decode_memory_mb, settings.decode_seconds, settings.max_hours * 3600)
    # Of Python itself it has the standard library (-S), and imports nothing from the folder it is in (-P).
    command = [sys.executable, "-S", "-P", decoder.__file__, *map(str, limits)]
    try:
        with tempfile.TemporaryFile() as told:
            done = subprocess.run(
                command,
                stdin=source,
                stdout=sink,
                stderr=told,
                cwd="/",
                env={**bare_environment(), "PYTHONPATH": _library_folder()},
                timeout=settings.decode_seconds,
                check=False,
            )
            # Whatever it may write, no more of it than its last line comes into memory.
            told.seek(max(0, told.seek(0, os.SEEK_END) - LAST_LINE))
            outcome = told.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
    except subprocess.TimeoutExpired as error:
        raise DecodingTooCostly from error
    word, _, number = outcome.partition(" ")
    if word == "channels" and done.returncode == 0:
        return int(number)
    # A decoder that was killed or crashed says nothing: its memory or time had run out.
    raise REFUSALS.get(word, DecodingTooCostly)


@cache
def _library_folder() -> str:
    """Where the decoding library is installed, which alone of all packages the process may import."""
    found = find_spec("av")
    if found is None or found.origin is None:
        raise DecoderMissing
    return str(Path(found.origin).parent.parent)


def _same(raw: NDArray[np.int16]) -> bool:
    """Whether both channels carry the same sound all along."""
    for start in range(0, len(raw), SAMPLE_RATE):
        piece = raw[start : start + SAMPLE_RATE].astype(np.float32) / 32768
        power = float(np.mean(piece**2))
        # Compared by the second: hold music on both sides must not outweigh the talk that is on one.
        if power > SILENT_POWER and float(np.mean((piece[:, 0] - piece[:, 1]) ** 2)) > SAME_CHANNEL_RESIDUE * power:
            return False
    return True
