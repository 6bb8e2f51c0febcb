"""Anchors: what the ledger held at a moment, signed with a key that lies outside the database."""

import hashlib
import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from app.kit.errors import AppError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

# What the tape of an empty ledger says.
BLANK = hashlib.sha256(b"callmark ledger").hexdigest()
# A line of the file of anchors is shorter than this, in bytes.
LONGEST_LINE = 4096


class AnchorUnreadable(AppError):
    """This is no file of anchors; give one that `callmark audit anchor` has written."""

    code = "anchor_unreadable"
    status = 422


class KeyUnreadable(AppError):
    """The key of the audit cannot be read; put it back, or let CALLMARK_AUDIT_KEY_FILE name another."""

    code = "audit_key_unreadable"
    status = 503


class Tape(BaseModel):
    """All entries up to one, in the order in which they were written, as one number that depends on every one."""

    model_config = ConfigDict(frozen=True)

    last_id: int = 0
    entries: int = 0
    streams: int = 0
    digest: str = BLANK

    def after(self, entries: Iterable[tuple[int, int, str]]) -> "Tape":
        """The tape with more entries on it: id, sequence and hash of each."""
        last_id, number, streams, digest = self.last_id, self.entries, self.streams, self.digest
        for last_id, sequence, entry in entries:
            number += 1
            streams += sequence == 1
            digest = hashlib.sha256(f"{digest} {last_id} {entry}".encode()).hexdigest()
        return Tape(last_id=last_id, entries=number, streams=streams, digest=digest)


class Anchor(Tape):
    """What the ledger held at a moment: an auditor who keeps it elsewhere can prove later that it is still there.

    `key` is the public half of the key that signed it (Ed25519), both in hexadecimal.
    """

    at: datetime
    key: str
    signature: str

    @property
    def is_signed(self) -> bool:
        """Whether the owner of the key has signed just this."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.key))
            key.verify(bytes.fromhex(self.signature), _signed(self, self.at))
        except (InvalidSignature, ValueError):
            return False
        return True

    @property
    def line(self) -> str:
        """As it stands in a file."""
        return self.model_dump_json() + "\n"


def _signed(tape: Tape, at: datetime) -> bytes:
    """What of an anchor is signed."""
    said = [at.isoformat(), tape.last_id, tape.entries, tape.streams, tape.digest]
    return json.dumps(["callmark anchor", *said]).encode()


def read_anchors(file: Path) -> tuple[Anchor, ...]:
    """The anchors in a file, one a line, by how far they reach; without those that were cut off."""
    try:
        found = [Anchor.model_validate_json(line) for line in _lines(file) if not _is_cut_off(line)]
    except ValidationError as error:
        raise AnchorUnreadable from error
    return tuple(sorted(found, key=lambda one: one.last_id))


def cut_off(file: Path) -> int:
    """How many anchors in a file were never written to their end, because the disk was full or the power gone."""
    return sum(map(_is_cut_off, _lines(file)))


def _lines(file: Path) -> list[str]:
    try:
        return [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise AnchorUnreadable from error


def _is_cut_off(line: str) -> bool:
    # Whoever damages a line to make it look like this could as well have removed it.
    return line.startswith("{") and not line.endswith("}")


def write_anchor(file: Path, anchor: Anchor) -> None:
    """Add an anchor to the end of a file, on a line of its own."""
    place = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(place, "r+b") as opened:
        # The one before may have been cut off.
        opened.seek(max(0, opened.seek(0, os.SEEK_END) - 1))
        before = b"" if opened.read() in (b"", b"\n") else b"\n"
        opened.write(before + anchor.line.encode())
        opened.flush()
        os.fsync(opened.fileno())


@dataclass(frozen=True)
class Notary:
    """Signs anchors, and keeps each of them in a file beside the key."""

    key_file: Path

    @property
    def file(self) -> Path:
        """Where the anchors are kept."""
        return self.key_file.with_suffix(".anchors")

    @property
    def public(self) -> str:
        """The public half of the key, by which a signature is known."""
        return self._key.public_key().public_bytes_raw().hex()

    def sign(self, tape: Tape, at: datetime) -> Anchor:
        signature = self._key.sign(_signed(tape, at)).hex()
        held = {name: getattr(tape, name) for name in Tape.model_fields}
        return Anchor(**held, at=at, key=self.public, signature=signature)

    def anchors(self) -> tuple[Anchor, ...]:
        """Every anchor that was kept."""
        return read_anchors(self.file) if self.file.exists() else ()

    def last(self) -> Anchor | None:
        """The anchor that was kept last and whole, if this key signed it."""
        if not self.file.exists():
            return None
        with self.file.open("rb") as opened:
            opened.seek(max(0, self.file.stat().st_size - LONGEST_LINE))
            lines = opened.read().decode(errors="replace").splitlines()
        whole = [line for line in lines if line.strip() and not _is_cut_off(line)]
        try:
            found = Anchor.model_validate_json(whole[-1])
        except (IndexError, ValidationError):
            return None
        return found if found.key == self.public and found.is_signed else None

    def keep(self, anchor: Anchor) -> None:
        write_anchor(self.file, anchor)

    @cached_property
    def _key(self) -> "Ed25519PrivateKey":
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        try:
            self._make()
            return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(self.key_file.read_text().strip()))
        except (OSError, ValueError) as error:
            raise KeyUnreadable from error

    def _make(self) -> None:
        """Make the key, unless there is one; of two who make it in the same moment, one is the first."""
        if self.key_file.exists():
            return
        self.key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self.key_file.with_name(f"{self.key_file.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(secrets.token_bytes(32).hex() + "\n")
            opened.flush()
            os.fsync(opened.fileno())
        try:
            os.link(draft, self.key_file)
        except FileExistsError:
            return
        finally:
            draft.unlink()
