"""Parts of a recording, as browsers ask for them to play it from any moment."""

import re
from collections.abc import Iterator

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from app.kit.blobs import Blobs

ASKED = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def part(request: Request, blobs: Blobs, key: str, media_type: str) -> Response:
    """The bytes under this key: all of them, or the one range that was asked for."""
    size = blobs.size(key)
    headers = {"Accept-Ranges": "bytes"}
    asked = ASKED.fullmatch(request.headers.get("range", "").strip())
    if asked is None or asked.groups() == ("", ""):
        return _sent(blobs.read(key), 200, media_type, {**headers, "Content-Length": str(size)})
    start, end = _bounds(asked[1], asked[2], size)
    if start >= end:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    headers |= {"Content-Range": f"bytes {start}-{end - 1}/{size}", "Content-Length": str(end - start)}
    return _sent(blobs.read(key, start, end), 206, media_type, headers)


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """From where up to, not including, where; a range without its first number counts from the end."""
    if not first:
        return max(0, size - int(last)), size
    start = int(first)
    if last and int(last) < start:
        return size, size
    return start, min(int(last) + 1, size) if last else size


def _sent(pieces: Iterator[bytes], status: int, media_type: str, headers: dict[str, str]) -> Response:
    return StreamingResponse(pieces, status, headers, media_type)
