"""Rates, never without what they are made of: counts, interval, and what may be said about a target."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response

from app.accounts.policies import may_see_team, who_may
from app.api.parameters import (
    CSV_TOO,
    PLAIN,
    AsOfDep,
    ByteOrderMark,
    CsvWanted,
    DaysDep,
    Reader,
    WhoseDep,
    csv_response,
    wrong,
)
from app.api.problems import ERRORS
from app.api.rates import (
    ComplaintDefinition,
    ComplaintRateGroup,
    ComplaintRateOut,
    JudgedOut,
    PassDefinition,
    PassRateGroup,
    PassRateOut,
    SampleOut,
)
from app.complaints.models import ComplaintCategory
from app.kit.csv_files import Cell
from app.kit.errors import Forbidden
from app.reports import rates
from app.reports.queries import Filter, Source
from app.reports.rates import OF_COMPLAINTS, Group, GroupBy, Judged
from app.request import Client, SessionDep

router = APIRouter(prefix="/metrics", tags=["metrics"], responses=ERRORS)

# Shares are told in steps of 0.0001, so many per 1,000 in steps of 0.0001 too.
DIGITS = 4


@dataclass(frozen=True)
class Breakdown:
    """What rates are broken down by."""

    by: tuple[GroupBy, ...]


def breakdown(
    group_by: Annotated[
        list[GroupBy], Query(description="Break down by this; repeat it for several.", examples=[["team"]])
    ] = [],  # noqa: B006 (never changed)
    interval: Annotated[
        Literal["day", "week", "month"] | None,
        Query(description="Break down by time as well; weeks are ISO weeks.", examples=["week"]),
    ] = None,
) -> Breakdown:
    """What was asked for, each once."""
    return Breakdown(tuple(dict.fromkeys([*group_by, *([GroupBy(interval)] if interval else [])])))


BreakdownDep = Annotated[Breakdown, Depends(breakdown)]


def judged_calls(
    days: DaysDep,
    whose: WhoseDep,
    as_of: AsOfDep,
    queue: Annotated[
        str | None, Query(max_length=100, pattern=PLAIN, description="Queue or project.", examples=["support"])
    ] = None,
    scorecard: Annotated[
        str | None, Query(max_length=200, pattern=PLAIN, description="Id of the scorecard.", examples=["inbound-zh"])
    ] = None,
    version: Annotated[
        str | None,
        Query(max_length=100, pattern=PLAIN, description="Version of the scorecard.", examples=["sha256:9f86d081…"]),
    ] = None,
) -> Filter:
    """Which judged calls are meant."""
    return Filter(days.first_day, days.end_day, whose.team_id, whose.agent_id, queue, scorecard, version, as_of)


def reader_of_rates(client: Reader) -> Client:
    """Who asks, unless an agent: of one call the counts are its result, and they know of no release."""
    if not may_see_team(client.user):
        raise Forbidden(roles=who_may(may_see_team))
    return client


@router.get("/pass-rate", response_model=PassRateOut, response_model_exclude_unset=True, responses=CSV_TOO)
def get_pass_rate(
    client: Annotated[Client, Depends(reader_of_rates)],
    session: SessionDep,
    chosen: Annotated[Filter, Depends(judged_calls)],
    broken_down: BreakdownDep,
    csv: CsvWanted,
    source: Annotated[
        Source,
        Query(
            description="final: people's submitted reviews; machine: all that was scored. Never mixed.",
            examples=["final"],
        ),
    ] = "final",
    target: Annotated[
        float | None, Query(ge=0, le=1, description="Target as a share, 0-1, for the verdicts.", examples=[0.95])
    ] = None,
    bom: ByteOrderMark = False,
) -> PassRateOut | Response:
    """The monitoring pass rate (监听合格率): calls that passed ÷ calls decided, with Wilson's 95 % interval."""
    found = rates.pass_rates(session, client.user, source, broken_down.by, chosen)
    groups = [_pass_group(one, target) for one in found.groups]
    total = _pass_group(found.total, target)
    if csv:
        return _csv(broken_down, PassRateGroup, groups if broken_down.by else [total], bom)
    return PassRateOut(
        definition=_definition(source, found.judged_by),
        as_of=chosen.as_of,
        sample=SampleOut(
            design="reviewed" if source == "final" else "all_scored",
            population=None if chosen.as_of else rates.handled(session, client.user, chosen),
            drawn=total.n + total.uncertain + total.not_applicable,
            apart=found.apart,
        ),
        groups=groups,
        total=total,
        next_cursor=None,
    )


@router.get("/complaint-rate", response_model=ComplaintRateOut, response_model_exclude_unset=True, responses=CSV_TOO)
def get_complaint_rate(
    client: Reader,
    session: SessionDep,
    days: DaysDep,
    whose: WhoseDep,
    broken_down: BreakdownDep,
    csv: CsvWanted,
    category: Annotated[
        ComplaintCategory | None,
        Query(description="Only complaints of this category; attitude is 服务态度.", examples=["attitude"]),
    ] = None,
    target: Annotated[
        float | None,
        Query(ge=0, le=1000, description="Target per 1,000 calls, for the verdicts.", examples=[3]),
    ] = None,
    bom: ByteOrderMark = False,
) -> ComplaintRateOut | Response:
    """The complaint rate (投诉率): upheld complaints per 1,000 calls handled, with the exact Poisson 95 % interval."""
    strange = [one for one in broken_down.by if one not in OF_COMPLAINTS]
    if strange:
        raise wrong("group_by", f"complaints are not counted by {strange[0].value}")
    chosen = Filter(days.first_day, days.end_day, whose.team_id, whose.agent_id)
    found = rates.complaint_rates(session, client.user, broken_down.by, chosen, category)
    groups = [_complaint_group(one, target) for one in found.groups]
    total = _complaint_group(found.total, target)
    if csv:
        return _csv(broken_down, ComplaintRateGroup, groups if broken_down.by else [total], bom)
    return ComplaintRateOut(
        definition=ComplaintDefinition(
            complaint="upheld complaints ÷ calls handled × 1000", unit="per_1000_calls", category=category
        ),
        groups=groups,
        total=total,
        next_cursor=None,
    )


def _pass_group(group: Group, target: float | None) -> PassRateGroup:
    return PassRateGroup(
        **_rate(group, target),
        passed=group.rate.count,
        uncertain=group.uncertain,
        not_applicable=group.not_applicable,
        critical=group.critical,
        mean_score=group.mean_score,
    )


def _complaint_group(group: Group, target: float | None) -> ComplaintRateGroup:
    return ComplaintRateGroup(**_rate(group, target), upheld=group.rate.count)


def _rate(group: Group, target: float | None) -> dict[str, Any]:
    rate = group.rate
    return {
        **group.key,
        "n": rate.n,
        "rate": _rounded(rate.rate),
        "ci_low": _rounded(rate.ci_low),
        "ci_high": _rounded(rate.ci_high),
        "ci_method": rate.ci_method,
        "target": target,
        "verdict": rate.verdict_against(target) if target is not None else None,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)


def _definition(source: Source, judged: tuple[Judged, ...]) -> PassDefinition:
    marks = {one.pass_mark for one in judged}
    mark = f"{marks.pop():g}" if len(marks) == 1 else "the scorecard's pass mark"
    scorecards = {one.scorecard for one in judged}
    versions = {one.version for one in judged}
    return PassDefinition(
        **{"pass": f"score >= {mark} and no critical fail"},
        unit="call",
        source=source,
        scorecard=scorecards.pop() if len(scorecards) == 1 else None,
        version=versions.pop() if len(versions) == 1 else None,
        judged_by=[JudgedOut(scorecard=one.scorecard, version=one.version, pass_mark=one.pass_mark) for one in judged],
    )


def _csv(
    broken_down: Breakdown,
    kind: type[PassRateGroup] | type[ComplaintRateGroup],
    groups: list[PassRateGroup] | list[ComplaintRateGroup],
    byte_order_mark: bool,
) -> Response:
    keys = {one.value for one in GroupBy} - {one.value for one in broken_down.by}
    header = [name for name in kind.model_fields if name not in keys]
    rows: list[list[Cell]] = [[getattr(group, name) for name in header] for group in groups]
    return csv_response(header, rows, byte_order_mark)
