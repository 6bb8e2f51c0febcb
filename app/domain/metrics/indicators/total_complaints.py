"""Total complaints (投诉总数): how many were registered, whatever the inquiry found."""

from app.domain.metrics.indicator import Basis, Indicator, Sums, Text, Unit, counted
from app.domain.metrics.interval import Rate
from app.domain.metrics.plain_count import plain_count


def measure(sums: Sums) -> Rate | None:
    """Complaints registered; none at all is a number too, once a register is kept."""
    return plain_count(counted(sums, "complaints"), more_is_better=False) if "complaints" in sums else None


TOTAL_COMPLAINTS = Indicator(
    id="total_complaints",
    name=Text(
        en="Total complaints",
        zh="投诉总数",
        ja="苦情総数",
    ),
    definition=Text(
        en="Complaints registered, whatever the inquiry found; by channel where that is asked for.",
        zh="登记的投诉数，无论调查结果如何；可按渠道查看。",
        ja="登録された苦情の数（調査結果を問いません）。チャネル別にも示せます。",
    ),
    unit=Unit.COUNT,
    basis=Basis.COMPLAINTS,
    more_is_better=False,
    sums=("complaints",),
    measure=measure,
)
