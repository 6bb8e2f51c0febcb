"""A team's main measures against their targets: met, below, or too few to say; or that no source tells them yet."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session

from app.accounts.models import Team, User
from app.accounts.policies import may_import_lists
from app.contacts.queries import Chosen
from app.domain.agreement import BOUND
from app.domain.metrics import Rate, Unit
from app.kit.i18n import N_, Translator
from app.reports.indicators import Measured, State, measured
from app.reports.team_report import Period, TeamReport
from app.reports.wording import Shown, number
from app.web.coefficients import STANDINGS as AGREEMENT_STANDINGS
from app.web.coefficients import coefficient
from app.web.target_views import DIRECTIONS, value_text, words_of
from app.web.team_goals import ATTITUDE, Goals, Says
from app.web.team_rates import RateView, by_machine, per_thousand, share_of, standing_shown

# What a team's page tells of the contacts; all others stand on the page of indicators.
MAIN = (
    "service_level",
    "connect_rate",
    "abandonment",
    "queue_time",
    "average_handle_time",
    "first_contact_resolution",
    "csat",
)
SUGGESTED = N_("suggested")
# Seconds and shares are told without digits that say nothing.
PLACES = {Unit.SECONDS: 0, Unit.RINGS: 1}


@dataclass(frozen=True)
class MeasureLine:
    """A measure: its value, its range and of how many it is; its target and what may be said of it.

    `note` stands in place of a value where there is none; `url` is where it can be looked into, or brought in.
    """

    name: str
    value: str
    interval: str
    counted: str
    target: str
    says: str
    shown: Shown | None
    note: str = ""
    url: str = ""


def measure_lines(
    session: Session, user: User, team: Team, found: TeamReport, goals: Goals, words: Translator
) -> tuple[MeasureLine, ...]:
    """What people and the machine found, and what the switch tells."""
    # Who may not bring a source in is not sent to a page that is closed to them.
    imports = "/imports" if may_import_lists(user) else ""
    chosen = Chosen(found.period.first, _end(found.period), team_id=team.id)
    told = measured(session, user, MAIN, (), chosen).total.values
    return (*_of_reviews(team, found, goals, words), *(_of_source(one, imports, words) for one in told))


def _end(period: Period) -> date:
    return period.last + timedelta(days=1)


def _of_reviews(team: Team, found: TeamReport, goals: Goals, words: Translator) -> tuple[MeasureLine, ...]:
    _, target, limit = words.gettext, goals.target, goals.limit
    at_least = f"≥ {target.told} %"
    says = _(SUGGESTED) if target.says == Says.SUGGESTED else ""
    agreed = found.reviewers.ac1
    figure, shown = coefficient(agreed), AGREEMENT_STANDINGS[agreed.standing]
    held = goals.known.at(ATTITUDE, day=found.period.last, team_id=team.id)
    attitude = per_thousand(found.attitude, held.value if held else limit.value, words)
    return (
        _line(_("Pass rate, by people"), share_of(found.final.total.rate, target.value, words), at_least, says, words),
        _line(
            _("Pass rate, by the machine"), by_machine(found.machine.total, target.value, words), at_least, says, words
        ),
        _line(_("Critical failures"), share_of(found.critical, None, words), "", "", words),
        _line(
            _("Complaints per 1,000 calls"),
            per_thousand(found.complaints.total.rate, limit.value, words),
            f"≤ {limit.told}",
            _(SUGGESTED) if limit.says == Says.SUGGESTED else "",
            words,
        ),
        _line(_("Attitude complaints per 1,000 calls"), attitude, f"≤ {number(held.value)}" if held else "", "", words),
        MeasureLine(
            _("Reviewers agree, blind (AC1)"),
            figure.value,
            figure.interval,
            _("%(count)s of %(n)s") % {"count": found.reviewers.alike.count, "n": agreed.n} if agreed.n else "",
            f"≥ {BOUND}",
            "",
            shown._replace(word=_(shown.word)) if agreed.n else None,
            note="" if agreed.n else _("No call of these days was scored by two people yet."),
            url="/agreement",
        ),
    )


def _line(name: str, view: RateView, target: str, says: str, words: Translator) -> MeasureLine:
    """A rate as a line; while calls are open, what is certain stands in place of the count."""
    _ = words.gettext
    if view.open:
        counted = _("%(passed)s passed, %(failed)s failed, %(open)s open") % {
            "passed": view.count,
            "failed": view.failed,
            "open": view.open,
        }
        return MeasureLine(name, view.value, "", counted, target, says, view.standing if target else None)
    if not view.interval:
        return MeasureLine(name, "", "", "", target, says, None, note=_("Nothing to count yet"))
    counted = _("%(count)s of %(n)s") % {"count": view.count, "n": view.n}
    return MeasureLine(name, view.value, view.interval, counted, target, says, view.standing if target else None)


def _of_source(one: Measured, imports: str, words: Translator) -> MeasureLine:
    """What the switch or a file tells; an indicator without a source says so, and where to bring it in."""
    name = words_of(one.indicator.name, words.language)
    if one.direction:
        name += f" ({words.gettext(DIRECTIONS[one.direction])})"
    unit = one.indicator.unit
    target = f"{_sign(one.indicator.more_is_better)}{_told(unit, one.target.value, words)}" if one.target else ""
    if one.state == State.NO_SOURCE_YET:
        return MeasureLine(name, "", "", "", target, "", None, words.gettext("no source yet"), imports)
    rate: Rate | None = one.rate
    value = rate.rate if rate is not None else None
    if rate is None or value is None:
        return MeasureLine(name, "", "", "", target, "", None, words.gettext("Nothing to count yet"))
    interval = ""
    if rate.ci_low is not None and rate.ci_high is not None:
        interval = f"{_told(unit, rate.ci_low, words)} – {_told(unit, rate.ci_high, words)}"
    shown = standing_shown(one.standing, bool(rate.more_is_better), words) if one.standing else None
    counted = words.ngettext("%(num)s counted", "%(num)s counted", rate.n) % {"num": rate.n}
    if unit == Unit.SHARE:
        counted = words.gettext("%(count)s of %(n)s") % {"count": rate.count, "n": rate.n}
    return MeasureLine(name, _told(unit, value, words), interval, counted, target, "", shown)


def _told(unit: Unit, value: float, words: Translator) -> str:
    """A value with its unit, without digits that say nothing."""
    if unit == Unit.SHARE:
        return f"{100 * value:.0f} %"
    return value_text(unit, round(value, PLACES.get(unit, 1)), words)


def _sign(more_is_better: bool | None) -> str:
    return {True: "≥ ", False: "≤ ", None: ""}[more_is_better]
