"""Transfer rate (转接率): of the answered calls, those that were passed on."""

from app.domain.metrics.indicator import Basis, Indicator, Sums, Text, Unit, counted
from app.domain.metrics.interval import Rate, share


def measure(sums: Sums) -> Rate | None:
    """Transferred ÷ answered."""
    n = counted(sums, "transfer_known")
    return share(counted(sums, "transferred"), n, more_is_better=False) if n else None


TRANSFER_RATE = Indicator(
    id="transfer_rate",
    name=Text(
        en="Transfer rate",
        zh="转接率",
        ja="転送率",
    ),
    definition=Text(
        en="Calls transferred ÷ answered calls of which this is known.",
        zh="转接的通话 ÷ 已知是否转接的已接通话。",
        ja="転送した件数 ÷ 転送の有無が分かっている応答件数。",
    ),
    unit=Unit.SHARE,
    basis=Basis.CONTACTS,
    more_is_better=False,
    sums=(
        "transfer_known",
        "transferred",
    ),
    measure=measure,
)
