"""The page of one indicator: what it is, its run chart, what its values are by team, agent, queue and direction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_see_targets
from app.contacts.queries import Chosen
from app.domain.metrics import Indicator, Unit
from app.domain.metrics.run_chart import FEWEST_BEFORE, SHIFT, Signal
from app.kit import clock
from app.kit.i18n import N_, Translator
from app.reports.indicator_asked import By, known_by
from app.reports.indicator_past import OwnPast, Step, own_pasts
from app.reports.indicators import MeasuredGroup, indicator, measured
from app.web.charts import Point, RunChart, run_chart
from app.web.choices import Choice
from app.web.indicator_filter import (
    IndicatorFilter,
    agent_choices,
    direction_choices,
    leads_all,
    team_choices,
)
from app.web.indicator_views import (
    SOURCE_NAMES,
    IndicatorLine,
    counted,
    interval_of,
    line_of,
    lines_of,
    signal_shown,
    told,
)
from app.web.note_views import today_on_site
from app.web.target_views import BETTER, DIRECTIONS, KnownView, known_views, words_of

BROKEN_DOWN = {
    By.TEAM: N_("Team"),
    By.AGENT: N_("Agent"),
    By.QUEUE: N_("Queue or project"),
    By.DIRECTION: N_("Direction"),
}
INTERVALS = {By.DAY: N_("By day"), By.WEEK: N_("By week"), By.MONTH: N_("By month")}
LABELS = {By.DAY: "%m-%d", By.WEEK: "W%V", By.MONTH: "%Y-%m"}
HEADS = {By.DAY: N_("Day"), By.WEEK: N_("Week"), By.MONTH: N_("Month")}
# What the run rule says, and of what.
SAID = {
    Signal.NO_SIGNAL: N_("The values move about the median of the %(before)s before them, as they always did."),
    Signal.TOO_FEW_TO_SAY: N_("%(shift)s values are needed, and %(fewest)s before them."),
    Signal.SHIFT_UP: N_("%(longest)s values in a row lie above the median of the %(before)s before them."),
    Signal.SHIFT_DOWN: N_("%(longest)s values in a row lie below the median of the %(before)s before them."),
}
BOUNDS: Mapping[Unit, tuple[float, float | None]] = {
    Unit.SHARE: (0, 100),
    Unit.POINTS: (0, 100),
    Unit.NET_POINTS: (-100, 100),
}


@dataclass(frozen=True)
class ChartView:
    """A run chart with its title and what the run rule says of it."""

    title: str
    chart: RunChart | None
    said: str
    shown_tone: str
    shown_glyph: str
    shown_word: str
    past: OwnPast


@dataclass(frozen=True)
class GroupLine:
    """The value of a team, an agent, a queue or a direction; `url` is where more of it stands."""

    name: str
    url: str
    line: IndicatorLine


@dataclass(frozen=True)
class IndicatorPage:
    """One indicator in full."""

    template: ClassVar[str] = "indicators/show.html"
    id: str
    name: str
    definition: str
    better: str
    source: str
    made_of: tuple[str, ...]
    lines: tuple[IndicatorLine, ...]
    charts: tuple[ChartView, ...]
    head: str
    intervals: tuple[Choice, ...]
    tabs: tuple[Choice, ...]
    by: By
    groups: tuple[GroupLine, ...]
    sure: tuple[KnownView, ...]
    doubtful: tuple[KnownView, ...]
    targets_url: str
    teams: tuple[Choice, ...]
    agents: tuple[Choice, ...]
    directions: tuple[Choice, ...]
    queue: str
    interval: str
    first: date
    last: date
    list_url: str
    csv_url: str
    workbook_url: str


def indicator_page(
    session: Session, user: User, indicator_id: str, asked: IndicatorFilter, words: Translator
) -> IndicatorPage:
    """All that is shown of one indicator."""
    known, today = indicator(indicator_id), today_on_site(session, user, clock.now())
    chosen, (first, last) = asked.chosen(today, user), asked.within(today)
    path, by = f"/indicators/{known.id}", _by(known, asked)
    found = measured(session, user, [known.id], (), chosen).total
    pasts = own_pasts(session, user, [known.id], chosen, last, asked.interval)
    lines = lines_of(found.values, pasts, user, words)
    steps = next((one.interval for one in pasts.values()), asked.interval)
    values = known_views(known, (), False, words)
    return IndicatorPage(
        id=known.id,
        name=words_of(known.name, words.language),
        definition=words_of(known.definition, words.language),
        better=words.gettext(BETTER[known.more_is_better]),
        source=words.gettext(SOURCE_NAMES[known.basis]),
        made_of=known.sums,
        lines=lines,
        charts=tuple(_chart(line, past, words) for line in lines if (past := pasts.get(_key(line)))),
        head=words.gettext(HEADS[steps]),
        intervals=tuple(
            Choice(asked.address(path, interval=one), words.gettext(label), one == steps)
            for one, label in INTERVALS.items()
            if one in known_by(known)
        ),
        tabs=tuple(
            Choice(asked.address(path, by=one), words.gettext(BROKEN_DOWN[one]), one == by)
            for one in broken_down(known)
        ),
        by=by,
        groups=group_lines(session, user, known, by, chosen, asked, words),
        sure=tuple(one for one in values if one.sure),
        doubtful=tuple(one for one in values if not one.sure),
        targets_url=f"/targets/{known.id}" if may_see_targets(user) else "",
        teams=team_choices(session, user, asked.team),
        agents=agent_choices(session, user, asked.agent),
        directions=direction_choices(asked.direction, words),
        queue=asked.queue or "",
        interval=asked.interval.value,
        first=first,
        last=last,
        list_url=asked.address("/indicators", **asked.whose()),
        csv_url=asked.address(f"{path}.csv"),
        workbook_url=asked.address(f"{path}.xlsx"),
    )


def broken_down(known: Indicator) -> tuple[By, ...]:
    """By what the values of an indicator can be told."""
    return tuple(one for one in BROKEN_DOWN if one in known_by(known))


def group_lines(
    session: Session,
    user: User,
    known: Indicator,
    by: By,
    chosen: Chosen,
    asked: IndicatorFilter,
    words: Translator,
) -> tuple[GroupLine, ...]:
    """The values by name, never by rate: where ranges overlap, the order would be chance."""
    groups = measured(session, user, [known.id], (by,), chosen).groups
    agents = accounts.agents(session, None if leads_all(user) else user.team_id) if by == By.AGENT else ()
    names = accounts.names(session, {one.agent_id for one in groups if one.agent_id is not None})
    lines = []
    for group in groups:
        name = _name(group, by, names, words)
        url = _url(group, by, known, {one.id for one in agents}, asked)
        lines += [GroupLine(name, url, line_of(one, None, user, words)) for one in group.values]
    return tuple(sorted(lines, key=lambda one: one.name.casefold()))


def _by(known: Indicator, asked: IndicatorFilter) -> By:
    can = broken_down(known)
    return asked.by if asked.by in can else can[0]


def _key(line: IndicatorLine) -> tuple[str, str | None]:
    return line.id, line.measured.direction


def _name(group: MeasuredGroup, by: By, names: Mapping[int, str], words: Translator) -> str:
    """What a group is called, with the direction where its values are told apart by it."""
    key = group.key[by.value]
    if key is None:
        return words.gettext("none")
    if by == By.DIRECTION:
        return words.gettext(DIRECTIONS[key])
    return names.get(group.agent_id or 0, key) if by == By.AGENT else key


def _url(group: MeasuredGroup, by: By, known: Indicator, seen: set[int | None], asked: IndicatorFilter) -> str:
    """Where more of a group stands: an agent's report, or this page of that team or queue."""
    if by == By.AGENT:
        address = f"/agents/{group.agent_id}/report"
        return (
            asked.address(address, **asked.whose(), team=None, agent=None, queue=None, direction=None)
            if (group.agent_id in seen)
            else ""
        )
    if group.key[by.value] is None:
        return ""
    value = group.team_id if by == By.TEAM else group.key[by.value]
    return asked.address(f"/indicators/{known.id}", **{by.value: value, "by": None})


def _chart(line: IndicatorLine, past: OwnPast, words: Translator) -> ChartView:
    known, target = past.indicator, line.measured.target
    middle = past.before.median
    shown = signal_shown(past, words)
    chart = run_chart(
        [_point(one, past, words) for one in past.steps],
        lambda value: f"{round(value, 1):g} %" if known.unit == Unit.SHARE else f"{round(value, 1):,g}",
        bounds=BOUNDS.get(known.unit, (0, None)),
        target=in_unit(known.unit, target.value) if target else None,
        target_label=words.gettext("Target"),
        median_label=words.gettext("Median") if middle is not None else "",
        median_of=[in_unit(known.unit, one) for one in past.past],
    )
    return ChartView(line.name, chart, _said(past, words), shown.tone, shown.glyph, shown.word, past)


def in_unit(unit: Unit, value: float) -> float:
    """The number as it is shown: shares in percent."""
    return round(100 * value, 4) if unit == Unit.SHARE else value


def _point(step: Step, past: OwnPast, words: Translator) -> Point:
    """A step of the chart; an interval in which nothing was counted leaves a gap."""
    label, one = f"{step.first_day:{LABELS[past.interval]}}", step.measured
    if one is None or one.rate is None or one.rate.rate is None:
        return Point(label)
    unit, rate = past.indicator.unit, one.rate
    low, high = (in_unit(unit, end) if end is not None else None for end in (rate.ci_low, rate.ci_high))
    reach, of = interval_of(rate, unit, words, one.currency), counted(rate, unit, words)
    said = told(unit, one.rate.rate, words, one.currency) + (f" ({reach})" if reach else "")
    said = f"{said}, {of}" if of else said
    return Point(label, in_unit(unit, one.rate.rate), low, high, said, f"{rate.n}")


def _said(past: OwnPast, words: Translator) -> str:
    return words.gettext(SAID[past.before.signal]) % {
        "before": past.before.before,
        "longest": past.before.longest,
        "shift": SHIFT,
        "fewest": FEWEST_BEFORE,
    }
