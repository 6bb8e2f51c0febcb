"""Where a call is summed: in which groups, over which days and months."""

from collections.abc import Iterator, Mapping
from datetime import date
from operator import add
from typing import NamedTuple

from app.domain.evidence import Verdict
from app.tallies.models import Level, Span, TallyKey


class Numbers(NamedTuple):
    """What is summed of calls: how many were decided (`n`), passed …, and their scores in tenths of a point."""

    n: int = 0
    passed: int = 0
    uncertain: int = 0
    not_applicable: int = 0
    critical: int = 0
    score_tenths: int = 0

    def plus(self, other: "Numbers") -> "Numbers":
        return Numbers(*map(add, self, other))


NUMBERS = Numbers._fields
# What is summed of an item: as its column, by verdict.
VERDICTS: Mapping[str, str] = {
    Verdict.PASS.value: "passed",
    Verdict.FAIL.value: "failed",
    Verdict.UNCERTAIN.value: "uncertain",
    Verdict.UNSCORED.value: "unscored",
    Verdict.NOT_APPLICABLE.value: "not_applicable",
}
DAYS = (Span.CALL_DAY, Span.SUBMITTED_DAY, Span.BOTH_DAY)


class Group(NamedTuple):
    """Whose calls, judged by what: the columns of `TallyGroup`."""

    level: str
    source: str
    team_id: int
    agent_id: int
    queue: str
    scorecard: str
    version: str
    design: str


class Cell(NamedTuple):
    """One sum: of a group, over a span that begins on `start`."""

    group: Group
    span: int
    start: date


def groups(key: TallyKey) -> tuple[Group, ...]:
    """The groups of a call, one of each level."""
    judged, whole = (key.scorecard, key.version, key.design), ("", "", "", key.design)
    return (
        Group(Level.AGENT.value, key.source, key.team_id, key.agent_id, key.queue, *judged),
        Group(Level.TEAM.value, key.source, key.team_id, 0, key.queue, *judged),
        Group(Level.SITE.value, key.source, 0, 0, "", *judged),
        Group(Level.WHOLE_AGENT.value, key.source, key.team_id, key.agent_id, *whole),
        Group(Level.WHOLE_TEAM.value, key.source, key.team_id, 0, *whole),
        Group(Level.WHOLE_SITE.value, key.source, 0, 0, *whole),
    )


def spans(key: TallyKey) -> Iterator[tuple[Span, date]]:
    """The days and months in which a call is summed, with the first day of each."""
    call, submitted = key.site_day, key.submitted_day or key.site_day
    if call == submitted:
        yield Span.BOTH_DAY, call
    else:
        yield Span.CALL_DAY, call
        yield Span.SUBMITTED_DAY, submitted
    call, submitted = call.replace(day=1), submitted.replace(day=1)
    if call == submitted:
        yield Span.BOTH_MONTH, call
    else:
        yield Span.CALL_MONTH, call
        yield Span.SUBMITTED_MONTH, submitted


def cells(key: TallyKey) -> Iterator[Cell]:
    """Every sum of calls that a call is in."""
    where = list(spans(key))
    for group in groups(key):
        for span, start in where:
            yield Cell(group, int(span), start)


def item_cells(key: TallyKey) -> Iterator[Cell]:
    """Every sum of items that a call is in; of one agent they are kept by scorecard and day alone."""
    for one in cells(key):
        if one.group.level in (Level.TEAM, Level.SITE) or (one.group.level == Level.AGENT and one.span in DAYS):
            yield one
