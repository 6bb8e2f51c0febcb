"""Total calls (来电总数): how many there were, by channel where that is asked for."""

from app.domain.metrics.indicator import Basis, Indicator, Sums, Text, Unit, counted
from app.domain.metrics.interval import Rate
from app.domain.metrics.plain_count import plain_count


def measure(sums: Sums) -> Rate | None:
    """Contacts; or recorded calls where no contact is known."""
    n = counted(sums, "contacts") or counted(sums, "recorded_calls")
    return plain_count(n) if n else None


TOTAL_CALLS = Indicator(
    id="total_calls",
    name=Text(
        en="Total calls",
        zh="来电总数",
        ja="総呼数",
    ),
    definition=Text(
        en="Inbound and outbound contacts, told apart, as the switch recorded them, answered or not. Where "
        "no switch records were brought in: the calls that Callmark has recordings or transcripts of.",
        zh="交换机记录的呼入与呼出联系数（分开统计，无论是否接通）。未导入交换机记录时，为 Callmark 中有录音"
        "或文本的通话数。",
        ja="交換機が記録した着信と発信の件数（分けて示し、応答の有無を問いません）。交換機の記録がない場合は"
        "、Callmarkに録音または文字起こしがある通話の数です。",
    ),
    unit=Unit.COUNT,
    basis=Basis.CONTACTS,
    more_is_better=None,
    sums=(
        "contacts",
        "recorded_calls",
    ),
    measure=measure,
    apart_by_direction=True,
)
