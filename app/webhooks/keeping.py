"""Keeps the secrets of webhooks: encrypted in the database, with a key in a file outside it."""

import os
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from app.kit.errors import AppError

if TYPE_CHECKING:
    from cryptography.fernet import Fernet


class WebhookKeyUnreadable(AppError):
    """The key that keeps the secrets of webhooks cannot be read, or is another one than they were kept with; put the
    right one back (CALLMARK_WEBHOOK_KEY_FILE; the same for the web server and every worker), or give each webhook a new
    secret."""

    code = "webhook_key_unreadable"
    status = 503


@dataclass(frozen=True)
class Keeper:
    """Encrypts and decrypts secrets; the key is made when the first secret is kept, never when one is read."""

    key_file: Path

    def kept(self, secret: str) -> str:
        """A secret as it stands in the database."""
        try:
            self._make()
        except OSError as error:
            raise WebhookKeyUnreadable from error
        return self._cipher.encrypt(secret.encode()).decode()

    def secret(self, kept: str) -> str:
        """The secret that was kept so."""
        from cryptography.fernet import InvalidToken

        try:
            return self._cipher.decrypt(kept).decode()
        except InvalidToken as error:
            raise WebhookKeyUnreadable from error

    @cached_property
    def _cipher(self) -> "Fernet":
        from cryptography.fernet import Fernet

        try:
            return Fernet(self.key_file.read_text(encoding="ascii").strip())
        except (OSError, ValueError) as error:
            raise WebhookKeyUnreadable from error

    def _make(self) -> None:
        """Make the key, unless there is one; of two who make it in the same moment, one is the first."""
        from cryptography.fernet import Fernet

        if self.key_file.exists():
            return
        self.key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self.key_file.with_name(f"{self.key_file.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(Fernet.generate_key() + b"\n")
            opened.flush()
            os.fsync(opened.fileno())
        try:
            os.link(draft, self.key_file)
        except FileExistsError:
            return
        finally:
            draft.unlink()
