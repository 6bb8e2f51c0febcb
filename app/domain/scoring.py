"""A scorecard held against a transcript: a verdict with evidence for every item, and what they add up to."""

from typing import Literal

from app.domain.evidence import Evidence, Nearest, Reason, Searched, Verdict
from app.domain.expression import TooSlow
from app.domain.reading import Reading
from app.domain.rules import UNDECIDED, Case, Outcome
from app.domain.scorecard import Item, Scorecard
from app.domain.transcript import Transcript, Value

OPEN = (Verdict.UNCERTAIN, Verdict.UNSCORED)
DECIDED = (Verdict.PASS, Verdict.FAIL)


class Finding(Value):
    """What was found about one item; `points` is None unless the item passed or failed; `confidence` is 0-1.

    `level` is the level of a graded item, in points; None where the item is not graded or not decided.
    """

    id: str
    verdict: Verdict
    confidence: float
    points: float | None
    level: float | None = None
    max_points: float
    critical: bool
    reason: Reason
    evidence: tuple[Evidence, ...] = ()
    searched: Searched | None = None
    nearest: Nearest | None = None


class Score(Value):
    """What the findings add up to, in points of 100.

    `score` counts the decided items alone (None when there are none); while items are open, `low` takes all of
    them as failed and `high` as passed. `passed` is None as long as the open items can change the answer.
    """

    findings: tuple[Finding, ...]
    score: float | None
    low: float | None
    high: float | None
    passed: bool | None
    critical_failed: bool

    @property
    def outcome(self) -> Literal["passed", "failed", "open", "not applicable"]:
        if self.passed is None:
            return "open" if self.low is not None else "not applicable"
        return "passed" if self.passed else "failed"


def score(scorecard: Scorecard, transcript: Transcript) -> Score:
    """The verdicts of every item of the scorecard on this call, and their sum."""
    return score_reading(scorecard, Reading(transcript))


def score_reading(scorecard: Scorecard, reading: Reading) -> Score:
    """The same for a call that was made ready before."""
    case = Case(reading, scorecard.lexicons)
    return total(scorecard, tuple(_finding(item, case) for item in scorecard.items))


def _finding(item: Item, case: Case) -> Finding:
    try:
        outcome = _outcome(item, case)
    except TooSlow:
        reason = Reason(template="A pattern of the scorecard took too long on this call; it needs mending.")
        outcome = Outcome(degree=UNDECIDED, certainty=0.0, reason=reason)
    verdict = _verdict(outcome)
    points = {Verdict.PASS: item.points, Verdict.FAIL: 0.0}.get(verdict)
    return Finding(
        id=item.id,
        verdict=verdict,
        confidence=round(outcome.certainty, 3),
        points=points,
        level=points if item.levels else None,
        max_points=item.points,
        critical=item.critical,
        reason=outcome.reason,
        evidence=outcome.evidence,
        searched=outcome.searched,
        nearest=outcome.nearest,
    )


def _outcome(item: Item, case: Case) -> Outcome:
    if item.applies_when is not None:
        applies = item.applies_when.outcome(case)
        if not applies.passes:
            return Outcome(degree=None, reason=applies.reason)
    return item.rule.outcome(case)


def _verdict(outcome: Outcome) -> Verdict:
    if outcome.unscored:
        return Verdict.UNSCORED
    if outcome.degree is None:
        return Verdict.NOT_APPLICABLE
    if outcome.passes:
        return Verdict.PASS
    return Verdict.FAIL if outcome.fails else Verdict.UNCERTAIN


def total(scorecard: Scorecard, findings: tuple[Finding, ...]) -> Score:
    """100 × points earned ÷ points possible over the decided items; the two bounds count the open ones too.

    Of a graded item the points earned are those of its level, and the least it can earn are those of the lowest.
    """
    lowest = {item.id: item.levels[0] for item in scorecard.items if item.levels}
    earned = sum(one.points or 0.0 for one in findings if one.verdict in DECIDED)
    decided = sum(one.max_points for one in findings if one.verdict in DECIDED)
    still_open = sum(one.max_points for one in findings if one.verdict in OPEN)
    at_least = sum(lowest.get(one.id, 0.0) for one in findings if one.verdict in OPEN)
    possible = decided + still_open
    low = 100 * (earned + at_least) / possible if possible else None
    high = 100 * (earned + still_open) / possible if possible else None
    critical_failed = any(one.critical and one.verdict == Verdict.FAIL for one in findings)
    critical_open = any(one.critical and one.verdict in OPEN for one in findings)
    passed: bool | None = None
    if low is not None and high is not None:
        if critical_failed or high < scorecard.pass_mark:
            passed = False
        elif low >= scorecard.pass_mark and not critical_open:
            passed = True
    return Score(
        findings=findings,
        score=_rounded(100 * earned / decided if decided else None),
        low=_rounded(low),
        high=_rounded(high),
        passed=passed,
        critical_failed=critical_failed,
    )


def _rounded(points: float | None) -> float | None:
    return None if points is None else round(points, 1)
