"""Customer satisfaction (客户满意度, CSAT): of the customers who answered, those who were satisfied."""

from app.domain.metrics.indicator import Basis, Indicator, KnownTarget, Sums, Text, Unit, counted
from app.domain.metrics.interval import Rate, share


def measure(sums: Sums) -> Rate | None:
    """Satisfied ÷ rated."""
    n = counted(sums, "rated")
    return share(counted(sums, "satisfied"), n) if n else None


CSAT = Indicator(
    id="csat",
    name=Text(
        en="Customer satisfaction (CSAT)",
        zh="客户满意度（CSAT）",
        ja="顧客満足度（CSAT）",
    ),
    definition=Text(
        en="Contacts rated 4 or 5 of 5 ÷ contacts rated.",
        zh="评分为 4 或 5 分（满分 5 分）的联系 ÷ 已评分的联系。",
        ja="5段階で4または5の評価 ÷ 評価のあった件数。",
    ),
    unit=Unit.SHARE,
    basis=Basis.SURVEYS,
    more_is_better=True,
    sums=(
        "rated",
        "satisfied",
    ),
    measure=measure,
    targets=(KnownTarget(value=1.0, kind="suggested", sure=False),),
)
