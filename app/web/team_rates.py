"""A rate as the pages of teams show it: with its count, its range, and what may be said against its target."""

from dataclasses import dataclass, replace

from app.domain.metrics import Rate
from app.domain.metrics.interval import Standing
from app.kit.i18n import N_, Translator
from app.reports.rates import Group
from app.reports.wording import Shown

# Complaints are drawn on a line up to this many times the limit.
TIMES_LIMIT = 4
# What is missed is below its target, or above its limit.
STANDINGS = {
    (Standing.MET, True): Shown("✓", N_("Met"), "pass"),
    (Standing.MET, False): Shown("✓", N_("Met"), "pass"),
    (Standing.NOT_MET, True): Shown("✕", N_("Below"), "fail"),
    (Standing.NOT_MET, False): Shown("✕", N_("Above"), "fail"),
    (Standing.TOO_FEW_TO_SAY, True): Shown("–", N_("Too few to say"), "neutral"),
    (Standing.TOO_FEW_TO_SAY, False): Shown("–", N_("Too few to say"), "neutral"),
}


@dataclass(frozen=True)
class RateView:
    """A rate as it is read: never without its count; the numbers for its picture are in percent of the line.

    While calls are `open`, only what is certain is told: an interval of the decided ones alone would mislead, for
    what the machine can decide by itself it mostly decides as failed. Without a target there is no `goal`; `rate` is
    what all this was made of.
    """

    value: str
    interval: str
    n: int
    count: int
    standing: Shown
    at: float | None
    low: float
    high: float
    goal: float | None
    rate: Rate
    open: int = 0

    @property
    def failed(self) -> int:
        """How many did not pass."""
        return self.n - self.count

    @property
    def told(self) -> str:
        """The value with its range, as a chart and a file tell it."""
        return f"{self.value} ({self.interval})" if self.interval else self.value


def standing_shown(standing: Standing, more_is_better: bool, words: Translator) -> Shown:
    """What may be said about a target."""
    shown = STANDINGS[standing, more_is_better]
    return shown._replace(word=words.gettext(shown.word))


def share_of(rate: Rate, target: float | None, words: Translator) -> RateView:
    """A share: in percent, against a target in percent."""
    return _view(rate, 100.0, target, 100.0, words, "{value} %")


def by_machine(group: Group, target: float, words: Translator) -> RateView:
    """The machine's pass rate; while calls wait for a person, no more than its bounds."""
    view = share_of(group.rate, target, words)
    if not group.uncertain:
        return view
    passed, n, still_open = group.rate.count, group.rate.n, group.uncertain
    low, high = (100 * one / (n + still_open) for one in (passed, passed + still_open))
    return replace(
        view,
        value=f"{low:.0f}–{high:.0f} %",
        interval="",
        at=None,
        low=round(low, 2),
        high=round(high, 2),
        open=still_open,
    )


def per_thousand(rate: Rate, limit: float, words: Translator) -> RateView:
    """A complaint rate: per 1,000 already, against a limit per 1,000."""
    return _view(rate, 1.0, limit, limit * TIMES_LIMIT, words, "{value}")


def _view(rate: Rate, scale: float, goal: float | None, width: float, words: Translator, form: str) -> RateView:
    known = rate.rate is not None and rate.ci_low is not None and rate.ci_high is not None
    low, high = (rate.ci_low or 0.0) * scale, (rate.ci_high or 0.0) * scale
    places = 0 if scale > 1 else 1
    standing = Standing.TOO_FEW_TO_SAY if goal is None else rate.verdict_against(goal / scale)

    def place(value: float) -> float:
        return round(min(100.0, max(0.0, 100 * value / width)), 2)

    return RateView(
        value=form.format(value=f"{(rate.rate or 0.0) * scale:.{places}f}") if known else "–",
        interval=f"{low:.{places}f}–{form.format(value=f'{high:.{places}f}')}" if known else "",
        n=rate.n,
        count=rate.count,
        standing=standing_shown(standing, bool(rate.more_is_better), words),
        at=place((rate.rate or 0.0) * scale) if known else None,
        low=place(low),
        high=place(high),
        goal=place(goal) if goal is not None else None,
        rate=rate,
    )
