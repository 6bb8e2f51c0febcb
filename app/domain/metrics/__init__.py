"""What is measured: counts in, a rate with its interval out; one file per metric."""

from collections.abc import Callable

from app.domain.metrics.complaint_rate import complaint_rate
from app.domain.metrics.interval import Rate, Standing
from app.domain.metrics.pass_rate import pass_rate

# Each takes what was counted and of how many.
METRICS: dict[str, Callable[[int, int], Rate]] = {
    "pass_rate": pass_rate,
    "complaint_rate": complaint_rate,
}

__all__ = ["METRICS", "Rate", "Standing", "complaint_rate", "pass_rate"]
