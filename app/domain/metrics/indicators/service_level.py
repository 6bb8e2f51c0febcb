"""Service level (服务水平): of the calls that came in, those answered within the set time."""

from app.domain.metrics.indicator import Basis, Indicator, KnownTarget, Sums, Text, Unit, counted
from app.domain.metrics.interval import Rate, share


def measure(sums: Sums) -> Rate | None:
    """Answered in time ÷ offered, of those whose wait was told: one that nobody timed was neither in time nor late."""
    n = counted(sums, "queued")
    return share(counted(sums, "answered_in_time"), n) if n else None


SERVICE_LEVEL = Indicator(
    id="service_level",
    name=Text(
        en="Service level",
        zh="服务水平",
        ja="サービスレベル",
    ),
    definition=Text(
        en="Inbound calls answered within the set time (20 s unless set otherwise) ÷ inbound calls offered, "
        "those given up included; calls whose wait nobody told are left out.",
        zh="在规定时间（默认 20 秒）内接起的来电 ÷ 呼入总量（含放弃的来电；未记录等待时间的来电不计）。",
        ja="設定時間（標準は20秒）以内に応答した着信 ÷ 着信件数（放棄呼を含む。待ち時間が不明なものは除く）。",
    ),
    unit=Unit.SHARE,
    basis=Basis.CONTACTS,
    more_is_better=True,
    sums=(
        "queued",
        "answered_in_time",
    ),
    measure=measure,
    targets=(
        KnownTarget(value=0.8, kind="industry", sure=True),
        KnownTarget(value=0.95, kind="suggested", sure=True),
    ),
)
