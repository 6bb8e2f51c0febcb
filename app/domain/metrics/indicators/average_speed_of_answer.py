"""Average speed of answer (平均接听速度, ASA): how long those waited whose call was answered."""

from app.domain.metrics.indicator import Basis, Indicator, Sums, Text, Unit, counted
from app.domain.metrics.interval import Rate
from app.domain.metrics.ratio import ratio


def of_a_day(sums: Sums) -> tuple[float, float] | None:
    """Queue time and number of the calls that an agent answered on a day."""
    n = counted(sums, "answered_queued")
    return (counted(sums, "answered_queue_seconds"), n) if n else None


def measure(sums: Sums) -> Rate | None:
    """Queue time of answered calls ÷ answered calls, in seconds; `n` are the calls."""
    found = ratio(sums, more_is_better=False)
    return found and found.model_copy(update={"n": int(found.of or 0), "count": int(found.of or 0)})


AVERAGE_SPEED_OF_ANSWER = Indicator(
    id="average_speed_of_answer",
    name=Text(
        en="Average speed of answer (ASA)",
        zh="平均接听速度（ASA）",
        ja="平均応答速度（ASA）",
    ),
    definition=Text(
        en="Queue time of answered inbound calls ÷ answered inbound calls whose queue time is known.",
        zh="已接来电的排队时长 ÷ 排队时长已知的已接来电。",
        ja="応答した着信の待ち時間 ÷ 待ち時間が分かっている応答済みの着信。",
    ),
    unit=Unit.SECONDS,
    basis=Basis.CONTACTS,
    more_is_better=False,
    sums=(
        "answered_queued",
        "answered_queue_seconds",
    ),
    measure=measure,
    of_a_day=of_a_day,
)
