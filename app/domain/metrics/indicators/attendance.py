"""Attendance (出勤率): of the days that agents were to work, those on which they did."""

from app.domain.metrics.indicator import Basis, Indicator, KnownTarget, Sums, Text, Unit, counted
from app.domain.metrics.interval import Rate, share


def measure(sums: Sums) -> Rate | None:
    """Present ÷ scheduled."""
    n = counted(sums, "attendance_known")
    return share(counted(sums, "present_of_scheduled"), n) if n else None


ATTENDANCE = Indicator(
    id="attendance",
    name=Text(
        en="Attendance",
        zh="出勤率",
        ja="出勤率",
    ),
    definition=Text(
        en="Days present ÷ days scheduled of which presence is known.",
        zh="实际出勤天数 ÷ 排班天数（仅计出勤情况已知的天数）。",
        ja="出勤日数 ÷ 予定日数（出勤の有無が分かっている日）。",
    ),
    unit=Unit.SHARE,
    basis=Basis.AGENT_DAYS,
    more_is_better=True,
    sums=(
        "attendance_known",
        "present_of_scheduled",
    ),
    measure=measure,
    targets=(KnownTarget(value=0.9, kind="suggested", sure=False),),
)
