"""Small files, or files that claim much, which would take all memory or time of whoever believes them."""

import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import av
import numpy as np

from tests.audio.sounds import tone, written

# How Opus writes 20 ms of silence.
OPUS_SILENCE = b"\xf8\xff\xfe"
MEGABYTE = 1 << 20


def wav(declared: int, channels: int = 1, rate: int = 8000, bits: int = 16, data: bytes = bytes(16000)) -> bytes:
    """A WAV file that says of itself what it is told to."""
    block = min(65535, channels * bits // 8)
    form = struct.pack("<HHIIHH", 1, channels, rate, min(2**32 - 1, rate * block), block, bits)
    return (
        b"RIFF"
        + struct.pack("<I", declared)
        + b"WAVEfmt \x10\0\0\0"
        + form
        + b"data"
        + struct.pack("<I", declared)
        + data
    )


def long_sparse(path: Path) -> None:
    """Four gigabytes of silence that take no room on the disk."""
    size = 2**32 - 4096
    with path.open("wb") as file:
        file.write(wav(size, rate=8000, bits=8, data=b""))
        file.truncate(44 + size)


def flac_days(path: Path, hours: int) -> None:
    """Hours of silence in a few hundred kilobytes."""
    with av.open(str(path), "w", format="flac") as file:
        stream = file.add_stream("flac", rate=4000, layout="mono")
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 4096), dtype=np.int16), format="s16", layout="mono")
        silence.sample_rate = 4000
        for _ in range(hours * 3600 * 4000 // 4096):
            silence.pts = None
            file.mux(stream.encode(silence))
        file.mux(stream.encode(None))


def opus_days(path: Path, hours: int) -> None:
    """Hours of silence as Opus writes them: three bytes for 20 ms."""
    head = b"OpusHead\x01\x01" + struct.pack("<HIhB", 0, 48000, 0, 0)
    pages = [ogg_page([head], 0, 0, 2), ogg_page([b"OpusTags" + struct.pack("<II", 0, 0)], 1, 0, 0)]
    for number in range(hours * 3600 * 50 // 255 + 1):
        pages.append(ogg_page([OPUS_SILENCE] * 255, number + 2, (number + 1) * 255 * 960, 0))
    path.write_bytes(b"".join(pages))


def opus_endless_packet(path: Path, megabytes: int) -> None:
    """One packet that goes on from page to page and never ends."""
    head = b"OpusHead\x01\x01" + struct.pack("<HIhB", 0, 48000, 0, 0)
    page = _ogg_page(bytes([255] * 255), bytes(255 * 255), 2, 2**64 - 1, 1)
    path.write_bytes(ogg_page([head], 0, 0, 2) + page * (megabytes * MEGABYTE // len(page)))


def ogg_page(packets: list[bytes], number: int, granule: int, kind: int) -> bytes:
    """A page that holds these packets, each shorter than 255 bytes."""
    return _ogg_page(bytes(map(len, packets)), b"".join(packets), number, granule, kind)


def _ogg_page(table: bytes, content: bytes, number: int, granule: int, kind: int) -> bytes:
    head = struct.pack("<4sBBQIII", b"OggS", 0, kind, granule, 7, number, 0) + bytes([len(table)]) + table
    return head[:22] + struct.pack("<I", _ogg_sum(head + content)) + head[26:] + content


def _ogg_table() -> list[int]:
    table = []
    for byte in range(256):
        found = byte << 24
        for _ in range(8):
            found = (found << 1 ^ (0x04C11DB7 if found & 0x80000000 else 0)) & 0xFFFFFFFF
        table.append(found)
    return table


OGG_TABLE = _ogg_table()


def _ogg_sum(content: bytes) -> int:
    found = 0
    for byte in content:
        found = (found << 8 & 0xFFFFFFFF) ^ OGG_TABLE[found >> 24 ^ byte]
    return found


def flac_claims(path: Path) -> None:
    """A FLAC file whose head promises five days of eight channels, and pictures of gigabytes."""
    whole = bytearray(written(path, tone(0.5)[None], "flac", "flac").read_bytes())
    # Rate (20 bits), channels less one (3), bits less one (5), samples (36).
    whole[18:26] = ((48000 << 44) | (7 << 41) | (15 << 36) | (2**36 - 1)).to_bytes(8, "big")
    picture = struct.pack(">II", 3, 0xFFFFFFF0) + bytes(40)
    whole[42:42] = b"\x06" + (0xFFFFFF).to_bytes(3, "big") + picture
    path.write_bytes(whole)


def mp4_table(path: Path, box: bytes, entry: bytes) -> None:
    """An MP4 file one of whose tables claims the most entries there can be, each the same."""
    whole = bytearray(written(path, tone(0.5)[None], "ipod", "aac", 16000).read_bytes())
    place = whole.index(box)
    whole[place + 8 : place + 8 + len(entry)] = entry
    path.write_bytes(whole)


def nested_boxes(path: Path, depth: int) -> None:
    """Containers in containers in containers."""
    inner = b""
    for _ in range(depth):
        inner = struct.pack(">I4s", 8 + len(inner), b"moov") + inner if len(inner) < 4096 else inner
    opened = b"".join(struct.pack(">I4s", 0x7FFFFFFF - 8 * place, b"moov") for place in range(depth))
    path.write_bytes(struct.pack(">I4s8s", 16, b"ftyp", b"M4A \0\0\0\0") + opened + inner)


def id3_picture(path: Path, megabytes: int, packed: bool) -> None:
    """An MP3 file with a picture of many megabytes before its sound, as it is or packed."""
    sound = written(path, tone(0.5)[None], "mp3", "libmp3lame", 16000).read_bytes()
    image = b"\0image/png\0\x03\0" + bytes(megabytes * MEGABYTE)
    content = struct.pack(">I", _in_sevens(len(image))) + zlib.compress(image, 9) if packed else image
    frame = b"APIC" + struct.pack(">IH", _in_sevens(len(content)), 0x0009 if packed else 0) + content
    path.write_bytes(b"ID3\x04\0\0" + struct.pack(">I", _in_sevens(len(frame))) + frame + sound)


def _in_sevens(number: int) -> int:
    """A number as ID3 writes it: seven bits in each byte."""
    return sum((number >> 7 * place & 0x7F) << 8 * place for place in range(4))


def recordings(folder: Path, hours: int) -> Mapping[str, Path]:
    """Each bomb by what it does; recordings of so many hours are longer than is accepted."""
    whole: Mapping[str, bytes] = {
        "a WAV that declares a day": wav(24 * 3600 * 16000),
        "a WAV of 255 channels": wav(16000, channels=255),
        "a WAV of 65,535 channels of 32 bits": wav(16000, channels=65535, bits=32),
        "a WAV of 4 billion samples a second": wav(16000, rate=2**32 - 1),
        "a W64 of 2^63 bytes": b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\0\0" + struct.pack("<Q", 2**63 - 1),
    }
    made: Mapping[str, Callable[[Path], None]] = {
        "4 GB of silence without holes told": long_sparse,
        f"{hours} hours of silence as FLAC": lambda path: flac_days(path, hours),
        f"{hours} hours of silence as Opus": lambda path: opus_days(path, hours),
        "an Ogg packet that never ends": lambda path: opus_endless_packet(path, 8 * hours),
        "a FLAC that declares days of 8 channels and a picture of 4 GB": flac_claims,
        "an MP4 of 268 million samples": lambda path: mp4_table(path, b"stsz", struct.pack(">II", 1, 2**28)),
        "an MP4 of 4 billion samples": lambda path: mp4_table(path, b"stsz", struct.pack(">II", 1, 2**32 - 1)),
        "an MP4 of 4 billion times": lambda path: mp4_table(path, b"stts", struct.pack(">III", 2**32 - 1, 2**31, 1)),
        "an MP4 with 100,000 boxes in each other": lambda path: nested_boxes(path, 100_000),
    }
    declared = {name: partial(_write, content=content) for name, content in whole.items()}
    return _made(folder, {**declared, **made})


def harmless(folder: Path, megabytes: int) -> Mapping[str, Path]:
    """Recordings that may be heard all the same: what is large in them is no sound, or is not believed."""
    made: Mapping[str, Callable[[Path], None]] = {
        "a WAV that declares 4 GB, as a recorder does that writes to a pipe": lambda path: _write(path, wav(2**32 - 1)),
        "an MP4 of 4 billion places": lambda path: mp4_table(path, b"stco", struct.pack(">I", 2**32 - 1)),
        f"an MP3 with a picture of {megabytes} MB": lambda path: id3_picture(path, megabytes, packed=False),
        f"an MP3 with a packed picture of {megabytes} MB": lambda path: id3_picture(path, megabytes, packed=True),
    }
    return _made(folder, made)


def _made(folder: Path, made: Mapping[str, Callable[[Path], None]]) -> dict[str, Path]:
    found = {}
    for place, (name, make) in enumerate(made.items()):
        found[name] = folder / f"{place}.wav"
        make(found[name])
    return found


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def transcripts(folder: Path, megabytes: float) -> Mapping[str, Path]:
    """Transcripts that are none, and take long to be told so."""
    size, head = int(megabytes * MEGABYTE), '{"language": "en", "turns": ['
    turn = {"speaker": "agent", "text": "a"}
    cue = "1\n00:00:00,000 --> 00:00:01,000\n"
    texts = {
        "deep.json": head + "[" * size,
        "deep-objects.json": head + '{"turns":' * (size // 9),
        "lists.json": head + "[]," * (size // 3) + "[]]}",
        "objects.json": head + "{}," * (size // 3) + "{}]}",
        "keys.json": '{"turns":[{' + ",".join(f'"{place}":0' for place in range(size // 10)) + "}]}",
        "turns.json": head + ",".join([json.dumps(turn)] * (size // 32)) + "]}",
        "number.json": head + "1" * size + "]}",
        "cues.srt": (cue + "Agent: hi\n\n") * (size // 42),
        "tags.srt": cue + "<v " * (size // 3),
        "lines.srt": cue + "a\n" * (size // 2),
        "labels.vtt": "WEBVTT\n\n" + cue + "a: b " * (size // 5),
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    return {name: folder / name for name in texts}


def workbooks(folder: Path, megabytes: int) -> Mapping[str, Path]:
    """Workbooks that are small until they are unpacked."""
    entities = [b'<!ENTITY a0 "lol">', *(b'<!ENTITY a%d "%s">' % (n + 1, b"&a%d;" % n * 10) for n in range(12))]
    types = b"<!DOCTYPE a [" + b"".join(entities) + b"]><Types>&a12;</Types>"
    made = {
        "zeros.xlsx": {"xl/sharedStrings.xml": [bytes(MEGABYTE)] * megabytes},
        "parts.xlsx": {f"xl/worksheets/sheet{place}.xml": [b"<worksheet/>"] for place in range(40 * megabytes)},
        "entities.xlsx": {"[Content_Types].xml": [types]},
    }
    for name, parts in made.items():
        with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for part, pieces in parts.items():
                with archive.open(part, "w") as opened:
                    opened.writelines(pieces)
    return {name: folder / name for name in made}
