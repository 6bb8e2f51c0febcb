"""The keys that lie beside the database: in a backup only when they are asked for, because who has them can sign."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from app.backup.manifest import sha256_of
from app.ledger.anchors import Notary
from app.settings import Settings

# What each is for, as it is told to whoever has a backup without it.
LOST_WITHOUT: Mapping[str, str] = {
    "audit.key": "a new one is made; anchors of before still hold, they carry the public half",
    "audit.anchors": "without an anchor kept elsewhere, nobody can prove that the ledger of before was not rewritten",
    "customers.key": "customers who come in again are not known any more: repeated contacts are counted as new ones",
    "webhooks.key": "webhooks cannot be signed: each needs a new secret, which its receiver must be told",
}


def places(settings: Settings) -> dict[str, Path]:
    """Where each of them lies, by the name it has in a backup."""
    return {
        "audit.key": settings.audit_key,
        "audit.anchors": Notary(settings.audit_key).file,
        "customers.key": settings.customer_key,
        "webhooks.key": settings.webhook_key,
    }


def kept(settings: Settings, folder: Path) -> dict[str, str]:
    """Copy those there are into a folder that only its owner can read; their hashes by name."""
    folder.mkdir(mode=0o700)
    there = {name: path for name, path in places(settings).items() if path.is_file()}
    for name, path in there.items():
        _copy(path, folder / name)
    return {name: sha256_of(folder / name) for name in there}


def put_back(settings: Settings, folder: Path, names: Mapping[str, str]) -> list[str]:
    """Put those back that are not there; the names of those that are, and are others."""
    others = []
    for name, path in places(settings).items():
        if name in names and not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _copy(folder / name, path)
        elif name in names and sha256_of(path) != names[name]:
            others.append(name)
    return others


def _copy(source: Path, target: Path) -> None:
    """Copy a file into one that nobody else can read at any moment, and that is there whole or not at all."""
    draft = target.with_name(f"{target.name}.draft")
    draft.unlink(missing_ok=True)
    with (
        source.open("rb") as reading,
        os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written,
    ):
        shutil.copyfileobj(reading, written)
        written.flush()
        os.fsync(written.fileno())
    draft.rename(target)
