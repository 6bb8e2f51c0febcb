"""What an indicator is: a formula over summed facts, with its definition, unit, direction, source and known targets."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from app.domain.metrics.interval import Rate
from app.domain.transcript import Value

# Facts added up over the calls, days or people that were chosen; what nobody has told is not in it.
Sums = Mapping[str, float]


class Unit(StrEnum):
    """In what a value is told: shares are 0-1, times are seconds, points are of 100, net points go from -100 to 100."""

    SHARE = "share"
    PER_THOUSAND = "per_thousand"
    SECONDS = "seconds"
    RINGS = "rings"
    COUNT = "count"
    PER_DAY = "per_day"
    POINTS = "points"
    NET_POINTS = "net_points"
    MONEY = "money"


class Basis(StrEnum):
    """Where the sums come from, and so what has to be brought in before an indicator says anything."""

    CONTACTS = "contacts"
    SURVEYS = "surveys"
    OUTCOMES = "outcomes"
    AGENT_DAYS = "agent_days"
    CALLS = "calls"
    REVIEWS = "reviews"
    COMPLAINTS = "complaints"
    AGENT_FACTS = "agent_facts"
    COSTS = "costs"


class Text(Value):
    """Words in the three languages."""

    en: str
    zh: str
    ja: str


# What to bring in, so that indicators of this basis say something.
SOURCES: Mapping[Basis, Text] = {
    Basis.CONTACTS: Text(
        en="Bring in the records of your telephone switch: who called when, for how long, and who answered.",
        zh="请导入交换机的通话记录：何时来电、时长多少、由谁接听。",
        ja="交換機の通話記録（いつ、どのくらい、誰が応答したか）を取り込んでください。",
    ),
    Basis.SURVEYS: Text(
        en="Bring in the answers of your customer surveys, together with the records of the contacts.",
        zh="请随联系记录导入客户满意度调查的结果。",
        ja="顧客アンケートの回答を、応対の記録とあわせて取り込んでください。",
    ),
    Basis.OUTCOMES: Text(
        en="Bring in what came of the contacts: whether they were solved, or were a success.",
        zh="请导入联系的结果：是否解决，是否成功。",
        ja="応対の結果（解決したか、成功したか）を取り込んでください。",
    ),
    Basis.AGENT_DAYS: Text(
        en="Bring in the days of your agents: when they were scheduled, logged in, busy or idle.",
        zh="请导入座席的每日数据：排班、登录、示忙和空闲时长。",
        ja="担当者の日ごとの記録（予定、ログイン、受付不可、待機の時間）を取り込んでください。",
    ),
    Basis.CALLS: Text(
        en="Bring in recordings or transcripts of calls.",
        zh="请导入通话录音或文本。",
        ja="通話の録音または文字起こしを取り込んでください。",
    ),
    Basis.REVIEWS: Text(
        en="Submit reviews: the rate counts calls that people have reviewed.",
        zh="请提交监听评分：此比率统计由人工评分的通话。",
        ja="評価を提出してください。この率は人が評価した通話から計算します。",
    ),
    Basis.COMPLAINTS: Text(
        en="Record complaints in the register.",
        zh="请在投诉登记簿中登记投诉。",
        ja="苦情を台帳に登録してください。",
    ),
    Basis.AGENT_FACTS: Text(
        en="Enter results of exams, training, discipline and conduct for whole months.",
        zh="请按月录入考核、培训、纪律和品行的结果。",
        ja="テスト、研修、規律、態度の結果を月ごとに入力してください。",
    ),
    Basis.COSTS: Text(
        en="Enter what the months cost, and bring in the records of your telephone switch.",
        zh="请录入各月的成本，并导入交换机的通话记录。",
        ja="各月のコストを入力し、交換機の通話記録を取り込んでください。",
    ),
}


class KnownTarget(Value):
    """A target that the field knows, in the indicator's unit.

    `kind` is industry (what centres reach) or suggested (what is aimed at); `sure`: sources agree on it and on its
    unit, so that it may be shipped as a target; else it is a suggestion and says so. `direction` where it holds for
    inbound or outbound calls alone. `span` is the range that sources give, of which `value` is the end that is to be
    kept; `unit_known` is False where they have lost the unit.
    """

    value: float
    kind: str
    sure: bool
    direction: str | None = None
    span: tuple[float, float] | None = None
    unit_known: bool = True


class Indicator(Value):
    """One measure: `measure` makes the rate from sums, or None when there is nothing to say it from.

    `sums` names the facts it needs, `more_is_better` is None where neither is (rings may be too few or too many).
    `of_a_day` is there where the measure is a ratio of totals: it says numerator and denominator of one agent's day
    (None: not known of that day); over the days they are added up as `ratio.moments`, from which `measure` also tells
    how sure the ratio is. `apart_by_direction`: inbound and outbound are never told in one number.
    """

    id: str
    name: Text
    definition: Text
    unit: Unit
    basis: Basis
    more_is_better: bool | None
    sums: tuple[str, ...]
    measure: Callable[[Sums], Rate | None]
    targets: tuple[KnownTarget, ...] = ()
    of_a_day: Callable[[Sums], tuple[float, float] | None] | None = None
    apart_by_direction: bool = False


def counted(sums: Sums, *names: str) -> int:
    """These facts together, as a whole number; what nobody has told counts nothing."""
    return int(sum(sums.get(name, 0) for name in names))
