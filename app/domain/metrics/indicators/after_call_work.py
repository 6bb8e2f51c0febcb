"""After-call work (平均后处理时长, ACW): what is left to do when the customer has hung up."""

from app.domain.metrics.indicator import Basis, Indicator, Sums, Text, Unit, counted
from app.domain.metrics.interval import Rate
from app.domain.metrics.mean import mean


def measure(sums: Sums) -> Rate | None:
    """After-call work ÷ calls, in seconds."""
    n = counted(sums, "after_call_known")
    total = counted(sums, "after_call_seconds")
    return mean(n, total, counted(sums, "after_call_squares"), more_is_better=False) if n else None


AFTER_CALL_WORK = Indicator(
    id="after_call_work",
    name=Text(
        en="After-call work (ACW)",
        zh="平均后处理时长（ACW）",
        ja="平均後処理時間（ACW）",
    ),
    definition=Text(
        en="After-call work ÷ answered calls of which it is known.",
        zh="话后处理时长 ÷ 话后处理时长已知的已接通话。",
        ja="後処理時間 ÷ 後処理時間が分かっている応答件数。",
    ),
    unit=Unit.SECONDS,
    basis=Basis.CONTACTS,
    more_is_better=False,
    sums=(
        "after_call_known",
        "after_call_seconds",
        "after_call_squares",
    ),
    measure=measure,
)
