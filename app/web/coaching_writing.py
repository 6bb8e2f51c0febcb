"""Writing a note: about calls that were heard, about guidance on the spot, or as a training for several agents."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Role, User
from app.accounts.policies import may_coach
from app.calls import queries as calls
from app.coaching import queries, service
from app.coaching.models import CoachingTemplate, Occasion
from app.coaching.points import NobodyToWriteTo, known_by
from app.coaching.templates import SHIPPED, TemplateTexts
from app.coaching.written import Texts
from app.kit import clock
from app.kit.db import id_of
from app.kit.i18n import Translator
from app.request import Allow, SessionDep, actor
from app.web.choices import Choice
from app.web.coaching_form import BLANK_ROWS, Begun, FormOfNote, NoteForm, Row, about_call, about_item, from_draft
from app.web.note_views import KINDS, OCCASIONS, today_on_site
from app.web.rendering import render, see_other, words_for
from app.web.row_ids import RowId
from app.web.times import shown_moment, zone_of
from app.web.uncoached import item_choices, since

router = APIRouter()

Coach = Annotated[User, Allow(may_coach)]

# So many of an agent's newest calls can be chosen without looking for them.
CALLS_OFFERED = 30


class Beginning(BaseModel):
    """What the address says a note begins with."""

    model_config = ConfigDict(frozen=True)

    call: int | None = Field(None, ge=1, lt=2**31)
    item: str | None = Field(None, max_length=100)
    at: float | None = Field(None, ge=0, lt=1e6)
    agent: list[Annotated[int, Field(ge=1, lt=2**31)]] = []
    occasion: Occasion = Occasion.CALL
    template: str = Field("", max_length=40)

    @field_validator("call", "item", "at", mode="before")
    @classmethod
    def empty_is_none(cls, given: object) -> object:
        return None if given == "" else given

    @field_validator("agent", mode="before")
    @classmethod
    def without_empty(cls, given: object) -> object:
        return [one for one in given if one != ""] if isinstance(given, list) else given


@dataclass(frozen=True)
class RowView:
    """One row of the form: what can be chosen in it, and what is."""

    calls: tuple[Choice, ...]
    items: tuple[Choice, ...]
    start: str
    end: str
    kinds: tuple[Choice, ...]


@dataclass(frozen=True)
class TemplateChoice:
    """A template as the form fills it in."""

    id: str
    title: str
    texts: TemplateTexts
    chosen: bool


@dataclass(frozen=True)
class WritePage:
    """The form of a note; `draft` is the one it changes, None where it is new."""

    template: ClassVar[str] = "coaching/write.html"
    draft: int | None
    agents: tuple[Choice, ...]
    to: str
    occasion: Occasion
    occasions: tuple[Choice, ...]
    rows: tuple[RowView, ...]
    begun: Begun
    templates: tuple[TemplateChoice, ...]
    asked: Beginning
    today: date

    @property
    def several(self) -> bool:
        return self.occasion == Occasion.TRAINING

    @property
    def fillings(self) -> dict[str, dict[str, str]]:
        """The words of each template, for the script that fills them in."""
        slots = ("strength", "heard", "effect", "advice")
        return {one.id: {name: getattr(one.texts, name) for name in slots} for one in self.templates}


@router.get("/coaching/new")
def begin_note(request: Request, session: SessionDep, user: Coach, asked: Annotated[Beginning, Query()]) -> Response:
    begun = _begun(session, user, asked)
    return render(request, _page(session, user, begun, asked, words_for(request)))


@router.post("/coaching")
def write_note(
    session: SessionDep, user: Coach, form: FormOfNote, deed: Annotated[str, Form(max_length=10)] = "send"
) -> Response:
    return _kept(session, user, form, deed, None)


@router.get("/coaching/{note_id}/edit")
def edit_draft(
    request: Request, note_id: RowId, session: SessionDep, user: Coach, asked: Annotated[Beginning, Query()]
) -> Response:
    draft = service.draft_of(session, user, note_id)
    begun = from_draft(draft, queries.points(session, [note_id])[note_id])
    return render(request, _page(session, user, begun, asked, words_for(request), note_id))


@router.post("/coaching/{note_id}/edit")
def change_draft(
    note_id: RowId,
    session: SessionDep,
    user: Coach,
    form: FormOfNote,
    deed: Annotated[str, Form(max_length=10)] = "send",
) -> Response:
    return _kept(session, user, form, deed, note_id)


@router.post("/coaching/{note_id}/throw-away")
def throw_away(note_id: RowId, session: SessionDep, user: Coach) -> Response:
    service.throw_away(session, user, note_id)
    return see_other("/coaching?which=drafts", "discarded")


def _kept(session: Session, user: User, form: NoteForm, deed: str, note_id: int | None) -> Response:
    """Send what was typed, or keep it as a draft."""
    if not form.agent:
        raise NobodyToWriteTo
    draft = service.draft_of(session, user, note_id) if note_id is not None else None
    written = form.written(form.agent[0], known_by(session, form.point_item, clock.now()))
    if deed == "draft":
        kept = service.keep_draft(session, user, written, actor(user), draft)
        return see_other(f"/coaching/{kept.id}/edit", "saved")
    if form.occasion == Occasion.TRAINING and draft is None:
        service.send_to_all(session, user, form.agent, written, actor(user))
        return see_other("/coaching?which=open", "sent")
    sent = service.send(session, user, written, actor(user), draft)
    return see_other(f"/coaching/{sent.id}", "sent")


def _begun(session: Session, user: User, asked: Beginning) -> Begun:
    today = today_on_site(session, user, clock.now())
    if asked.call is not None:
        return about_call(session, user, calls.call(session, user, asked.call), asked.item, asked.at)
    if asked.occasion == Occasion.CALL and len(asked.agent) == 1 and asked.item:
        return about_item(session, user, asked.agent[0], asked.item, since(today))
    rows = (Row(item=asked.item),) if asked.item else ()
    held_on = today if asked.occasion == Occasion.SPOT else None
    return Begun(tuple(asked.agent), asked.occasion, rows, held_on=held_on)


def _page(
    session: Session, user: User, begun: Begun, asked: Beginning, words: Translator, draft: int | None = None
) -> WritePage:
    sees_all = user.role == Role.ADMIN or user.team_id is None
    people = accounts.agents(session, None if sees_all else user.team_id)
    names = accounts.names(session, set(begun.agents))
    to = ", ".join(names.get(one, "") for one in begun.agents)
    templates = _templates(session, user, begun, to, asked.template, words)
    chosen = next((one.texts for one in templates if one.chosen), None)
    if chosen is not None:
        texts = Texts(begun.texts.text, chosen.strength, chosen.heard, chosen.effect, chosen.advice)
        begun = replace(begun, texts=texts)
    return WritePage(
        draft=draft,
        agents=tuple(Choice(str(one.id), one.name, one.id in begun.agents) for one in people),
        to=to,
        occasion=begun.occasion,
        occasions=tuple(
            Choice(one.value, words.gettext(label), one == begun.occasion) for one, label in OCCASIONS.items()
        ),
        rows=_rows(session, user, begun, words),
        begun=begun,
        templates=templates,
        asked=asked,
        today=today_on_site(session, user, clock.now()),
    )


def _rows(session: Session, user: User, begun: Begun, words: Translator) -> tuple[RowView, ...]:
    """The rows with what can be chosen in each; a training has one, for its item."""
    alone = begun.agents[0] if len(begun.agents) == 1 and begun.occasion == Occasion.CALL else None
    wanted = calls.Wanted(agent_id=alone)
    newest = calls.call_ids(session, user, wanted, order=calls.Order.START, limit=CALLS_OFFERED) if alone else ()
    named = {int(row.call) for row in begun.rows if row.call}
    zone = zone_of(session, user)
    offered = [
        Choice(str(call.id), f"{call.external_id or call.file_name} · {shown_moment(call.started_at, zone)}", False)
        for call in calls.some(session, user, [*newest, *named])
    ]
    items = item_choices(session, None, words)
    blank = BLANK_ROWS if alone is not None else 0 if begun.rows else 1
    return tuple(_row(row, offered, items, words) for row in (*begun.rows, *(Row() for _ in range(blank))))


def _row(row: Row, offered: Sequence[Choice], items: Sequence[Choice], words: Translator) -> RowView:
    if row.item and all(one.value != row.item for one in items):
        # Of a scorecard that judges no more.
        items = (*items, Choice(row.item, row.item, True))
    return RowView(
        calls=tuple(replace(one, chosen=one.value == row.call) for one in offered),
        items=tuple(replace(one, chosen=one.value == row.item) for one in items),
        start=row.start,
        end=row.end,
        kinds=tuple(Choice(kind.value, words.gettext(shown.word), kind == row.kind) for kind, shown in KINDS.items()),
    )


def _templates(
    session: Session, user: User, begun: Begun, to: str, wanted: str, words: Translator
) -> tuple[TemplateChoice, ...]:
    """The templates that this person may use, those of their own call centre first, filled in for this note."""
    row = begun.rows[0] if begun.rows else Row()
    titles = {one.value: one.label for one in item_choices(session, None, words)}
    blanks = {"{time}": row.start or "…", "{item}": titles.get(row.item, "…"), "{agent}": to or "…"}
    own = [(str(id_of(one)), _texts_of(one)) for one in queries.templates(session, user)]
    shipped = [(key, translated(texts, words)) for key, texts in SHIPPED.items()]
    return tuple(
        TemplateChoice(key, texts.title, _filled(texts, blanks), key == wanted) for key, texts in own + shipped
    )


def translated(texts: TemplateTexts, words: Translator) -> TemplateTexts:
    """A template that comes with the product, in the reader's language."""
    said = (texts.title, texts.strength, texts.heard, texts.effect, texts.advice)
    return TemplateTexts(*(words.gettext(one) for one in said))


def _texts_of(row: CoachingTemplate) -> TemplateTexts:
    return TemplateTexts(row.title, row.strength, row.heard, row.effect, row.advice)


def _filled(texts: TemplateTexts, blanks: dict[str, str]) -> TemplateTexts:
    def fill(text: str) -> str:
        for blank, value in blanks.items():
            text = text.replace(blank, value)
        return text

    return TemplateTexts(texts.title, fill(texts.strength), fill(texts.heard), fill(texts.effect), fill(texts.advice))
