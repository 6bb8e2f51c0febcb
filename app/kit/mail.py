"""Mail by SMTP: plain text, over an encrypted connection wherever a password is sent."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import unquote, urlsplit

from app.kit.errors import AppError

# A server that does not answer must not hold up all the rest.
TIMEOUT_SECONDS = 20
# What is wrong with one mail, not with the server.
NOT_THIS_ONE = (
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPSenderRefused,
    smtplib.SMTPDataError,
    smtplib.SMTPNotSupportedError,
    MessageError,
    ValueError,
)
PORTS = {"smtp": 587, "smtps": 465}


class MailUrlWrong(AppError):
    """The mail server is given as smtp://user:password@host:587 or smtps://user:password@host:465."""

    code = "mail_url_wrong"
    status = 422


class MailAway(AppError):
    """The mail server cannot be reached, or does not let Callmark in; look at its address and at the worker’s log."""

    code = "mail_away"
    status = 503


class MailRefused(AppError):
    """The mail server does not take this mail; look at the address it goes to."""

    code = "mail_refused"
    status = 422


class PasswordInClear(MailAway):
    """The mail server offers no encryption (STARTTLS), so its password was not sent; use smtps:// or another port."""


@dataclass(frozen=True)
class Letter:
    """One mail in plain text; `reference` names it, so that one sent twice can be told by its Message-ID."""

    to: str
    name: str
    subject: str
    text: str
    reference: str


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed in, and in whose name."""

    host: str
    port: int
    encrypted: bool
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class Opened:
    """A connection to a mail server."""

    server: MailServer
    smtp: smtplib.SMTP

    def send(self, letter: Letter, at: datetime) -> None:
        """Hand in one mail."""
        try:
            refused = self.smtp.send_message(message(letter, self.server.sender, at))
        except NOT_THIS_ONE as error:
            with suppress(smtplib.SMTPException, OSError):
                self.smtp.rset()
            raise MailRefused from error
        except (smtplib.SMTPException, OSError) as error:
            raise MailAway from error
        if refused:
            raise MailRefused


def mail_server(url: str, sender: str | None) -> MailServer:
    """The server that a URL names; a password in it is percent-encoded."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise MailUrlWrong from error
    if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/"):
        raise MailUrlWrong
    return MailServer(
        host=parts.hostname,
        port=port or PORTS[parts.scheme],
        encrypted=parts.scheme == "smtps",
        sender=sender or f"callmark@{parts.hostname}",
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


@contextmanager
def connected(server: MailServer) -> Iterator[Opened]:
    """A connection while this lasts; encrypted if the server can, and in any case before a password is sent."""
    try:
        smtp = _connected(server)
    # Servers take no name or password outside ASCII, which is told as a ValueError.
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise MailAway from error
    try:
        yield Opened(server, smtp)
    finally:
        with suppress(smtplib.SMTPException, OSError):
            smtp.quit()


def send(server: MailServer, letter: Letter, at: datetime) -> None:
    """Hand in one mail, by a connection of its own."""
    with connected(server) as opened:
        opened.send(letter, at)


def message(letter: Letter, sender: str, at: datetime) -> EmailMessage:
    """A mail as it goes over the wire; a line break in a name or an address is refused, never a new header."""
    made = EmailMessage(policy=SMTP)
    made["From"] = sender
    made["To"] = Address(_one_line(letter.name), addr_spec=letter.to)
    made["Subject"] = _one_line(letter.subject)
    made["Date"] = at
    made["Message-ID"] = f"<{letter.reference}@{sender.rpartition('@')[2].strip('<> ')}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(letter.text)
    return made


def _connected(server: MailServer) -> smtplib.SMTP:
    trusted = ssl.create_default_context()
    if server.encrypted:
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_SECONDS, context=trusted)
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
    try:
        smtp.ehlo_or_helo_if_needed()
        if not server.encrypted and smtp.has_extn("starttls"):
            smtp.starttls(context=trusted)
        elif not server.encrypted and server.password:
            raise PasswordInClear
        if server.password:
            smtp.login(server.user, server.password)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _one_line(text: str) -> str:
    return " ".join(text.split())
