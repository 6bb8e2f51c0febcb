"""The signature by which another system knows that it was Callmark that sent something, and when."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

SIGNATURE, EVENT, EVENT_ID, DELIVERY_ID = (
    "Callmark-Signature",
    "Callmark-Event",
    "Callmark-Event-Id",
    "Callmark-Delivery-Id",
)


def new_secret() -> str:
    """A secret that nobody can guess; its beginning says what it is."""
    return f"whsec_{secrets.token_urlsafe(32)}"


def signature(keys: Sequence[str], at: datetime, body: bytes) -> str:
    """The header: when it was sent (Unix seconds), and for each secret the HMAC-SHA256 of that moment and the body."""
    moment = int(at.timestamp())
    told = str(moment).encode() + b"." + body
    signed = (hmac.new(key.encode(), told, hashlib.sha256).hexdigest() for key in keys)
    return ",".join([f"t={moment}", *(f"v1={one}" for one in signed)])
