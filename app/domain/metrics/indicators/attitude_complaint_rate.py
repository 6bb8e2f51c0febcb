"""Attitude complaint rate (服务态度投诉率): upheld complaints about the agent's attitude per 1,000 calls."""

from app.domain.metrics.complaint_rate import complaint_rate
from app.domain.metrics.indicator import Basis, Indicator, KnownTarget, Sums, Text, Unit, counted
from app.domain.metrics.interval import Rate


def measure(sums: Sums) -> Rate | None:
    """Upheld attitude complaints per 1,000 calls."""
    n = counted(sums, "calls_handled")
    return complaint_rate(counted(sums, "attitude_upheld"), n) if n else None


ATTITUDE_COMPLAINT_RATE = Indicator(
    id="attitude_complaint_rate",
    name=Text(
        en="Attitude complaint rate",
        zh="服务态度投诉率",
        ja="応対態度の苦情率",
    ),
    definition=Text(
        en="Upheld complaints about attitude ÷ calls handled × 1,000; calls are those that Callmark has "
        "recordings or transcripts of.",
        zh="查实的服务态度投诉 ÷ 处理的通话量 × 1000；通话量为 Callmark 中有录音或文本的通话。",
        ja="認定された応対態度の苦情 ÷ 応対した通話 × 1,000。通話は、Callmarkに録音または文字起こしがあるものです。",
    ),
    unit=Unit.PER_THOUSAND,
    basis=Basis.COMPLAINTS,
    more_is_better=False,
    sums=(
        "attitude_upheld",
        "calls_handled",
    ),
    measure=measure,
    targets=(
        KnownTarget(value=5, kind="industry", sure=False, unit_known=False),
        KnownTarget(value=3, kind="suggested", sure=False, unit_known=False),
    ),
)
