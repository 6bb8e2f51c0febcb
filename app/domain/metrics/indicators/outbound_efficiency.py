"""Outbound efficiency (呼出项目工作效率): of the logged-in time, what goes into outbound calls."""

from app.domain.metrics.indicator import Basis, Indicator, KnownTarget, Sums, Text, Unit, counted
from app.domain.metrics.interval import Rate
from app.domain.metrics.ratio import ratio


def of_a_day(sums: Sums) -> tuple[float, float] | None:
    """Outbound work and logged-in time of a day, in seconds."""
    logged_in = counted(sums, "logged_in_of_outbound_busy")
    return (counted(sums, "outbound_busy_of_logged_in"), logged_in) if logged_in else None


def measure(sums: Sums) -> Rate | None:
    """Outbound work ÷ logged-in time; `n` are days of agents."""
    return ratio(sums, more_is_better=True)


OUTBOUND_EFFICIENCY = Indicator(
    id="outbound_efficiency",
    name=Text(
        en="Outbound efficiency",
        zh="呼出项目工作效率",
        ja="発信業務の稼働効率",
    ),
    definition=Text(
        en="Time at work on outbound calls ÷ logged-in time, over days of agents of which both are known.",
        zh="呼出作业时长 ÷ 登录时长，仅计两者均已知的座席日。",
        ja="発信業務の時間 ÷ ログイン時間。両方が分かっている日だけを数えます。",
    ),
    unit=Unit.SHARE,
    basis=Basis.AGENT_DAYS,
    more_is_better=True,
    sums=(
        "outbound_busy_of_logged_in",
        "logged_in_of_outbound_busy",
    ),
    measure=measure,
    targets=(
        KnownTarget(value=0.7, kind="industry", sure=False),
        KnownTarget(value=0.8, kind="suggested", sure=False),
    ),
    of_a_day=of_a_day,
)
