"""What a submitted review decides otherwise than the machine, as the ledger tells it."""

from typing import Any

from sqlmodel import Session

from app.ledger.models import LedgerEntry
from app.reviews.decisions import DECISIONS
from app.webhooks import queries


def overrides(session: Session, submitted: LedgerEntry) -> dict[str, dict[str, Any]]:
    """The items that stood otherwise than the machine found them when a review was submitted, with both verdicts.

    Who decided blind did not know what the machine found, and overrode nothing.
    """
    verdicts, levels = submitted.payload.get("verdicts", {}), submitted.payload.get("levels", {})
    last = {one.payload.get("item"): one for one in queries.decisions_before(session, submitted)}
    found = {}
    for item, verdict in verdicts.items():
        decided = last.get(item)
        machine = decided.payload.get("machine") if decided is not None else None
        is_blind = decided is not None and decided.event == queries.DECIDED_BLIND
        if machine in DECISIONS and machine != verdict and not is_blind:
            found[item] = {"machine": machine, "new": {"verdict": verdict, "level": levels.get(item)}}
    return found
