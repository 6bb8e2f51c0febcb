"""Work efficiency (实际工作效率): of the time that was planned, what agents were logged in."""

from app.domain.metrics.indicator import Basis, Indicator, Sums, Text, Unit, counted
from app.domain.metrics.interval import Rate
from app.domain.metrics.ratio import ratio


def of_a_day(sums: Sums) -> tuple[float, float] | None:
    """Logged-in and scheduled time of a day, in seconds."""
    scheduled = counted(sums, "scheduled_of_logged_in")
    return (counted(sums, "logged_in_of_scheduled"), scheduled) if scheduled else None


def measure(sums: Sums) -> Rate | None:
    """Logged-in ÷ scheduled time; `n` are days of agents."""
    return ratio(sums, more_is_better=True)


WORK_EFFICIENCY = Indicator(
    id="work_efficiency",
    name=Text(
        en="Work efficiency",
        zh="实际工作效率",
        ja="実働率",
    ),
    definition=Text(
        en="Logged-in time ÷ scheduled time, over days of agents of which both are known.",
        zh="登录时长 ÷ 排班时长，仅计两者均已知的座席日。",
        ja="ログイン時間 ÷ 予定時間。両方が分かっている日だけを数えます。",
    ),
    unit=Unit.SHARE,
    basis=Basis.AGENT_DAYS,
    more_is_better=True,
    sums=(
        "logged_in_of_scheduled",
        "scheduled_of_logged_in",
    ),
    measure=measure,
    of_a_day=of_a_day,
)
