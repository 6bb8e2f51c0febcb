"""Average talk time (平均通话时长, ATT): from connection to hang-up, hold included."""

from app.domain.metrics.indicator import Basis, Indicator, Sums, Text, Unit, counted
from app.domain.metrics.interval import Rate
from app.domain.metrics.mean import mean


def measure(sums: Sums) -> Rate | None:
    """Talk and hold ÷ calls, in seconds."""
    n = counted(sums, "talk_known")
    total = counted(sums, "talk_seconds", "hold_seconds")
    return mean(n, total, counted(sums, "talk_time_squares"), more_is_better=None) if n else None


AVERAGE_TALK_TIME = Indicator(
    id="average_talk_time",
    name=Text(
        en="Average talk time (ATT)",
        zh="平均通话时长（ATT）",
        ja="平均通話時間（ATT）",
    ),
    definition=Text(
        en="(talk + hold) ÷ answered calls whose talk time is known: from connection to hang-up.",
        zh="（通话 + 保持）÷ 通话时长已知的已接通话，即从接通到挂断。",
        ja="（通話 + 保留）÷ 通話時間が分かっている応答件数。接続から切断までの時間です。",
    ),
    unit=Unit.SECONDS,
    basis=Basis.CONTACTS,
    more_is_better=None,
    sums=(
        "talk_known",
        "talk_seconds",
        "hold_seconds",
        "talk_time_squares",
    ),
    measure=measure,
)
