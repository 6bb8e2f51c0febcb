"""Coaching notes as they are read, wherever they stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Role, User
from app.calls import queries as calls
from app.calls.models import Call
from app.coaching import queries as coaching
from app.coaching.models import CoachingNote, CoachingPoint, NoteState, Occasion, PointKind
from app.domain.evidence import Verdict
from app.kit import clock as kit_clock
from app.kit.db import id_of
from app.kit.i18n import N_, Translator
from app.reports.quotes import LONGEST_CLIP_SECONDS
from app.reports.wording import VERDICTS, Shown, clock
from app.scorecards import queries as scorecards
from app.web.times import Moment, moment, site_zone, zone_of

STATES = {
    NoteState.DRAFT: Shown("✎", N_("Draft, seen by you alone"), "neutral"),
    NoteState.OPEN: Shown("…", N_("Not acknowledged yet"), "caution"),
    NoteState.ACKNOWLEDGED: Shown("✓", N_("Acknowledged"), "pass"),
    NoteState.DONE: Shown("●", N_("Done"), "neutral"),
}
HELD = Shown("◷", N_("Held back until the result is released"), "neutral")
DUE = Shown("◷", N_("Follow-up due"), "caution")
OVERDUE = Shown("!", N_("Follow-up overdue"), "fail")
OCCASIONS = {
    Occasion.CALL: N_("About calls"),
    Occasion.SPOT: N_("Guidance on the spot"),
    Occasion.TRAINING: N_("Training"),
}
KINDS = {
    PointKind.STRENGTH: Shown("+", N_("Strength"), "pass"),
    PointKind.CHANGE: Shown("→", N_("To change"), "caution"),
}


@dataclass(frozen=True)
class PointView:
    """What a note speaks of; `audio` is empty where there is nothing to hear, `start` None where it names no moment."""

    call: int | None
    reference: str
    item: str
    item_id: str
    time: str
    start: float | None
    end: float | None
    audio: str
    verdict: Shown | None
    kind: Shown


@dataclass(frozen=True)
class NoteView:
    """A coaching note as it is read; `parts` are its slots that say something, each with its heading."""

    id: int
    state: Shown
    follow_up: Shown | None
    follow_up_on: date | None
    author: str
    agent: str
    agent_id: int
    title: str
    occasion: str
    where: str
    at: Moment
    text: str
    parts: tuple[tuple[str, str], ...]
    points: tuple[PointView, ...]
    acknowledged: Moment | None
    reply: str
    mine: bool
    answers: bool
    draft: bool

    @property
    def item(self) -> str:
        """What it is about first."""
        return next((one.item for one in self.points if one.item), "")

    @property
    def clip_time(self) -> str:
        return next((one.time for one in self.points if one.time), "")

    @property
    def call(self) -> PointView | None:
        """The first place of a call that it speaks of."""
        return next((one for one in self.points if one.call is not None), None)

    @property
    def words(self) -> str:
        """All that it says, in one text."""
        return "\n".join((*(text for _, text in self.parts), self.text)).strip()


def notes(session: Session, user: User, found: Sequence[CoachingNote], words: Translator) -> tuple[NoteView, ...]:
    """Coaching notes as this person reads them."""
    names = accounts.names(session, {one.author_id for one in found} | {one.agent_id for one in found})
    points = coaching.points(session, [id_of(one) for one in found])
    about = {one.call_id for some in points.values() for one in some if one.call_id is not None}
    known = {id_of(call): call for call in calls.some(session, user, list(about))}
    # An agent reads no verdict but that of a result which is theirs to read, as it stands.
    told = coaching.verdicts_told(session, list(about)) if user.role == Role.AGENT else None
    zone, now = zone_of(session, user), kit_clock.now()
    today = today_on_site(session, user, now)
    return tuple(
        _note(
            one,
            tuple(_point(session, point, known.get(point.call_id or 0), told, words) for point in points[id_of(one)]),
            (names.get(one.author_id, ""), names.get(one.agent_id, "")),
            (zone, today),
            one.agent_id == user.id,
            words,
        )
        for one in found
    )


def today_on_site(session: Session, user: User, now: datetime) -> date:
    """The day it is on the site: follow-ups are due on its days."""
    return now.astimezone(site_zone(session, user)).date()


def parts_of(note: CoachingNote, time: str, words: Translator) -> tuple[tuple[str, str], ...]:
    """The slots of a note that say something, each with its heading."""
    _ = words.gettext
    heard = _("What I heard at %(time)s") % {"time": time} if time else _("What I heard")
    told = (
        (_("What went well"), note.strength),
        (heard, note.heard),
        (_("Its effect"), note.effect),
        (_("Try next time"), note.advice),
    )
    return tuple((title, text) for title, text in told if text)


def follow_up_shown(note: CoachingNote, today: date, words: Translator) -> Shown | None:
    """Whether a note is to be followed up now, or should have been."""
    waits = note.state in (NoteState.OPEN, NoteState.ACKNOWLEDGED)
    if not waits or note.follow_up_on is None or note.follow_up_on > today:
        return None
    shown = OVERDUE if note.follow_up_on < today else DUE
    return shown._replace(word=words.gettext(shown.word))


def state_shown(note: CoachingNote, words: Translator) -> Shown:
    """How far a note has come."""
    held = note.told_at is None and note.state != NoteState.DRAFT
    shown = HELD if held else STATES[note.state]
    return shown._replace(word=words.gettext(shown.word))


def _note(
    note: CoachingNote,
    points: tuple[PointView, ...],
    people: tuple[str, str],
    clocks: tuple[ZoneInfo, date],
    mine: bool,
    words: Translator,
) -> NoteView:
    (author, agent), (zone, today) = people, clocks
    first = next((one for one in points if one.start is not None), None)
    items = tuple(dict.fromkeys(one.item for one in points if one.item))
    day = note.held_on.isoformat() if note.held_on else ""
    call = next((one.reference for one in points if one.reference), "")
    called = words.gettext("Call %(reference)s") % {"reference": call} if call else ""
    return NoteView(
        id=id_of(note),
        # To the agent it was told the moment they may read it.
        state=STATES[note.state]._replace(word=words.gettext(STATES[note.state].word))
        if mine
        else state_shown(note, words),
        follow_up=None if mine else follow_up_shown(note, today, words),
        follow_up_on=note.follow_up_on,
        author=author,
        agent=agent,
        agent_id=note.agent_id,
        title=note.topic or _titled(items) or called or words.gettext(OCCASIONS[note.occasion]),
        occasion=words.gettext(OCCASIONS[note.occasion]),
        where=" · ".join(one for one in (day, note.place) if one),
        at=moment(note.created_at, zone),
        text=note.text,
        parts=parts_of(note, clock(first.start) if first else "", words),
        points=points,
        acknowledged=moment(note.acknowledged_at, zone) if note.acknowledged_at else None,
        reply=note.reply,
        mine=mine,
        answers=mine and note.acknowledged_at is None,
        draft=note.state == NoteState.DRAFT,
    )


def _titled(items: tuple[str, ...]) -> str:
    """What a note is called after its items: the first one, and how many more there are."""
    return f"{items[0]} +{len(items) - 1}" if len(items) > 1 else "".join(items)


def _point(
    session: Session,
    point: CoachingPoint,
    call: Call | None,
    told: Mapping[tuple[int, str], Verdict] | None,
    words: Translator,
) -> PointView:
    start, end = point.start, point.end
    is_told = told is None or told.get((point.call_id or 0, point.item_id or "")) == point.verdict
    shown = VERDICTS[point.verdict] if point.verdict is not None and is_told else None
    return PointView(
        call=id_of(call) if call else None,
        reference=(call.external_id or f"#{call.id}") if call else "",
        item=item_title(session, point.scorecard_version, point.item_id, words),
        item_id=point.item_id or "",
        time=clock(start) + (f"–{clock(end)}" if end is not None else "") if start is not None else "",
        start=start,
        end=end if end is not None or start is None else start + LONGEST_CLIP_SECONDS,
        audio=f"/calls/{call.id}/audio" if call and call.playback and start is not None else "",
        verdict=shown._replace(word=words.gettext(shown.word)) if shown else None,
        kind=KINDS[point.kind]._replace(word=words.gettext(KINDS[point.kind].word)),
    )


def item_title(session: Session, version: str | None, item_id: str | None, words: Translator) -> str:
    """What an item is called by a version of a scorecard; its id where none knows it."""
    if item_id is None or version is None:
        return item_id or ""
    card = scorecards.card(session, version)
    return next((card.text(item.title, words.language) for item in card.items if item.id == item_id), item_id)
