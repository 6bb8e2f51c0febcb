"""A large file that is built once and kept: built anew when it is missing or was changed since."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from app.kit.errors import AppError


class CacheNotWritable(AppError):
    """The folder for model weights cannot be written; set CALLMARK_CACHE_DIR to one that can."""

    code = "cache_not_writable"


def kept(target: Path, build: Callable[[Path], object]) -> Path:
    """The target file, as `build` wrote it; several processes may ask for it at the same time."""
    if _sealed(target):
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _replace(target, build)
        # Sealed last: a process that dies in between leaves an unsealed file, which is built again.
        _replace(_seal(target), lambda path: _write_text(path, _traits(target)))
    except OSError as error:
        raise CacheNotWritable(
            f"The model weights could not be written to {target.parent}: {error.strerror}."
        ) from error
    return target


def _replace(target: Path, build: Callable[[Path], object]) -> None:
    """Write beside the target, then take its place at once, so that no reader ever sees half a file."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    os.close(handle)
    draft = Path(name)
    try:
        build(draft)
        draft.chmod(0o644)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _seal(target: Path) -> Path:
    return target.with_name(target.name + ".seal")


def _sealed(target: Path) -> bool:
    """Whether the file is the very one that was sealed: hashing it at every start would take a second."""
    try:
        return _seal(target).read_text(encoding="utf-8") == _traits(target)
    except (OSError, UnicodeDecodeError):
        return False


def _traits(target: Path) -> str:
    """What changes when somebody writes to the file; the change time cannot be set back by hand."""
    found = target.stat()
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino}"
