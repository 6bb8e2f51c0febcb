"""What is aimed at: every indicator with its target, where that comes from, and who set it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, ClassVar

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlmodel import Session
from starlette.datastructures import FormData, UploadFile

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_see_targets, may_set_targets
from app.domain.metrics.indicator import Indicator, Unit
from app.domain.metrics.indicators import INDICATORS
from app.kit import clock
from app.kit.errors import AppError, NotFound
from app.kit.i18n import Translator
from app.ledger import queries as ledger
from app.request import Allow, SessionDep, actor
from app.targets import queries, service
from app.targets.service import TargetFacts, indicator_named, sets_for
from app.targets.target_file import TargetsTaken, TargetsUnreadable, TeamUnknown, day_of, take_targets, targets_csv
from app.targets.values import typed
from app.web.choices import Choice
from app.web.note_views import today_on_site
from app.web.rendering import render, see_other, words_for
from app.web.row_ids import RowId
from app.web.target_views import (
    ASKED,
    BETTER,
    DIRECTIONS,
    Change,
    HeldView,
    IndicatorRow,
    KnownView,
    SetRow,
    changes,
    held_by,
    held_view,
    known_views,
    set_rows,
    team_names,
    words_of,
)
from app.web.times import zone_of
from app.web.uploads import FormOf

router = APIRouter(prefix="/targets")

Viewer = Annotated[User, Allow(may_see_targets)]
Leader = Annotated[User, Allow(may_set_targets)]
LeaderForm = Annotated[FormData, FormOf(may_set_targets)]
LARGEST_LIST_BYTES = 5_000_000


class TargetFilter(BaseModel):
    """What the address says about whose targets are wanted, and of which day."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    team: int | None = Field(None, ge=1, lt=2**31)
    queue: str = Field("", max_length=100)
    direction: str = Field("", pattern="^(inbound|outbound)?$")
    day: date | None = None

    @field_validator("team", "day", mode="before")
    @classmethod
    def empty_is_none(cls, given: object) -> object:
        return None if given == "" else given


@dataclass(frozen=True)
class TargetsPage:
    """Every indicator with the target that holds; `taken` is what became of a file."""

    template: ClassVar[str] = "targets/list.html"
    rows: tuple[IndicatorRow, ...]
    teams: tuple[Choice, ...]
    directions: tuple[Choice, ...]
    chosen: TargetFilter
    day: str
    sets: bool
    taken: TargetsTaken | None = None
    list_error: str = ""


@dataclass(frozen=True)
class TargetPage:
    """One indicator: what it is, what holds, what was set, and the form to set another."""

    template: ClassVar[str] = "targets/show.html"
    id: str
    name: str
    definition: str
    better: str
    held: tuple[HeldView, ...]
    known: tuple[KnownView, ...]
    rows: tuple[SetRow, ...]
    changes: tuple[Change, ...]
    sets: bool
    asked: str
    teams: tuple[Choice, ...]
    for_all: bool
    directions: tuple[Choice, ...]
    given: Mapping[str, str]
    error: str = ""


@router.get("")
def list_targets(
    request: Request, session: SessionDep, user: Viewer, chosen: Annotated[TargetFilter, Query()]
) -> Response:
    return render(request, _list(session, user, chosen, words_for(request)))


@router.get("/export.csv")
def export_targets(session: SessionDep, user: Viewer) -> Response:
    headers = {"Content-Disposition": 'attachment; filename="targets.csv"'}
    content = targets_csv(session, queries.rows(session), byte_order_mark=True)
    return Response(content, headers=headers, media_type="text/csv")


@router.post("")
def set_target(request: Request, session: SessionDep, user: Leader, form: LeaderForm) -> Response:
    given = {name: value.strip() for name, value in form.items() if isinstance(value, str)}
    indicator = indicator_named(given.get("indicator", ""))
    try:
        service.set_target(session, user, _facts(session, indicator, given), actor(user))
    except AppError as error:
        session.rollback()
        words = words_for(request)
        page = _show(session, user, indicator, words, given, words.gettext(error.message))
        return render(request, page, error.status)
    return see_other(f"/targets/{indicator.id}", "saved")


@router.post("/adopt")
def adopt_target(request: Request, session: SessionDep, user: Leader, form: LeaderForm) -> Response:
    indicator, which = indicator_named(str(form.get("indicator", ""))), str(form.get("which", ""))
    if not which.isdecimal() or int(which[:4]) >= len(indicator.targets):
        raise NotFound
    known, words = indicator.targets[int(which)], words_for(request)
    facts = TargetFacts(
        indicator=indicator.id,
        value=known.value,
        holds_from=today_on_site(session, user, clock.now()),
        team_id=None if sets_for(user, None) else user.team_id,
        direction=known.direction or "",
        note=words.gettext("Adopted") if known.sure else words.gettext("Adopted; doubtful"),
    )
    service.set_target(session, user, facts, actor(user))
    return see_other(f"/targets/{indicator.id}", "saved")


@router.post("/import")
def import_targets(request: Request, session: SessionDep, user: Leader, form: LeaderForm) -> Response:
    words, file = words_for(request), form.get("file")
    content = file.file.read(LARGEST_LIST_BYTES + 1) if isinstance(file, UploadFile) else b""
    try:
        if not content or len(content) > LARGEST_LIST_BYTES:
            raise TargetsUnreadable
        taken = take_targets(session, user, content, words.language, actor(user))
    except TargetsUnreadable as error:
        session.rollback()
        page = replace(_list(session, user, TargetFilter(), words), list_error=words.gettext(error.message))
        return render(request, page, error.status)
    told = tuple(replace(one, message=words.gettext(one.message)) for one in taken.bad)
    page = _list(session, user, TargetFilter(), words)
    return render(request, replace(page, taken=replace(taken, bad=told)))


@router.post("/{target_id}/remove")
def remove_target(target_id: RowId, session: SessionDep, user: Leader) -> Response:
    known = queries.row(session, target_id)
    service.remove_target(session, user, target_id, actor(user))
    return see_other(f"/targets/{known.indicator}" if known else "/targets", "removed")


@router.get("/{indicator_id}")
def show_target(indicator_id: str, request: Request, session: SessionDep, user: Viewer) -> Response:
    indicator = INDICATORS.get(indicator_id)
    if indicator is None:
        raise NotFound
    return render(request, _show(session, user, indicator, words_for(request)))


def _facts(session: Session, indicator: Indicator, given: Mapping[str, str]) -> TargetFacts:
    """What the form says; shares are typed in percent."""
    name = given.get("team", "")
    team = accounts.team(session, int(name)) if name.isdecimal() and len(name) < 10 else None
    if name and team is None:
        raise TeamUnknown(field="team")
    return TargetFacts(
        indicator=indicator.id,
        value=typed(indicator.unit, given.get("value", ""), in_percent=indicator.unit == Unit.SHARE),
        holds_from=day_of(given.get("from", ""), "from"),
        holds_until=day_of(given["until"], "until") if given.get("until") else None,
        team_id=team.id if team else None,
        queue=given.get("queue", ""),
        direction=given.get("direction", ""),
        note=given.get("note", ""),
    )


def _list(session: Session, user: User, chosen: TargetFilter, words: Translator) -> TargetsPage:
    day, known, teams = (
        chosen.day or today_on_site(session, user, clock.now()),
        queries.all_targets(session),
        team_names(session),
    )
    rows = []
    for one in known.indicators.values():
        held = held_by(one, known, day, chosen.team, chosen.queue, chosen.direction)
        rows.append(
            IndicatorRow(
                id=one.id,
                name=words_of(one.name, words.language),
                better=words.gettext(BETTER[one.more_is_better]),
                held=tuple(held_view(target, one.unit, teams, words) for target in held),
                known=known_views(one, held, may_set_targets(user), words),
                more=len(
                    [target for target in known.set.get(one.id, ()) if target.id not in {other.id for other in held}]
                ),
            )
        )
    return TargetsPage(
        rows=tuple(rows),
        teams=tuple(Choice(str(of), name, of == chosen.team) for of, name in teams.items()),
        directions=_directions(chosen.direction, words),
        chosen=chosen,
        day=day.isoformat(),
        sets=may_set_targets(user),
    )


def _directions(chosen: str, words: Translator) -> tuple[Choice, ...]:
    return tuple(Choice(one, words.gettext(label), one == chosen) for one, label in DIRECTIONS.items())


def _show(
    session: Session,
    user: User,
    indicator: Indicator,
    words: Translator,
    given: Mapping[str, str] | None = None,
    error: str = "",
) -> TargetPage:
    today, known, teams = (
        today_on_site(session, user, clock.now()),
        queries.all_targets(session, indicator.id),
        team_names(session),
    )
    own = None if sets_for(user, None) else user.team_id
    held = held_by(indicator, known, today, own, "", "")
    blank = {"value": "", "from": today.isoformat(), "until": "", "queue": "", "direction": "", "note": "", "team": ""}
    typed_in = {**blank, **(given or {})}
    holding = [
        known.at(indicator.id, day=today, team_id=one.team_id, queue=one.queue, direction=one.direction)
        for one in known.set.get(indicator.id, ())
    ]
    return TargetPage(
        id=indicator.id,
        name=words_of(indicator.name, words.language),
        definition=words_of(indicator.definition, words.language),
        better=words.gettext(BETTER[indicator.more_is_better]),
        held=tuple(held_view(one, indicator.unit, teams, words) for one in held),
        known=known_views(indicator, held, may_set_targets(user), words),
        rows=set_rows(
            session, user, queries.rows(session, indicator.id), [one for one in holding if one], indicator, words
        ),
        changes=changes(
            ledger.entries(session, f"target:{indicator.id}"), indicator, teams, zone_of(session, user), words
        ),
        sets=may_set_targets(user),
        asked=words.gettext(ASKED[indicator.unit]),
        teams=tuple(
            Choice(str(of), name, str(of) == typed_in["team"]) for of, name in teams.items() if sets_for(user, of)
        ),
        for_all=sets_for(user, None),
        directions=_directions(typed_in["direction"], words),
        given=typed_in,
        error=error,
    )
