"""Net promoter score (净推荐值, NPS): how many more would recommend us than would not."""

from app.domain.metrics.indicator import Basis, Indicator, Sums, Text, Unit, counted
from app.domain.metrics.interval import Rate
from app.domain.metrics.net_score import net_score


def measure(sums: Sums) -> Rate | None:
    """% promoters - % detractors."""
    n = counted(sums, "nps_rated")
    return net_score(counted(sums, "promoters"), counted(sums, "detractors"), n) if n else None


NPS = Indicator(
    id="nps",
    name=Text(
        en="Net promoter score (NPS)",
        zh="净推荐值（NPS）",
        ja="ネットプロモータースコア（NPS）",
    ),
    definition=Text(
        en="Share of promoters (9–10) less share of detractors (0–6), in points from −100 to 100.",
        zh="推荐者（9–10 分）占比 − 贬损者（0–6 分）占比，范围为 −100 至 100。",
        ja="推奨者（9～10）の割合 − 批判者（0～6）の割合。−100～100のポイントです。",
    ),
    unit=Unit.NET_POINTS,
    basis=Basis.SURVEYS,
    more_is_better=True,
    sums=(
        "nps_rated",
        "promoters",
        "detractors",
    ),
    measure=measure,
)
