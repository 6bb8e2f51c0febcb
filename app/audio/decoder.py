"""The decoding process: audio on standard input, 16 kHz samples on standard output, the outcome on standard error.

It runs apart from the product, as a script of its own under limits it sets on itself, because the audio is untrusted:
it imports nothing but PyAV, is given no path and no environment, and whatever happens to it happens only to it.
"""

import errno
import io
import os
import resource
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

SAMPLE_RATE = 16000
BYTES_PER_SAMPLE = 2

# Only containers of calls: playlists and scripts would let a recording name other files to be read.
CONTAINERS = "wav,w64,mp3,ogg,flac,mov"
RATES = range(4_000, 384_001)
MOST_CHANNELS = 2
# A shortfall below these is padding and rounding of the codec, not a missing part.
TOLERATED_SHORTFALL_SECONDS = 0.5
TOLERATED_SHORTFALL_SHARE = 0.01
TOLERATED_BAD_PACKETS = 0.01
HEADER_BYTES = 1 << 16
OPEN_ENDED_BYTES = 0x7FFF0000
# A WAV file of 20 ms of silence.
TRIAL = b"RIFF\x64\1\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data\x40\1\0\0" + bytes(320)


class Refusal(Exception):
    """Why the audio is not accepted: the code of one of the errors of `app.audio.decoding`."""


def limit(memory_mb: int, seconds: int, output_bytes: int) -> None:
    """Take away from this process all memory, time and disk beyond the given limits."""
    for what, most in (
        (resource.RLIMIT_AS, memory_mb << 20),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, output_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def shut_in() -> None:
    """Let this process open nothing any more, neither file nor connection, and begin no other process."""
    for what in (resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC):
        resource.setrlimit(what, (0, 0))


def promised_seconds(source: BinaryIO, declared: float | None) -> float | None:
    """Length in seconds that the header vouches for; None where it leaves the length open or has none."""
    source.seek(0)
    head = source.read(HEADER_BYTES)
    if head[:3] == b"ID3":
        # The size of an ID3 tag is written in four bytes of seven bits.
        size = sum(byte << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=False))
        source.seek(10 + size)
        head = source.read(HEADER_BYTES)
    if head[:4] == b"RIFF":
        place = head.find(b"data") + 4
        length = int.from_bytes(head[place : place + 4], "little")
        # A recorder that writes to a pipe cannot know the length and puts the largest number, or none.
        if not 0 < length < OPEN_ENDED_BYTES:
            return None
        # Read from the header itself: the library trims what it reports to what is there.
        form = head.find(b"fmt ")
        bytes_a_second = int.from_bytes(head[form + 16 : form + 20], "little")
        return length / bytes_a_second if form > 0 and bytes_a_second else declared
    if head[:4] == b"fLaC" or head[4:8] == b"ftyp":
        return declared
    if any(mark in head[:400] for mark in (b"Xing", b"Info", b"VBRI")):
        return declared
    return None


def ends_inside_a_page(source: BinaryIO) -> bool:
    """Whether an Ogg file stops in the middle of its last page."""
    size = source.seek(0, os.SEEK_END)
    source.seek(max(0, size - (1 << 17)))
    tail = source.read()
    source.seek(0)
    last = tail.rfind(b"OggS")
    if last < 0 or len(tail) < last + 27:
        return True
    segments = tail[last + 26]
    table = tail[last + 27 : last + 27 + segments]
    return len(table) < segments or last + 27 + segments + sum(table) > len(tail)


def opened(source: BinaryIO) -> Any:
    """The container in the source, whatever it is called."""
    import av

    try:
        return av.open(source, options={"format_whitelist": CONTAINERS})
    except av.error.FFmpegError as error:
        if error.errno == errno.ENOMEM:
            raise Refusal("too_costly") from error
        source.seek(0)
        # An MP4 file keeps its index at the end, so one that breaks off cannot be opened at all.
        raise Refusal("truncated" if source.read(8)[4:] == b"ftyp" else "not_audio") from error


def samples(source: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The recording as (channels, interleaved 16-bit samples at 16 kHz), piece by piece."""
    import av

    container = opened(source)
    if not container.streams.audio:
        raise Refusal("not_audio")
    stream = container.streams.audio[0]
    channels = stream.codec_context.channels
    if channels > MOST_CHANNELS:
        raise Refusal("too_many_channels")
    if channels < 1 or stream.codec_context.sample_rate not in RATES:
        raise Refusal("not_audio")
    declared = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else None
    position = source.tell()
    promised = promised_seconds(source, declared)
    broken_off = container.format.name == "ogg" and ends_inside_a_page(source)
    source.seek(position)

    resampler = av.AudioResampler(
        format="s16", layout="stereo" if channels == MOST_CHANNELS else "mono", rate=SAMPLE_RATE
    )
    written = packets = bad = 0
    for packet in container.demux(stream):
        packets += 1
        try:
            frames = packet.decode()
        except av.error.FFmpegError as error:
            if error.errno == errno.ENOMEM:
                raise Refusal("too_costly") from error
            bad += 1
            continue
        for frame in frames:
            for piece in resampler.resample(frame):
                written += piece.samples
                yield channels, bytes(piece.planes[0])[: piece.samples * channels * BYTES_PER_SAMPLE]
    for piece in resampler.resample(None):
        written += piece.samples
        yield channels, bytes(piece.planes[0])[: piece.samples * channels * BYTES_PER_SAMPLE]
    if not written:
        raise Refusal("not_audio" if bad else "no_sound")
    missing = (promised or 0.0) - written / SAMPLE_RATE
    if broken_off or missing > max(TOLERATED_SHORTFALL_SECONDS, TOLERATED_SHORTFALL_SHARE * (promised or 0.0)):
        raise Refusal("truncated")
    if bad > max(1, TOLERATED_BAD_PACKETS * packets):
        raise Refusal("truncated")


def decode(source: BinaryIO, sink: BinaryIO, most_seconds: float) -> int:
    """Write the samples of the source to the sink and return the number of channels."""
    left = int(most_seconds * SAMPLE_RATE)
    channels = 0
    for channels, piece in samples(source):
        left -= len(piece) // (channels * BYTES_PER_SAMPLE)
        if left < 0:
            raise Refusal("too_long")
        sink.write(piece)
    sink.flush()
    return channels


def main(memory_mb: int, seconds: int, most_seconds: float) -> str:
    """One line that says how decoding went: `channels N`, or the code of what went wrong."""
    limit(memory_mb, seconds, int((most_seconds + 60) * SAMPLE_RATE * MOST_CHANNELS * BYTES_PER_SAMPLE))
    try:
        # Decoded so that all that is ever loaded is loaded now, before anything of a stranger's is looked at.
        decode(io.BytesIO(TRIAL), io.BytesIO(), 1.0)
        shut_in()
        return f"channels {decode(sys.stdin.buffer, sys.stdout.buffer, most_seconds)}"
    except Refusal as refusal:
        return str(refusal)
    except (MemoryError, ImportError):
        # Where there is not even room for the decoding library, its import fails.
        return "too_costly"
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return "no_room"
        return "too_costly" if error.errno in (errno.ENOMEM, errno.EFBIG) else "truncated"
    except Exception:
        # The libraries answer damage in the middle of a stream with errors of many kinds; to the user it is one.
        return "truncated"


if __name__ == "__main__":
    outcome = main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
    sys.stderr.write(outcome + "\n")
    sys.stderr.flush()
    # The interpreter's own farewell would try to flush a pipe or file that may be full.
    os._exit(0)
