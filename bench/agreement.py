"""What double scoring is worth: six reviewers of known leniency score a simulated quarter, a thousand times over.

    python -m bench.agreement

The truth of each call is known here (bench/quarter.py). A reviewer passes a call that truly fails, or fails one that
truly passes, with probabilities of their own. Held against the truth are the plain pass rate with its Wilson interval,
the rate corrected by the double-scored calls, and the leniency of each reviewer.

Two scorings that agree are taken to be right, which two lenient reviewers sometimes are not; where they differ, a third
person settles it, rightly. What the first leaves of bias is printed.
"""

import argparse
import random
from collections import Counter
from dataclasses import dataclass

from app.domain.leniency import corrected_rate, leniencies
from app.domain.metrics.interval import wilson
from bench.quarter import QuarterCall, quarter, true_rate

# Of each reviewer: how often they pass a call that truly fails, and fail one that truly passes.
REVIEWERS = {1: (0.05, 0.02), 2: (0.10, 0.02), 3: (0.15, 0.03), 4: (0.25, 0.02), 5: (0.35, 0.01), 6: (0.05, 0.08)}
REVIEWED, SHARE = 6000, 0.05


@dataclass(frozen=True)
class Tally:
    """How often each interval held what is true, over all quarters."""

    quarters: int
    plain: int
    corrected: int
    corrected_to_reference: int
    lenient: dict[int, int]
    off: float
    off_plain: float


def passes(call: QuarterCall, reviewer: int, chance: random.Random) -> bool:
    """What this reviewer finds about a call."""
    wrongly_passed, wrongly_failed = REVIEWERS[reviewer]
    return chance.random() >= wrongly_failed if call.passes else chance.random() < wrongly_passed


def leniency_of(reviewer: int, rate: float) -> float:
    """By how much a reviewer truly passes more calls than they should."""
    wrongly_passed, wrongly_failed = REVIEWERS[reviewer]
    return (1 - rate) * wrongly_passed - rate * wrongly_failed


def simulate(calls: tuple[QuarterCall, ...], seeds: int, reviewed: int, share: float) -> Tally:
    """Review some calls of the quarter again and again, by other lots each time."""
    rate = true_rate(calls)
    mean = sum(leniency_of(one, rate) for one in REVIEWERS) / len(REVIEWERS)
    held, lenient, off, off_plain = Counter[str](), Counter[int](), 0.0, 0.0
    for seed in range(seeds):
        chance = random.Random(seed)
        drawn = chance.sample(calls, reviewed)
        passed, checked = 0, Counter[tuple[bool, bool | None]]()
        scored = Counter[tuple[tuple[int, bool], ...]]()
        for call in drawn:
            first = chance.randrange(6) + 1
            found = passes(call, first, chance)
            passed += found
            if chance.random() < share:
                second = chance.choice([one for one in REVIEWERS if one != first])
                other = passes(call, second, chance)
                checked[found, found if found == other else call.passes] += 1
                scored[((first, found), (second, other))] += 1
        low, high = wilson(passed, reviewed)
        held["plain"] += low <= rate <= high
        corrected = corrected_rate(reviewed, passed, checked)
        assert corrected.ci_low is not None and corrected.ci_high is not None and corrected.value is not None
        held["corrected"] += corrected.ci_low <= rate <= corrected.ci_high
        settled = settled_rate(rate)
        held["reference"] += corrected.ci_low <= settled <= corrected.ci_high
        off += (corrected.value - rate) / seeds
        off_plain += (passed / reviewed - rate) / seeds
        for one in leniencies(scored):
            if one.ci_low is not None and one.ci_high is not None:
                lenient[one.reviewer] += one.ci_low <= leniency_of(one.reviewer, rate) - mean <= one.ci_high
    return Tally(seeds, held["plain"], held["corrected"], held["reference"], dict(lenient), off, off_plain)


def settled_rate(rate: float) -> float:
    """The pass rate if every call were scored by two at random and what they differ on were settled rightly."""
    pairs = [(one, other) for one in REVIEWERS for other in REVIEWERS if one != other]
    both_pass = sum(REVIEWERS[one][0] * REVIEWERS[other][0] for one, other in pairs) / len(pairs)
    both_fail = sum(REVIEWERS[one][1] * REVIEWERS[other][1] for one, other in pairs) / len(pairs)
    return rate + (1 - rate) * both_pass - rate * both_fail


def main() -> None:
    """Print how often each interval held the truth."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=int, default=1000)
    options.add_argument("--calls", type=int, default=50_000)
    options.add_argument("--reviewed", type=int, default=REVIEWED)
    options.add_argument("--share", type=float, default=SHARE)
    chosen = options.parse_args()
    for rate in (0.9, 0.8):
        calls = quarter(seed=1, calls=chosen.calls, rate=rate)
        told = simulate(calls, chosen.seeds, chosen.reviewed, chosen.share)
        print(f"true pass rate {true_rate(calls):.4f}; {chosen.reviewed} calls, {chosen.share:.0%} scored twice")
        print(
            f"  plain rate, Wilson: holds the truth in {told.plain / told.quarters:.1%}, off by {told.off_plain:+.4f}"
        )
        print(f"  corrected rate: holds the truth in {told.corrected / told.quarters:.1%}, off by {told.off:+.4f}")
        print(
            f"    and what two people and a third would settle on in {told.corrected_to_reference / told.quarters:.1%}"
        )
        for reviewer, n in sorted(told.lenient.items()):
            print(f"  leniency of reviewer {reviewer}: held in {n / told.quarters:.1%}")


if __name__ == "__main__":
    main()
