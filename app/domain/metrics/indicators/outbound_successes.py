"""Outbound successes a day (日成功量): how many outbound calls of an agent reach their aim on a day."""

from app.domain.metrics.indicator import Basis, Indicator, Sums, Text, Unit, counted
from app.domain.metrics.interval import Rate
from app.domain.metrics.ratio import ratio


def of_a_day(sums: Sums) -> tuple[float, float] | None:
    """The successes of an agent on a day, and the day, if any outcome is known."""
    known = counted(sums, "success_known")
    return (counted(sums, "outbound_successes"), 1) if known else None


def measure(sums: Sums) -> Rate | None:
    """Successes ÷ days of agents with known outcomes."""
    return ratio(sums, more_is_better=True)


OUTBOUND_SUCCESSES = Indicator(
    id="outbound_successes",
    name=Text(
        en="Outbound successes per day",
        zh="日成功量",
        ja="1日あたりの成功件数",
    ),
    definition=Text(
        en="Successful outbound calls ÷ days on which an agent had outbound calls with a known outcome.",
        zh="成功的呼出通话 ÷ 有已知结果的呼出通话的座席日数。",
        ja="成功した発信 ÷ 結果が分かっている発信のあった延べ日数。",
    ),
    unit=Unit.PER_DAY,
    basis=Basis.OUTCOMES,
    more_is_better=True,
    sums=(
        "success_known",
        "outbound_successes",
    ),
    measure=measure,
    of_a_day=of_a_day,
)
