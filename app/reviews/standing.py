"""Where a review stands: what the machine found, people's verdicts in its place, and what both add up to."""

from dataclasses import dataclass

from sqlmodel import Session

from app.domain.scorecard import Scorecard
from app.domain.scoring import Finding, Score, total
from app.evaluations import queries as evaluations
from app.evaluations.models import Evaluation
from app.kit.db import id_of
from app.kit.errors import NotFound
from app.reviews import queries
from app.reviews.blind import without_machine
from app.reviews.decisions import decided
from app.reviews.models import Review, ReviewVerdict
from app.scorecards import queries as scorecards


@dataclass(frozen=True)
class Standing:
    """Where a review stands: the machine's findings, people's verdicts beside them, and what both add up to."""

    review: Review
    evaluation: Evaluation
    card: Scorecard
    findings: tuple[Finding, ...]
    verdicts: dict[str, ReviewVerdict]
    machine: Score
    score: Score

    @property
    def to_confirm(self) -> int:
        """How many items no person has decided, or has decided on evidence that is not the evidence any more."""
        decided = sum(not one.outdated for one in self.verdicts.values())
        return len(self.findings) - decided


@dataclass(frozen=True)
class Basis:
    """What a review stands on; `found` is all that the machine found, also where nobody may see it yet."""

    evaluation: Evaluation
    card: Scorecard
    found: Score
    verdicts: dict[str, ReviewVerdict]

    def finding(self, item: str) -> Finding:
        for one in self.found.findings:
            if one.id == item:
                return one
        raise NotFound


def judged_by(evaluation: Evaluation) -> dict[str, str]:
    """By which version of the scorecard (the hash of its content) and of the rules, as the ledger tells it."""
    return {"version": evaluation.scorecard_version, "rules": evaluation.rules_version}


def basis(session: Session, review: Review) -> Basis:
    """What a review stands on now."""
    evaluation = session.get_one(Evaluation, review.evaluation_id)
    card = scorecards.card(session, evaluation.scorecard_version)
    items = {item.id for item in card.items}
    verdicts = {item: one for item, one in queries.verdicts(session, id_of(review)).items() if item in items}
    return Basis(evaluation, card, evaluations.score_of(session, evaluation), verdicts)


def stands(review: Review, on: Basis) -> Standing:
    """Where a review stands, as it may be shown."""
    machine = without_machine(on.card, on.found) if review.hides_machine else on.found
    items = {item.id: item for item in on.card.items}
    merged = tuple(decided(finding, on.verdicts.get(finding.id), items[finding.id]) for finding in machine.findings)
    return Standing(review, on.evaluation, on.card, machine.findings, on.verdicts, machine, total(on.card, merged))
