"""The page of one item of a scorecard: what its template is given, from counts, reviews and failing calls."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from app.domain.evidence import Evidence
from app.domain.scoring import Finding
from app.kit.i18n import N_, Translator
from app.reports.item_queries import Failing, Which
from app.reports.quotes import EARLY_SECONDS, LATE_SECONDS, LONGEST_CLIP_SECONDS
from app.reports.wording import HEARD, Shown, clock
from app.web.choices import Choice
from app.web.coefficients import AgreementView
from app.web.item_judging import CountView, JudgingView, shown
from app.web.listening import speaker_name
from app.web.shares import ShareView, TrendView
from app.web.times import Moment

WHICH = {
    Which.MACHINE: N_("Failed by the machine"),
    Which.PEOPLE: N_("Failed by people"),
    Which.OVERTURNED: N_("Machine’s fails that people did not share"),
    Which.MISSED: N_("Fails the machine missed"),
}


@dataclass(frozen=True)
class ClipRow:
    """A call that fails the item: what was said, or what was searched in vain; `audio` is empty without sound."""

    call: int
    url: str
    reference: str
    agent: str
    started: Moment
    reason: str
    quote: str
    searched: str
    nearest: str
    language: str
    time: str
    audio: str
    start: float | None
    end: float | None
    machine: Shown
    person: Shown | None
    why: str
    note: str
    coach_url: str


@dataclass(frozen=True)
class NoteLine:
    """What a reviewer wrote beside a verdict."""

    url: str
    shown: Shown
    text: str
    by: str


@dataclass(frozen=True)
class ItemPage:
    """One item over a period."""

    template: ClassVar[str] = "items/show.html"
    id: str
    title: str
    section: str
    card: str
    points: str
    critical: bool
    manual: bool
    rule: str
    guidance: str
    cards: tuple[Choice, ...]
    teams: tuple[Choice, ...]
    agents: tuple[Choice, ...]
    first: date
    last: date
    which: str
    counts: tuple[CountView, ...]
    machine: ShareView
    final: ShareView
    trend: TrendView
    judging: JudgingView
    people: AgreementView
    notes: tuple[NoteLine, ...]
    tabs: tuple[Choice, ...]
    clips: tuple[ClipRow, ...]
    next: str
    first_page: str
    list_url: str
    csv_url: str
    workbook_url: str


def clip_row(
    one: Failing, agent: str, started: Moment, labels: Mapping[str, str], may_review: bool, words: Translator
) -> ClipRow:
    """A failing call with the clip that shows it: the evidence, or where somebody searched in vain."""
    finding, call = Finding.model_validate(one.finding), one.call
    start, end = _span(finding)
    first = max(0.0, start - EARLY_SECONDS) if start is not None else None
    last = None
    if first is not None and start is not None:
        last = min((end or start) + LATE_SECONDS, first + LONGEST_CLIP_SECONDS)
    searched = finding.searched if not finding.evidence else None
    return ClipRow(
        call=call.id or 0,
        url=f"/reviews/{one.review_id}" if one.review_id and may_review else f"/calls/{call.id}",
        reference=call.external_id or call.file_name,
        agent=agent,
        started=started,
        reason=finding.reason.said(words),
        quote=" … ".join(_said(piece, words) for piece in finding.evidence),
        searched=speaker_name(searched.speaker, words) if searched else "",
        nearest=finding.nearest.quote if searched and finding.nearest else "",
        language=call.language or "",
        time=f"{clock(start)}–{clock(end)}" if start is not None and end is not None else "",
        audio=f"/calls/{call.id}/audio" if call.playback else "",
        start=first,
        end=last,
        machine=shown(finding.verdict, words),
        person=shown(one.person, words) if one.person else None,
        why=labels.get(one.reason or "", ""),
        note=one.note or "",
        coach_url=f"/coaching/new?call={call.id}&item={finding.id}" if call.agent_id is not None else "",
    )


def _said(piece: Evidence, words: Translator) -> str:
    """What was said, as it was; what was heard, in the reader's language."""
    return piece.quote if piece.speaker else words.gettext(HEARD.get(piece.quote, piece.quote))


def _span(finding: Finding) -> tuple[float | None, float | None]:
    """From when to when the call is heard to know why it failed."""
    for piece in finding.evidence:
        if piece.start is not None:
            return piece.start, piece.end
    searched = finding.searched
    return (searched.start, searched.end) if searched else (None, None)
