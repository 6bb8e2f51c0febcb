"""Connect rate (接通率): of the calls that were offered or dialled, those that somebody answered."""

from app.domain.metrics.indicator import Basis, Indicator, KnownTarget, Sums, Text, Unit, counted
from app.domain.metrics.interval import Rate, share


def measure(sums: Sums) -> Rate | None:
    """Answered ÷ offered, or answered ÷ dialled: of contacts that all go one way."""
    n = counted(sums, "inbound", "outbound")
    return share(counted(sums, "inbound_answered", "outbound_answered"), n) if n else None


CONNECT_RATE = Indicator(
    id="connect_rate",
    name=Text(
        en="Connect rate",
        zh="接通率",
        ja="接続率",
    ),
    definition=Text(
        en="Inbound: calls answered ÷ calls offered. Outbound: calls answered ÷ calls dialled. The two are "
        "always told apart.",
        zh="呼入：接起的来电 ÷ 呼入总量；呼出：接通的电话 ÷ 拨打总量。呼入与呼出始终分开统计。",
        ja="着信：応答した件数 ÷ 着信件数。発信：つながった件数 ÷ 発信件数。着信と発信は必ず分けて示します。",
    ),
    unit=Unit.SHARE,
    basis=Basis.CONTACTS,
    more_is_better=True,
    sums=(
        "inbound",
        "outbound",
        "inbound_answered",
        "outbound_answered",
    ),
    measure=measure,
    targets=(
        KnownTarget(value=0.8, kind="industry", sure=True, direction="inbound"),
        KnownTarget(value=0.6, kind="industry", sure=True, direction="outbound"),
        KnownTarget(value=0.85, kind="suggested", sure=True, direction="inbound"),
        KnownTarget(value=0.65, kind="suggested", sure=True, direction="outbound"),
    ),
    apart_by_direction=True,
)
