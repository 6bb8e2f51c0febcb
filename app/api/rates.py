"""The shapes of rates as clients get them: never a rate without its n, its interval and its definition."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from app.complaints.models import ComplaintCategory
from app.domain.metrics import Standing
from app.reports.queries import Source


class GroupOut(BaseModel):
    """One rate and what it is made of; of the first nine keys it has those that were asked for."""

    day: str | None = Field(None, description="Day, in the calls' own time zones.", examples=["2026-10-05"])
    week: str | None = Field(None, description="ISO week.", examples=["2026-W41"])
    month: str | None = Field(None, description="Month.", examples=["2026-10"])
    team: str | None = Field(None, description="Name of the team; null: none.", examples=["Team A"])
    agent: str | None = Field(None, description="User name of the agent; null: none.", examples=["mei"])
    queue: str | None = Field(None, description="Queue or project; null: none.", examples=["support"])
    scorecard: str | None = Field(None, description="Id of the scorecard.", examples=["inbound-zh"])
    version: str | None = Field(None, description="Version of the scorecard.", examples=["sha256:9f86d081…"])
    item: str | None = Field(None, description="Id of the item.", examples=["greeting"])
    n: int = Field(description="How many calls (or agents, see the definition) the rate is about.", examples=[100])
    rate: float | None = Field(description="The rate; null when n is 0. Its unit: the definition.", examples=[0.9])
    ci_low: float | None = Field(description="Lower end of the 95 % interval, in the rate's unit.", examples=[0.826])
    ci_high: float | None = Field(description="Upper end of the 95 % interval, in the rate's unit.", examples=[0.945])
    ci_method: str = Field(description="How the interval was made.", examples=["wilson95"])
    target: float | None = Field(
        description="The target you gave, else the one that is set; in the rate's unit.", examples=[0.95]
    )
    verdict: Standing | None = Field(
        description="met, not_met, or too_few_to_say: the interval spans the target, or uncertain calls could turn it.",
        examples=[Standing.NOT_MET],
    )


class PassRateGroup(GroupOut):
    """One pass rate and what it is made of."""

    passed: int = Field(description="How many of the n calls passed.", examples=[90])
    uncertain: int = Field(description="Calls that wait for a person; they are not in n.", examples=[2])
    not_applicable: int = Field(description="Calls with no item that applied; they are not in n.", examples=[1])
    critical: int = Field(description="Calls with a critical item failed.", examples=[3])
    mean_score: float | None = Field(description="Mean score of the n calls, points of 100.", examples=[91.3])
    calls: int | None = Field(None, description="With `unit=agent`: the calls behind the means.", examples=[812])
    corrected: "CorrectedOut | None" = Field(
        None, description="With `source=machine`: the rate corrected by how often the machine is wrong."
    )


class CorrectedOut(BaseModel):
    """The machine's rate corrected by its measured error (Rogan-Gladen), against what people said without seeing it."""

    rate: float | None = Field(
        description="The corrected rate; null: too little is known of the error.", examples=[0.88]
    )
    ci_low: float | None = Field(description="Lower end of its 95 % interval.", examples=[0.79])
    ci_high: float | None = Field(description="Upper end of its 95 % interval.", examples=[0.94])
    ci_method: str = Field(description="How the interval was made.", examples=["lang_reiczigel95"])
    sensitivity: float | None = Field(description="Share of people's passes that it passed.", examples=[0.95])
    specificity: float | None = Field(description="Share of people's fails that it failed.", examples=[0.9])
    judged: int = Field(description="Calls judged by both, by people without seeing its verdicts.", examples=[240])
    verdict: Standing | None = Field(description="What the corrected rate says about the target.", examples=[None])


class ComplaintRateGroup(GroupOut):
    """One complaint rate and what it is made of; n are the calls handled."""

    upheld: int = Field(description="Upheld complaints.", examples=[2])


class JudgedOut(BaseModel):
    """A version of a scorecard that judged some of these calls."""

    scorecard: str = Field(description="Id of the scorecard.", examples=["inbound-zh"])
    version: str = Field(description="SHA-256 of its content.", examples=["sha256:9f86d081…"])
    pass_mark: float = Field(description="Score from which a call passes, points of 100.", examples=[85])


class PassDefinition(BaseModel):
    """What passing means here."""

    # The key is a word of the language.
    pass_: str = Field(alias="pass", description="When a call passes.", examples=["score >= 85 and no critical fail"])
    unit: Literal["call", "agent"] = Field(description="What is counted.", examples=["call"])
    source: Source = Field(description="final: people's submitted reviews; machine: all scored.", examples=["final"])
    scorecard: str | None = Field(description="The scorecard; null: several.", examples=["inbound-zh"])
    version: str | None = Field(description="Its version; null: several.", examples=["sha256:9f86d081…"])
    judged_by: list[JudgedOut] = Field(description="Every version that judged some of these calls.")


class SampleOut(BaseModel):
    """Which calls the rate is about, of how many."""

    design: Literal["reviewed", "all_scored", "stratified_random"] = Field(
        description="reviewed: those that people reviewed; all_scored: all that were scored; stratified_random: one "
        "plan drew calls of these days, and `estimate` is what they say of all.",
        examples=["reviewed"],
    )
    population: int | None = Field(
        description="Calls that came in on these days; null with `as_of`: they are not counted as of a moment.",
        examples=[8123],
    )
    drawn: int = Field(description="Calls of them that were judged, undecided ones included.", examples=[103])
    apart: int = Field(
        description="Reviewed calls besides that were picked for a risk or by a person: they are in no rate.",
        examples=[4],
    )
    seed: int | None = Field(None, description="Seed of the plan's draws.", examples=[4711])
    estimate: "EstimateOut | None" = Field(None, description="What the drawn calls say of all they were drawn from.")


class EstimateOut(BaseModel):
    """What a stratified sample says of all the calls it was drawn from."""

    rate: float | None = Field(description="The estimated rate (0-1).", examples=[0.9])
    ci_low: float | None = Field(description="Lower end of its 95 % interval.", examples=[0.85])
    ci_high: float | None = Field(description="Upper end of its 95 % interval.", examples=[0.94])
    ci_method: str = Field(description="How the interval was made.", examples=["stratified_wilson95"])
    n: int = Field(description="Drawn calls that were judged.", examples=[100])
    passed: int = Field(description="How many of them passed.", examples=[90])
    waiting: int = Field(description="Drawn calls that nobody has judged yet.", examples=[3])
    set_aside: int = Field(description="Drawn calls that are out of scope.", examples=[1])
    verdict: Standing | None = Field(description="What the estimate says about the target.", examples=[None])


class PassRateOut(BaseModel):
    """Monitoring pass rates (监听合格率)."""

    definition: PassDefinition = Field(description="When a call passes, and who says so.")
    as_of: datetime | None = Field(description="What counted at this moment; null: what counts now.", examples=[None])
    sample: SampleOut = Field(description="Which calls, of how many.")
    path: Literal["fast", "exact"] = Field(
        description="fast: from sums that are kept; exact: counted call by call, which takes seconds.",
        examples=["fast"],
    )
    time_field: Literal["call", "submitted", "released"] = Field(
        description="Whose days the calls are counted by.", examples=["call"]
    )
    groups: list[PassRateGroup] = Field(description="One rate for each group, in the order of their names.")
    total: PassRateGroup = Field(description="All groups together, those of other pages too.")
    group_count: int = Field(description="How many groups there are, with those of other pages.", examples=[12])
    next_cursor: str | None = Field(
        None, description="Give it as `cursor` to go on; null: the end.", examples=["WzUwMF0"]
    )


class ComplaintDefinition(BaseModel):
    """What the complaint rate means here."""

    complaint: str = Field(description="What counts.", examples=["upheld complaints ÷ calls handled × 1000"])
    unit: Literal["per_1000_calls"] = Field(description="Unit of the rates.", examples=["per_1000_calls"])
    category: ComplaintCategory | None = Field(description="Only of this category; null: all.", examples=["attitude"])


class ComplaintRateOut(BaseModel):
    """Complaint rates (投诉率)."""

    definition: ComplaintDefinition = Field(description="What counts as a complaint, and per how many calls.")
    groups: list[ComplaintRateGroup] = Field(description="One rate for each group, in the order of their names.")
    total: ComplaintRateGroup = Field(description="All groups together, those of other pages too.")
    group_count: int = Field(description="How many groups there are, with those of other pages.", examples=[12])
    next_cursor: str | None = Field(
        None, description="Give it as `cursor` to go on; null: the end.", examples=["WzUwMF0"]
    )
