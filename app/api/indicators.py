"""Indicators: what each means in three languages, and its value with n, interval, target and verdict."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import Depends, Path, Query, Response

from app.accounts.models import Role
from app.accounts.policies import may_see_team, who_may
from app.api.indicator_shapes import (
    IndicatorGroup,
    IndicatorOut,
    IndicatorValues,
    KnownTargetOut,
    MissedOut,
    TextOut,
    TrendOut,
)
from app.api.parameters import (
    CSV_TOO,
    PLAIN,
    ByteOrderMark,
    CsvWanted,
    DaysDep,
    PageOut,
    Reader,
    WhoseDep,
    csv_response,
    wrong,
)
from app.api.pass_rate_answers import rounded
from app.api.routing import api_router
from app.contacts.queries import Chosen
from app.domain.metrics import INDICATORS, Indicator
from app.domain.metrics.indicator import SOURCES, KnownTarget, Text
from app.kit import clock
from app.kit.csv_files import Cell
from app.kit.errors import Forbidden
from app.reports import indicators
from app.reports.indicator_asked import By, known_by, knows
from app.reports.indicator_rates import machine_error, reader_of
from app.reports.indicator_trends import Trend, missed_by_most, trend
from app.reports.indicators import Measured, MeasuredGroup
from app.reports.queries import Source
from app.request import Client, SessionDep

router = api_router("/metrics/indicators", ["metrics"])

# Shares are told in steps of 0.0001, and so is everything else.
KEYS = tuple(one.value for one in By)


@dataclass(frozen=True)
class Asked:
    """Which facts are meant, and by what they are broken down."""

    chosen: Chosen
    by: tuple[By, ...]


def asked(
    days: DaysDep,
    whose: WhoseDep,
    group_by: Annotated[
        list[By], Query(description="Break down by this; repeat it for several.", examples=[["team"]])
    ] = [],  # noqa: B006 (never changed)
    interval: Annotated[
        Literal["day", "week", "month"] | None,
        Query(description="Break down by time as well; weeks are ISO weeks.", examples=["week"]),
    ] = None,
    queue: Annotated[
        str | None, Query(max_length=100, pattern=PLAIN, description="Queue or project.", examples=["support"])
    ] = None,
    direction: Annotated[
        Literal["inbound", "outbound"] | None, Query(description="Only of this direction.", examples=["inbound"])
    ] = None,
    channel: Annotated[
        str | None, Query(max_length=100, pattern=PLAIN, description="Only of this channel.", examples=["phone"])
    ] = None,
) -> Asked:
    """What was asked for, each once."""
    chosen = Chosen(
        days.first_day, days.end_day, whose.team_id, whose.agent_id, queue or None, direction, channel or None
    )
    return Asked(chosen=chosen, by=tuple(dict.fromkeys([*group_by, *([By(interval)] if interval else [])])))


AskedDep = Annotated[Asked, Depends(asked)]


def known(
    indicator_id: Annotated[
        str, Path(max_length=64, pattern=PLAIN, description="Id of the indicator.", examples=["service_level"])
    ],
) -> Indicator:
    """The indicator that is asked for."""
    return indicators.indicator(indicator_id)


IndicatorDep = Annotated[Indicator, Depends(known)]


@router.get("")
def list_indicators(client: Reader) -> PageOut[IndicatorOut]:
    """Every indicator: what it means in three languages, its unit, where its numbers come from, known targets."""
    items = [_described(one) for one in INDICATORS.values()]
    return PageOut(items=items, next_cursor=None, total=len(items))


@router.get("/{indicator_id}", response_model=IndicatorValues, response_model_exclude_unset=True, responses=CSV_TOO)
def get_indicator(
    client: Reader,
    session: SessionDep,
    indicator: IndicatorDep,
    wanted: AskedDep,
    csv: CsvWanted,
    source: Annotated[
        Source,
        Query(
            description="Of the monitoring pass rate: final: people's submitted reviews; machine: all that was scored, "
            "corrected by how often the machine errs where people judged without seeing its verdicts.",
            examples=["final"],
        ),
    ] = "final",
    bom: ByteOrderMark = False,
) -> IndicatorValues | Response:
    """One indicator with its n, 95 % interval, target and verdict; without any data it says so, and never 0."""
    _check(client, indicator, wanted, source)
    by_machine = source == "machine"
    error = machine_error(session, client.user, wanted.chosen, clock.now()) if by_machine else None
    found = indicators.measured(session, client.user, [indicator.id], wanted.by, wanted.chosen, error=error)
    groups = [row for group in found.groups for row in _rows(group)]
    totals = _rows(found.total)
    if csv:
        return _csv(groups if wanted.by else totals, bom)
    return IndicatorValues(
        indicator=_described(indicator),
        groups=groups,
        totals=totals,
        missed_by_most=[
            MissedOut(direction=one.direction, target=one.target.value, missed=one.missed, judged=one.judged)
            for one in (missed_by_most(found) if wanted.by in ((By.AGENT,), (By.TEAM,)) else ())
        ],
        next_cursor=None,
    )


@router.get("/{indicator_id}/trend", response_model=TrendOut, response_model_exclude_unset=True)
def get_trend(client: Reader, session: SessionDep, indicator: IndicatorDep, wanted: AskedDep) -> TrendOut:
    """One indicator by `interval` (a week, if none is given) beside the twelve weeks or months before `from`."""
    if len(wanted.by) > 1 or not set(wanted.by) <= {By.DAY, By.WEEK, By.MONTH}:
        raise wrong("group_by", "a trend is broken down by its interval alone")
    interval = wanted.by[0] if wanted.by else By.WEEK
    _check(client, indicator, Asked(chosen=wanted.chosen, by=(interval,)), "final")
    return _trend(trend(session, client.user, indicator.id, wanted.chosen, interval))


def _check(client: Client, indicator: Indicator, wanted: Asked, source: Source) -> None:
    """Refuse what the indicator's source does not know, and to agents what no release has let them read."""
    reader = reader_of(indicator)
    if not reader(client.user):
        raise Forbidden(roles=who_may(reader))
    if not knows(indicator, wanted.by, wanted.chosen):
        able = ", ".join(one.value for one in known_by(indicator))
        raise wrong("group_by", f"{indicator.id} is known by {able} alone, and can be chosen by these alone")
    if source == "machine" and client.user.role == Role.AGENT:
        raise Forbidden(roles=who_may(may_see_team))


def _described(one: Indicator) -> IndicatorOut:
    return IndicatorOut(
        id=one.id,
        name=_words(one.name),
        definition=_words(one.definition),
        unit=one.unit,
        more_is_better=one.more_is_better,
        basis=one.basis,
        source=_words(SOURCES[one.basis]),
        group_by=list(known_by(one)),
        apart_by_direction=one.apart_by_direction,
        targets=[_known(target) for target in one.targets if target.sure],
        doubtful_targets=[_known(target) for target in one.targets if not target.sure],
    )


def _words(text: Text) -> TextOut:
    return TextOut(**text.model_dump())


def _known(target: KnownTarget) -> KnownTargetOut:
    return KnownTargetOut(**target.model_dump(exclude={"sure"}))


def _rows(group: MeasuredGroup) -> list[IndicatorGroup]:
    return [_row(group, one) for one in group.values]


def _row(group: MeasuredGroup, one: Measured) -> IndicatorGroup:
    rate = one.rate
    apart: dict[str, Any] = {"direction": one.direction} if one.direction else {}
    return IndicatorGroup(
        **group.key,
        **apart,
        state=one.state,
        n=rate.n if rate else 0,
        rate=rounded(rate.rate) if rate else None,
        ci_low=rounded(rate.ci_low) if rate else None,
        ci_high=rounded(rate.ci_high) if rate else None,
        ci_method=rate.ci_method if rate else None,
        target=one.target.value if one.target else None,
        target_origin=one.target.origin.value if one.target else None,
        verdict=one.standing,
        currency=one.currency,
    )


def _trend(found: Trend) -> TrendOut:
    return TrendOut(
        indicator=_described(found.indicator),
        points=[
            _row(MeasuredGroup({found.interval.value: one.period}, (one.measured,)), one.measured)
            for one in found.points
        ],
        median_before=rounded(found.before.median),
        intervals_before=found.before.before,
        longest_run=found.before.longest,
        signal=found.before.signal,
        is_better=found.is_better,
    )


def _csv(rows: list[IndicatorGroup], byte_order_mark: bool) -> Response:
    told = {name for row in rows for name in row.model_fields_set}
    header = [name for name in IndicatorGroup.model_fields if name not in KEYS or name in told]
    cells: list[list[Cell]] = [[getattr(row, name) for name in header] for row in rows]
    return csv_response(header, cells, byte_order_mark)
