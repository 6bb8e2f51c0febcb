"""Where the bytes of recordings lie: a folder on this machine, or an object store that many machines share."""

import errno
import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from app.kit.errors import AppError
from app.settings import Settings

# What is handed on at a time, in bytes.
PIECE = 256 * 1024
# How files begin that were fetched for somebody who can only read files.
FETCHED = "callmark-fetched-"
# Where the pieces lie of what arrives bit by bit; no hash begins like this.
ARRIVING = "arriving"


class UploadTooLarge(AppError):
    """The file is larger than is accepted; split it, or raise CALLMARK_MAX_UPLOAD_MB."""

    code = "too_large"
    status = 413


class StorageFull(AppError):
    """There is no space left for recordings; free some, then try again."""

    code = "storage_full"
    status = 507


class BlobMissing(AppError):
    """The bytes of this recording are not in the store; they were deleted, or the store was moved."""

    code = "blob_missing"
    status = 404


@dataclass(frozen=True)
class Blob:
    """Bytes that are kept: `key` is where, `sha256` what, `size` how many."""

    key: str
    sha256: str
    size: int


class Blobs:
    """A store of bytes under keys made from their content; a file's own name never becomes a key."""

    def __init__(self, store: ObjectStore, scratch: Path, owner: str = "") -> None:
        self._store = store
        # Bytes wait here, in files without a name, until their hash is known.
        self._scratch = scratch
        # A plus sign stands in no worker's name.
        self._prefix = f"{FETCHED}{owner}+"

    def put(self, pieces: Iterable[bytes], limit: int) -> Blob:
        """Keep what comes in, at most `limit` bytes; until all of it has come nothing can be seen in the store.

        The same bytes twice are one blob. What is cut off leaves nothing behind, even when the process is killed.
        """
        with _told_when_full(), tempfile.TemporaryFile(dir=self._scratch) as waiting:
            sha256, size = _take_in(pieces, waiting, limit)
            waiting.seek(0)
            key = f"{sha256[:2]}/{sha256}"
            if not self.has(key):
                self._write(key, waiting)
            return Blob(key, sha256, size)

    def _write(self, key: str, source: BinaryIO) -> None:
        # "create" would hold the whole file in memory; the key is made from the content, so that writing it
        # twice writes the same.
        with suppress(AlreadyExistsError):
            obstore.put(self._store, key, source, max_concurrency=2)

    def has(self, key: str) -> bool:
        """Whether there are bytes under this key."""
        try:
            obstore.head(self._store, key)
        except FileNotFoundError:
            return False
        return True

    def size(self, key: str) -> int:
        """How many bytes there are under this key."""
        try:
            return int(obstore.head(self._store, key)["size"])
        except FileNotFoundError as error:
            raise BlobMissing from error

    def read(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` up to, not including, `end` (None: all that follow), piece by piece."""
        stop = self.size(key) if end is None else end
        if start >= stop:
            return iter(())
        try:
            result = obstore.get(self._store, key, options={"range": (start, stop)})
        except FileNotFoundError as error:
            raise BlobMissing from error
        return (bytes(piece) for piece in result.stream(min_chunk_size=PIECE))

    @contextmanager
    def fetched(self, key: str, suffix: str = "") -> Iterator[Path]:
        """A file with these bytes, for those who can only read files; it is gone afterwards."""
        with tempfile.NamedTemporaryFile(dir=self._scratch, prefix=self._prefix, suffix=suffix) as copy:
            for piece in self.read(key):
                copy.write(piece)
            copy.flush()
            yield Path(copy.name)

    def keep_piece(self, arrival: str, offset: int, source: BinaryIO) -> None:
        """Keep a piece of something large that arrives bit by bit; the same piece twice is one."""
        with _told_when_full():
            obstore.put(self._store, _piece_key(arrival, offset), source)

    def arrived(self, arrival: str) -> int:
        """How many bytes have come so far without a gap."""
        return sum(size for _, size in self._pieces(arrival))

    def put_together(self, arrival: str, limit: int) -> Blob:
        """Keep what has arrived as one blob; its pieces are gone then.

        Asked for once more, because the answer was lost, it is the same blob: its name stays where the pieces were.
        """
        known = self._put_together_before(arrival)
        if known is not None:
            return known
        pieces = list(self._pieces(arrival))
        blob = self.put((part for key, _ in pieces for part in self.read(key)), limit)
        obstore.put(self._store, _whole_key(arrival), f"{blob.key} {blob.sha256} {blob.size}".encode())
        for key, _ in pieces:
            self.delete(key)
        return blob

    def is_put_together(self, arrival: str) -> bool:
        """Whether all of it has come, and is a blob."""
        return self._put_together_before(arrival) is not None

    def forget_arrivals(self, before: datetime) -> None:
        """Remove what began to arrive before this moment; nobody goes on with it any more."""
        for page in obstore.list(self._store, prefix=ARRIVING):
            for one in page:
                if one["last_modified"] < before:
                    self.delete(one["path"])

    def _put_together_before(self, arrival: str) -> Blob | None:
        key = _whole_key(arrival)
        if not self.has(key):
            return None
        where, sha256, size = b"".join(self.read(key)).decode().split(" ")
        # The call may have been deleted meanwhile, and its bytes with it.
        return Blob(where, sha256, int(size)) if self.has(where) else None

    def _pieces(self, arrival: str) -> Iterator[tuple[str, int]]:
        """Key and size of each piece, from the first as far as there is no gap."""
        found = {one["path"]: one["size"] for page in obstore.list(self._store, prefix=ARRIVING) for one in page}
        came = 0
        while found.get(key := _piece_key(arrival, came)):
            yield key, found[key]
            came += found[key]

    def delete(self, key: str) -> None:
        """Remove the bytes under this key, if there are any, and what a killed process left of them half written."""
        with suppress(FileNotFoundError):
            obstore.delete(self._store, key)
        if isinstance(self._store, LocalStore):
            # The store writes to a name with a number sign first.
            for left in Path(str(self._store.prefix)).glob(f"{key}#*"):
                left.unlink(missing_ok=True)

    def tidy(self) -> None:
        """Remove what this owner had fetched and was killed before it could remove it; nobody else may be it now."""
        for left in self._scratch.glob(f"{self._prefix}*"):
            left.unlink(missing_ok=True)


def open_blobs(settings: Settings, owner: str = "") -> Blobs:
    """The store that the settings name: a folder of the data folder, or a URL such as s3://BUCKET/PREFIX.

    Files that are fetched on this machine bear the owner's name.
    """
    if settings.blobs_url is not None:
        return Blobs(from_url(settings.blobs_url), Path(tempfile.gettempdir()), owner)
    folder = settings.data_dir.resolve()
    return Blobs(LocalStore(folder / "blobs", mkdir=True), folder, owner)


@contextmanager
def _told_when_full() -> Iterator[None]:
    try:
        yield
    except (OSError, BaseError) as error:
        if getattr(error, "errno", None) in {errno.ENOSPC, errno.EDQUOT} or "os error 28" in str(error):
            raise StorageFull from error
        raise


def _piece_key(arrival: str, offset: int) -> str:
    # No folder for each of them: nobody would remove it.
    return f"{ARRIVING}/{arrival}.{offset}"


def _whole_key(arrival: str) -> str:
    return f"{ARRIVING}/{arrival}.whole"


def _take_in(pieces: Iterable[bytes], sink: BinaryIO, limit: int) -> tuple[str, int]:
    """Write the pieces to the sink; their hash and their number of bytes."""
    digest, size = hashlib.sha256(), 0
    for piece in pieces:
        size += len(piece)
        if size > limit:
            raise UploadTooLarge
        digest.update(piece)
        sink.write(piece)
    return digest.hexdigest(), size
