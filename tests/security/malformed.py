"""Recordings of every kind that is accepted, and what can be wrong with them; the same number is the same file."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from tests.audio.sounds import tone, written

# Container, codec and rate of small recordings.
KINDS = (
    ("wav", "pcm_s16le", 8000),
    ("wav", "pcm_mulaw", 8000),
    ("wav", "pcm_alaw", 8000),
    ("wav", "pcm_s24le", 44100),
    ("wav", "pcm_f32le", 16000),
    ("w64", "pcm_s16le", 8000),
    ("mp3", "libmp3lame", 16000),
    ("ogg", "libopus", 48000),
    ("wav", "adpcm_ima_wav", 8000),
    ("wav", "adpcm_ms", 8000),
    ("flac", "flac", 8000),
    ("ipod", "aac", 16000),
    ("ipod", "alac", 16000),
    ("mov", "pcm_mulaw", 8000),
)
# Marks at which containers say how long or how large something is.
MARKS = b"RIFF fmt  data LIST fact OggS fLaC ftyp moov trak stsz stts stsc stco mdat esds ID3 Xing Info".split(b" ")
EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
SUFFIXES = (".wav", ".mp3", ".ogg", ".opus", ".flac", ".m4a", ".mp4", ".w64")
LONGEST = 200_000

Mutation = Callable[[random.Random, bytearray, Sequence[bytes]], bytearray]


def originals(folder: Path) -> list[bytes]:
    """A recording of half a second of each kind, with one side and with two."""
    found = []
    for container, codec, rate in KINDS:
        for sides in (1, 2):
            sound = np.stack([tone(0.5, 440), tone(0.5, 700)][:sides])
            found.append(written(folder / "original", sound, container, codec, rate).read_bytes())
    return found


def malformed(number: int, whole: Sequence[bytes]) -> tuple[str, bytes]:
    """The name and the content of the file of this number."""
    chance = random.Random(number)
    content = bytearray(chance.choice(whole))
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        content = chance.choice(MUTATIONS)(chance, content, whole)
    return f"{number}{chance.choice(SUFFIXES)}", bytes(content[:LONGEST])


def _bits_flipped(chance: random.Random, content: bytearray, _: Sequence[bytes]) -> bytearray:
    for _ in range(chance.choice((1, 4, 64))):
        if content:
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    return content


def _head_flipped(chance: random.Random, content: bytearray, _: Sequence[bytes]) -> bytearray:
    for _ in range(chance.choice((1, 2, 8))):
        if content:
            content[chance.randrange(min(len(content), 200))] = chance.randrange(256)
    return content


def _cut_off(chance: random.Random, content: bytearray, _: Sequence[bytes]) -> bytearray:
    return content[: chance.choice((chance.randrange(64), chance.randrange(len(content) + 1)))]


def _chunks_swapped(chance: random.Random, content: bytearray, _: Sequence[bytes]) -> bytearray:
    a, b, c = sorted(chance.randrange(len(content) + 1) for _ in range(3))
    return content[:a] + content[b:c] + content[a:b] + content[c:]


def _chunk_repeated(chance: random.Random, content: bytearray, _: Sequence[bytes]) -> bytearray:
    a, b = sorted(chance.randrange(len(content) + 1) for _ in range(2))
    return content[:b] + content[a:b] * chance.choice((1, 3, 50)) + content[b:]


def _header_lies(chance: random.Random, content: bytearray, _: Sequence[bytes]) -> bytearray:
    found = [place for mark in MARKS if (place := content.find(mark)) >= 0]
    place = (chance.choice(found) if found else 0) + chance.choice((-4, 4, 8, 12, 16, 20, 22))
    lie = chance.choice(EXTREMES).to_bytes(4, chance.choice(("little", "big")))
    width = chance.choice((1, 2, 4))
    content[max(0, place) : max(0, place) + width] = lie[:width]
    return content


def _zeros(chance: random.Random, content: bytearray, _: Sequence[bytes]) -> bytearray:
    a, b = sorted(chance.randrange(len(content) + 1) for _ in range(2))
    content[a:b] = bytes(b - a)
    return content


def _garbage_after(chance: random.Random, content: bytearray, _: Sequence[bytes]) -> bytearray:
    return content + chance.randbytes(chance.choice((1, 100, 20_000)))


def _garbage_before(chance: random.Random, content: bytearray, _: Sequence[bytes]) -> bytearray:
    return bytearray(chance.randbytes(chance.choice((1, 100, 3000)))) + content


def _random_bytes(chance: random.Random, content: bytearray, _: Sequence[bytes]) -> bytearray:
    return bytearray(chance.randbytes(chance.randrange(20_000)))


def _spliced(chance: random.Random, content: bytearray, whole: Sequence[bytes]) -> bytearray:
    other = chance.choice(whole)
    return content[: chance.randrange(len(content) + 1)] + other[chance.randrange(len(other)) :]


MUTATIONS: tuple[Mutation, ...] = (
    _bits_flipped,
    _head_flipped,
    _cut_off,
    _chunks_swapped,
    _chunk_repeated,
    _header_lies,
    _header_lies,
    _zeros,
    _garbage_after,
    _garbage_before,
    _random_bytes,
    _spliced,
)
