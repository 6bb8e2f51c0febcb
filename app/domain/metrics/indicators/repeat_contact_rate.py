"""Repeat contact rate (重复来电率): of the contacts, those of customers who had come in shortly before."""

from app.domain.metrics.indicator import Basis, Indicator, Sums, Text, Unit, counted
from app.domain.metrics.interval import Rate, share


def measure(sums: Sums) -> Rate | None:
    """Again within the days ÷ contacts whose customer is known."""
    n = counted(sums, "customer_known")
    return share(counted(sums, "repeats"), n, more_is_better=False) if n else None


REPEAT_CONTACT_RATE = Indicator(
    id="repeat_contact_rate",
    name=Text(
        en="Repeat contact rate",
        zh="重复来电率",
        ja="再入電率",
    ),
    definition=Text(
        en="Contacts whose customer had come in within the set days before (7 unless set otherwise) ÷ "
        "contacts whose customer is known.",
        zh="同一客户在此前规定天数（默认 7 天）内曾来电的联系 ÷ 客户已知的联系。",
        ja="同じ顧客が設定日数（標準は7日）以内に連絡していた件数 ÷ 顧客が分かっている件数。",
    ),
    unit=Unit.SHARE,
    basis=Basis.CONTACTS,
    more_is_better=False,
    sums=(
        "customer_known",
        "repeats",
    ),
    measure=measure,
)
