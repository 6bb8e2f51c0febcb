"""What is measured: counts in, a rate with its interval out; one file per metric."""

from collections.abc import Callable

from app.domain.metrics.complaint_rate import complaint_rate
from app.domain.metrics.interval import Rate, Standing, share
from app.domain.metrics.paired_change import PairedChange, paired_change
from app.domain.metrics.pass_rate import pass_rate
from app.domain.metrics.rule_quality import Gate, GateStanding, RuleQuality, rule_quality
from app.domain.metrics.stratified_rate import StratifiedRate, StratumCounts, predicted_interval, stratified_rate

# Each takes what was counted and of how many.
METRICS: dict[str, Callable[[int, int], Rate]] = {
    "pass_rate": pass_rate,
    "complaint_rate": complaint_rate,
    "share": share,
}

__all__ = [
    "METRICS",
    "Gate",
    "GateStanding",
    "PairedChange",
    "Rate",
    "RuleQuality",
    "Standing",
    "StratifiedRate",
    "StratumCounts",
    "complaint_rate",
    "paired_change",
    "pass_rate",
    "predicted_interval",
    "rule_quality",
    "share",
    "stratified_rate",
]
