"""Script and style of the pages, as Vite built them: which file stands for which source."""

import json
from functools import lru_cache
from pathlib import Path

from app.kit.errors import AppError

DIST = Path(__file__).parent / "dist"
MANIFEST = ".vite/manifest.json"
URL = "/assets/"


class AssetsNotBuilt(AppError):
    """The script and style of the web pages are missing; in a checkout, `make setup` builds them."""

    code = "assets_not_built"
    status = 503


class UnknownAsset(AppError):
    """The built script and style of the web pages are of another version; in a checkout, `make setup` builds them."""

    code = "unknown_asset"
    status = 503


def asset(name: str) -> str:
    """The URL of a built file by its source in frontend/src: "pages.css", "review/main.ts"."""
    built = manifest(DIST).get(name)
    if built is None:
        raise UnknownAsset
    return URL + built


def manifest(dist: Path) -> dict[str, str]:
    """The built file of every source that a page may name; their names change with their content."""
    path = dist / MANIFEST
    if not path.is_file():
        raise AssetsNotBuilt
    return _entries(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _entries(path: Path, _changed_at: int) -> dict[str, str]:
    # Read again when it has changed: who works on the frontend builds while the server runs.
    entries = json.loads(path.read_text("utf-8"))
    return {source.removeprefix("src/"): entry["file"] for source, entry in entries.items() if entry.get("isEntry")}
