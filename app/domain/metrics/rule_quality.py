"""How well a rule judges, held against what people decided about the same calls."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.domain.evidence import Verdict
from app.domain.metrics.interval import Rate, share
from app.domain.transcript import Value

# What a person can decide; what else the machine may say is that it cannot tell, or that it never tells.
DECISIONS = (Verdict.PASS, Verdict.FAIL, Verdict.NOT_APPLICABLE)
# Of fewer calls even an interval says too little: a single wrong fail would put a rule below its gate.
FEWEST = 10


class GateStanding(StrEnum):
    """Whether a rule's verdicts stand as the machine gives them, or are advice alone."""

    PASSED = "passed"
    BELOW = "below"
    TOO_FEW_TO_SAY = "too_few_to_say"


class Gate(Value):
    """What a rule must show before its verdicts stand: shares (0-1), each over at least `n` reviewed calls.

    A share below its gate over `n` calls makes the rule advisory, by however little: advice costs nobody anything. Over
    fewer calls (but not fewer than ten) it does so only where its whole interval is below.
    """

    precision: Annotated[float, Field(ge=0, le=1)]
    recall: Annotated[float, Field(ge=0, le=1)]
    n: Annotated[int, Field(ge=1)]

    def standing(self, quality: "RuleQuality") -> GateStanding:
        """Whether the rule passes; below in one of the two is below."""
        both = (self.of_precision(quality), self.of_recall(quality))
        if GateStanding.BELOW in both:
            return GateStanding.BELOW
        return GateStanding.TOO_FEW_TO_SAY if GateStanding.TOO_FEW_TO_SAY in both else GateStanding.PASSED

    def of_precision(self, quality: "RuleQuality") -> GateStanding:
        return self._of(quality.precision, self.precision)

    def of_recall(self, quality: "RuleQuality") -> GateStanding:
        return self._of(quality.recall, self.recall)

    def _of(self, found: Rate, wanted: float) -> GateStanding:
        if found.rate is None or found.ci_high is None:
            return GateStanding.TOO_FEW_TO_SAY
        if found.n >= self.n:
            return GateStanding.PASSED if found.rate >= wanted else GateStanding.BELOW
        return GateStanding.BELOW if found.n >= FEWEST and found.ci_high < wanted else GateStanding.TOO_FEW_TO_SAY


# What a rule must show unless its scorecard says otherwise: nine of ten of its fails are fails to people too, and it
# finds four of five that people find, each over thirty calls or more.
GATE = Gate(precision=0.9, recall=0.8, n=30)


class RuleQuality(Value):
    """How well the machine judged an item where a person judged it too.

    `precision`: of the calls it failed, those that the person failed. `recall`: of the calls that the person failed
    and that it decided, those that it failed. `accuracy`: of the calls it decided, those with the person's verdict.
    `decided`: of all the calls, those it decided; where it could not tell, it was neither right nor wrong.
    """

    precision: Rate
    recall: Rate
    accuracy: Rate
    decided: Rate


def rule_quality(verdicts: dict[tuple[Verdict, Verdict], int]) -> RuleQuality:
    """The quality of a rule from how often each (machine's, person's) pair of verdicts was given."""
    told = {pair: n for pair, n in verdicts.items() if pair[0] in DECISIONS}

    def count(machine: Verdict | None = None, person: Verdict | None = None) -> int:
        return sum(n for (one, other), n in told.items() if machine in (None, one) and person in (None, other))

    both_fail = count(Verdict.FAIL, Verdict.FAIL)
    return RuleQuality(
        precision=share(both_fail, count(machine=Verdict.FAIL)),
        recall=share(both_fail, count(person=Verdict.FAIL)),
        accuracy=share(sum(count(one, one) for one in DECISIONS), count()),
        decided=share(count(), sum(verdicts.values())),
    )
