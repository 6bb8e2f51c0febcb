"""What a person may decide about one item, and what that makes of the machine's finding."""

import hashlib
import json

from app.domain.evidence import Verdict
from app.domain.scorecard import Item
from app.domain.scoring import Finding
from app.kit.errors import AppError
from app.reviews.models import ReviewVerdict

DECISIONS = (Verdict.PASS, Verdict.FAIL, Verdict.NOT_APPLICABLE)


class NotADecision(AppError):
    """A person decides pass, fail or not applicable."""

    code = "not_a_decision"
    status = 422


class LevelNeeded(AppError):
    """This item is graded: choose one of its levels, or not applicable."""

    code = "level_needed"
    status = 422


class NotALevel(AppError):
    """This item has no such level."""

    code = "not_a_level"
    status = 422


class LevelContradicts(AppError):
    """The level and the verdict contradict each other; leave the verdict out, it follows from the level."""

    code = "level_contradicts"
    status = 422


def chosen(item: Item, verdict: Verdict | None, level: float | None) -> Verdict:
    """The verdict that a person decides, by its name or by the level of a graded item."""
    if level is not None:
        follows = item.verdict_of(level)
        if follows is None:
            raise NotALevel
        if verdict not in (None, follows):
            raise LevelContradicts
        return follows
    if verdict == Verdict.NOT_APPLICABLE:
        return verdict
    if item.levels is not None:
        raise LevelNeeded
    if verdict not in DECISIONS:
        raise NotADecision
    return verdict


def fits(decision: ReviewVerdict, item: Item) -> bool:
    """Whether a decision can be one about this item: of a graded one a level that it has, of any other none."""
    if decision.level is not None:
        return item.verdict_of(decision.level) == decision.verdict
    return item.levels is None or decision.verdict == Verdict.NOT_APPLICABLE


def decided(finding: Finding, decision: ReviewVerdict | None, item: Item) -> Finding:
    """A finding with a person's verdict in place of the machine's, if it is one that the item can have."""
    if decision is None or not fits(decision, item):
        return finding
    points = {Verdict.PASS: finding.max_points, Verdict.FAIL: 0.0}.get(decision.verdict)
    if decision.level is not None:
        points = decision.level
    changed = {"verdict": decision.verdict, "points": points, "level": decision.level, "confidence": 1.0}
    return finding.model_copy(update=changed)


def fingerprint(finding: Finding) -> str:
    """What a decision rests on: the machine's verdict and what was heard when, in a few characters."""
    # Not which turn that is, nor whose: with the sides swapped or a turn more before it, it is the same evidence.
    evidence = [one.model_dump(mode="json", include={"start", "end", "quote"}) for one in finding.evidence]
    rests_on = [finding.verdict.value, evidence]
    return hashlib.sha256(json.dumps(rests_on, sort_keys=True).encode()).hexdigest()[:16]
