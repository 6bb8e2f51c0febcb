"""Average working time (平均工作时长): signed in within working hours and not set to busy, for each day."""

from app.domain.metrics.indicator import Basis, Indicator, Sums, Text, Unit, counted
from app.domain.metrics.interval import Rate
from app.domain.metrics.ratio import ratio


def of_a_day(sums: Sums) -> tuple[float, float] | None:
    """What an agent worked on a day, in seconds."""
    n = counted(sums, "working_known")
    return (counted(sums, "within_hours_of_busy") - counted(sums, "busy_of_within_hours"), n) if n else None


def measure(sums: Sums) -> Rate | None:
    """Signed in within hours less busy time, in seconds a day."""
    return ratio(sums, more_is_better=True)


AVERAGE_WORKING_TIME = Indicator(
    id="average_working_time",
    name=Text(
        en="Average working time",
        zh="平均工作时长",
        ja="平均実働時間",
    ),
    definition=Text(
        en="(signed in within working hours − set to busy) ÷ days of agents of which both are known.",
        zh="（工作时间内签入时长 − 示忙时长）÷ 两者均已知的座席日数。",
        ja="（勤務時間内のサインイン時間 − 受付不可の時間）÷ 両方が分かっている延べ日数。",
    ),
    unit=Unit.SECONDS,
    basis=Basis.AGENT_DAYS,
    more_is_better=True,
    sums=(
        "working_known",
        "within_hours_of_busy",
        "busy_of_within_hours",
    ),
    measure=measure,
    of_a_day=of_a_day,
)
