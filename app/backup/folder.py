"""A folder of backups: what lies where in it, and which of its backups are whole.

FOLDER/blobs/ab/abcdef…       recordings, named by their hash, which all backups share
FOLDER/<moment>/manifest.json what the backup holds; written last
FOLDER/<moment>/tables/*.gz   a file for each table
FOLDER/<moment>/blobs.gz      which recordings belong to it, in order, with their sizes
FOLDER/<moment>/keys/         keys and anchors, where they were asked for
FOLDER/<moment>.partial       a backup that is being made, or was cut off
"""

import fcntl
import gzip
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from heapq import merge
from itertools import groupby
from pathlib import Path

from obstore.store import LocalStore

from app.backup.manifest import MANIFEST, Backup, NoBackup, sha256_of
from app.kit.blobs import Blobs
from app.kit.errors import AppError

PARTIAL = ".partial"
# Whoever makes, checks or reads a backup holds this file; it also tells that a folder is one of backups.
LOCK = "backups.lock"
BLOBS = "blobs"
# The quickest. Harder pressed (6) files are about half as large, and pressing them takes three times as long.
PRESSED = 1


class NotOfBackups(AppError):
    """This folder holds something else than backups; give an empty folder, or one that does not exist yet."""

    code = "not_of_backups"


class BackupUnderWay(AppError):
    """Somebody else is making or reading a backup in this folder at this moment; try again afterwards."""

    code = "backup_under_way"


def store_in(folder: Path) -> Blobs:
    """The recordings of all backups of a folder."""
    return Blobs(LocalStore(folder.resolve() / BLOBS, mkdir=True), folder)


def whole(folder: Path) -> list[Backup]:
    """The backups of a folder that were made to their end, the oldest first."""
    names = sorted(one for one in folder.iterdir() if (one / MANIFEST).is_file() and one.suffix != PARTIAL)
    return [Backup(one) for one in names]


def chosen(path: Path) -> Backup:
    """The backup that is meant: the one at this path, or the newest of the folder."""
    if not path.is_dir() or path.suffix == PARTIAL:
        raise NoBackup
    if (path / MANIFEST).is_file():
        return Backup(path)
    found = whole(path)
    if not found:
        raise NoBackup
    return found[-1]


@contextmanager
def held(folder: Path, alone: bool) -> Iterator[None]:
    """Keep others from changing this folder meanwhile; `alone`: from reading it, too."""
    if alone:
        _make(folder)
    elif not (folder / LOCK).exists():
        # A copy of a backup without all that lies beside it.
        yield
        return
    with (folder / LOCK).open("ab" if alone else "rb") as opened:
        try:
            fcntl.flock(opened, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupUnderWay from error
        yield


def _make(folder: Path) -> None:
    if folder.exists() and not (folder / LOCK).exists() and (not folder.is_dir() or any(folder.iterdir())):
        # In a folder of something else, what no backup names would be taken for left over.
        raise NotOfBackups
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / BLOBS).mkdir(mode=0o700, exist_ok=True)


@contextmanager
def begun(folder: Path, at: datetime) -> Iterator[Backup]:
    """A backup to be filled, which has its name once it is whole; what was cut off before is removed."""
    for left in folder.glob(f"*{PARTIAL}"):
        shutil.rmtree(left)
    name = f"{at:%Y-%m-%dT%H%M%S}.{at.microsecond // 1000:03}Z"
    partial = folder / f"{name}{PARTIAL}"
    for path in (partial, partial / "tables"):
        path.mkdir(mode=0o700)
    yield Backup(partial)
    # All of it must be on the disk before its name says so.
    os.sync()
    partial.rename(folder / name)
    os.sync()


def keep_lines(path: Path, pieces: Iterable[bytes]) -> tuple[int, str]:
    """Keep lines in a file; how many there were, and the hash of the file."""
    rows = 0
    with gzip.GzipFile(path, "xb", compresslevel=PRESSED, mtime=0) as file:
        for piece in pieces:
            rows += piece.count(b"\n")
            file.write(piece)
    return rows, sha256_of(path)


def thin_out(folder: Path, keep: int) -> int:
    """Remove all but the newest backups, and the recordings that none of those names; how many backups went."""
    backups = whole(folder)
    gone, kept = backups[:-keep], backups[-keep:]
    for backup in gone:
        # Without its name first: half removed it must not be taken for whole.
        shutil.rmtree(backup.path.rename(backup.path.with_name(backup.path.name + PARTIAL)))
    named = groupby(merge(*(_keys(one) for one in kept)), key=lambda key: key[:2])
    kept_keys = next(named, None)
    for place in sorted(one for one in (folder / BLOBS).iterdir() if one.is_dir()):
        while kept_keys is not None and kept_keys[0] < place.name:
            kept_keys = next(named, None)
        wanted = {Path(key).name for key in kept_keys[1]} if kept_keys and kept_keys[0] == place.name else set()
        for blob in place.iterdir():
            if blob.name not in wanted:
                blob.unlink()
    return len(gone)


def _keys(backup: Backup) -> Iterator[str]:
    return (key for key, _ in backup.blobs())
