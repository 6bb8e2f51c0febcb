"""What is measured: sums in, a rate with its interval out.

An indicator is a file of `indicators`, which has the list of them; the files here are what they are made with.
"""

from app.domain.metrics.complaint_rate import complaint_rate
from app.domain.metrics.indicator import Basis, Indicator, KnownTarget, Sums, Text, Unit
from app.domain.metrics.indicators import INDICATORS
from app.domain.metrics.interval import Rate, Standing, share
from app.domain.metrics.machine_rate import DoublyJudged, MachineRate, machine_rate
from app.domain.metrics.mean import mean
from app.domain.metrics.net_score import net_score
from app.domain.metrics.paired_change import PairedChange, paired_change
from app.domain.metrics.pass_rate import pass_rate
from app.domain.metrics.plain_count import plain_count
from app.domain.metrics.ratio import moments, ratio
from app.domain.metrics.rule_quality import Gate, GateStanding, RuleQuality, rule_quality
from app.domain.metrics.stratified_rate import StratifiedRate, StratumCounts, predicted_interval, stratified_rate

__all__ = [
    "INDICATORS",
    "Basis",
    "DoublyJudged",
    "Gate",
    "GateStanding",
    "Indicator",
    "KnownTarget",
    "MachineRate",
    "PairedChange",
    "Rate",
    "RuleQuality",
    "Standing",
    "StratifiedRate",
    "StratumCounts",
    "Sums",
    "Text",
    "Unit",
    "complaint_rate",
    "machine_rate",
    "mean",
    "moments",
    "net_score",
    "paired_change",
    "pass_rate",
    "plain_count",
    "predicted_interval",
    "ratio",
    "rule_quality",
    "share",
    "stratified_rate",
]
