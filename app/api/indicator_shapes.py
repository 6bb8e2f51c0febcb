"""The shapes of indicators as clients get them: never a value without its n, its interval and its definition."""

from pydantic import BaseModel, Field

from app.domain.metrics import Basis, Standing, Unit
from app.domain.metrics.run_chart import Signal
from app.reports.indicator_asked import By
from app.reports.indicators import State


class TextOut(BaseModel):
    """The same words in three languages."""

    en: str = Field(description="English.", examples=["Service level"])
    zh: str = Field(description="Chinese.", examples=["服务水平"])
    ja: str = Field(description="Japanese.", examples=["サービスレベル"])


class KnownTargetOut(BaseModel):
    """A value that the field knows, in the indicator's unit."""

    value: float = Field(description="The value, in the indicator's unit.", examples=[0.8])
    kind: str = Field(description="industry: what centres reach; suggested: what is aimed at.", examples=["industry"])
    direction: str | None = Field(description="Only of calls of this direction; null: of all.", examples=["inbound"])
    span: tuple[float, float] | None = Field(description="The range that sources give; null: none.", examples=[None])
    unit_known: bool = Field(description="false: sources have lost the unit of the value.", examples=[True])


class IndicatorOut(BaseModel):
    """What an indicator means."""

    id: str = Field(description="Its id.", examples=["service_level"])
    name: TextOut = Field(description="What it is called.")
    definition: TextOut = Field(description="What is divided by what.")
    unit: Unit = Field(
        description="share: 0-1; per_thousand: per 1,000 calls; points: of 100; net_points: -100 to 100.",
        examples=[Unit.SHARE],
    )
    more_is_better: bool | None = Field(description="Whether more is better; null: neither is.", examples=[True])
    basis: Basis = Field(description="Where its numbers come from.", examples=[Basis.CONTACTS])
    source: TextOut = Field(description="What to bring in where it has no source yet.")
    group_by: list[By] = Field(description="By what it can be broken down and chosen.", examples=[["day", "team"]])
    apart_by_direction: bool = Field(description="Inbound and outbound are never in one number.", examples=[False])
    targets: list[KnownTargetOut] = Field(description="What the field knows for sure; suggested ones hold by default.")
    doubtful_targets: list[KnownTargetOut] = Field(description="What sources give, but not surely: never a target.")


class IndicatorGroup(BaseModel):
    """A value and what it is made of; of the keys it has those that were asked for."""

    day: str | None = Field(None, description="Day, in the teams' own time zones.", examples=["2026-10-05"])
    week: str | None = Field(None, description="ISO week.", examples=["2026-W41"])
    month: str | None = Field(None, description="Month.", examples=["2026-10"])
    team: str | None = Field(None, description="Name of the team; null: none.", examples=["Team A"])
    agent: str | None = Field(None, description="User name of the agent; null: none.", examples=["mei"])
    queue: str | None = Field(None, description="Queue or project; null: none.", examples=["support"])
    channel: str | None = Field(None, description="Channel, such as phone or chat.", examples=["phone"])
    direction: str | None = Field(
        None, description="inbound or outbound, where they are told apart or asked for.", examples=["inbound"]
    )
    state: State = Field(
        description="measured; nothing_counted of these days and people; no_source_yet: bring in its source first.",
        examples=[State.MEASURED],
    )
    n: int = Field(description="How many calls, days of agents or results it is about.", examples=[8123])
    rate: float | None = Field(description="The value, in the indicator's unit; null: none.", examples=[0.83])
    ci_low: float | None = Field(description="Lower end of the 95 % interval; null: none.", examples=[0.8217])
    ci_high: float | None = Field(description="Upper end of the 95 % interval; null: none.", examples=[0.838])
    ci_method: str | None = Field(description="How the interval was made; null: no value.", examples=["wilson95"])
    target: float | None = Field(description="The target that holds, in the same unit; null: none.", examples=[0.8])
    target_origin: str | None = Field(description="set by people, or shipped; null: no target.", examples=["set"])
    verdict: Standing | None = Field(
        description="met, not_met, or too_few_to_say: the interval spans the target; null: no target, or no direction.",
        examples=[Standing.MET],
    )
    currency: str | None = Field(description="Of money: ISO 4217; null: no money.", examples=[None])


class MissedOut(BaseModel):
    """A target that more than half of the groups with enough data miss: review it."""

    direction: str | None = Field(description="Of calls of this direction; null: of all.", examples=[None])
    target: float = Field(description="The target.", examples=[0.95])
    missed: int = Field(description="How many groups miss it.", examples=[9])
    judged: int = Field(description="Of how many that have enough data.", examples=[12])


class IndicatorValues(BaseModel):
    """An indicator by group and as a whole."""

    indicator: IndicatorOut = Field(description="What it means.")
    groups: list[IndicatorGroup] = Field(description="One value for each group, in the order of their names.")
    totals: list[IndicatorGroup] = Field(description="All groups together; two where directions are told apart.")
    missed_by_most: list[MissedOut] = Field(description="Targets to review, when grouped by agent or team alone.")
    next_cursor: None = Field(None, description="Always null: all groups are here.", examples=[None])


class TrendOut(BaseModel):
    """An indicator beside its own past."""

    indicator: IndicatorOut = Field(description="What it means.")
    points: list[IndicatorGroup] = Field(description="One value for each interval, in their order.")
    median_before: float | None = Field(description="Median of the intervals before; null: none.", examples=[0.81])
    intervals_before: int = Field(description="How many intervals that median is of.", examples=[12])
    longest_run: int = Field(description="Most points in a row on one side of the median.", examples=[3])
    signal: Signal = Field(
        description="shift_up or shift_down: six or more in a row on one side; no_signal; too_few_to_say.",
        examples=[Signal.NO_SIGNAL],
    )
    is_better: bool | None = Field(description="Whether a shift is for the better; null: no shift.", examples=[None])
