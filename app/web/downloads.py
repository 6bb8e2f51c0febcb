"""A file that a browser saves instead of showing it."""

from urllib.parse import quote

from fastapi.responses import Response


def download(content: bytes, name: str, media_type: str) -> Response:
    """The file under this name, whatever signs are in it."""
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Response(content, media_type=media_type, headers={"Content-Disposition": disposition})
