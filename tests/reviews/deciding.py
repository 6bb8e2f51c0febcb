"""Reviews decided in one go, for tests that ask what comes after."""

from sqlmodel import Session

from app.accounts.models import User
from app.domain.evidence import Verdict
from app.kit.db import id_of
from app.ledger.service import Actor
from app.reviews import service
from app.reviews.models import Review
from tests.stored import NOW


def confirm_all(session: Session, review: Review, by: User, **others: Verdict) -> None:
    """Confirm what the machine decided, but for what `others` say; where it left something open, pass."""
    for finding in service.standing(session, review).findings:
        machine = finding.verdict if finding.verdict in service.DECISIONS else Verdict.PASS
        service.decide(
            session,
            id_of(review),
            finding.id,
            others.get(finding.id, machine),
            by,
            Actor(by.name, NOW, by.id),
            reason_code="misheard",
        )
