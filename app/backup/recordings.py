"""Carries recordings from one store to another, each held against the hash that is its name."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath

from app.kit.blobs import BlobMissing, Blobs

# Stores far away answer late: so many recordings are on their way at once, and so many are asked for ahead.
TOGETHER = 8
AHEAD = 64
# Called with how many are done.
Tell = Callable[[int], object]


@dataclass(frozen=True)
class Copied:
    """How large a recording is in the other store, None: it is not there; `lost`: the first store has it no more."""

    key: str
    size: int | None
    lost: bool


def carried(
    keys: Iterable[str], source: Blobs, target: Blobs, tell: Tell, *, believed: bool = False
) -> Iterator[Copied]:
    """What came of each recording; where they are `believed`, those there of the right size are not read."""
    done = 0
    waiting = iter(keys)
    with ThreadPoolExecutor(TOGETHER) as pool:
        while some := list(islice(waiting, AHEAD)):
            yield from pool.map(lambda key: carry(key, source, target, believed=believed), some)
            done += len(some)
            tell(done)


def carry(key: str, source: Blobs, target: Blobs, *, believed: bool) -> Copied:
    """Have the same bytes in the other store, where whole ones are never given up for others."""
    size, there = _size(key, source), _size(key, target)
    is_there = there is not None and ((believed and there == size) or is_whole(key, target))
    if is_there and there == size:
        return Copied(key, size, lost=False)
    if not is_there and size is not None and _is_copied(key, size, source, target):
        return Copied(key, size, lost=False)
    return Copied(key, there if is_there else None, lost=True)


def _is_copied(key: str, size: int, source: Blobs, target: Blobs) -> bool:
    # Begun and never ended, or rotten; what is there is not written over.
    target.delete(key)
    try:
        target.put(_as_kept(key, source), size)
    except BlobMissing:
        return False
    return True


def is_whole(key: str, store: Blobs) -> bool:
    """Whether the bytes under this key are those that were kept."""
    try:
        for _ in _as_kept(key, store):
            pass
    except BlobMissing:
        return False
    return True


def _as_kept(key: str, store: Blobs) -> Iterator[bytes]:
    """The bytes under this key, piece by piece; at their end it is told when they are others than were kept."""
    digest = hashlib.sha256()
    for piece in store.read(key):
        digest.update(piece)
        yield piece
    if digest.hexdigest() != PurePosixPath(key).name:
        raise BlobMissing


def _size(key: str, store: Blobs) -> int | None:
    try:
        return store.size(key)
    except BlobMissing:
        return None
