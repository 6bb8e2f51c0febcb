"""Cost per call (平均单呼成本): what an answered call costs; to be compared with oneself over time."""

from app.domain.metrics.indicator import Basis, Indicator, Sums, Text, Unit, counted
from app.domain.metrics.interval import Rate


def measure(sums: Sums) -> Rate | None:
    """Cost ÷ calls: both are complete, so that there is no interval."""
    n, cost = counted(sums, "cost_handled"), sums.get("cost")
    if not n or cost is None:
        return None
    rate = cost / n
    return Rate(
        n=n,
        count=n,
        rate=rate,
        ci_low=None,
        ci_high=None,
        ci_method="none",
        more_is_better=False,
        at_least=rate,
        at_most=rate,
        total=cost,
    )


COST_PER_CALL = Indicator(
    id="cost_per_call",
    name=Text(
        en="Cost per call",
        zh="平均单呼成本",
        ja="1件あたりのコスト",
    ),
    definition=Text(
        en="Cost of the months ÷ calls answered in them, for those teams and queues whose cost is known. To "
        "be compared with oneself over time.",
        zh="各月成本 ÷ 同期已接通话量，仅计成本已知的团队和队列。宜与自身历史比较。",
        ja="各月のコスト ÷ その月の応答件数。コストが分かっているチームとキューだけを数えます。自身の過去と"
        "比べてください。",
    ),
    unit=Unit.MONEY,
    basis=Basis.COSTS,
    more_is_better=False,
    sums=(
        "cost",
        "cost_handled",
    ),
    measure=measure,
)
