"""Knowledge exam (业务考核成绩): the mean score in tests of what agents must know."""

from app.domain.metrics.indicator import Basis, Indicator, KnownTarget, Sums, Text, Unit, counted
from app.domain.metrics.interval import Rate
from app.domain.metrics.mean import mean


def measure(sums: Sums) -> Rate | None:
    """Points ÷ results."""
    n = counted(sums, "exams")
    return mean(n, sums["exam_points"], sums["exam_squares"], more_is_better=True) if n else None


KNOWLEDGE_EXAM = Indicator(
    id="knowledge_exam",
    name=Text(
        en="Knowledge exam score",
        zh="业务考核成绩",
        ja="業務知識テストの得点",
    ),
    definition=Text(
        en="Mean of the exam results entered for the months, in points of 100.",
        zh="各月录入的考核成绩的平均值（满分 100 分）。",
        ja="各月に入力されたテスト結果の平均（100点満点）。",
    ),
    unit=Unit.POINTS,
    basis=Basis.AGENT_FACTS,
    more_is_better=True,
    sums=(
        "exams",
        "exam_points",
        "exam_squares",
    ),
    measure=measure,
    targets=(KnownTarget(value=80, kind="suggested", sure=True),),
)
