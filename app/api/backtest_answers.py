"""The shapes of backtests as clients get them: what a scorecard would change, in counts."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field
from sqlmodel import Session

from app.api.parameters import Moment, username
from app.domain.evidence import Verdict
from app.domain.metrics import Rate
from app.reports import backtest_job
from app.reports.comparison import OPEN, Comparison
from app.reports.models import Backtest, BacktestChange, BacktestState


class ShareOut(BaseModel):
    """A rate with what it is made of."""

    n: int = Field(description="How many it is about.", examples=[980])
    count: int = Field(description="Of how many of them it is true.", examples=[870])
    rate: float | None = Field(description="Their share, 0-1.", examples=[0.8878])
    ci_low: float | None = Field(description="Lower end of the 95 % interval.", examples=[0.8665])
    ci_high: float | None = Field(description="Upper end of the 95 % interval.", examples=[0.906])


class MovedOut(BaseModel):
    """How far the pass rate moved over the calls that were decided both times."""

    n: int = Field(description="Those calls.", examples=[960])
    gained: int = Field(description="Calls that pass only by the new card.", examples=[12])
    lost: int = Field(description="Calls that passed only by the old card.", examples=[30])
    change: float | None = Field(description="The move, -1 to 1.", examples=[-0.0188])
    ci_low: float | None = Field(description="Lower end of its 95 % interval.", examples=[-0.032])
    ci_high: float | None = Field(description="Upper end of its 95 % interval.", examples=[-0.0055])


class FlipOut(BaseModel):
    """An item of which so many calls get another verdict."""

    item: str = Field(description="The item's id.", examples=["standard_greeting"])
    before: Verdict = Field(description="The verdict by the card that judges.", examples=[Verdict.PASS])
    after: Verdict = Field(description="The verdict by the new one.", examples=[Verdict.FAIL])
    calls: int = Field(description="Of so many calls.", examples=[30])


class QualityOut(BaseModel):
    """How well an item's verdicts stand against those of people."""

    item: str = Field(description="The item's id.", examples=["standard_greeting"])
    precision_before: ShareOut | None = Field(description="Of its fails, those people failed too; before.")
    precision_after: ShareOut | None = Field(description="The same, by the new card.")
    recall_before: ShareOut | None = Field(description="Of people's fails, those it failed too; before.")
    recall_after: ShareOut | None = Field(description="The same, by the new card.")


class FoundOut(BaseModel):
    """What was found so far."""

    calls: int = Field(description="Calls that were compared.", examples=[1000])
    pass_rate_before: ShareOut = Field(description="Of the calls decided by the card that judges.")
    pass_rate_after: ShareOut = Field(description="Of the calls decided by the new one.")
    open_before: int = Field(description="Calls that a person must decide, before.", examples=[20])
    open_after: int = Field(description="Calls that a person must decide, after.", examples=[25])
    moved: MovedOut = Field(description="Over the calls decided both times.")
    flips: list[FlipOut] = Field(description="Verdicts that change, the most frequent first.")
    reviewed: int = Field(description="Calls of these that people reviewed.", examples=[57])
    quality: list[QualityOut] = Field(description="Each item that people decided too.")
    only_before: list[str] = Field(description="Items that only the old card has.", examples=[[]])
    only_after: list[str] = Field(description="Items that only the new card has.", examples=[["farewell"]])


class BacktestOut(BaseModel):
    """A scorecard tried on stored calls: how far that has come, and what would change."""

    id: int = Field(description="The id that Callmark gave.", examples=[5])
    scorecard: str = Field(description="Id of the scorecard that is tried.", examples=["inbound-zh"])
    language: str = Field(description="Language of the calls.", examples=["zh"])
    version: str = Field(description="The version that is tried.", examples=["sha256:9f86d081…"])
    against: str = Field(description="The version that judged when it began.", examples=["sha256:60303ae2…"])
    state: BacktestState = Field(description="running, done, stopped or failed.", examples=[BacktestState.DONE])
    done: int = Field(description="Calls that were looked at.", examples=[1000])
    total: int = Field(description="Calls that are to be looked at.", examples=[1000])
    days: int | None = Field(description="Calls of so many last days; null: of all.", examples=[30])
    started_by: str | None = Field(description="User name of who started it.", examples=["bob"])
    created_at: Moment = Field(description="When it was started (RFC 3339).", examples=["2026-10-01T02:00:00Z"])
    ended_at: datetime | None = Field(description="When it ended (RFC 3339).", examples=["2026-10-01T02:09:00Z"])
    found: FoundOut = Field(description="What was found until now.")


class ChangeOut(BaseModel):
    """A call of which a verdict or the outcome would change."""

    call_id: int = Field(description="The call's id.", examples=[17])
    before: str = Field(description="passed, failed or open, by the card that judges.", examples=["passed"])
    after: str = Field(description="The same by the new one.", examples=["failed"])
    flips: list[FlipOut] = Field(description="The verdicts that change.")


def backtest_out(session: Session, one: Backtest) -> BacktestOut:
    """A backtest with what it found so far."""
    facts = one.model_dump(include=set(BacktestOut.model_fields) - {"found", "started_by"})
    return BacktestOut(
        **facts, started_by=username(session, one.started_by), found=_found(backtest_job.read(one.found))
    )


def _found(found: Comparison) -> FoundOut:
    before, after = found.pass_rates
    return FoundOut(
        calls=found.calls,
        pass_rate_before=_share(before),
        pass_rate_after=_share(after),
        open_before=sum(n for (outcome, _), n in found.outcomes.items() if outcome == OPEN),
        open_after=sum(n for (_, outcome), n in found.outcomes.items() if outcome == OPEN),
        moved=MovedOut(**{name: _rounded(getattr(found.change, name)) for name in MovedOut.model_fields}),
        flips=[
            FlipOut(item=flip.item, before=flip.before, after=flip.after, calls=n)
            for flip, n in found.flips.most_common()
        ],
        reviewed=found.reviewed,
        quality=[
            QualityOut(
                item=one.item,
                precision_before=_share(one.before.precision) if one.before else None,
                precision_after=_share(one.after.precision) if one.after else None,
                recall_before=_share(one.before.recall) if one.before else None,
                recall_after=_share(one.after.recall) if one.after else None,
            )
            for one in found.qualities()
        ],
        only_before=sorted(found.only_before),
        only_after=sorted(found.only_after),
    )


def _share(rate: Rate) -> ShareOut:
    return ShareOut(**{name: _rounded(getattr(rate, name)) for name in ShareOut.model_fields})


def change_out(one: BacktestChange) -> ChangeOut:
    """A call that would change."""
    flips = [
        FlipOut(item=item, before=Verdict(before), after=Verdict(after), calls=1) for item, before, after in one.flips
    ]
    return ChangeOut(call_id=one.call_id, before=one.before, after=one.after, flips=flips)


def _rounded(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) else value
