"""A transcript that was made elsewhere: our own JSON, SubRip or WebVTT."""

import stat
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json, to_json

from app.domain.transcript import Transcript
from app.kit.errors import AppError
from app.transcription.subtitles import TIMES, NotSubtitles, cues, transcript_of

TRANSCRIPTS = (".json", ".srt", ".vtt")
LARGEST_MEGABYTES = 8
# In a whole day nobody takes more turns.
MOST_TURNS = 20_000
# No object of a transcript has more keys, even with some that are not known.
MOST_KEYS = 100
# So much of a file tells what it is, in bytes.
HEAD = 4096


class TranscriptRefused(AppError):
    """This transcript cannot be read."""

    code = "transcript_refused"


def is_transcript(path: Path) -> bool:
    """Whether a file holds a transcript rather than sound; its content says so, and where that is empty, its name."""
    try:
        with path.open("rb") as opened:
            head = opened.read(HEAD)
    except (OSError, ValueError):
        head = b""
    text = head.decode(_encoding(head), "ignore").removeprefix("\ufeff").lstrip()
    if "\0" in text or not text.strip():
        return not head.strip() and path.suffix.lower() in TRANSCRIPTS
    return path.suffix.lower() in TRANSCRIPTS or _is_json(text) or _is_subtitles(text)


def imported(path: Path, language: str | None = None) -> Transcript:
    """The transcript in a JSON, SRT or VTT file, whatever it is called; `language` where the file itself names none."""
    text = _text(path)
    if _is_json(text) or (path.suffix.lower() == ".json" and not _is_subtitles(text[:HEAD])):
        return _from_json(text, language)
    try:
        lines = cues(text)
        _check_turns(len(lines))
        return transcript_of(lines, language)
    except NotSubtitles as error:
        raise TranscriptRefused(f"{path.name}: {error}") from error


def _text(path: Path) -> str:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise TranscriptRefused(f"{path.name} is no file.")
        if found.st_size > LARGEST_MEGABYTES << 20:
            raise TranscriptRefused(f"{path.name} is over {LARGEST_MEGABYTES} MB; no call has that many words.")
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        # A name with a zero byte in it names no file either.
        reason = getattr(error, "strerror", None) or "no such file"
        raise TranscriptRefused(f"{path.name} cannot be read: {reason}.") from error
    if not content.strip():
        raise TranscriptRefused(f"{path.name} is empty.")
    try:
        return content.decode(_encoding(content))
    except UnicodeDecodeError as error:
        raise TranscriptRefused(
            f"{path.name} is not written in UTF-8 (byte {error.start}); save it as UTF-8."
        ) from error


def _encoding(content: bytes) -> str:
    return "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"


def _is_json(text: str) -> bool:
    return text.lstrip()[:1] in ("{", "[")


def _is_subtitles(text: str) -> bool:
    return text.startswith("WEBVTT") or any(TIMES.fullmatch(line) for line in text.splitlines()[:10])


def _from_json(text: str, language: str | None) -> Transcript:
    try:
        data: Any = from_json(text, allow_inf_nan=False)
    except ValueError as error:
        raise TranscriptRefused(f"This is not JSON: {error}.") from error
    if not isinstance(data, dict):
        raise TranscriptRefused("The transcript must be one JSON object with `language` and `turns`.")
    _check_keys(data)
    if language and data.get("language") is None:
        data["language"] = language
    try:
        # Strict, so that "1.5" is not taken for a number; from JSON, because that has neither tuples nor enums.
        transcript = Transcript.model_validate_json(to_json(data), strict=True)
    except ValidationError as error:
        raise TranscriptRefused("; ".join(_fault(fault) for fault in error.errors()[:3]) + ".") from error
    if not transcript.turns:
        raise TranscriptRefused("turns: there is not a single one.")
    _check_turns(len(transcript.turns))
    for fault in _out_of_time(transcript):
        raise TranscriptRefused(fault)
    return transcript


def _check_turns(turns: int) -> None:
    if turns > MOST_TURNS:
        raise TranscriptRefused(f"It has {turns:,} turns; no call has so many.")


def _check_keys(data: Any) -> None:
    """Refuse what has so many keys that to tell what is wrong with each would take all memory."""
    waiting = [data]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict) and len(one) > MOST_KEYS:
            raise TranscriptRefused(f"An object in it has {len(one):,} keys; no transcript has so many.")
        waiting += [part for part in (one.values() if isinstance(one, dict) else one) if isinstance(part, dict | list)]


def _fault(fault: Any) -> str:
    """Where and what: `turns[3].speaker: Input should be ...`."""
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in fault["loc"]).lstrip(".")
    return f"{place}: {fault['msg']}"


def _out_of_time(transcript: Transcript) -> list[str]:
    """What is wrong with the times."""
    faults = []
    for place, turn in enumerate(transcript.turns):
        if (turn.start is None) != (turn.end is None):
            faults.append(f"turns[{place}]: give both start and end, or neither.")
        elif turn.start is not None and turn.end is not None and not 0 <= turn.start <= turn.end:
            faults.append(f"turns[{place}]: it must not begin before 0 or end before it begins.")
        if any(not 0 <= word.start <= word.end for word in turn.words):
            faults.append(f"turns[{place}].words: no word may begin before 0 or end before it begins.")
    for place, hold in enumerate(transcript.holds or ()):
        if not 0 <= hold.start <= hold.end:
            faults.append(f"holds[{place}]: it must not begin before 0 or end before it begins.")
    return faults
