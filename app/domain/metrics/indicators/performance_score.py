"""Performance score (绩效得分): workload, training, quality, discipline and conduct, weighted."""

from app.domain.metrics.indicator import Basis, Indicator, Sums, Text, Unit, counted
from app.domain.metrics.interval import Rate
from app.domain.metrics.mean import mean


def measure(sums: Sums) -> Rate | None:
    """Points ÷ monthly scores."""
    n = counted(sums, "scores")
    return mean(n, sums["score_points"], sums["score_squares"], more_is_better=True) if n else None


PERFORMANCE_SCORE = Indicator(
    id="performance_score",
    name=Text(
        en="Performance score",
        zh="绩效得分",
        ja="業績評価点",
    ),
    definition=Text(
        en="Mean of the agents' monthly scores: workload, training, quality, discipline and conduct, "
        "weighted as the team has set. Months of which a weighted part is unknown are left out.",
        zh="座席月度得分的平均值：工作量、培训、质检、纪律和品行按团队权重加权。有加权项未知的月份不计。",
        ja="担当者の月ごとの評価点の平均：業務量・研修・品質・規律・態度をチームの重みで加重。重みのある項目"
        "が不明な月は数えません。",
    ),
    unit=Unit.POINTS,
    basis=Basis.AGENT_FACTS,
    more_is_better=True,
    sums=(
        "scores",
        "score_points",
        "score_squares",
    ),
    measure=measure,
)
