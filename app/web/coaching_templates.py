"""The templates that coaching notes can begin with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Team, User
from app.accounts.policies import may_coach, may_edit_coaching_templates
from app.coaching import queries, templates
from app.coaching.models import CoachingTemplate
from app.coaching.templates import SHIPPED, TemplateTexts, leads
from app.coaching.written import LONGEST_LINE, LONGEST_TEXT
from app.kit.db import id_of
from app.kit.errors import NotFound
from app.request import Allow, SessionDep, actor
from app.web.choices import Choice
from app.web.coaching_writing import translated
from app.web.rendering import render, see_other, words_for
from app.web.row_ids import RowId

router = APIRouter()

Coach = Annotated[User, Allow(may_coach)]
Editor = Annotated[User, Allow(may_edit_coaching_templates)]

Said = Annotated[str, Field(max_length=LONGEST_TEXT)]


class TemplateForm(BaseModel):
    """A template as the form sends it; without a team it is everybody's."""

    model_config = ConfigDict(frozen=True)

    title: str = Field("", max_length=LONGEST_LINE)
    team: str = Field("", max_length=10)
    strength: Said = ""
    heard: Said = ""
    effect: Said = ""
    advice: Said = ""

    @property
    def texts(self) -> TemplateTexts:
        return TemplateTexts(self.title, self.strength, self.heard, self.effect, self.advice)

    @property
    def team_id(self) -> int | None:
        if not self.team:
            return None
        if not self.team.isascii() or not self.team.isdigit():
            raise NotFound
        return int(self.team)


FormOfTemplate = Annotated[TemplateForm, Form()]


@dataclass(frozen=True)
class TemplateView:
    """A template as it is read; `id` is None for one that comes with the product."""

    id: int | None
    key: str
    texts: TemplateTexts
    whose: str
    by: str
    edits: bool


@dataclass(frozen=True)
class TemplatesPage:
    """All templates that a person may use."""

    template: ClassVar[str] = "coaching/templates.html"
    own: tuple[TemplateView, ...]
    shipped: tuple[TemplateView, ...]
    edits: bool


@dataclass(frozen=True)
class TemplatePage:
    """The form of one template; `id` is None where it is new."""

    template: ClassVar[str] = "coaching/template.html"
    id: int | None
    texts: TemplateTexts
    teams: tuple[Choice, ...]
    may_all: bool


@router.get("/coaching/templates")
def list_templates(request: Request, session: SessionDep, user: Coach) -> Response:
    return render(request, _list(session, user, request))


@router.get("/coaching/templates/new")
def begin_template(request: Request, session: SessionDep, user: Editor, like: str = "") -> Response:
    shipped = SHIPPED.get(like)
    texts = translated(shipped, words_for(request)) if shipped else TemplateTexts("")
    return render(request, _form(session, user, None, texts, user.team_id))


@router.post("/coaching/templates")
def add_template(session: SessionDep, user: Editor, form: FormOfTemplate) -> Response:
    templates.add_template(session, user, form.team_id, form.texts, actor(user))
    return see_other("/coaching/templates", "saved")


@router.get("/coaching/templates/{template_id}")
def edit_template(request: Request, template_id: RowId, session: SessionDep, user: Editor) -> Response:
    row = queries.template(session, user, template_id)
    return render(request, _form(session, user, template_id, _texts(row), row.team_id))


@router.post("/coaching/templates/{template_id}")
def change_template(template_id: RowId, session: SessionDep, user: Editor, form: FormOfTemplate) -> Response:
    templates.change_template(session, user, template_id, form.team_id, form.texts, actor(user))
    return see_other("/coaching/templates", "saved")


@router.post("/coaching/templates/{template_id}/remove")
def remove_template(template_id: RowId, session: SessionDep, user: Editor) -> Response:
    templates.remove_template(session, user, template_id)
    return see_other("/coaching/templates", "removed")


def _list(session: Session, user: User, request: Request) -> TemplatesPage:
    words, edits = words_for(request), may_edit_coaching_templates(user)
    found = queries.templates(session, user)
    teams = {one.id: one.name for one in accounts.teams(session)}
    names = accounts.names(session, {one.changed_by for one in found})
    return TemplatesPage(
        own=tuple(
            TemplateView(
                id=id_of(one),
                key=str(one.id),
                texts=_texts(one),
                whose=teams.get(one.team_id, "") if one.team_id is not None else words.gettext("Everybody"),
                by=names.get(one.changed_by, ""),
                edits=edits and leads(user, one.team_id),
            )
            for one in found
        ),
        shipped=tuple(
            TemplateView(None, key, translated(texts, words), "", "", edits) for key, texts in SHIPPED.items()
        ),
        edits=edits,
    )


def _form(
    session: Session, user: User, template_id: int | None, texts: TemplateTexts, team_id: int | None
) -> TemplatePage:
    return TemplatePage(
        id=template_id,
        texts=texts,
        teams=tuple(Choice(str(one.id), one.name, one.id == team_id) for one in _led(accounts.teams(session), user)),
        may_all=leads(user, None),
    )


def _led(teams: Sequence[Team], user: User) -> list[Team]:
    return [one for one in teams if leads(user, one.id)]


def _texts(row: CoachingTemplate) -> TemplateTexts:
    return TemplateTexts(row.title, row.strength, row.heard, row.effect, row.advice)
