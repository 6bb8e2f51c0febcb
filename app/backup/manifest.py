"""One backup: what it holds, and where in its folder."""

import gzip
import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from app.kit.errors import AppError

FORMAT = 1
MANIFEST = "manifest.json"
# What is said of the size of bytes that were not there any more.
GONE = "\\N"


class NoBackup(AppError):
    """There is no whole backup here; one that was cut off ends in .partial and cannot be restored."""

    code = "no_backup"


class BackupTooNew(AppError):
    """This backup was made by a newer version of Callmark; install that version, then restore it."""

    code = "backup_too_new"


class BackupDamaged(AppError):
    """A file of this backup is not what was written."""

    code = "backup_damaged"


class TableFile(BaseModel):
    """A table in a backup: its columns in the order of the fields of a line, its rows, and the hash of its file."""

    model_config = ConfigDict(frozen=True)

    name: str
    columns: tuple[str, ...]
    rows: int
    sha256: str


class Recordings(BaseModel):
    """The recordings that belong to a backup; `gone` were named by the database and not in the store any more."""

    model_config = ConfigDict(frozen=True)

    count: int
    bytes: int
    gone: int
    sha256: str


class Manifest(BaseModel):
    """What a backup holds; tables stand in an order in which they can be filled. Keys are told with their hashes."""

    model_config = ConfigDict(frozen=True)

    format: int = FORMAT
    version: str
    revision: str
    made_at: datetime
    tables: tuple[TableFile, ...]
    recordings: Recordings
    keys: Mapping[str, str] = {}


class Backup:
    """One backup in its folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.blob_list = path / "blobs.gz"
        self.keys = path / "keys"

    def table(self, name: str) -> Path:
        return self.path / "tables" / f"{name}.gz"

    @property
    def manifest(self) -> Manifest:
        try:
            told = (self.path / MANIFEST).read_text(encoding="utf-8")
            found = Manifest.model_validate_json(told)
        except (OSError, ValueError, ValidationError) as error:
            if isinstance(error, FileNotFoundError):
                raise NoBackup from error
            raise BackupDamaged(f"{self.path / MANIFEST} is not what was written; take another backup.") from error
        if found.format > FORMAT:
            raise BackupTooNew
        return found

    def blobs(self) -> Iterator[tuple[str, int | None]]:
        """Key and size of each of its recordings, in order; the size is None of those that were gone."""
        with gzip.open(self.blob_list, "rt", encoding="ascii") as lines:
            for line in lines:
                key, _, size = line.rstrip("\n").partition("\t")
                yield key, None if size == GONE else int(size)

    def faults(self) -> Iterator[str]:
        """What of it is not what was written, but for its recordings."""
        manifest = self.manifest
        wanted = {self.table(one.name): one.sha256 for one in manifest.tables}
        wanted[self.blob_list] = manifest.recordings.sha256
        wanted |= {self.keys / name: sha256 for name, sha256 in manifest.keys.items()}
        for path, sha256 in wanted.items():
            if not path.is_file():
                yield f"{path} is missing"
            elif sha256_of(path) != sha256:
                yield f"{path} is not what was written"


def sha256_of(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
