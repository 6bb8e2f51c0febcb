"""How far people agree, as pages show it: never a coefficient without its range and what it is of."""

from dataclasses import dataclass

from app.domain.agreement import Agreement, Standing
from app.domain.leniency import CorrectedRate, Leniency
from app.kit.i18n import N_, Translator
from app.reports.agreement import ItemAgreement
from app.reports.wording import Shown

STANDINGS = {
    Standing.GOOD: Shown("✓", N_("Good"), "pass"),
    Standing.POOR: Shown("✕", N_("Ambiguous"), "fail"),
    Standing.TOO_FEW_TO_SAY: Shown("–", N_("Too few to say"), "neutral"),
}


@dataclass(frozen=True)
class Figure:
    """A number as it is read, with its 95 % range; both empty where there is nothing to tell."""

    value: str = ""
    interval: str = ""


@dataclass(frozen=True)
class AgreementView:
    """How two people agree about an item, over `n` calls."""

    n: int
    shown: Shown
    percent: Figure
    ac1: Figure
    alpha: Figure
    passes: Figure


@dataclass(frozen=True)
class LeniencyView:
    """How much more often a reviewer passes calls than those who score the same ones, in points of a hundred.

    `places` are where the range begins and ends and the value lies, in percent of a line from -50 to +50 points.
    """

    name: str
    n: int
    others: int
    figure: Figure
    shown: Shown
    places: tuple[float, float, float] | None


@dataclass(frozen=True)
class CorrectedView:
    """The pass rate as it was scored, and corrected."""

    n: int
    checked: int
    unsettled: int
    plain: str
    value: str
    interval: str


def agreement_view(found: ItemAgreement, words: Translator) -> AgreementView:
    """The agreement on an item, in words."""
    shown = STANDINGS[found.standing]
    return AgreementView(
        n=found.ac1.n,
        shown=shown._replace(word=words.gettext(shown.word)),
        percent=_percent(found.percent.value, found.percent.ci_low, found.percent.ci_high),
        ac1=coefficient(found.ac1),
        alpha=coefficient(found.alpha),
        passes=_percent(*found.passes) if found.passes else Figure(),
    )


def coefficient(found: Agreement) -> Figure:
    """A coefficient with two digits."""
    if found.value is None:
        return Figure()
    if found.ci_low is None or found.ci_high is None:
        return Figure(f"{found.value:.2f}")
    between = "–" if found.ci_low >= 0 else " … "
    return Figure(f"{found.value:.2f}", f"{found.ci_low:.2f}{between}{found.ci_high:.2f}")


def leniency_view(found: Leniency, name: str, words: Translator) -> LeniencyView:
    """How lenient somebody is, in words; below so many calls nothing is said."""
    if found.value is None or found.ci_low is None or found.ci_high is None:
        few = Shown("–", words.gettext("Too few to say"), "neutral")
        return LeniencyView(name, found.n, found.others, Figure(), few, None)
    low, value, high = (100 * one for one in (found.ci_low, found.value, found.ci_high))
    if low > 0:
        shown = Shown("↑", words.gettext("Passes more often"), "caution")
    elif high < 0:
        shown = Shown("↓", words.gettext("Passes less often"), "caution")
    else:
        shown = Shown("=", words.gettext("No difference shown"), "neutral")
    places = tuple(round(min(100.0, max(0.0, 50 + one)), 1) for one in (low, high, value))
    return LeniencyView(
        name,
        found.n,
        found.others,
        Figure(f"{value:+.1f}", f"{low:+.1f} … {high:+.1f}"),
        shown,
        (places[0], places[1], places[2]),
    )


def corrected_view(found: CorrectedRate) -> CorrectedView:
    """The corrected pass rate, in percent."""
    wide = found.ci_low is not None and found.ci_high is not None
    return CorrectedView(
        n=found.n,
        checked=found.checked,
        unsettled=found.unsettled,
        plain=f"{100 * found.plain:.1f} %" if found.plain is not None else "",
        value=f"{100 * found.value:.1f} %" if found.value is not None else "",
        interval=f"{100 * (found.ci_low or 0):.1f}–{100 * (found.ci_high or 0):.1f} %" if wide else "",
    )


def _percent(value: float | None, low: float | None, high: float | None) -> Figure:
    if value is None:
        return Figure()
    if low is None or high is None:
        return Figure(f"{100 * value:.0f} %")
    return Figure(f"{100 * value:.0f} %", f"{100 * max(0.0, low):.0f}–{100 * high:.0f} %")
