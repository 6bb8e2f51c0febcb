"""Idle time (空闲时长): between calls and not in after-call work, for each day of an agent."""

from app.domain.metrics.indicator import Basis, Indicator, Sums, Text, Unit, counted
from app.domain.metrics.interval import Rate
from app.domain.metrics.ratio import ratio


def of_a_day(sums: Sums) -> tuple[float, float] | None:
    """Idle time of a day, in seconds."""
    n = counted(sums, "idle_known")
    return (counted(sums, "idle_seconds"), n) if n else None


def measure(sums: Sums) -> Rate | None:
    """Idle seconds a day."""
    return ratio(sums)


IDLE_TIME = Indicator(
    id="idle_time",
    name=Text(
        en="Idle time",
        zh="空闲时长",
        ja="待機時間",
    ),
    definition=Text(
        en="Time between calls and not in after-call work ÷ days of agents of which it is known.",
        zh="两通电话之间且不在话后处理的时长 ÷ 空闲时长已知的座席日数。",
        ja="通話の合間で後処理中でない時間 ÷ それが分かっている延べ日数。",
    ),
    unit=Unit.SECONDS,
    basis=Basis.AGENT_DAYS,
    more_is_better=None,
    sums=(
        "idle_known",
        "idle_seconds",
    ),
    measure=measure,
    of_a_day=of_a_day,
)
