"""What the rules read of a stored transcript, worked out when it is kept, so that judging it again is quick."""

import hashlib
from functools import cache
from importlib.metadata import version
from typing import Any

from app.domain.reading import Prepared, Reading, prepared
from app.domain.transcript import Transcript
from app.kit.shipped import PACKAGE
from app.transcription.models import TranscriptRevision

# The dictionaries that the written and phonetic forms come from.
DICTIONARIES = ("opencc", "pypinyin", "sudachipy", "sudachidict-small")


@cache
def reading_version() -> str:
    """Which state of a language's rules made a reading: the hash of their source, and of their dictionaries."""
    core = PACKAGE / "domain"
    digest = hashlib.sha256()
    for path in (*sorted((core / "language").glob("*.py")), core / "reading.py", core / "transcript.py"):
        digest.update(path.read_bytes())
    for name in DICTIONARIES:
        digest.update(f"{name} {version(name)}".encode())
    return digest.hexdigest()[:16]


def kept_with(transcript: Transcript) -> dict[str, Any]:
    """The columns of a revision that hold its reading."""
    return {"reading": prepared(transcript).model_dump(mode="json"), "reading_version": reading_version()}


def reading(revision: TranscriptRevision) -> Reading:
    """A stored transcript made ready for rules; worked out anew when other rules of its language made what is kept."""
    if revision.reading is None or revision.reading_version != reading_version():
        return Reading(revision.transcript)
    return Reading(revision.transcript, Prepared.model_validate(revision.reading))
