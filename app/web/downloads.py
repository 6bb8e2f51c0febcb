"""A file that a browser saves instead of showing it."""

from urllib.parse import quote

from fastapi.responses import Response


def download(content: bytes, name: str, media_type: str) -> Response:
    """The file under this name, whatever signs are in it."""
    return Response(content, media_type=media_type, headers=named(name))


def named(name: str) -> dict[str, str]:
    """The header by which a browser saves a file under this name, whatever signs are in it."""
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
