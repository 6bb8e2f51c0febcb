"""Which of the bytes in the store belong to something."""

from collections.abc import Collection

from sqlmodel import Session, col, select

from app.calls.models import Call
from app.imports.models import ListImport

# Every column that names bytes; a test knows if one is missing.
NAMES = (Call.blob, Call.playback, Call.playback_unmuted, Call.peaks, ListImport.blob)


def named(session: Session, keys: Collection[str]) -> set[str]:
    """Those of a few keys that something names."""
    return {key for name in NAMES for key in session.exec(select(name).where(col(name).in_(keys))) if key}


def named_from(session: Session, start: str) -> set[str]:
    """All keys that begin so and that something names."""
    wanted = (select(name).where(col(name) >= f"{start}/", col(name) < f"{start}0") for name in NAMES)
    return {key for one in wanted for key in session.exec(one) if key}
