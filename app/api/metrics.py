"""Rates, never without what they are made of: counts, interval, and what may be said about a target."""

from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Response

from app.accounts import queries as accounts
from app.accounts.policies import may_see_team, who_may
from app.api.parameters import (
    CSV_TOO,
    PLAIN,
    AsOfDep,
    ByteOrderMark,
    CsvWanted,
    Cursor,
    DaysDep,
    Reader,
    WhoseDep,
    csv_response,
    wrong,
)
from app.api.pass_rate_answers import GROUPS, MOST_GROUPS, Shown, cursor_after, json_response, rate_of, window
from app.api.rates import (
    ComplaintDefinition,
    ComplaintRateGroup,
    ComplaintRateOut,
    JudgedOut,
    PassDefinition,
    PassRateGroup,
    PassRateOut,
)
from app.api.routing import api_router
from app.complaints.models import ComplaintCategory
from app.kit import clock
from app.kit.csv_files import Cell
from app.kit.errors import Forbidden
from app.reports import pass_rates
from app.reports.complaint_rates import OF_COMPLAINTS, complaint_rates
from app.reports.exact_queries import Exact
from app.reports.pass_rates import Asked, Goal
from app.reports.queries import Filter, Source
from app.reports.rate_groups import GroupBy
from app.reports.rates import Judged
from app.request import Client, SessionDep
from app.reviews.models import Picked

router = api_router("/metrics", ["metrics"])


@dataclass(frozen=True)
class Breakdown:
    """What rates are broken down by."""

    by: tuple[GroupBy, ...]


async def breakdown(
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
Limit = Annotated[int, Query(ge=1, le=MOST_GROUPS, description="How many groups at most.", examples=[100])]


TimeField = Literal["call", "submitted", "released"]


async def judged_calls(
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
    item: Annotated[
        str | None,
        Query(max_length=100, pattern=PLAIN, description="Only this item of the scorecard.", examples=["greeting"]),
    ] = None,
    design: Annotated[
        Picked | None,
        Query(description="Only calls that came to be reviewed so; `risk` and `person` are in no rate else."),
    ] = None,
) -> Filter:
    """Which judged calls are meant."""
    return Filter(
        days.first_day,
        days.end_day,
        whose.team_id,
        whose.agent_id,
        queue,
        scorecard,
        version,
        as_of,
        design=design.value if design else None,
        item=item,
    )


async def reader_of_rates(client: Reader) -> Client:
    """Who asks, unless an agent: of one call the counts are its result, and they know of no release."""
    if not may_see_team(client.user):
        raise Forbidden(roles=who_may(may_see_team))
    return client


@dataclass(frozen=True)
class Which:
    """Whose verdicts on which calls, by which day; `exact` where no stored sum tells it."""

    chosen: Filter
    source: Source
    time_field: TimeField
    exact: Exact | None

    @property
    def path(self) -> Literal["fast", "exact"]:
        return "fast" if self.exact is None and self.chosen.as_of is None else "exact"


def which(
    session: SessionDep,
    client: Annotated[Client, Depends(reader_of_rates)],
    chosen: Annotated[Filter, Depends(judged_calls)],
    source: Annotated[
        Source,
        Query(
            description="final: people's submitted reviews; machine: all that was scored. Never mixed.",
            examples=["final"],
        ),
    ] = "final",
    time_field: Annotated[
        TimeField,
        Query(
            description="Whose days count: of the calls; of their submission (the machine's: its judging); or of the "
            "release to the agent, which is counted call by call.",
            examples=["call"],
        ),
    ] = "call",
    reviewer: Annotated[
        str | None,
        Query(max_length=100, pattern=PLAIN, description="User name of who reviewed; call by call.", examples=["kim"]),
    ] = None,
    tz: Annotated[
        str | None,
        Query(
            max_length=60,
            description="IANA time zone in which days begin; another than the teams' is counted call by call. Without "
            "it, days are those of each call's team.",
            examples=["Asia/Shanghai"],
        ),
    ] = None,
) -> Which:
    """What was asked for, and whether stored sums can tell it."""
    person = accounts.user_named(session, reviewer) if reviewer else None
    if reviewer and person is None:
        raise wrong("reviewer", f"there is no {reviewer!r}")
    released = time_field == "released"
    if source == "machine" and (reviewer or released):
        raise wrong("source", "a machine has no reviewer and releases nothing: ask for `source=final`")
    if chosen.as_of is not None and (reviewer or released):
        raise wrong("as_of", "who reviewed and when it was released is known of now alone: leave one of them out")
    exact = pass_rates.exact_path(session, client.user, chosen, tz, person.id if person else None, released)
    chosen = replace(chosen, time_field="submitted" if time_field == "submitted" else "call")
    return Which(chosen, source, time_field, exact)


@router.get("/pass-rate", response_model=PassRateOut, response_model_exclude_unset=True, responses=CSV_TOO)
def get_pass_rate(
    client: Annotated[Client, Depends(reader_of_rates)],
    session: SessionDep,
    asked: Annotated[Which, Depends(which)],
    broken_down: BreakdownDep,
    csv: CsvWanted,
    unit: Annotated[
        Literal["call", "agent"],
        Query(
            description="call: calls that passed; agent: agents whose mean score reaches the pass mark.",
            examples=["call"],
        ),
    ] = "call",
    target: Annotated[
        float | None,
        Query(ge=0, le=1, description="Target as a share, 0-1; without it, the one that is set.", examples=[0.95]),
    ] = None,
    limit: Limit = GROUPS,
    cursor: Cursor = None,
    bom: ByteOrderMark = False,
) -> Response:
    """The monitoring pass rate (监听合格率): calls that passed ÷ calls decided, with Wilson's 95 % interval."""
    by_item = asked.chosen.item is not None or GroupBy.ITEM in broken_down.by
    if unit == "agent" and by_item:
        raise wrong("unit", "items have no mean score: ask for `unit=call`")
    question = Asked(asked.source, unit, broken_down.by, asked.chosen, asked.exact, target)
    page = None if csv else window(cursor, limit)
    found = pass_rates.measured(session, client.user, question, page, clock.now())
    shown = Shown(found, by_item)
    if csv:
        return _csv(broken_down, PassRateGroup, shown.groups if broken_down.by else [shown.total], bom)
    definition = _definition(asked.source, unit, found.rates.about.judged_by, asked.chosen.item)
    return json_response(
        {
            "definition": definition.model_dump(by_alias=True),
            "as_of": asked.chosen.as_of,
            "sample": shown.sample(asked.source).model_dump(exclude_unset=True),
            "path": asked.path,
            "time_field": asked.time_field,
            "groups": shown.groups,
            "total": shown.total,
            "group_count": found.rates.count,
            "next_cursor": cursor_after(found.rates.groups, found.rates.more),
        }
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
    limit: Limit = GROUPS,
    cursor: Cursor = None,
    bom: ByteOrderMark = False,
) -> Response:
    """The complaint rate (投诉率): upheld complaints per 1,000 calls handled, with the exact Poisson 95 % interval."""
    strange = [one for one in broken_down.by if one not in OF_COMPLAINTS]
    if strange:
        raise wrong("group_by", f"complaints are not counted by {strange[0].value}")
    chosen = Filter(days.first_day, days.end_day, whose.team_id, whose.agent_id)
    page = None if csv else window(cursor, limit)
    found = complaint_rates(session, client.user, broken_down.by, chosen, category, page)
    # What is set is meant for complaints about attitude; of others a client says itself what is to be reached.
    indicator = pass_rates.COMPLAINT_RATE if category == ComplaintCategory.ATTITUDE else ""
    goal = Goal(session, indicator, chosen, target, clock.now().date())
    groups = [{**rate_of(one, goal.of(one)), "upheld": one.rate.count} for one in found.groups]
    total = {**rate_of(found.total, goal.of(found.total)), "upheld": found.total.rate.count}
    if csv:
        return _csv(broken_down, ComplaintRateGroup, groups if broken_down.by else [total], bom)
    definition = ComplaintDefinition(
        complaint="upheld complaints ÷ calls handled × 1000", unit="per_1000_calls", category=category
    )
    return json_response(
        {
            "definition": definition.model_dump(),
            "groups": groups,
            "total": total,
            "group_count": found.count,
            "next_cursor": cursor_after(found.groups, found.more),
        }
    )


def _definition(
    source: Source, unit: Literal["call", "agent"], judged: tuple[Judged, ...], item: str | None
) -> PassDefinition:
    marks = {one.pass_mark for one in judged}
    mark = f"{marks.pop():g}" if len(marks) == 1 else "the scorecard's pass mark"
    scorecards = {one.scorecard for one in judged}
    versions = {one.version for one in judged}
    return PassDefinition(
        **{"pass": _passes(unit, mark, item)},
        unit=unit,
        source=source,
        scorecard=scorecards.pop() if len(scorecards) == 1 else None,
        version=versions.pop() if len(versions) == 1 else None,
        judged_by=[JudgedOut(scorecard=one.scorecard, version=one.version, pass_mark=one.pass_mark) for one in judged],
    )


def _passes(unit: str, mark: str, item: str | None) -> str:
    if item is not None:
        return f"the item {item} passes"
    return f"mean score >= {mark}" if unit == "agent" else f"score >= {mark} and no critical fail"


def _csv(
    broken_down: Breakdown,
    kind: type[PassRateGroup] | type[ComplaintRateGroup],
    groups: list[dict[str, Any]],
    byte_order_mark: bool,
) -> Response:
    keys = {one.value for one in GroupBy} - {one.value for one in broken_down.by} | {"corrected"}
    header = [name for name in kind.model_fields if name not in keys]
    rows: list[list[Cell]] = [[group.get(name) for name in header] for group in groups]
    return csv_response(header, rows, byte_order_mark)
