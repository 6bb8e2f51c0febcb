"""Tells customers apart without keeping their numbers: a keyed hash, whose key lies outside the database."""

import hmac
import os
import re
import secrets
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from app.kit.errors import AppError

# What switches write for a customer who shows no number, in small letters without blanks and brackets.
NOBODY = frozenset("anonymous withheld restricted unavailable unknown private hidden none null n/a -".split())
BESIDE_DIGITS = re.compile(r"[\s()./\-‐-―]")


class CustomerKeyUnreadable(AppError):
    """The key of the customers cannot be read; put it back, or let CALLMARK_CUSTOMER_KEY_FILE name another."""

    code = "customer_key_unreadable"
    status = 503


class Customers:
    """Knows a customer by the key in this file; without it, nobody can tell a number from what is stored."""

    def __init__(self, key_file: Path) -> None:
        self._file = key_file

    @cached_property
    def key_of(self) -> Callable[[str], int | None]:
        """From a number (or the address of a mail or chat) to a number of 64 bits; None where it is withheld."""
        # Prepared once: to begin with the secret for every number takes twice as long.
        begun, from_bytes = hmac.new(self._secret(), digestmod="sha256"), int.from_bytes

        def key(number: str) -> int | None:
            plain = number if number.isdigit() else spelling(number)
            if not plain:
                return None
            keyed = begun.copy()
            keyed.update(plain.encode())
            return from_bytes(keyed.digest()[:8], "big", signed=True)

        return key

    def _secret(self) -> bytes:
        try:
            self._make()
            secret = bytes.fromhex(self._file.read_text().strip())
        except (OSError, ValueError) as error:
            raise CustomerKeyUnreadable from error
        if len(secret) != 32:
            raise CustomerKeyUnreadable
        return secret

    def _make(self) -> None:
        """Make the key, unless there is one; of two who make it in the same moment, one is the first."""
        if self._file.exists():
            return
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._file.with_name(f"{self._file.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(secrets.token_bytes(32).hex() + "\n")
            opened.flush()
            os.fsync(opened.fileno())
        try:
            os.link(draft, self._file)
        except FileExistsError:
            return
        finally:
            draft.unlink(missing_ok=True)


def spelling(number: str) -> str:
    """One spelling for all ways to write a number, as +86 (21) 5555-0100 and 00862155550100; empty: it is withheld."""
    plain = BESIDE_DIGITS.sub("", number).strip("<>").lower()
    if plain in NOBODY or not plain:
        return ""
    if plain.startswith("+") and plain[1:].isdigit():
        return f"00{plain[1:]}"
    return plain
