"""One line of the review screen: what the machine found about an item, why, and what a person decided."""

from dataclasses import asdict, dataclass
from typing import Any

from app.domain.evidence import Verdict
from app.domain.scorecard import Item, Scorecard
from app.domain.scoring import DECIDED, Finding
from app.domain.transcript import Speaker, Transcript
from app.kit.i18n import N_, Translator
from app.reports.call_report import LEAST_ALIKE
from app.reports.quotes import EARLY_SECONDS, LATE_SECONDS, LONGEST_CLIP_SECONDS, Clips, Quote, nearest_quote, quotes
from app.reports.wording import VERDICTS, Shown, clock, item_points, points
from app.reviews.models import ReviewVerdict
from app.web.agents_heard import AgentsHeard
from app.web.listening import speaker_name

# Below this the machine is wrong too often to be confirmed unheard.
SURE_ENOUGH = 0.7

# Why somebody overrides the machine when it is none of the item's own reasons to fail.
GENERAL_REASONS = {
    "said_otherwise": N_("It was said in other words"),
    "misheard": N_("Words were misheard"),
    "wrong_speaker": N_("The wrong speaker was credited"),
    "wrong_moment": N_("It was said at the wrong moment"),
    "no_occasion": N_("The call gave no occasion for it"),
    "other": N_("Another reason (see the note)"),
}


@dataclass(frozen=True)
class Decision:
    """What a person decided about an item; without a verdict, nobody did yet. `version` is what If-Match names.

    `level` is the level chosen of a graded item, in points.
    """

    verdict: str | None = None
    level: float | None = None
    reason_code: str | None = None
    note: str = ""
    by: str = ""
    version: int = 0
    outdated: bool = False


@dataclass(frozen=True)
class QuoteView:
    """What was said or heard; its clip starts a second early (`clip_start`, `clip_end` in seconds, or None)."""

    time: str
    speaker: str
    tone: str
    text: str
    heard: bool
    turn: int | None
    start: float | None
    clip_start: float | None
    clip_end: float | None


@dataclass(frozen=True)
class SearchedView:
    """Where somebody looked in vain."""

    who: str
    time: str
    start: float | None
    end: float | None


@dataclass(frozen=True)
class LevelView:
    """One level of a graded item: its points, and whether it passes; `machine` where the machine found it."""

    value: float
    points: str
    verdict: Verdict
    machine: bool


@dataclass(frozen=True)
class ItemView:
    """One line of the scorecard: the machine's finding, and what a person decided.

    `points` are what it is worth, `max_points`, and of a graded item also what it has of them: "3/5". `advice` says why
    the machine's verdict is no more than that, where its rule was wrong too often; `rule` is the rule in words, empty
    where a person judges.
    """

    id: str
    number: int
    title: str
    points: str
    max_points: str
    levels: tuple[LevelView, ...]
    critical: bool
    machine: Verdict
    shown: Shown
    confidence: int | None
    needs_look: bool
    advice: str
    reason: str
    rule: str
    guidance: str
    quotes: tuple[QuoteView, ...]
    searched: SearchedView | None
    nearest: QuoteView | None
    similarity: int
    reasons: tuple[tuple[str, str], ...]
    decided: Decision

    @property
    def level_is_gone(self) -> bool:
        """Whether a person decided what the item does not offer as this version of the scorecard grades it."""
        if self.decided.verdict in (None, Verdict.NOT_APPLICABLE):
            return False
        if not self.levels:
            return self.decided.level is not None
        return (self.decided.level, self.decided.verdict) not in [(one.value, one.verdict) for one in self.levels]

    @property
    def data(self) -> dict[str, Any]:
        """What the script needs to know of it."""
        pins = [quote.start for quote in self.quotes if quote.start is not None]
        if not pins and self.machine == Verdict.FAIL and self.searched and self.searched.end is not None:
            pins = [self.searched.end]
        return {
            "id": self.id,
            "number": self.number,
            "title": self.title,
            "max_points": self.max_points,
            "levels": [asdict(one) for one in self.levels],
            "machine": self.machine.value,
            "pins": pins,
            "decided": asdict(self.decided),
        }


def decision(row: ReviewVerdict, by: str) -> Decision:
    """What a person decided, as the page shows it."""
    return Decision(row.verdict.value, row.level, row.reason_code, row.note, by, row.version, row.outdated)


def item_view(
    item: Item,
    finding: Finding,
    earned: float | None,
    decided: Decision,
    at: int,
    card: Scorecard,
    transcript: Transcript,
    words: Translator,
    advice: str,
    heard: AgentsHeard = AgentsHeard(),  # noqa: B008 (it is frozen)
) -> ItemView:
    """An item as the page shows it; `at` counts from 1, `earned` are the points it has now."""
    silent = Clips(None, "")
    shown = VERDICTS[finding.verdict]
    nearest = finding.nearest if finding.nearest and finding.nearest.similarity >= LEAST_ALIKE else None
    unsure = finding.verdict in DECIDED and finding.confidence < SURE_ENOUGH
    return ItemView(
        id=item.id,
        number=at,
        title=card.text(item.title, words.language),
        points=points(earned, item.points) if item.levels else item_points(item.points),
        max_points=item_points(item.points),
        levels=_levels(item, finding),
        critical=item.critical,
        machine=finding.verdict,
        shown=shown._replace(word=words.gettext(shown.word)),
        confidence=round(100 * finding.confidence) if finding.verdict in DECIDED else None,
        needs_look=unsure or finding.verdict == Verdict.UNCERTAIN,
        advice=advice,
        reason=finding.reason.said(words),
        rule=_capital(card.stated(item).said(words)) if finding.verdict != Verdict.UNSCORED else "",
        guidance=card.text(item.guidance, words.language),
        quotes=tuple(_quote(quote, words, heard) for quote in quotes(finding.evidence, transcript, silent)),
        searched=_searched(finding, words) if finding.verdict != Verdict.PASS else None,
        nearest=_quote(nearest_quote(nearest, transcript, silent), words, heard) if nearest else None,
        similarity=round(100 * nearest.similarity) if nearest else 0,
        reasons=(
            *((f"fail_{place}", card.text(text, words.language)) for place, text in enumerate(item.fail_reasons)),
            *((code, words.gettext(text)) for code, text in GENERAL_REASONS.items()),
        ),
        decided=decided,
    )


def _levels(item: Item, finding: Finding) -> tuple[LevelView, ...]:
    """The levels of a graded item, the lowest first; none of any other."""
    return tuple(
        LevelView(level, item_points(level), verdict, finding.level == level)
        for level in item.levels or ()
        if (verdict := item.verdict_of(level)) is not None
    )


def _quote(quote: Quote, words: Translator, heard: AgentsHeard) -> QuoteView:
    named = heard.at(quote.start) if quote.tone == Speaker.AGENT.value else ""
    first = max(0.0, quote.start - EARLY_SECONDS) if quote.start is not None else None
    last = None
    if first is not None and quote.start is not None:
        last = min((quote.end or quote.start) + LATE_SECONDS, first + LONGEST_CLIP_SECONDS)
    return QuoteView(
        time=clock(quote.start) if quote.start is not None else "",
        speaker=named or words.gettext(quote.speaker),
        tone=quote.tone,
        text=told(quote, words),
        heard=quote.heard,
        turn=quote.turn,
        start=quote.start,
        clip_start=first,
        clip_end=last,
    )


def told(quote: Quote, words: Translator) -> str:
    """What was said, as it was; what was heard, in the reader's language, with its length."""
    if not quote.heard:
        return quote.text
    return " · ".join(filter(None, (words.gettext(quote.text), quote.length)))


def _searched(finding: Finding, words: Translator) -> SearchedView | None:
    searched = finding.searched
    if searched is None:
        return None
    time = f"{clock(searched.start)}–{clock(searched.end)}" if searched.start is not None else ""
    return SearchedView(speaker_name(searched.speaker, words), time, searched.start, searched.end)


def _capital(sentence: str) -> str:
    return f"{sentence[:1].upper()}{sentence[1:]}"
