"""Bytes that come in are kept once, whole or not at all, and come out as they went in."""

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from app.kit.blobs import FETCHED, BlobMissing, Blobs, StorageFull, UploadTooLarge, open_blobs
from app.settings import Settings
from tests.object_store import ObjectStores

LIMIT = 10_000_000
SOUND = bytes(range(256)) * 4000


@pytest.fixture(params=["folder", "memory", "S3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Blobs]:
    if request.param == "folder":
        yield open_blobs(Settings(data_dir=tmp_path))
    elif request.param == "memory":
        yield Blobs(MemoryStore(), tmp_path)
    else:
        s3: ObjectStores = request.getfixturevalue("s3")
        with s3.fresh() as url:
            yield open_blobs(Settings(data_dir=tmp_path, blobs_url=url))


def in_pieces(content: bytes, length: int = 60_000) -> Iterator[bytes]:
    return (content[place : place + length] for place in range(0, len(content), length))


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_is_kept_comes_out_as_it_went_in(blobs: Blobs) -> None:
    blob = blobs.put(in_pieces(SOUND), LIMIT)
    assert (blob.sha256, blob.size) == (hashlib.sha256(SOUND).hexdigest(), len(SOUND))
    assert b"".join(blobs.read(blob.key)) == SOUND
    assert blobs.size(blob.key) == len(SOUND)


def test_the_same_bytes_twice_are_one_blob(blobs: Blobs) -> None:
    assert blobs.put(in_pieces(SOUND), LIMIT) == blobs.put(in_pieces(SOUND, 999), LIMIT)


@pytest.mark.parametrize(
    ("start", "end"),
    [(0, 1), (5, 300_000), (len(SOUND) - 1, len(SOUND)), (7, None), (len(SOUND), None), (3, 3)],
)
def test_a_range_holds_exactly_its_bytes(blobs: Blobs, start: int, end: int | None) -> None:
    blob = blobs.put(in_pieces(SOUND), LIMIT)
    assert b"".join(blobs.read(blob.key, start, end)) == SOUND[start:end]


def test_an_empty_file_is_kept_too(blobs: Blobs) -> None:
    blob = blobs.put([], LIMIT)
    assert (blob.size, b"".join(blobs.read(blob.key))) == (0, b"")


def test_too_much_is_refused_as_soon_as_it_is_too_much(tmp_path: Path) -> None:
    taken: list[int] = []

    def endless() -> Iterator[bytes]:
        while True:
            taken.append(1)
            yield bytes(100_000)

    with pytest.raises(UploadTooLarge) as refused:
        open_blobs(Settings(data_dir=tmp_path)).put(endless(), 1_000_000)
    assert refused.value.status == 413
    assert len(taken) == 11
    assert files_in(tmp_path) == []


def test_what_is_cut_off_leaves_nothing_behind(tmp_path: Path) -> None:
    def cut_off() -> Iterator[bytes]:
        yield SOUND
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        open_blobs(Settings(data_dir=tmp_path)).put(cut_off(), LIMIT)
    assert files_in(tmp_path) == []


def test_a_process_that_is_killed_while_taking_in_leaves_nothing_behind(tmp_path: Path) -> None:
    program = f"""
import os, signal
from app.kit.blobs import open_blobs
from app.settings import Settings
def pieces():
    yield bytes(5_000_000)
    os.kill(os.getpid(), signal.SIGKILL)
open_blobs(Settings(data_dir={str(tmp_path)!r})).put(pieces(), 10_000_000)
"""
    killed = subprocess.run([sys.executable, "-c", program], timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert files_in(tmp_path) == []


def test_a_full_disk_is_told_as_such(tmp_path: Path) -> None:
    def full() -> Iterator[bytes]:
        yield SOUND
        raise OSError(28, os.strerror(28))

    with pytest.raises(StorageFull) as refused:
        open_blobs(Settings(data_dir=tmp_path)).put(full(), LIMIT)
    assert refused.value.status == 507


def test_a_fetched_file_has_the_bytes_and_is_gone_afterwards(blobs: Blobs, tmp_path: Path) -> None:
    blob = blobs.put(in_pieces(SOUND), LIMIT)
    with blobs.fetched(blob.key, suffix=".wav") as path:
        assert (path.read_bytes(), path.suffix) == (SOUND, ".wav")
    assert not path.exists()


def test_deleted_bytes_are_gone_and_deleting_twice_is_no_fault(blobs: Blobs) -> None:
    blob = blobs.put(in_pieces(SOUND), LIMIT)
    blobs.delete(blob.key)
    blobs.delete(blob.key)
    assert not blobs.has(blob.key)
    with pytest.raises(BlobMissing):
        blobs.size(blob.key)
    with pytest.raises(BlobMissing):
        b"".join(blobs.read(blob.key))
    with pytest.raises(BlobMissing):
        b"".join(blobs.read(blob.key, 0, 10))


@pytest.mark.parametrize("key", ["../outside", "aa/../../outside", "/etc/passwd"])
def test_no_key_reaches_outside_the_store(tmp_path: Path, key: str) -> None:
    (tmp_path / "outside").write_bytes(b"secret")
    blobs = open_blobs(Settings(data_dir=tmp_path / "data"))
    with pytest.raises((ValueError, BlobMissing)):
        b"".join(blobs.read(key))


def fetched_and_killed(folder: Path, owner: str = "") -> Path:
    """What was kept and fetched by a process that is killed; where it is kept."""
    program = f"""
import os, signal
from app.kit.blobs import open_blobs
from app.settings import Settings
blobs = open_blobs(Settings(data_dir={str(folder)!r}), {owner!r})
blob = blobs.put([b"what the customer said"], 1000)
with blobs.fetched(blob.key, ".wav"):
    os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", program], timeout=60, check=False)
    (blob,) = (path for path in files_in(folder) if FETCHED not in path.name)
    assert len(files_in(folder)) == 2
    return blob


def test_a_worker_that_starts_removes_what_its_forerunner_had_fetched_and_nothing_else(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    blob = fetched_and_killed(tmp_path, "worker-1")
    with open_blobs(settings, "worker-1.1").fetched(f"{blob.parent.name}/{blob.name}") as of_another:
        open_blobs(settings, "worker-1").tidy()
        assert sorted(files_in(tmp_path)) == sorted([blob, of_another])


def test_what_a_killed_process_had_fetched_is_removed_by_any_other_and_what_is_read_stays(tmp_path: Path) -> None:
    blob = fetched_and_killed(tmp_path)
    now = datetime.now(UTC)
    with open_blobs(Settings(data_dir=tmp_path)).fetched(f"{blob.parent.name}/{blob.name}") as at_work:
        others = open_blobs(Settings(data_dir=tmp_path), "worker-1")
        others.forget_fetched(now - timedelta(minutes=1))
        assert len(files_in(tmp_path)) == 3
        others.forget_fetched(now + timedelta(days=2))
        assert sorted(files_in(tmp_path)) == sorted([blob, at_work])


def test_deleting_removes_what_was_half_written_too(tmp_path: Path) -> None:
    blobs = open_blobs(Settings(data_dir=tmp_path))
    blob = blobs.put(in_pieces(SOUND), LIMIT)
    (tmp_path / "blobs" / f"{blob.key}#1").write_bytes(SOUND[:99])
    blobs.delete(blob.key)
    assert files_in(tmp_path) == []


def test_what_arrives_bit_by_bit_is_one_blob_in_the_end(tmp_path: Path) -> None:
    blobs = open_blobs(Settings(data_dir=tmp_path))
    assert blobs.arrived("a") == 0
    blobs.keep_piece("a", 0, BytesIO(b"one "))
    blobs.keep_piece("other", 4, BytesIO(b"else"))
    assert (blobs.arrived("a"), blobs.arrived("other")) == (4, 0)
    # The answer was lost, so the same comes again.
    blobs.keep_piece("a", 0, BytesIO(b"one "))
    blobs.keep_piece("a", 4, BytesIO(b"two"))
    assert not blobs.is_put_together("a")
    whole = blobs.put_together("a", LIMIT)
    assert b"".join(blobs.read(whole.key)) == b"one two"
    assert whole == blobs.put([b"one two"], LIMIT)
    assert blobs.is_put_together("a")
    assert blobs.put_together("a", LIMIT) == whole
    assert blobs.arrived("a") == 0


def test_what_was_put_together_and_deleted_since_has_not_arrived(tmp_path: Path) -> None:
    blobs = open_blobs(Settings(data_dir=tmp_path))
    blobs.keep_piece("a", 0, BytesIO(b"one"))
    blobs.delete(blobs.put_together("a", LIMIT).key)
    assert not blobs.is_put_together("a")


def test_pieces_that_nobody_goes_on_with_are_forgotten(tmp_path: Path) -> None:
    blobs = open_blobs(Settings(data_dir=tmp_path))
    kept = blobs.put([b"a recording"], LIMIT)
    blobs.keep_piece("a", 0, BytesIO(b"one"))
    blobs.forget_arrivals(datetime.now(UTC) - timedelta(minutes=1))
    assert blobs.arrived("a") == 3
    blobs.forget_arrivals(datetime.now(UTC) + timedelta(minutes=1))
    assert blobs.arrived("a") == 0
    assert blobs.has(kept.key)
