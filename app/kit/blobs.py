"""Where the bytes of recordings lie: a folder on this machine, or an object store that many machines share."""

import errno
import fcntl
import hashlib
import logging
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from app.kit.errors import AppError, Passing, StorageFull
from app.settings import Settings

if TYPE_CHECKING:
    from obstore import GetResult, ObjectMeta
    from obstore.store import ClientConfig, RetryConfig

log = logging.getLogger(__name__)

# What is handed on at a time, in bytes.
PIECE = 256 * 1024
# How files begin that were fetched for somebody who can only read files.
FETCHED = "callmark-fetched-"
# Whoever fetches a file holds it within this time, and until it is done with it.
FETCHED_LATELY = timedelta(minutes=1)
# Where the pieces lie of what arrives bit by bit; no hash begins like this.
ARRIVING = "arriving"
# Where bytes wait that nothing seems to name, until they are removed.
ASIDE = "aside"
# What a store answers in a moment: one that has not is away, and told so before Prometheus gives up asking (10 s).
ASKING: "ClientConfig" = {"connect_timeout": "3s", "timeout": "4s"}
ASKING_AGAIN: "RetryConfig" = {"max_retries": 3, "retry_timeout": timedelta(seconds=3)}
# Sound may take its time on a slow line, as long as it comes; what is sent goes in parts of 5 MB, each so long at most.
CARRYING: "ClientConfig" = {"connect_timeout": "3s", "read_timeout": "2min", "timeout": "1day"}
CARRYING_AGAIN: "RetryConfig" = {"max_retries": 3, "retry_timeout": timedelta(seconds=30)}
# What of the environment says how a store is reached: given options, the library would not look there.
WAYS = ("allow_http", "allow_invalid_certificates", "proxy_url", "proxy_ca_certificate", "proxy_excludes")


class UploadTooLarge(AppError):
    """The file is larger than is accepted; split it, or raise CALLMARK_MAX_UPLOAD_MB."""

    code = "too_large"
    status = 413


class BlobMissing(AppError):
    """The bytes of this recording are not in the store; they were deleted, or the store was moved."""

    code = "blob_missing"
    status = 404


class StoreUnavailable(Passing):
    """The store of the recordings cannot be reached at the moment; try again in a minute."""

    code = "store_unavailable"


@dataclass(frozen=True)
class Blob:
    """Bytes that are kept: `key` is where, `sha256` what, `size` how many."""

    key: str
    sha256: str
    size: int


class Blobs:
    """A store of bytes under keys made from their content; a file's own name never becomes a key."""

    def __init__(self, store: ObjectStore, scratch: Path, owner: str = "", asked: ObjectStore | None = None) -> None:
        self._store = store
        # The same store, for questions that are answered in a moment.
        self._asked = asked or store
        # Bytes wait here, in files without a name, until their hash is known.
        self._scratch = scratch
        # A plus sign stands in no worker's name.
        self._prefix = f"{FETCHED}{owner}+"

    def put(self, pieces: Iterable[bytes], limit: int) -> Blob:
        """Keep what comes in, at most `limit` bytes; until all of it has come nothing can be seen in the store.

        The same bytes twice are one blob. What is cut off leaves nothing behind, even when the process is killed.
        """
        with told_when_full(), tempfile.TemporaryFile(dir=self._scratch) as waiting:
            sha256, size = _take_in(pieces, waiting, limit)
            waiting.seek(0)
            key = f"{sha256[:2]}/{sha256}"
            if not self.has(key):
                self._write(key, waiting)
            return Blob(key, sha256, size)

    def _write(self, key: str, source: BinaryIO) -> None:
        # "create" would hold the whole file in memory; the key is made from the content, so that writing it
        # twice writes the same.
        with told_when_away(), suppress(AlreadyExistsError):
            obstore.put(self._store, key, source, max_concurrency=2)

    def has(self, key: str) -> bool:
        """Whether there are bytes under this key."""
        with told_when_away(), suppress(FileNotFoundError):
            obstore.head(self._asked, key)
            return True
        return False

    def noted(self, key: str) -> str | None:
        """What `note` kept under this key, which is no hash."""
        with told_when_away(), suppress(FileNotFoundError):
            return bytes(obstore.get(self._asked, key).bytes()).decode()
        return None

    def note(self, key: str, told: str) -> None:
        """Keep a few words about the store itself, in place of those before."""
        with told_when_away():
            obstore.put(self._asked, key, told.encode())

    def size(self, key: str) -> int:
        """How many bytes there are under this key."""
        try:
            with told_when_away():
                return int(obstore.head(self._asked, key)["size"])
        except FileNotFoundError as error:
            if self.bring_back(key):
                return self.size(key)
            raise BlobMissing from error

    def read(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` up to, not including, `end` (None: all that follow), piece by piece."""
        stop = self.size(key) if end is None else end
        if start >= stop:
            return iter(())
        try:
            with told_when_away():
                result = obstore.get(self._store, key, options={"range": (start, stop)})
        except FileNotFoundError as error:
            if self.bring_back(key):
                return self.read(key, start, end)
            raise BlobMissing from error
        return _pieces_of(result)

    @contextmanager
    def fetched(self, key: str, suffix: str = "") -> Iterator[Path]:
        """A file with these bytes, for those who can only read files; it is gone afterwards."""
        with tempfile.NamedTemporaryFile(dir=self._scratch, prefix=self._prefix, suffix=suffix) as copy:
            # The lock goes with the process, however it ends; where there are none, nobody finds the copy left over.
            with suppress(OSError):
                fcntl.flock(copy, fcntl.LOCK_SH)
            with told_when_full():
                for piece in self.read(key):
                    copy.write(piece)
                copy.flush()
            yield Path(copy.name)

    def keep_piece(self, arrival: str, offset: int, source: BinaryIO) -> None:
        """Keep a piece of something large that arrives bit by bit; the same piece twice is one."""
        with told_when_away():
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
        with told_when_away():
            obstore.put(self._store, _whole_key(arrival), f"{blob.key} {blob.sha256} {blob.size}".encode())
        for key, _ in pieces:
            self.delete(key)
        return blob

    def is_put_together(self, arrival: str) -> bool:
        """Whether all of it has come, and is a blob."""
        return self._put_together_before(arrival) is not None

    def forget_arrivals(self, before: datetime) -> None:
        """Remove what began to arrive before this moment; nobody goes on with it any more."""
        for key in self.older(ARRIVING, before):
            self.delete(key)

    def _put_together_before(self, arrival: str) -> Blob | None:
        key = _whole_key(arrival)
        if not self.has(key):
            return None
        where, sha256, size = b"".join(self.read(key)).decode().split(" ")
        # The call may have been deleted meanwhile, and its bytes with it.
        return Blob(where, sha256, int(size)) if self.has(where) else None

    def _pieces(self, arrival: str) -> Iterator[tuple[str, int]]:
        """Key and size of each piece, from the first as far as there is no gap."""
        found = {one["path"]: one["size"] for one in self._listed(ARRIVING)}
        came = 0
        while found.get(key := _piece_key(arrival, came)):
            yield key, found[key]
            came += found[key]

    def delete(self, key: str) -> None:
        """Remove the bytes under this key, if there are any, and what a killed process left of them half written."""
        for place in (key, _aside_key(key)):
            with told_when_away(), suppress(FileNotFoundError):
                obstore.delete(self._asked, place)
        for left in self._half_written(key):
            left.unlink(missing_ok=True)

    def older(self, start: str, before: datetime) -> list[str]:
        """The keys that begin with these two signs of bytes that came before this moment."""
        return [one["path"] for one in self._listed(start) if one["last_modified"] < before]

    def _listed(self, start: str) -> "Iterator[ObjectMeta]":
        with told_when_away():
            for page in obstore.list(self._asked, prefix=start):
                yield from page

    def forget_half_written(self, start: str, before: datetime) -> None:
        """Remove what killed processes left half written under keys that begin so."""
        for left in self._half_written(f"{start}/*"):
            with suppress(FileNotFoundError):
                if left.stat().st_mtime < before.timestamp():
                    left.unlink()

    def set_aside(self, key: str) -> None:
        """Put bytes aside that nothing seems to name; whoever asks for them still finds them."""
        with told_when_away(), suppress(FileNotFoundError):
            if isinstance(self._store, LocalStore):
                # How long it lies aside is told from now on; other stores do so by themselves.
                os.utime(Path(str(self._store.prefix)) / key)
            obstore.rename(self._store, key, _aside_key(key))

    def aside(self, before: datetime) -> list[str]:
        """The keys of what was set aside before this moment."""
        names = (one.removeprefix(f"{ASIDE}/") for one in self.older(ASIDE, before))
        return [f"{name[:2]}/{name}" for name in names]

    def bring_back(self, key: str) -> bool:
        """Put bytes that were set aside where they were; whether there were any."""
        with told_when_away(), suppress(FileNotFoundError):
            obstore.rename(self._store, _aside_key(key), key)
            return True
        return False

    def forget_aside(self, key: str) -> None:
        """Remove bytes that were set aside, and nothing else: the same may have come in again meanwhile."""
        with told_when_away(), suppress(FileNotFoundError):
            obstore.delete(self._asked, _aside_key(key))

    def _half_written(self, key: str) -> Iterator[Path]:
        """What a folder holds under these names while it is written: they have a number sign then."""
        if isinstance(self._store, LocalStore):
            yield from Path(str(self._store.prefix)).glob(f"{key}#*")

    def tidy(self) -> None:
        """Remove what this owner had fetched and was killed before it could remove it; nobody else may be it now."""
        for left in self._scratch.glob(f"{self._prefix}*"):
            left.unlink(missing_ok=True)

    def forget_fetched(self, before: datetime) -> None:
        """Remove what anybody fetched before this moment and was killed before it could remove it."""
        for left in self._scratch.glob(f"{FETCHED}*"):
            # Gone meanwhile, somebody else's who shares the folder, or in the hands of a process that lives.
            with suppress(OSError), left.open("rb") as opened:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.fstat(opened.fileno()).st_mtime < before.timestamp():
                    left.unlink()


def open_blobs(settings: Settings, owner: str = "") -> Blobs:
    """The store that the settings name: a folder of the data folder, or a URL such as s3://BUCKET/PREFIX.

    Files that are fetched on this machine bear the owner's name.
    """
    if settings.blobs_url is not None:
        url, ways = settings.blobs_url, _ways()
        carrying = from_url(url, client_options={**ways, **CARRYING}, retry_config=CARRYING_AGAIN)
        asked = from_url(url, client_options={**ways, **ASKING}, retry_config=ASKING_AGAIN)
        return Blobs(carrying, Path(tempfile.gettempdir()), owner, asked)
    folder = settings.data_dir.resolve()
    return Blobs(LocalStore(folder / "blobs", mkdir=True), folder, owner)


@contextmanager
def told_when_full() -> Iterator[None]:
    """Whatever is written meanwhile: that there is no space for it is told as such."""
    try:
        yield
    except (OSError, BaseError) as error:
        if getattr(error, "errno", None) in {errno.ENOSPC, errno.EDQUOT} or "os error 28" in str(error):
            raise StorageFull from error
        raise


@contextmanager
def told_when_away() -> Iterator[None]:
    """The store is asked for something meanwhile: that it is full or cannot be reached is told as such."""
    try:
        with told_when_full():
            yield
    except AlreadyExistsError:
        raise
    except BaseError as error:
        # Its kind alone: what it says has addresses in it. Wrong keys are told like this, too.
        log.warning("the store could not be used (%s)", type(error).__name__)
        raise StoreUnavailable from error


def _pieces_of(result: "GetResult") -> Iterator[bytes]:
    with told_when_away():
        for piece in result.stream(min_chunk_size=PIECE):
            yield bytes(piece)


def _ways() -> "ClientConfig":
    """How the environment says that the store is reached."""
    told = os.environ  # noqa: TID251 (what the library itself reads there)
    found = {name: told[f"AWS_{name.upper()}"] for name in WAYS if f"AWS_{name.upper()}" in told}
    return cast("ClientConfig", found)


def _aside_key(key: str) -> str:
    return f"{ASIDE}/{key.rpartition('/')[2]}"


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
