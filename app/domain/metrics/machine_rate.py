"""The true pass rate of all calls that the machine scored, from its own rate and from how often it is wrong."""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

from app.domain.metrics.interval import Rate, Z, share


@dataclass(frozen=True)
class DoublyJudged:
    """Calls that the machine decided and people decided too: how many people passed and failed, and it did as well."""

    passed: int
    passed_by_both: int
    failed: int
    failed_by_both: int

    @cached_property
    def sensitivity(self) -> Rate:
        """The machine's share of passes among calls that people passed."""
        return share(self.passed_by_both, self.passed)

    @cached_property
    def specificity(self) -> Rate:
        """The machine's share of fails among calls that people failed."""
        return share(self.failed_by_both, self.failed)

    @cached_property
    def shrunk(self) -> tuple[float, float, float, float] | None:
        """Of the shares drawn towards one half: specificity, by how much both beat chance (Youden), their variances."""
        passes, fails = self.passed + 2, self.failed + 2
        sensitivity, specificity = (self.passed_by_both + 1) / passes, (self.failed_by_both + 1) / fails
        better = sensitivity + specificity - 1
        if better <= 0:
            return None
        return specificity, better, sensitivity * (1 - sensitivity) / passes, specificity * (1 - specificity) / fails


class MachineRate(Rate):
    """The corrected rate, with the error that was taken out of it; `count` of `n` is what the machine itself said."""

    judged: DoublyJudged


@lru_cache(20_000)
def machine_rate(count: int, n: int, judged: DoublyJudged, undecided: int = 0) -> MachineRate:
    """The share (0-1) of calls that would pass if people judged all, of which the machine passed `count` of `n`.

    Estimate: W. J. Rogan and B. Gladen (American Journal of Epidemiology 107, 1978, p. 71-76). Interval: with estimated
    sensitivity and specificity, by Z. Lang and J. Reiczigel (Preventive Veterinary Medicine 113, 2014, p. 13-22). There
    is no rate without calls of both kinds, nor where the machine does no better than chance. Calls that it left
    undecided are not in `n`; a target is held against the rate with all of them failed, or all passed.
    """
    right, right_fails = judged.sensitivity.rate, judged.specificity.rate
    told = n > 0 and right is not None and right_fails is not None and right + right_fails > 1
    low, high = _interval(count, n, judged) if told else (None, None)
    at_least, at_most = low, high
    if undecided and told:
        at_least = _interval(count, n + undecided, judged)[0]
        at_most = _interval(count + undecided, n + undecided, judged)[1]
    return MachineRate(
        n=n,
        count=count,
        rate=_rate(count / n, right or 0, right_fails or 0) if told else None,
        ci_low=low,
        ci_high=high,
        ci_method="lang_reiczigel95",
        more_is_better=True,
        at_least=at_least,
        at_most=at_most,
        judged=judged,
    )


def _rate(apparent: float, sensitivity: float, specificity: float) -> float:
    return min(1.0, max(0.0, (apparent + specificity - 1) / (sensitivity + specificity - 1)))


def _interval(count: int, n: int, judged: DoublyJudged) -> tuple[float, float]:
    """The ends, from shares that are drawn a little towards one half, shifted by what that costs in the middle."""
    known = judged.shrunk
    if known is None:
        return 0.0, 1.0
    specificity, better, of_passes, of_fails = known
    everyone = n + Z * Z
    apparent = (count + Z * Z / 2) / everyone
    rate = (apparent + specificity - 1) / better
    shift = 2 * Z * Z * (rate * of_passes - (1 - rate) * of_fails)
    variance = apparent * (1 - apparent) / everyone + rate**2 * of_passes + (1 - rate) ** 2 * of_fails
    reach = Z * math.sqrt(variance) / better
    middle = rate + shift
    return min(1.0, max(0.0, middle - reach)), max(0.0, min(1.0, middle + reach))
