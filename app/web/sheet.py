"""A scored call on one printed page: what it was, what it earned, item by item why, and what the agent was told."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_see_calls
from app.calls import queries as calls
from app.calls.models import Call
from app.coaching import queries as coaching
from app.domain.lifecycle import ReviewState
from app.evaluations.models import Evaluation
from app.kit import clock as kit_clock
from app.kit.db import id_of
from app.kit.errors import AppError
from app.kit.i18n import Translator
from app.reports.wording import VERDICTS, Shown, clock, number
from app.request import Allow, SessionDep
from app.reviews.models import Review
from app.web.call_rows import Frame
from app.web.note_views import NoteView, notes
from app.web.rendering import render, words_for
from app.web.review_items import ItemView
from app.web.review_page import ReviewPage
from app.web.row_ids import RowId
from app.web.seen import counting_review
from app.web.standing import standing_page
from app.web.times import shown_moment, zone_of

router = APIRouter()

# How much of a text there is room for, in Latin letters; a Chinese or Japanese character takes the room of two.
WHY_LETTERS, NOTE_LETTERS = 120, 260
HASH_LETTERS = 12


class NothingToPrint(AppError):
    """This call has no result yet that you may see; it can be printed once it has one."""

    code = "nothing_to_print"
    status = 409


@dataclass(frozen=True)
class SheetRow:
    """One item: its verdict, by a "person" or by the "machine", what it earned, and why in one line.

    `time` and `quote` are what the verdict rests on, said or only `heard`; `why` is the reason where nothing was
    quoted, `note` a person's.
    """

    number: int
    title: str
    critical: bool
    points: str
    shown: Shown
    by: str
    time: str
    quote: str
    heard: bool
    why: str
    note: str


@dataclass(frozen=True)
class SheetSection:
    """A part of the scorecard with its items."""

    title: str
    rows: tuple[SheetRow, ...]


@dataclass(frozen=True)
class SheetNote:
    """A coaching note as it is printed."""

    by: str
    item: str
    clip_time: str
    text: str
    acknowledged: bool


@dataclass(frozen=True)
class SheetPage:
    """A scored call as it is printed; `standing` says what the result is worth, `reviewed` whether it counts."""

    template: ClassVar[str] = "calls/sheet.html"
    call: int
    card: str
    version: str
    reference: str
    facts: tuple[tuple[str, str], ...]
    score: str
    range: str
    outcome: Shown
    pass_mark: str
    critical_failed: bool
    reviewed: bool
    standing: str
    sections: tuple[SheetSection, ...]
    notes: tuple[SheetNote, ...]
    language: str
    printed: str
    content: str
    signatures: bool


@router.get("/calls/{call_id}/sheet")
def show_sheet(
    request: Request,
    call_id: RowId,
    session: SessionDep,
    user: Annotated[User, Allow(may_see_calls)],
    signatures: bool = False,
) -> Response:
    call = calls.call(session, user, call_id)
    return render(request, _sheet(session, user, call, words_for(request), kit_clock.now(), signatures))


def _sheet(session: Session, user: User, call: Call, words: Translator, now: datetime, signatures: bool) -> SheetPage:
    review = counting_review(session, user, call)
    if review is None:
        raise NothingToPrint
    page, zone = standing_page(session, user, review, call, words), zone_of(session, user)
    is_open = page.totals.passed is None and bool(page.range)
    written = notes(session, user, coaching.of_call(session, user, id_of(call)), words)
    return SheetPage(
        call=id_of(call),
        card=page.card,
        version=session.get_one(Evaluation, review.evaluation_id).scorecard_version.removeprefix("sha256:")[:8],
        reference=call.external_id or call.file_name,
        facts=_facts(session, user, call, review, page, zone, words),
        # While the answer is open, the score of the decided items alone would promise too much.
        score=page.range if is_open else page.score,
        range="" if is_open else page.range,
        outcome=page.outcome,
        pass_mark=number(page.pass_mark),
        critical_failed=page.totals.critical_failed,
        reviewed=review.counts,
        standing=_standing(review, page, words),
        sections=tuple(
            SheetSection(part.title, tuple(_row(item, words) for item in part.items)) for part in page.sections
        ),
        notes=tuple(_note(one) for one in written),
        language=page.listening.language,
        printed=words.gettext("Printed %(at)s by %(name)s") % {"at": _on(now, zone), "name": user.name},
        content=call.content_hash[:HASH_LETTERS],
        signatures=signatures,
    )


def _facts(
    session: Session, user: User, call: Call, review: Review, page: ReviewPage, zone: ZoneInfo, words: Translator
) -> tuple[tuple[str, str], ...]:
    _, frame = words.gettext, Frame(session, user, [call])
    counts = review.counts
    reviewer = accounts.names(session, {review.reviewer_id or 0}).get(review.reviewer_id or 0, "") if counts else ""
    told = (
        (_("Call"), call.external_id or call.file_name),
        (_("Agent"), page.agent),
        (_("Team"), frame.team(call)),
        (_("Customer"), page.customer),
        (_("Started"), _on(call.started_at, zone)),
        (_("Length"), clock(call.duration) if call.duration is not None else ""),
        (_("Reviewer"), reviewer),
        (_("Submitted"), _on(review.submitted_at, zone) if counts and review.submitted_at else ""),
    )
    return tuple((label, value) for label, value in told if value)


def _on(moment: datetime, zone: ZoneInfo) -> str:
    """Day and time with the name of the clock: paper does not know who reads it."""
    return f"{shown_moment(moment, zone)} {zone.key}"


def _standing(review: Review, page: ReviewPage, words: Translator) -> str:
    """What the result is worth, in a sentence; nothing where a person has submitted it."""
    decided = sum(item.decided.verdict is not None for item in page.items)
    if review.counts:
        return ""
    if review.state == ReviewState.RETRACTED:
        return words.gettext("The review was retracted; this result does not count.")
    if decided:
        return words.gettext(
            "Review under way: %(count)s of %(total)s items decided by a person; the rest is the machine’s alone."
        ) % {"count": decided, "total": len(page.items)}
    return words.gettext("Not reviewed by a person: these are the findings of the machine alone.")


def _row(item: ItemView, words: Translator) -> SheetRow:
    by_person = item.decided.verdict is not None
    shown = _decided(item, words) if by_person else item.shown
    overruled = by_person and item.decided.verdict != item.machine.value
    quote = None if overruled or not item.quotes else item.quotes[0]
    reasons = dict(item.reasons)
    why = reasons.get(item.decided.reason_code or "", "") if overruled else "" if quote else item.reason
    return SheetRow(
        number=item.number,
        title=item.title,
        critical=item.critical,
        points=_points(item, shown),
        shown=shown,
        by="person" if by_person else "machine",
        time=quote.time if quote else "",
        quote=shortened(quote.text, WHY_LETTERS // 2 if item.decided.note else WHY_LETTERS) if quote else "",
        heard=quote.heard if quote else False,
        why=shortened(why, WHY_LETTERS // 2 if item.decided.note else WHY_LETTERS),
        note=shortened(item.decided.note, WHY_LETTERS // 2),
    )


def _decided(item: ItemView, words: Translator) -> Shown:
    """A person's verdict as it is shown."""
    shown = next(shown for verdict, shown in VERDICTS.items() if verdict.value == item.decided.verdict)
    return shown._replace(word=words.gettext(shown.word))


def _points(item: ItemView, shown: Shown) -> str:
    """What an item earned of what it is worth: "6/6"; "–" where it earns nothing either way."""
    if item.levels:
        return item.points
    earned = {"pass": item.max_points, "fail": "0"}.get(shown.tone)
    return f"{earned}/{item.max_points}" if earned else f"–/{item.max_points}"


def _note(one: NoteView) -> SheetNote:
    return SheetNote(one.author, one.item, one.clip_time, shortened(one.words, NOTE_LETTERS), bool(one.acknowledged))


def shortened(text: str, letters: int) -> str:
    """A text on one line, cut where it would need more room than that; what is left out stands on the call's page."""
    line = " ".join(text.split())
    room = 0
    for at, width in enumerate(_widths(line)):
        room += width
        if room > letters:
            return f"{line[: max(0, at - 1)].rstrip()}…"
    return line


def _widths(line: str) -> Iterator[int]:
    """The room of each character, in Latin letters."""
    return (2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in line)
