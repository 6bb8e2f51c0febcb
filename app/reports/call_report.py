"""One HTML file that shows what was found in each call and lets it be heard; it needs nothing but a browser."""

import base64
import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.domain.evidence import Verdict
from app.domain.scorecard import Item
from app.domain.scoring import DECIDED, OPEN, Finding
from app.evaluations.files import Evaluated, Refused
from app.kit.shipped import shipped
from app.reports.quotes import Clips, Quote, nearest_quote, quotes
from app.reports.script import Badge, Line, lines
from app.reports.timeline import Timeline, timeline
from app.reports.wording import (
    OUTCOMES,
    VERDICTS,
    Shown,
    clock,
    language_name,
    number,
    points,
    score_range,
    searched_in,
)

# Verdicts that somebody will want to look into are open when the page is; the others show their quotation.
WORTH_A_LOOK = (Verdict.FAIL, Verdict.UNCERTAIN)

# What is less alike than this is not a miss by a little: showing it would explain nothing.
LEAST_ALIKE = 0.4


@dataclass(frozen=True)
class ItemView:
    """One line of the scorecard as it is shown."""

    number: int
    title: str
    critical: bool
    shown: Shown
    points: str
    confidence: str
    reason: str
    quotes: tuple[Quote, ...]
    searched: str
    nearest: Quote | None
    similarity: str
    rule: str
    guidance: str
    unfolded: bool
    by_person: bool


@dataclass(frozen=True)
class SectionView:
    """A part of the scorecard with its items."""

    title: str
    items: tuple[ItemView, ...]


@dataclass(frozen=True)
class CallView:
    """One call as it is shown."""

    id: str
    name: str
    file: str
    language: str
    language_name: str
    card_language: str
    card_title: str
    card_id: str
    card_version: str
    engine: str
    length: str
    holds: str
    score: str
    low: float
    high: float
    decided: float
    range: str
    pass_mark: float
    outcome: Shown
    critical_failed: bool
    failed: tuple[ItemView, ...]
    open_items: int
    counts: tuple[tuple[Shown, int], ...]
    sections: tuple[SectionView, ...]
    timeline: Timeline | None
    lines: tuple[Line, ...]
    has_sound: bool


@dataclass(frozen=True)
class ReportPage:
    """Everything the template is given."""

    calls: tuple[CallView, ...]
    refused: tuple[Refused, ...]
    style: Markup
    script: Markup
    policy: str


def section(result: Evaluated, place: int) -> CallView:
    """A scored call as a section of the report; `place` counts from 1."""
    prefix = f"call-{place}"
    card, score, transcript = result.scorecard, result.score, result.transcript
    clips = Clips(result.recording, prefix, result.muted)
    items = {
        item.id: _item(item, finding, result, clips, at)
        for at, (item, finding) in enumerate(zip(card.items, score.findings, strict=True), 1)
    }
    holds = result.holds
    verdicts = [finding.verdict for finding in score.findings]
    return CallView(
        id=prefix,
        name=result.name,
        file=result.file,
        language=transcript.language,
        language_name=language_name(transcript.language),
        card_language=card.language,
        card_title=card.text(card.title, card.language),
        card_id=card.id,
        card_version=card.version.removeprefix("sha256:")[:12],
        engine=result.engine,
        length=clock(result.duration),
        holds=f"{len(holds)} ({clock(sum(hold.length for hold in holds))})" if holds else "none",
        score=number(score.score),
        low=score.low or 0.0,
        high=score.high or 0.0,
        decided=score.score or 0.0,
        range=score_range(score),
        pass_mark=card.pass_mark,
        outcome=OUTCOMES[score.outcome],
        critical_failed=score.critical_failed,
        failed=tuple(items[one.id] for one in score.findings if one.verdict == Verdict.FAIL),
        open_items=sum(verdict in OPEN for verdict in verdicts),
        counts=tuple((VERDICTS[one], verdicts.count(one)) for one in Verdict if one in verdicts),
        sections=tuple(
            SectionView(
                title=card.text(part.title, card.language),
                items=tuple(items[item.id] for item in card.items if item.section == part.id),
            )
            for part in card.sections
        ),
        timeline=_picture(result, tuple(items.values())),
        lines=_script(result, items),
        has_sound=result.recording is not None,
    )


def page(calls: Sequence[CallView], refused: Sequence[Refused]) -> str:
    """The whole report."""
    style, script = _asset("report.css"), _asset("report.js")
    # Even if markup from a recording's name or words slipped through, the browser would run and fetch nothing.
    policy = (
        f"default-src 'none'; media-src data:; style-src {_allowed(style)}; script-src {_allowed(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    shown = ReportPage(tuple(calls), tuple(refused), Markup(style), Markup(script), policy)  # noqa: S704 (our own files)
    return _templates().get_template("report.html").render(page=shown)


def _item(item: Item, finding: Finding, result: Evaluated, clips: Clips, at: int) -> ItemView:
    searched = finding.searched if finding.verdict in WORTH_A_LOOK else None
    nearest = finding.nearest if searched and finding.nearest and finding.nearest.similarity >= LEAST_ALIKE else None
    return ItemView(
        number=at,
        title=result.scorecard.text(item.title, result.scorecard.language),
        critical=item.critical,
        shown=VERDICTS[finding.verdict],
        points=points(finding.points, finding.max_points),
        confidence=f"{finding.confidence:.0%} sure" if finding.verdict in DECIDED else "",
        reason=str(finding.reason),
        quotes=quotes(finding.evidence, result.transcript, clips),
        searched=searched_in(searched) if searched else "",
        nearest=nearest_quote(nearest, result.transcript, clips) if nearest else None,
        similarity=f"{nearest.similarity:.0%}" if nearest else "",
        rule=str(result.scorecard.stated(item)),
        guidance=result.scorecard.text(item.guidance, result.scorecard.language),
        unfolded=finding.verdict in WORTH_A_LOOK,
        by_person=finding.verdict == Verdict.UNSCORED,
    )


def _picture(result: Evaluated, items: Sequence[ItemView]) -> Timeline | None:
    if not result.duration or not result.transcript.timed:
        return None
    marks = [
        (moment, item.number, item.shown.tone)
        for item, finding in zip(items, result.score.findings, strict=True)
        if (moment := _moment(item, finding, result.duration)) is not None
    ]
    return timeline(result.duration, result.transcript.turns, result.holds, marks)


def _moment(item: ItemView, finding: Finding, duration: float) -> float | None:
    """Where the verdict belongs in the call: at its first quotation, or by when something should have been said."""
    if item.quotes:
        return item.quotes[0].start
    searched = finding.searched
    if finding.verdict != Verdict.FAIL or searched is None or searched.start is None or searched.end is None:
        return None
    # A search of most of the call points nowhere.
    return searched.end if searched.end - searched.start < duration / 2 else None


def _script(result: Evaluated, items: dict[str, ItemView]) -> tuple[Line, ...]:
    quoted: dict[int, list[str]] = defaultdict(list)
    badges: dict[int, list[Badge]] = defaultdict(list)
    for finding in result.score.findings:
        item = items[finding.id]
        for piece in finding.evidence:
            if piece.turn is not None and piece.speaker is not None:
                quoted[piece.turn].append(piece.quote)
                badges[piece.turn].append(Badge(item.number, item.shown.tone))
    return lines(result.transcript.turns, result.holds, quoted, badges)


def _asset(name: str) -> str:
    return (shipped("frontend/templates") / name).read_text("utf-8")


def _allowed(inline: str) -> str:
    """The one inline text that the browser may use, by its hash."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()}'"


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(shipped("frontend/templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
