"""Resolution ratio (问题解决率): of the matters that came in, those that were solved."""

from app.domain.metrics.indicator import Basis, Indicator, KnownTarget, Sums, Text, Unit, counted
from app.domain.metrics.interval import Rate, share


def measure(sums: Sums) -> Rate | None:
    """Solved ÷ received."""
    n = counted(sums, "outcome_known")
    return share(counted(sums, "solved"), n) if n else None


RESOLUTION_RATIO = Indicator(
    id="resolution_ratio",
    name=Text(
        en="Resolution ratio",
        zh="问题解决率",
        ja="解決率",
    ),
    definition=Text(
        en="Contacts solved ÷ contacts whose outcome is known.",
        zh="已解决的联系 ÷ 结果已知的联系。",
        ja="解決した件数 ÷ 結果が分かっている件数。",
    ),
    unit=Unit.SHARE,
    basis=Basis.OUTCOMES,
    more_is_better=True,
    sums=(
        "outcome_known",
        "solved",
    ),
    measure=measure,
    targets=(KnownTarget(value=0.7, kind="industry", sure=True, span=(0.7, 0.75)),),
)
