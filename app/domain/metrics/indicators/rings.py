"""Average rings (平均振铃次数): how often the telephone rings before somebody answers or the caller gives up."""

from app.domain.metrics.indicator import Basis, Indicator, KnownTarget, Sums, Text, Unit, counted
from app.domain.metrics.interval import Rate
from app.domain.metrics.mean import mean


def measure(sums: Sums) -> Rate | None:
    """Rings ÷ calls."""
    n = counted(sums, "rung")
    total = counted(sums, "rings")
    return mean(n, total, counted(sums, "ring_squares"), more_is_better=None) if n else None


RINGS = Indicator(
    id="rings",
    name=Text(
        en="Average rings",
        zh="平均振铃次数",
        ja="平均呼出音回数",
    ),
    definition=Text(
        en="Rings ÷ calls whose rings are known. Neither very few nor many are good.",
        zh="振铃次数 ÷ 振铃次数已知的通话。过多或过少都不理想。",
        ja="呼出音の回数 ÷ 回数が分かっている呼数。多すぎても少なすぎても望ましくありません。",
    ),
    unit=Unit.RINGS,
    basis=Basis.CONTACTS,
    more_is_better=None,
    sums=(
        "rung",
        "rings",
        "ring_squares",
    ),
    measure=measure,
    targets=(
        KnownTarget(value=3, kind="industry", sure=True, span=(2, 3)),
        KnownTarget(value=2, kind="suggested", sure=True),
    ),
)
