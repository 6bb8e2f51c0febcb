"""Outbound calls a day (日呼出量): how many calls an agent makes on a day of making calls."""

from app.domain.metrics.indicator import Basis, Indicator, KnownTarget, Sums, Text, Unit, counted
from app.domain.metrics.interval import Rate
from app.domain.metrics.ratio import ratio


def of_a_day(sums: Sums) -> tuple[float, float] | None:
    """What an agent dialled on a day, and the day, if there was anything."""
    n = counted(sums, "outbound")
    return (n, 1) if n else None


def measure(sums: Sums) -> Rate | None:
    """Outbound calls ÷ days of agents with outbound calls."""
    return ratio(sums, more_is_better=True)


OUTBOUND_CALLS = Indicator(
    id="outbound_calls",
    name=Text(
        en="Outbound calls per day",
        zh="日呼出量",
        ja="1日あたりの発信件数",
    ),
    definition=Text(
        en="Outbound calls ÷ days on which an agent made any, each agent's days counted.",
        zh="呼出通话量 ÷ 有呼出的座席日数（逐座席逐日计）。",
        ja="発信件数 ÷ 発信のあった延べ日数（担当者ごとの日数）。",
    ),
    unit=Unit.PER_DAY,
    basis=Basis.CONTACTS,
    more_is_better=True,
    sums=("outbound",),
    measure=measure,
    targets=(KnownTarget(value=150, kind="suggested", sure=True, span=(150, 350)),),
    of_a_day=of_a_day,
)
