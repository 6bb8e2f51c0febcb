"""Occupancy (呼入项目占有率): of the time that agents are logged in, what goes into handling calls."""

from app.domain.metrics.indicator import Basis, Indicator, KnownTarget, Sums, Text, Unit, counted
from app.domain.metrics.interval import Rate
from app.domain.metrics.ratio import ratio


def of_a_day(sums: Sums) -> tuple[float, float] | None:
    """Handling time and logged-in time of a day, in seconds."""
    logged_in = counted(sums, "logged_in_seconds")
    return (counted(sums, "handle_of_logged_in"), logged_in) if logged_in else None


def measure(sums: Sums) -> Rate | None:
    """Handling time ÷ logged-in time; `n` are days of agents."""
    return ratio(sums, more_is_better=True)


OCCUPANCY = Indicator(
    id="occupancy",
    name=Text(
        en="Occupancy",
        zh="呼入项目占有率",
        ja="占有率",
    ),
    definition=Text(
        en="Handling time (talk, hold, after-call work) ÷ logged-in time, over days of agents whose "
        "logged-in time is known.",
        zh="处理时长（通话、保持、话后处理）÷ 登录时长，仅计登录时长已知的座席日。",
        ja="処理時間（通話・保留・後処理）÷ ログイン時間。ログイン時間が分かっている日だけを数えます。",
    ),
    unit=Unit.SHARE,
    basis=Basis.AGENT_DAYS,
    more_is_better=True,
    sums=(
        "handle_of_logged_in",
        "logged_in_seconds",
    ),
    measure=measure,
    targets=(
        KnownTarget(value=0.9, kind="industry", sure=False),
        KnownTarget(value=0.8, kind="suggested", sure=False),
    ),
    of_a_day=of_a_day,
)
