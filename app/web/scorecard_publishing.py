"""Letting a scorecard judge: a draft once it is checked, an earlier version, or the shipped one again."""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts.models import User
from app.domain.scorecard import Scorecard
from app.evaluations.preview import look, thorough_check
from app.kit.apart import TooCostly
from app.kit.db import id_of
from app.kit.errors import AppError
from app.kit.i18n import Translator
from app.reports import backtest_queries
from app.reports.backtest_job import read
from app.reports.models import Backtest
from app.reports.wording import language_name
from app.request import ServicesDep, SessionDep, actor
from app.scorecards import drafts
from app.scorecards.active import active, has_folder
from app.scorecards.drafts import DraftChanged, DraftMissing
from app.scorecards.faults import Fault, Weight
from app.scorecards.known import card_named, short
from app.scorecards.loader import scorecard, shipped_ids, understood
from app.scorecards.models import ScorecardDraft
from app.scorecards.publishing import LONGEST_NOTE, publish, publish_draft, publish_shipped
from app.web.rendering import render, see_other, words_for
from app.web.scorecard_changes import ChangeGroup, change_groups
from app.web.scorecard_editing import Editor, draft_or_none
from app.web.scorecard_preview import FaultView, faults
from app.web.times import shown_moment, zone_of

router = APIRouter()

BACKTESTS_SHOWN = 3


@dataclass(frozen=True)
class Tried:
    """A backtest of the very version that is to judge."""

    id: int
    told: str


@dataclass(frozen=True)
class PublishPage:
    """What would judge from now on, in whose place, and whether it may.

    `revision` is that of the draft; None for a version that is known already. `checked` is None while nobody has
    checked it. `unreadable` are the faults of a draft that is no scorecard yet.
    """

    template: ClassVar[str] = "scorecards/publish.html"
    name: str
    title: str
    language: str
    version: str
    revision: int | None
    replaces: str
    old: str
    same: bool
    groups: tuple[ChangeGroup, ...]
    by_folder: bool
    unreadable: tuple[FaultView, ...] = ()
    checked: bool = False
    found: tuple[FaultView, ...] = ()
    broken: bool = False
    tried: tuple[Tried, ...] = ()
    is_shipped: bool = False
    note: str = ""
    error: str = ""
    waiting: bool = False
    longest_note: int = LONGEST_NOTE


@router.get("/scorecards/{name}/publish")
def ask_to_publish(request: Request, name: str, session: SessionDep, user: Editor, waiting: bool = False) -> Response:
    # While the check runs the page asks for itself; only the first time it has the check begun.
    return render(request, replace(_page(session, user, name, words_for(request)), waiting=waiting))


@router.post("/scorecards/{name}/check")
def check_draft(name: str, session: SessionDep, shared: ServicesDep, user: Editor) -> Response:
    _check(session, user, name, shared.settings.max_hours * 3600)
    return see_other(f"/scorecards/{name}/publish")


@router.post("/scorecards/{name}/publish")
def publish_scorecard(
    request: Request,
    name: str,
    session: SessionDep,
    user: Editor,
    replaces: Annotated[str, Form(max_length=100)],
    note: Annotated[str, Form(max_length=LONGEST_NOTE)] = "",
    revision: Annotated[int | None, Form()] = None,
    shipped: Annotated[bool, Form()] = False,
) -> Response:
    try:
        card = _publish(session, user, name, replaces, note, revision, shipped)
    except AppError as error:
        session.rollback()
        told = words_for(request).gettext(error.message)
        return render(request, _page(session, user, name, words_for(request), note, told), error.status)
    return see_other(f"/scorecards/{card.id}", "published")


def _publish(
    session: Session, user: User, name: str, replaces: str, note: str, revision: int | None, shipped: bool
) -> Scorecard:
    by = actor(user)
    if revision is not None:
        draft = draft_or_none(session, user, name)
        if draft is None:
            raise DraftMissing
        if draft.revision != revision:
            raise DraftChanged
        return publish_draft(session, draft, note, replaces, by)
    card = card_named(session, name)
    if shipped:
        publish_shipped(session, card.language, note, replaces, by)
    else:
        publish(session, card, note, replaces, by)
    return card


def _check(session: Session, user: User, name: str, longest_seconds: float) -> None:
    """Check a draft thoroughly, with no transaction open, and keep what was found."""
    draft = draft_or_none(session, user, name)
    if draft is None:
        raise DraftMissing
    text, revision = draft.content, draft.revision
    session.commit()
    try:
        found = thorough_check(name, text, longest_seconds)
    except TooCostly as error:
        found = (Fault(1, "", error.message),)
    drafts.keep_check(session, id_of(user), name, revision, found)


def _page(session: Session, user: User, name: str, words: Translator, note: str = "", error: str = "") -> PublishPage:
    draft = draft_or_none(session, user, name)
    if draft is None:
        return _of_card(session, user, name, card_named(session, name), words, note=note, error=error)
    # Nothing waits inside a transaction.
    session.commit()
    seen = look(draft.content, None, None)
    if seen.faults:
        return _unreadable(draft, faults(seen.faults))
    return _of_card(session, user, name, understood(name, draft.content), words, draft, note, error)


def _unreadable(draft: ScorecardDraft, found: tuple[FaultView, ...]) -> PublishPage:
    return PublishPage(
        name=draft.scorecard,
        title=draft.scorecard,
        language="",
        version="",
        revision=draft.revision,
        replaces="",
        old="",
        same=False,
        groups=(),
        by_folder=has_folder(),
        unreadable=found,
    )


def _of_card(
    session: Session,
    user: User,
    name: str,
    card: Scorecard,
    words: Translator,
    draft: ScorecardDraft | None = None,
    note: str = "",
    error: str = "",
) -> PublishPage:
    now = active(session, card.language)
    found = drafts.found(draft) if draft is not None else ()
    return PublishPage(
        name=name,
        title=card.text(card.title, words.language),
        language=words.gettext(language_name(card.language)),
        version=short(card.version),
        revision=draft.revision if draft is not None else None,
        replaces=now.card.version,
        old=short(now.card.version),
        same=now.card.version == card.version,
        groups=change_groups(now.card, card, words),
        by_folder=has_folder(),
        checked=found is not None,
        found=faults(found or ()),
        broken=any(one.weight == Weight.FAULT for one in found or ()),
        tried=_tried(session, user, card.version, words),
        is_shipped=draft is None and card.id in shipped_ids() and scorecard(card.id).version == card.version,
        note=note,
        error=error,
    )


def _tried(session: Session, user: User, version: str, words: Translator) -> tuple[Tried, ...]:
    """What backtests said of this very version."""
    zone = zone_of(session, user)
    found = backtest_queries.of_version(session, user, version, BACKTESTS_SHOWN)
    return tuple(_said(one, zone, words) for one in found)


def _said(backtest: Backtest, zone: ZoneInfo, words: Translator) -> Tried:
    found = read(backtest.found)
    before, after = found.pass_rates
    told = words.gettext(
        "%(when)s: %(calls)s calls; %(before)s of %(n_before)s passed, %(after)s of %(n_after)s would"
    ) % {
        "when": shown_moment(backtest.created_at, zone),
        "calls": found.calls,
        "before": before.count,
        "n_before": before.n,
        "after": after.count,
        "n_after": after.n,
    }
    return Tried(id_of(backtest), told)
