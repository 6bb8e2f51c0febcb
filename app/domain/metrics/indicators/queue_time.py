"""Average queue time (平均排队时间): how long callers wait in the queue, answered or not."""

from app.domain.metrics.indicator import Basis, Indicator, KnownTarget, Sums, Text, Unit, counted
from app.domain.metrics.interval import Rate
from app.domain.metrics.mean import mean


def measure(sums: Sums) -> Rate | None:
    """Wait in the queue ÷ queued calls, in seconds."""
    n = counted(sums, "queued")
    total = counted(sums, "queue_seconds")
    return mean(n, total, counted(sums, "queue_squares"), more_is_better=False) if n else None


QUEUE_TIME = Indicator(
    id="queue_time",
    name=Text(
        en="Average queue time",
        zh="平均排队时间",
        ja="平均待ち時間",
    ),
    definition=Text(
        en="Wait in the queue ÷ inbound calls whose wait is known, whether they were answered or given up.",
        zh="排队等待时长 ÷ 等待时长已知的来电（无论接起或放弃）。",
        ja="待ち時間の合計 ÷ 待ち時間が分かっている着信（応答・放棄とも）。",
    ),
    unit=Unit.SECONDS,
    basis=Basis.CONTACTS,
    more_is_better=False,
    sums=(
        "queued",
        "queue_seconds",
        "queue_squares",
    ),
    measure=measure,
    targets=(
        KnownTarget(value=20, kind="industry", sure=True),
        KnownTarget(value=15, kind="suggested", sure=True),
    ),
)
