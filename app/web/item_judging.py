"""How people decided an item beside its rule, as its page shows it: counts, overrides, agreement, quality."""

from dataclasses import dataclass

from app.domain.evidence import Verdict
from app.domain.metrics import GateStanding, Rate
from app.domain.metrics.rule_quality import DECISIONS
from app.domain.scorecard import Item, Scorecard
from app.kit.i18n import N_, Translator
from app.reports.items import Counts, Judging
from app.reports.rule_quality import NEWEST
from app.reports.wording import VERDICTS, Shown
from app.web.review_items import GENERAL_REASONS
from app.web.shares import ShareView, share_view

STANDINGS = {
    GateStanding.PASSED: Shown("✓", N_("Good enough"), "pass"),
    GateStanding.BELOW: Shown("✕", N_("Below its gate"), "fail"),
    GateStanding.TOO_FEW_TO_SAY: Shown("–", N_("Too few to say"), "neutral"),
}


@dataclass(frozen=True)
class CountView:
    """How often there was this verdict, by the machine and by people."""

    shown: Shown
    machine: int
    final: int


@dataclass(frozen=True)
class QualityRow:
    """One measure of the rule, held against verdicts given blind and against all."""

    label: str
    hint: str
    blind: ShareView
    all: ShareView


@dataclass(frozen=True)
class TableRow:
    """A row of the table of agreement: the machine's verdict, and how often people said what beside it."""

    shown: Shown
    cells: tuple[tuple[int, bool], ...]


@dataclass(frozen=True)
class JudgingView:
    """How people decided the item beside its rule."""

    overridden: ShareView
    reasons: tuple[tuple[str, int], ...]
    agreed: ShareView
    people: tuple[Shown, ...]
    table: tuple[TableRow, ...]
    quality: tuple[QualityRow, ...]
    gate_n: int
    blind_n: int
    most: int


def shown(verdict: Verdict, words: Translator) -> Shown:
    """A verdict in the reader's language."""
    one = VERDICTS[verdict]
    return one._replace(word=words.gettext(one.word))


def count_views(machine: Counts, final: Counts, words: Translator) -> tuple[CountView, ...]:
    """How often each verdict was given."""
    return tuple(CountView(shown(one, words), machine.of(one), final.of(one)) for one in Verdict)


def judging_view(found: Judging, item: Item, card: Scorecard, words: Translator) -> JudgingView:
    """Agreement and overrides; the quality of the rule says "too few to say" below its gate."""
    labels = reason_labels(item, card, words)
    _ = words.gettext
    rows = (
        (_("Fails that were right"), _("of the machine’s fails, those that people failed too"), "precision"),
        (_("Fails that were found"), _("of the fails that people gave, those that the machine gave"), "recall"),
    )
    return JudgingView(
        overridden=share_view(found.overridden),
        reasons=tuple((labels.get(code, code) or _("No reason given"), n) for code, n in found.reasons),
        agreed=share_view(found.agreed),
        people=tuple(shown(one, words) for one in DECISIONS),
        table=tuple(
            TableRow(
                shown(machine, words), tuple((found.table.get((machine, one), 0), one == machine) for one in DECISIONS)
            )
            for machine in Verdict
            if any(found.table.get((machine, one)) for one in DECISIONS)
        ),
        quality=tuple(
            QualityRow(label, hint, *(_measured(found, source, name, words) for source in ("blind", "all")))
            for label, hint, name in rows
        ),
        gate_n=found.gate.n,
        blind_n=found.blind.decided.n,
        most=NEWEST,
    )


def reason_labels(item: Item, card: Scorecard, words: Translator) -> dict[str, str]:
    """What the codes of reasons mean for this item."""
    own = {f"fail_{place}": card.text(text, words.language) for place, text in enumerate(item.fail_reasons)}
    return own | {code: words.gettext(text) for code, text in GENERAL_REASONS.items()}


def _measured(found: Judging, source: str, name: str, words: Translator) -> ShareView:
    quality = getattr(found, source)
    rate: Rate = getattr(quality, name)
    standing = getattr(found.gate, f"of_{name}")(quality)
    told = STANDINGS[standing]
    view = share_view(rate, told._replace(word=words.gettext(told.word)))
    if standing != GateStanding.TOO_FEW_TO_SAY:
        return view
    return ShareView("", "", view.count, view.n, view.standing)
