"""Coaching notes: what was written to an agent, the agent's answer, and whether it helped."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, ClassVar
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Role, User
from app.accounts.policies import may_coach, may_read_coaching
from app.calls import queries as calls
from app.coaching import follow_up, queries, service
from app.coaching.models import CoachingNote, NoteState
from app.coaching.queries import Listed
from app.coaching.written import LONGEST_TEXT, NoteFacts
from app.kit import clock
from app.kit.db import id_of
from app.kit.errors import AppError
from app.kit.i18n import N_, Translator
from app.request import Allow, SessionDep, actor
from app.web.choices import Choice
from app.web.note_views import NoteView, notes, today_on_site
from app.web.rendering import render, see_other, words_for
from app.web.row_ids import RowId
from app.web.times import Moment, moment, zone_of
from app.web.uncoached import Waiting, item_choices, uncoached_view

router = APIRouter()

Reader = Annotated[User, Allow(may_read_coaching)]
Coach = Annotated[User, Allow(may_coach)]

TABS = {
    Listed.OPEN: N_("To acknowledge"),
    Listed.DUE: N_("To follow up"),
    Listed.OVERDUE: N_("Overdue"),
    Listed.ACKNOWLEDGED: N_("Acknowledged"),
    Listed.DONE: N_("Done"),
    Listed.DRAFTS: N_("Drafts"),
    Listed.ALL: N_("All"),
}
# Whether it helped is looked at by those who write notes.
OF_AGENTS = (Listed.OPEN, Listed.ACKNOWLEDGED, Listed.DONE, Listed.ALL)


class ClipUnreadable(AppError):
    """Give the clip's beginning and end as minutes and seconds, such as 1:05."""

    code = "clip_unreadable"
    status = 422


class DayUnreadable(AppError):
    """Give the day as year, month and day, such as 2026-11-30."""

    code = "day_unreadable"
    status = 422


class NoteFilter(BaseModel):
    """What the address says about which notes are wanted."""

    model_config = ConfigDict(frozen=True)

    which: Listed = Listed.OPEN
    agent: int | None = Field(None, ge=1, lt=2**31)
    item: str | None = Field(None, max_length=100)
    cursor: str | None = None

    @field_validator("agent", "item", mode="before")
    @classmethod
    def empty_is_none(cls, given: object) -> object:
        return None if given == "" else given

    def address(self, **changed: object) -> str:
        """The address of the list with this filter."""
        query = self.model_copy(update=changed).model_dump(mode="json", exclude_none=True)
        return f"/coaching?{urlencode(query)}"


@dataclass(frozen=True)
class CoachingPage:
    """An agent's own notes, or those that a supervisor follows; `waiting` is what nobody has coached yet."""

    template: ClassVar[str] = "coaching/list.html"
    notes: tuple[NoteView, ...]
    total: int
    which: Listed
    tabs: tuple[Choice, ...]
    agents: tuple[Choice, ...]
    items: tuple[Choice, ...]
    narrowed: bool
    next: str
    writes: bool
    waiting: Waiting | None


@dataclass(frozen=True)
class Step:
    """Something that happened to a note, with its words."""

    at: Moment
    by: str
    text: str
    words: str = ""


@dataclass(frozen=True)
class NotePage:
    """One note, with what was answered and what came of it."""

    template: ClassVar[str] = "coaching/show.html"
    note: NoteView
    steps: tuple[Step, ...]
    follows_up: bool
    edits: bool
    today: date
    agent_url: str


@router.get("/coaching")
def list_notes(request: Request, session: SessionDep, user: Reader, asked: Annotated[NoteFilter, Query()]) -> Response:
    return render(request, _list(session, user, asked, words_for(request)))


@router.get("/coaching/{note_id}")
def show_note(request: Request, note_id: RowId, session: SessionDep, user: Reader) -> Response:
    note = queries.note(session, user, note_id)
    return render(request, _page(session, user, note, words_for(request)))


@router.post("/coaching/{note_id}/acknowledge")
def acknowledge(
    note_id: RowId,
    session: SessionDep,
    user: Reader,
    reply: Annotated[str, Form(max_length=LONGEST_TEXT)] = "",
) -> Response:
    service.acknowledge(session, user, note_id, reply, actor(user))
    return see_other(f"/coaching/{note_id}", "acknowledged")


@router.post("/coaching/{note_id}/follow-up")
def note_follow_up(
    note_id: RowId,
    session: SessionDep,
    user: Coach,
    text: Annotated[str, Form()] = "",
    next_on: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    looked_at = day(next_on)
    if looked_at is None:
        raise DayUnreadable
    today = today_on_site(session, user, clock.now())
    follow_up.follow_up(session, user, note_id, text, looked_at, actor(user), today)
    return see_other(f"/coaching/{note_id}", "saved")


@router.post("/coaching/{note_id}/done")
def finish(note_id: RowId, session: SessionDep, user: Coach, text: Annotated[str, Form()] = "") -> Response:
    follow_up.finish(session, user, note_id, text, actor(user))
    return see_other(f"/coaching/{note_id}", "coached")


@router.post("/calls/{call_id}/coaching")
def send_note(
    call_id: RowId,
    session: SessionDep,
    user: Coach,
    text: Annotated[str, Form()] = "",
    item_id: Annotated[str, Form(max_length=100)] = "",
    start: Annotated[str, Form(max_length=12)] = "",
    end: Annotated[str, Form(max_length=12)] = "",
) -> Response:
    calls.call(session, user, call_id)
    facts = NoteFacts(text, item_id or None, seconds(start), seconds(end))
    service.send_note(session, user, call_id, facts, actor(user))
    return see_other(f"/calls/{call_id}?notice=sent#coaching")


def seconds(text: str) -> float | None:
    """Minutes and seconds, with hours where there are any, as seconds."""
    if not text.strip():
        return None
    parts = text.strip().split(":")
    if not all(part.isascii() and part.isdigit() for part in parts) or len(parts) > 3:
        raise ClipUnreadable
    found = 0
    for part in parts:
        found = 60 * found + int(part)
    return float(found)


def day(text: str) -> date | None:
    """A day of the site as a form gives it."""
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError as error:
        raise DayUnreadable from error


def _list(session: Session, user: User, asked: NoteFilter, words: Translator) -> CoachingPage:
    writes, now = may_coach(user), clock.now()
    today = today_on_site(session, user, now)
    if not writes:
        asked = asked.model_copy(update={"agent": None})
    found = queries.notes(
        session, user, asked.which, today=today, agent_id=asked.agent, item_id=asked.item, cursor=asked.cursor
    )
    agents = accounts.agents(session, None if user.role == Role.ADMIN else user.team_id) if writes else ()
    return CoachingPage(
        notes=notes(session, user, found.items, words),
        total=found.total,
        which=asked.which,
        tabs=tuple(
            Choice(asked.address(which=one, cursor=None), words.gettext(label), one == asked.which)
            for one, label in TABS.items()
            if writes or one in OF_AGENTS
        ),
        agents=tuple(Choice(str(one.id), one.name, one.id == asked.agent) for one in agents),
        items=item_choices(session, asked.item, words) if writes else (),
        narrowed=asked.agent is not None or asked.item is not None,
        next=asked.address(cursor=found.next_cursor) if found.next_cursor else "",
        writes=writes,
        waiting=uncoached_view(session, user, today, words, agent_id=asked.agent, item_id=asked.item)
        if writes and not asked.cursor
        else None,
    )


def _page(session: Session, user: User, note: CoachingNote, words: Translator) -> NotePage:
    (view,) = notes(session, user, [note], words)
    follows = follow_up.may_follow_up(user, note) and note.state in (NoteState.OPEN, NoteState.ACKNOWLEDGED)
    return NotePage(
        note=view,
        steps=_steps(session, user, note, view, words),
        follows_up=follows,
        edits=view.draft and note.author_id == user.id,
        today=today_on_site(session, user, clock.now()),
        agent_url=f"/agents/{note.agent_id}",
    )


def _steps(session: Session, user: User, note: CoachingNote, view: NoteView, words: Translator) -> tuple[Step, ...]:
    """What happened to a note, in its order."""
    _, zone = words.gettext, zone_of(session, user)
    if view.draft:
        return ()
    steps = [Step(view.at, view.author, _("Sent to %(name)s") % {"name": view.agent})]
    if note.told_at is not None and note.told_at > note.created_at and not view.mine:
        steps.append(Step(moment(note.told_at, zone), "", _("The result was released, and the note with it")))
    happened: list[tuple[datetime, Step]] = []
    if note.acknowledged_at is not None:
        told = Step(moment(note.acknowledged_at, zone), view.agent, _("Acknowledged"), note.reply)
        happened.append((note.acknowledged_at, told))
    found = queries.follow_ups(session, [id_of(note)])[id_of(note)]
    names = accounts.names(session, {one.author_id for one in found})
    for one in found:
        said = _("Followed up; again on %(day)s") % {"day": one.next_on} if one.next_on else _("Done")
        happened.append((one.at, Step(moment(one.at, zone), names.get(one.author_id, ""), said, one.text)))
    return (*steps, *(step for _, step in sorted(happened, key=lambda pair: pair[0])))
