"""A recording file becomes samples, whatever its format; what cannot be read says why."""

import stat
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from app.audio.decoder import SAMPLE_RATE
from app.kit.errors import AppError
from app.settings import Settings

__all__ = ["SAMPLE_RATE", "Recording", "decode"]

# Two channels that differ by less than this share of their energy, second by second, are one channel kept twice.
SAME_CHANNEL_RESIDUE = 0.1
SILENT_POWER = 1e-6


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
        DecodingTooCostly,
    )
}


@dataclass(frozen=True, eq=False)
class Recording:
    """What was recorded: `samples` by channel (rows) at 16 kHz, from -1 to 1."""

    samples: NDArray[np.float32]

    @property
    def channels(self) -> Literal[1, 2]:
        """How many sides were recorded apart."""
        return 2 if len(self.samples) == 2 else 1

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return float(self.samples.shape[1] / SAMPLE_RATE)


def decode(path: Path, settings: Settings) -> Recording:
    """The recording in a file; any of this module's errors when there is none to be had."""
    with _opened(path) as source, tempfile.TemporaryFile() as sink:
        channels = _decode_apart(source, sink, settings)
        raw = np.memmap(sink, dtype="<i2", mode="r").reshape(-1, channels)
        if channels == 2 and _same(raw):
            raw = raw[:, :1]
        samples = np.empty((raw.shape[1], raw.shape[0]), dtype=np.float32)
        for channel, row in enumerate(samples):
            np.multiply(raw[:, channel], 1 / 32768, out=row, dtype=np.float32, casting="unsafe")
    return Recording(samples)


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
    # -P keeps the folder the command was started in from being imported from.
    command = [sys.executable, "-P", "-m", "app.audio.decoder", *map(str, limits)]
    try:
        done = subprocess.run(
            command,
            stdin=source,
            stdout=sink,
            stderr=subprocess.PIPE,
            timeout=settings.decode_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise DecodingTooCostly from error
    outcome = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
    word, _, number = outcome.partition(" ")
    if word == "channels" and done.returncode == 0:
        return int(number)
    # A decoder that was killed or crashed says nothing: its memory or time had run out.
    raise REFUSALS.get(word, DecodingTooCostly)


def _same(raw: NDArray[np.int16]) -> bool:
    """Whether both channels carry the same sound all along."""
    for start in range(0, len(raw), SAMPLE_RATE):
        piece = raw[start : start + SAMPLE_RATE].astype(np.float32) / 32768
        power = float(np.mean(piece**2))
        # Compared by the second: hold music on both sides must not outweigh the talk that is on one.
        if power > SILENT_POWER and float(np.mean((piece[:, 0] - piece[:, 1]) ** 2)) > SAME_CHANNEL_RESIDUE * power:
            return False
    return True
