"""Average handle time (平均处理时长, AHT): how long a call keeps an agent busy, the work after it included."""

from app.domain.metrics.indicator import Basis, Indicator, KnownTarget, Sums, Text, Unit, counted
from app.domain.metrics.interval import Rate
from app.domain.metrics.mean import mean


def measure(sums: Sums) -> Rate | None:
    """Talk, hold and after-call work ÷ calls, in seconds."""
    n = counted(sums, "handle_known")
    total = counted(sums, "handle_seconds")
    return mean(n, total, counted(sums, "handle_squares"), more_is_better=False) if n else None


AVERAGE_HANDLE_TIME = Indicator(
    id="average_handle_time",
    name=Text(
        en="Average handle time (AHT)",
        zh="平均处理时长（AHT）",
        ja="平均処理時間（AHT）",
    ),
    definition=Text(
        en="(talk + hold + after-call work) ÷ answered calls of which all three are known = ATT + ACW.",
        zh="（通话 + 保持 + 话后处理）÷ 三项时长均已知的已接通话 = ATT + ACW。",
        ja="（通話 + 保留 + 後処理）÷ 3つの時間がすべて分かっている応答件数 = ATT + ACW。",
    ),
    unit=Unit.SECONDS,
    basis=Basis.CONTACTS,
    more_is_better=False,
    sums=(
        "handle_known",
        "handle_seconds",
        "handle_squares",
    ),
    measure=measure,
    targets=(
        KnownTarget(value=330, kind="industry", sure=True, span=(210, 330)),
        KnownTarget(value=180, kind="suggested", sure=True, span=(60, 180)),
    ),
)
