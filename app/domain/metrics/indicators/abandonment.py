"""Abandonment rate (放弃率): of the callers, those who hung up before anybody answered."""

from app.domain.metrics.indicator import Basis, Indicator, KnownTarget, Sums, Text, Unit, counted
from app.domain.metrics.interval import Rate, share


def measure(sums: Sums) -> Rate | None:
    """Abandoned ÷ offered, short abandons left out of both."""
    short = counted(sums, "short_abandons")
    n = counted(sums, "inbound") - short
    return share(counted(sums, "abandoned") - short, n, more_is_better=False) if n else None


ABANDONMENT = Indicator(
    id="abandonment",
    name=Text(
        en="Abandonment rate",
        zh="放弃率",
        ja="放棄呼率",
    ),
    definition=Text(
        en="Inbound calls given up ÷ inbound calls offered. Calls given up within the set time (5 s unless "
        "set otherwise) are in neither number.",
        zh="放弃的来电 ÷ 呼入总量。在规定时间（默认 5 秒）内放弃的来电，两个数中都不计。",
        ja="放棄された着信 ÷ 着信件数。設定時間（標準は5秒）以内に切られた着信はどちらにも数えません。",
    ),
    unit=Unit.SHARE,
    basis=Basis.CONTACTS,
    more_is_better=False,
    sums=(
        "inbound",
        "abandoned",
        "short_abandons",
    ),
    measure=measure,
    targets=(KnownTarget(value=0.08, kind="industry", sure=True, span=(0.05, 0.08)),),
)
