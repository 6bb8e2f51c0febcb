"""How far two people agree about the same calls, item by item; who is lenient; what that does to the pass rate."""

from collections import Counter
from dataclasses import dataclass

from sqlmodel import Session

from app.accounts.models import User
from app.domain.agreement import Agreement, Standing, ac1, alpha, percent_agreement, prevalence
from app.domain.evidence import Verdict
from app.domain.leniency import CorrectedRate, Leniency, corrected_rate, leniencies
from app.reports import agreement_queries
from app.reports.agreement_queries import Pairs
from app.reports.queries import Filter


@dataclass(frozen=True)
class ItemAgreement:
    """How two people who score the same calls agree about an item; `passes` is the share of passes, with its range."""

    scorecard: str
    item: str
    percent: Agreement
    ac1: Agreement
    alpha: Agreement
    passes: tuple[float, float, float] | None

    @property
    def standing(self) -> Standing:
        """What may be said of it, by AC1: alpha falls where nearly all verdicts are the same, however few differ."""
        return self.ac1.standing


def agreement_on(scorecard: str, item: str, pairs: Pairs) -> ItemAgreement:
    """The agreement of two people on an item, from how often they gave which verdicts."""
    return ItemAgreement(
        scorecard,
        item,
        percent_agreement(pairs),
        ac1(pairs),
        alpha(pairs),
        prevalence(pairs, Verdict.PASS.value),
    )


def of_item(session: Session, user: User, scorecard: str, item: str, chosen: Filter) -> ItemAgreement:
    """The agreement of two people on one item."""
    found = agreement_queries.pairs(session, user, chosen, scorecard, item)
    return agreement_on(scorecard, item, found.get((scorecard, item), Counter()))


def by_item(session: Session, user: User, chosen: Filter) -> tuple[ItemAgreement, ...]:
    """Every item that two people scored, those first about which they agree badly."""
    found = [agreement_on(*key, pairs) for key, pairs in agreement_queries.pairs(session, user, chosen).items()]
    order = {Standing.POOR: 0, Standing.GOOD: 2, Standing.TOO_FEW_TO_SAY: 1}
    return tuple(sorted(found, key=lambda one: (order[one.standing], one.scorecard, one.ac1.value or 0.0, one.item)))


def by_reviewer(session: Session, user: User, chosen: Filter) -> tuple[Leniency, ...]:
    """How much more often each reviewer passes calls than those who score the same ones."""
    return leniencies(agreement_queries.scored_by_several(session, user, chosen))


def corrected(session: Session, user: User, chosen: Filter) -> CorrectedRate:
    """The pass rate of the reviewed calls as first scored, corrected by those that were scored twice.

    What became of results since plays no part: the calls scored twice are corrected because they were, others are not,
    and whoever adds the differences of the former to rates that were mended since corrects twice, or not at all.
    """
    n, passed = agreement_queries.first_scored(session, user, chosen)
    return corrected_rate(n, passed, agreement_queries.checked(session, user, chosen))
