"""An indicator as pages show it: its value with its range and of how many it is, its target, and its own past."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from app.accounts.models import User
from app.accounts.policies import may_enter_facts, may_import_lists, may_record_complaints, may_review, may_see_calls
from app.domain.metrics import INDICATORS, Basis, Rate, Unit
from app.domain.metrics.indicator import SOURCES
from app.domain.metrics.run_chart import Signal
from app.kit.i18n import N_, Translator
from app.reports.indicator_asked import By
from app.reports.indicator_past import Name, OwnPast
from app.reports.indicators import Measured, State
from app.reports.wording import Shown
from app.targets.holding import Origin
from app.targets.values import in_field
from app.web.charts import Spark, spark
from app.web.target_views import DIRECTIONS, value_text, words_of
from app.web.team_rates import standing_shown

# What belongs together on the page; an indicator that stands in none of these comes last.
GROUPS: Mapping[str, tuple[str, ...]] = {
    N_("Being reached"): (
        "connect_rate",
        "service_level",
        "abandonment",
        "queue_time",
        "average_speed_of_answer",
        "rings",
    ),
    N_("Handling"): ("average_handle_time", "average_talk_time", "after_call_work", "transfer_rate", "total_calls"),
    N_("Quality"): ("monitoring_pass_rate", "knowledge_exam", "performance_score"),
    N_("Complaints"): ("attitude_complaint_rate", "total_complaints"),
    N_("Outcomes and surveys"): (
        "first_contact_resolution",
        "resolution_ratio",
        "repeat_contact_rate",
        "csat",
        "nps",
    ),
    N_("Staffing"): (
        "attendance",
        "occupancy",
        "utilisation",
        "idle_time",
        "work_efficiency",
        "average_working_time",
    ),
    N_("Outbound calls"): ("outbound_calls", "outbound_successes", "outbound_efficiency"),
    N_("Costs"): ("cost_per_call",),
}
OTHERS = N_("Others")
# Where what an indicator needs is brought in, and who may do that.
BROUGHT_IN: Mapping[Basis, tuple[str, Callable[[User], bool]]] = {
    Basis.CONTACTS: ("/imports", may_import_lists),
    Basis.SURVEYS: ("/imports", may_import_lists),
    Basis.OUTCOMES: ("/imports", may_import_lists),
    Basis.AGENT_DAYS: ("/imports", may_import_lists),
    Basis.CALLS: ("/calls", may_see_calls),
    Basis.REVIEWS: ("/queue", may_review),
    Basis.COMPLAINTS: ("/complaints", may_record_complaints),
    Basis.AGENT_FACTS: ("/facts", may_enter_facts),
    Basis.COSTS: ("/facts", may_enter_facts),
}
SOURCE_NAMES = {
    Basis.CONTACTS: N_("Records of the telephone switch"),
    Basis.SURVEYS: N_("Answers of customers"),
    Basis.OUTCOMES: N_("Outcomes of contacts"),
    Basis.AGENT_DAYS: N_("Days of agents"),
    Basis.CALLS: N_("Recorded calls"),
    Basis.REVIEWS: N_("Reviews by people"),
    Basis.COMPLAINTS: N_("The register of complaints"),
    Basis.AGENT_FACTS: N_("Results entered of agents"),
    Basis.COSTS: N_("Costs that were entered"),
}
NOTES = {
    State.NO_SOURCE_YET: N_("no source yet"),
    State.NOTHING_COUNTED: N_("nothing counted in these days"),
    State.NOT_BY_THIS: N_("its source does not know this choice"),
    State.NOT_YOURS: N_("your role does not read it"),
}
ORIGINS = {Origin.SET: N_("set"), Origin.SHIPPED: N_("shipped")}
OF_WHOLE_MONTHS = (Basis.AGENT_FACTS, Basis.COSTS)
MOVED = {
    True: N_("Shift for the better"),
    False: N_("Shift for the worse"),
    None: N_("Shift"),
}
# Digits behind the point, where not one.
PLACES = {Unit.RINGS: 2, Unit.MONEY: 2}
SPANS = {
    By.DAY: N_("%(num)s days: from %(first)s to %(last)s"),
    By.WEEK: N_("%(num)s weeks: from %(first)s to %(last)s"),
    By.MONTH: N_("%(num)s months: from %(first)s to %(last)s"),
}
TONES = {True: "pass", False: "fail", None: "neutral"}


@dataclass(frozen=True)
class PastView:
    """An indicator beside its own past: the line of the last intervals, what it says in words, and the run rule."""

    line: Spark | None
    told: str
    shown: Shown


@dataclass(frozen=True)
class IndicatorLine:
    """An indicator in a table; without a value `note` says why, `hint` what to do, and `url` where that is done."""

    id: str
    name: str
    definition: str
    value: str
    interval: str
    counted: str
    target: str
    origin: str
    shown: Shown | None
    note: str
    hint: str
    url: str
    past: PastView | None
    measured: Measured


@dataclass(frozen=True)
class LineGroup:
    """Indicators that belong together."""

    title: str
    lines: tuple[IndicatorLine, ...]


def grouped(lines: Sequence[IndicatorLine], words: Translator) -> tuple[LineGroup, ...]:
    """The lines under their headings, in the order of the headings; what stands under none comes last."""
    known = {one for ids in GROUPS.values() for one in ids}
    groups = {**GROUPS, OTHERS: tuple(one for one in INDICATORS if one not in known)}
    found = (
        LineGroup(words.gettext(title), tuple(one for wanted in ids for one in lines if one.id == wanted))
        for title, ids in groups.items()
    )
    return tuple(group for group in found if group.lines)


def line_of(one: Measured, past: OwnPast | None, user: User, words: Translator) -> IndicatorLine:
    """An indicator as a line of a table."""
    rate, unit = one.rate, one.indicator.unit
    has_value = rate is not None and rate.rate is not None
    address, may = BROUGHT_IN[one.indicator.basis]
    is_missing = one.state == State.NO_SOURCE_YET
    return IndicatorLine(
        id=one.indicator.id,
        name=name_of(one, words),
        definition=words_of(one.indicator.definition, words.language),
        value=told(unit, rate.rate, words, one.currency) if rate and rate.rate is not None else "",
        interval=interval_of(rate, unit, words, one.currency) if rate and has_value else "",
        counted=counted(rate, unit, words) if rate and has_value else "",
        target=target_of(one, words),
        origin=words.gettext(ORIGINS[one.target.origin]) if one.target else "",
        shown=standing_shown(one.standing, bool(one.indicator.more_is_better), words) if one.standing else None,
        note="" if has_value else words.gettext(NOTES.get(one.state, NOTES[State.NOTHING_COUNTED])),
        hint=_hint(one, words) if not has_value else "",
        url=address if is_missing and may(user) else "",
        past=past_view(past, words) if past else None,
        measured=one,
    )


def lines_of(
    found: Sequence[Measured], pasts: Mapping[Name, OwnPast], user: User, words: Translator
) -> tuple[IndicatorLine, ...]:
    return tuple(line_of(one, pasts.get((one.indicator.id, one.direction)), user, words) for one in found)


def name_of(one: Measured, words: Translator) -> str:
    """The indicator's name, with the direction where directions are told apart."""
    name = words_of(one.indicator.name, words.language)
    return f"{name} ({words.gettext(DIRECTIONS[one.direction])})" if one.direction else name


def told(unit: Unit, value: float, words: Translator, currency: str | None = None) -> str:
    """A value with its unit, without digits that say nothing."""
    if unit == Unit.SHARE:
        return f"{round(100 * value, 1):g} %"
    if unit == Unit.COUNT:
        return f"{value:,.0f}"
    if unit == Unit.MONEY and currency:
        return f"{value:,.2f} {currency}"
    return value_text(unit, round(value, PLACES.get(unit, 1)), words)


def interval_of(rate: Rate, unit: Unit, words: Translator, currency: str | None = None) -> str:
    """The 95 % range; empty where none exists."""
    if rate.ci_low is None or rate.ci_high is None:
        return ""
    if unit == Unit.SHARE:
        return f"{round(100 * rate.ci_low, 1):g}–{round(100 * rate.ci_high, 1):g} %"
    low = f"{rate.ci_low:,.0f}" if unit == Unit.COUNT else in_field(unit, round(rate.ci_low, PLACES.get(unit, 1)))
    return f"{low}–{told(unit, rate.ci_high, words, currency)}"


def counted(rate: Rate, unit: Unit, words: Translator) -> str:
    """Of how many a value is; a number of things says so itself."""
    if unit == Unit.COUNT and rate.rate == rate.n:
        return ""
    if unit in (Unit.SHARE, Unit.PER_THOUSAND) and rate.total is None:
        return words.gettext("%(count)s of %(n)s") % {"count": f"{rate.count:,}", "n": f"{rate.n:,}"}
    return words.ngettext("%(num)s counted", "%(num)s counted", rate.n) % {"num": f"{rate.n:,}"}


def target_of(one: Measured, words: Translator) -> str:
    """The target with at least or at most: "≥ 85 %"."""
    if one.target is None:
        return ""
    sign = {True: "≥ ", False: "≤ ", None: ""}[one.indicator.more_is_better]
    return f"{sign}{told(one.indicator.unit, one.target.value, words, one.currency)}"


def past_view(past: OwnPast, words: Translator) -> PastView | None:
    """An indicator beside its own past; None where that has no value at all."""
    values = [one.value for one in past.steps]
    known = [one for one in values if one is not None]
    if not known:
        return None
    ends = {
        "first": told(past.indicator.unit, known[0], words),
        "last": told(past.indicator.unit, known[-1], words),
        "num": len(values),
    }
    return PastView(spark(values), words.gettext(SPANS[past.interval]) % ends, signal_shown(past, words))


def signal_shown(past: OwnPast, words: Translator) -> Shown:
    """What the run rule says, in a word or two."""
    if past.before.signal == Signal.TOO_FEW_TO_SAY:
        return Shown("–", words.gettext("Too few to say"), "neutral")
    if past.before.signal == Signal.NO_SIGNAL:
        return Shown("=", words.gettext("No signal"), "neutral")
    glyph = "↑" if past.before.signal == Signal.SHIFT_UP else "↓"
    return Shown(glyph, words.gettext(MOVED[past.is_better]), TONES[past.is_better])


def _hint(one: Measured, words: Translator) -> str:
    """What to do so that there is a value."""
    if one.state == State.NO_SOURCE_YET:
        return words_of(SOURCES[one.indicator.basis], words.language)
    if one.state == State.NOTHING_COUNTED and one.indicator.basis in OF_WHOLE_MONTHS:
        return words.gettext("Only whole months that lie within the days count.")
    return ""
