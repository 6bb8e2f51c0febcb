"""How plans, strata and estimates are told: in the words and numbers of the pages about sampling."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from app.accounts import queries as accounts
from app.domain.metrics import Standing, StratifiedRate
from app.kit.i18n import N_, Translator
from app.reports.wording import LANGUAGES, Shown
from app.sampling.models import Dimension, Period, SamplingPlan
from app.sampling.stratifying import LONGEST, UNKNOWN, PlanFacts, labels

PERIODS = {
    Period.ONCE: N_("Once, from these days"),
    Period.DAY: N_("Every day"),
    Period.WEEK: N_("Every week, from Monday"),
    Period.MONTH: N_("Every month"),
}
DIMENSIONS = {
    Dimension.TEAM: N_("Team"),
    Dimension.AGENT: N_("Agent"),
    Dimension.QUEUE: N_("Queue"),
    Dimension.LENGTH: N_("Length"),
}
BANDS = {
    "2": N_("under 2 min"),
    "5": N_("2–5 min"),
    "10": N_("5–10 min"),
    LONGEST: N_("10 min and more"),
    UNKNOWN: N_("length unknown"),
}
DIRECTIONS = {"inbound": N_("Inbound"), "outbound": N_("Outbound")}
STANDINGS = {
    Standing.MET: Shown("✓", N_("Met"), "pass"),
    Standing.NOT_MET: Shown("✕", N_("Not met"), "fail"),
    Standing.TOO_FEW_TO_SAY: Shown("?", N_("Too few to say"), "caution"),
}
# Of a stratum that was put together from more keys than these, the rest are only counted.
NAMED = 3


@dataclass(frozen=True)
class EstimateView:
    """An estimate as it is read; the numbers for its picture are in percent of the line. `at` is None without calls."""

    value: str
    interval: str
    n: int
    count: int
    at: float | None
    low: float
    high: float
    goal: float | None
    standing: Shown | None


@dataclass(frozen=True)
class Names:
    """What teams and agents are called, by id."""

    teams: Mapping[str, str]
    agents: Mapping[str, str]
    words: Translator

    def value(self, dimension: Dimension, value: str) -> str:
        """A value of a dimension, in words."""
        if dimension == Dimension.LENGTH:
            return self.words.gettext(BANDS[value])
        if not value:
            return {
                Dimension.TEAM: self.words.gettext("no team"),
                Dimension.AGENT: self.words.gettext("Unknown agent"),
            }.get(dimension, self.words.gettext("no queue"))
        return {Dimension.TEAM: self.teams, Dimension.AGENT: self.agents}.get(dimension, {}).get(value, value)

    def key(self, plan: SamplingPlan | PlanFacts, key: Sequence[str]) -> str:
        """A key, in words; without dimensions it holds all calls."""
        told = [self.value(dimension, value) for dimension, value in labels(plan, key)]
        return " · ".join(told) or self.words.gettext("All calls")

    def stratum(self, plan: SamplingPlan | PlanFacts, keys: Sequence[Sequence[str]]) -> str:
        """A stratum, in words; of one that was put together, its first parts."""
        told = " + ".join(self.key(plan, key) for key in keys[:NAMED])
        more = len(keys) - NAMED
        if more > 0:
            told += " + " + self.words.ngettext("%(n)s more", "%(n)s more", more) % {"n": more}
        return told


def names(session: Session, words: Translator) -> Names:
    """What teams and agents are called."""
    return Names(
        {str(team.id): team.name for team in accounts.teams(session)},
        {str(user.id): user.name for user in accounts.users(session)},
        words,
    )


def days(first: date, last: date) -> str:
    """A period, in days."""
    return first.isoformat() if first == last else f"{first} – {last}"


def size(plan: SamplingPlan | PlanFacts, words: Translator) -> str:
    """How many calls a plan draws."""
    if plan.of_each_agent:
        return words.ngettext("%(n)s call of each agent", "%(n)s calls of each agent", plan.size) % {"n": plan.size}
    return words.ngettext("%(n)s call", "%(n)s calls", plan.size) % {"n": plan.size}


def covered(plan: SamplingPlan | PlanFacts, named: Names) -> str:
    """Which calls a plan is about."""
    words = named.words
    told = [
        ", ".join(named.teams.get(str(one), str(one)) for one in plan.teams) or words.gettext("All teams"),
        ", ".join(plan.queues),
        ", ".join(words.gettext(DIRECTIONS[one]) for one in plan.directions),
        ", ".join(words.gettext(LANGUAGES.get(one, one)) for one in plan.languages),
    ]
    return " · ".join(one for one in told if one)


def by_what(plan: SamplingPlan | PlanFacts, words: Translator) -> str:
    """By what a plan stratifies."""
    told = [words.gettext(DIMENSIONS[Dimension(one)]) for one in plan.strata]
    return ", ".join(told) or words.gettext("all calls together")


def estimate_view(rate: StratifiedRate, target: float | None, words: Translator) -> EstimateView:
    """An estimate, in percent."""
    if rate.rate is None or rate.ci_low is None or rate.ci_high is None:
        return EstimateView("–", "", 0, 0, None, 0, 0, _percent(target), None)
    standing = STANDINGS[rate.verdict_against(target)] if target is not None else None
    return EstimateView(
        value=f"{100 * rate.rate:.1f} %",
        interval=f"{100 * rate.ci_low:.1f}–{100 * rate.ci_high:.1f} %",
        n=rate.n,
        count=rate.count,
        at=_percent(rate.rate),
        low=_percent(rate.ci_low) or 0.0,
        high=_percent(rate.ci_high) or 0.0,
        goal=_percent(target),
        standing=standing._replace(word=words.gettext(standing.word)) if standing else None,
    )


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 2)
