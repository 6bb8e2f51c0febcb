"""Utilisation (座席利用率): of the time that is paid, what goes into handling calls."""

from app.domain.metrics.indicator import Basis, Indicator, Sums, Text, Unit, counted
from app.domain.metrics.interval import Rate
from app.domain.metrics.ratio import ratio


def of_a_day(sums: Sums) -> tuple[float, float] | None:
    """Handling time and paid time of a day, in seconds."""
    paid = counted(sums, "paid_seconds")
    return (counted(sums, "handle_of_paid"), paid) if paid else None


def measure(sums: Sums) -> Rate | None:
    """Handling time ÷ paid time; `n` are days of agents."""
    return ratio(sums, more_is_better=True)


UTILISATION = Indicator(
    id="utilisation",
    name=Text(
        en="Utilisation",
        zh="座席利用率",
        ja="座席稼働率",
    ),
    definition=Text(
        en="Handling time (talk, hold, after-call work) ÷ paid time, over days of agents whose paid time is known.",
        zh="处理时长（通话、保持、话后处理）÷ 带薪时长，仅计带薪时长已知的座席日。",
        ja="処理時間（通話・保留・後処理）÷ 有給の勤務時間。それが分かっている日だけを数えます。",
    ),
    unit=Unit.SHARE,
    basis=Basis.AGENT_DAYS,
    more_is_better=True,
    sums=(
        "handle_of_paid",
        "paid_seconds",
    ),
    measure=measure,
    of_a_day=of_a_day,
)
