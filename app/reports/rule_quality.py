"""How well each rule judges, against what people decided in submitted reviews, and whether its verdicts may stand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from app.domain.evidence import Verdict
from app.domain.metrics import Gate, GateStanding, RuleQuality, rule_quality
from app.domain.metrics.rule_quality import DECISIONS
from app.kit import db
from app.kit.remembered import Remembered
from app.reports import heard_queries
from app.reports.heard_queries import Reviewed
from app.reports.queries import Filter
from app.scorecards import queries as scorecards
from app.scorecards.active import all_active

# A rule is measured by the newest reviews: so much is enough, and what it was worth long ago says little.
NEWEST = 10_000
# Counting takes a moment, and a few reviews more change little: pages count anew only after this time.
KNOWN_FOR = timedelta(minutes=5)


@dataclass(frozen=True)
class MeasuredRule:
    """An item of a scorecard as its rule judges it now, where people decided it too.

    The verdicts of people came about so: `confirmed` is the machine's as they were shown it, `overridden` another one,
    and `unaided` one where the machine had none to show. Whoever confirms what is shown need not agree with it.
    """

    scorecard: str
    item: str
    quality: RuleQuality
    gate: Gate
    confirmed: int
    overridden: int
    unaided: int

    @property
    def n(self) -> int:
        return self.confirmed + self.overridden + self.unaided

    @property
    def standing(self) -> GateStanding | None:
        """Whether it passes its gate; None where the machine leaves the item to people."""
        return self.gate.standing(self.quality) if self.quality.decided.count else None


def measured(session: Session, chosen: Filter = Filter()) -> tuple[MeasuredRule, ...]:  # noqa: B008 (it is frozen)
    """Every item of every scorecard that people decided in the newest reviews, by name."""
    by_item: dict[tuple[str, str], dict[Reviewed, int]] = {}
    for one, n in heard_queries.reviewed(session, chosen, NEWEST).items():
        by_item.setdefault((one.scorecard, one.item), {})[one] = n
    judging = {one.card.id: one.card.gate for one in all_active(session).values()}
    gates = {name: judging.get(name) or scorecards.gate(session, name) for name, _ in by_item}
    return tuple(_measured(*key, gates[key[0]], counted) for key, counted in sorted(by_item.items()))


def below_gate(session: Session, now: datetime) -> Mapping[tuple[str, str], MeasuredRule]:
    """The rules whose verdicts are advice alone, by scorecard and item, as they were known a few minutes ago."""

    def work_out() -> Mapping[tuple[str, str], MeasuredRule]:
        return {(one.scorecard, one.item): one for one in measured(session) if one.standing == GateStanding.BELOW}

    return _known.answer(db.place(session), now, work_out)


_known: Remembered[Mapping[tuple[str, str], MeasuredRule]] = Remembered(KNOWN_FOR)


def _measured(scorecard: str, item: str, gate: Gate, counted: Mapping[Reviewed, int]) -> MeasuredRule:
    verdicts: dict[tuple[Verdict, Verdict], int] = {}
    confirmed = overridden = unaided = 0
    for one, n in counted.items():
        verdicts[one.machine, one.person] = verdicts.get((one.machine, one.person), 0) + n
        if one.shown not in DECISIONS:
            unaided += n
        elif one.shown == one.person:
            confirmed += n
        else:
            overridden += n
    return MeasuredRule(scorecard, item, rule_quality(verdicts), gate, confirmed, overridden, unaided)
