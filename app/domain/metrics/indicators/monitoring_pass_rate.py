"""Monitoring pass rate (监听合格率): of the calls that people reviewed, those that passed."""

from app.domain.metrics.indicator import Basis, Indicator, KnownTarget, Sums, Text, Unit, counted
from app.domain.metrics.interval import Rate
from app.domain.metrics.pass_rate import pass_rate


def measure(sums: Sums) -> Rate | None:
    """Passed ÷ decided."""
    n = counted(sums, "n")
    return pass_rate(counted(sums, "passed"), n, counted(sums, "uncertain")) if n else None


MONITORING_PASS_RATE = Indicator(
    id="monitoring_pass_rate",
    name=Text(
        en="Monitoring pass rate",
        zh="监听合格率",
        ja="モニタリング合格率",
    ),
    definition=Text(
        en="Reviewed calls that passed ÷ reviewed calls decided. A call passes when its score reaches the "
        "scorecard's pass mark and no critical item failed. Calls picked for a risk or by a person are "
        "in neither number. Where the machine's verdicts are asked for, its rate is corrected by how often it errs in "
        "the calls that people judged blind, without seeing what it found.",
        zh="合格的监听通话 ÷ 已判定的监听通话。得分达到评分表合格线且无致命项不合格即为合格。因风险或人工挑"
        "选的通话，两个数中都不计。查询机器判定时，按机器在盲评通话（评分时看不到机器结果）中的误判率修正。",
        ja="合格した評価済み通話 ÷ 判定のついた評価済み通話。評価表の合格点に達し、重大項目の不合格がない通"
        "話が合格です。リスクや人の判断で選ばれた通話はどちらにも数えません。機械の判定を求めた場合は、ブラインド評価（機械の結果を"
        "見ない評価）の通話でわかった機械の誤り率で補正します。",
    ),
    unit=Unit.SHARE,
    basis=Basis.REVIEWS,
    more_is_better=True,
    sums=(
        "n",
        "passed",
        "uncertain",
    ),
    measure=measure,
    targets=(
        KnownTarget(value=0.9, kind="industry", sure=False, span=(0.9, 0.95)),
        KnownTarget(value=0.99, kind="suggested", sure=False),
    ),
)
