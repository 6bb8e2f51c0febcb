"""Blind reviews: which calls are reviewed so, and what is left of the machine's findings while they are."""

import hashlib

from app.domain.evidence import Reason, Verdict
from app.domain.scorecard import Scorecard
from app.domain.scoring import Score, total

# Which calls are drawn must not follow from anything else that is decided by their hashes.
SALT, SALT_TWICE = "blind review 1:", "second scoring 1:"


def drawn_blind(content_hash: str, share: float) -> bool:
    """Whether a call is one of the share (0-1) that is reviewed blind; the same call is always drawn alike."""
    return _drawn(SALT, content_hash, share)


def drawn_twice(content_hash: str, share: float) -> bool:
    """Whether a call is one of the share (0-1) that two people score blind; the same call is always drawn alike."""
    return _drawn(SALT_TWICE, content_hash, share)


def _drawn(salt: str, content_hash: str, share: float) -> bool:
    drawn = hashlib.sha256(f"{salt}{content_hash}".encode()).digest()
    return int.from_bytes(drawn[:8]) < share * 2**64


def without_machine(card: Scorecard, found: Score) -> Score:
    """The same items as if the machine had left every one of them to people."""
    nothing = {
        "verdict": Verdict.UNSCORED,
        "confidence": 0.0,
        "points": None,
        "level": None,
        "reason": Reason(),
        "evidence": (),
        "searched": None,
        "nearest": None,
    }
    return total(card, tuple(finding.model_copy(update=nothing) for finding in found.findings))
