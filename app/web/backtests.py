"""What a scorecard would change: it is tried on stored calls by the worker, and this page follows it."""

from dataclasses import dataclass
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts.models import User
from app.domain.scorecard import Scorecard
from app.evaluations.preview import look
from app.kit.db import id_of
from app.kit.errors import AppError, NotFound
from app.kit.i18n import N_, Translator
from app.reports import backtest_job
from app.reports import backtest_queries as queries
from app.reports.models import Backtest, BacktestState
from app.reports.wording import Shown
from app.request import ServicesDep, SessionDep, actor
from app.scorecards.active import active
from app.scorecards.known import card_named, short, version_named, versions_of
from app.scorecards.loader import understood
from app.web.backtest_found import FlippedCall, FoundView, flipped_calls, found_view
from app.web.rendering import render, see_other, words_for
from app.web.row_ids import RowId
from app.web.scorecard_editing import Editor, draft_or_none
from app.web.times import shown_moment, zone_of

router = APIRouter()

DAYS, MOST = 30, 1000
LISTED, CALLS_SHOWN = 20, 50
STATES = {
    BacktestState.RUNNING: Shown("…", N_("Running"), "neutral"),
    BacktestState.DONE: Shown("✓", N_("Done"), "pass"),
    BacktestState.STOPPED: Shown("■", N_("Stopped"), "caution"),
    BacktestState.FAILED: Shown("✕", N_("Failed"), "fail"),
}


class DraftUnreadable(AppError):
    """The draft has faults that keep it from being read; mend them in the editor, then try it."""

    code = "draft_unreadable"
    status = 409


@dataclass(frozen=True)
class Candidate:
    """A version that can be tried."""

    value: str
    label: str


@dataclass(frozen=True)
class BacktestRow:
    """A backtest in the list of earlier ones."""

    id: int
    at: str
    version: str
    against: str
    state: Shown
    done: int
    total: int


@dataclass(frozen=True)
class BacktestsPage:
    """The form that starts a backtest of a scorecard, and the earlier ones."""

    template: ClassVar[str] = "scorecards/backtests.html"
    name: str
    choices: tuple[Candidate, ...]
    rows: tuple[BacktestRow, ...]
    days: int
    most: int
    most_of_all: int
    error: str = ""


@dataclass(frozen=True)
class BacktestPage:
    """One backtest: how far it has come, and what would change."""

    template: ClassVar[str] = "scorecards/backtest.html"
    id: int
    name: str
    title: str
    version: str
    against: str
    known: bool
    state: Shown
    running: bool
    done: int
    total: int
    days: int | None
    found: FoundView
    flipped: tuple[FlippedCall, ...]
    older: int | None


@dataclass(frozen=True)
class BacktestFragment(BacktestPage):
    """The same, as it is asked for again and again while it runs."""

    template: ClassVar[str] = "scorecards/_backtest.html"


@router.get("/scorecards/{name}/backtest")
def list_backtests(request: Request, name: str, session: SessionDep, user: Editor) -> Response:
    return render(request, _list(session, user, name, words_for(request)))


@router.post("/scorecards/{name}/backtest")
def start_backtest(
    request: Request,
    name: str,
    session: SessionDep,
    shared: ServicesDep,
    user: Editor,
    version: Annotated[str, Form(max_length=100)] = "",
    days: Annotated[int | None, Form(ge=1, le=3660)] = None,
    most: Annotated[int, Form(ge=1, le=backtest_job.MOST_CALLS)] = MOST,
) -> Response:
    try:
        new = _tried(session, user, name, version)
        against = active(session, new.language).card
        by = actor(user)
        started = backtest_job.start(
            session, shared.queue, user, by, name=name, new=new, against=against, days=days, most=most
        )
    except AppError as error:
        session.rollback()
        page = _list(session, user, name, words_for(request), words_for(request).gettext(error.message))
        return render(request, page, error.status)
    return see_other(f"/scorecards/{name}/backtest/{id_of(started)}")


@router.get("/scorecards/{name}/backtest/{backtest_id}")
def show_backtest(
    request: Request,
    name: str,
    backtest_id: RowId,
    session: SessionDep,
    user: Editor,
    after: Annotated[int, Query(ge=0, lt=2**31)] = 0,
) -> Response:
    kind = BacktestFragment if "hx-request" in request.headers else BacktestPage
    return render(request, _page(session, user, name, backtest_id, after, words_for(request), kind))


@router.post("/scorecards/{name}/backtest/{backtest_id}/stop")
def stop_backtest(name: str, backtest_id: RowId, session: SessionDep, user: Editor) -> Response:
    queries.backtest(session, user, backtest_id)
    backtest_job.stop(session, backtest_id, actor(user))
    return see_other(f"/scorecards/{name}/backtest/{backtest_id}")


def _tried(session: Session, user: User, name: str, version: str) -> Scorecard:
    """What is to be tried: a version by its hash, or the person's draft."""
    if version:
        return version_named(session, version)
    draft = draft_or_none(session, user, name)
    if draft is None:
        raise NotFound
    # Nothing waits inside a transaction; what cannot be read in time is refused here, not in the worker.
    session.commit()
    if look(draft.content, None, None).faults:
        raise DraftUnreadable
    return understood(name, draft.content)


def _list(session: Session, user: User, name: str, words: Translator, error: str = "") -> BacktestsPage:
    zone, draft = zone_of(session, user), draft_or_none(session, user, name)
    versions = [one for one in versions_of(session, name) if not one.judges]
    if draft is None and not versions:
        card_named(session, name)
    choices = [Candidate("", words.gettext("Your draft"))] if draft is not None else []
    choices += [Candidate(short(one.version), short(one.version)) for one in versions]
    rows = tuple(_row(one, zone, words) for one in queries.backtests(session, user, name, LISTED))
    return BacktestsPage(name, tuple(choices), rows, DAYS, MOST, backtest_job.MOST_CALLS, error)


def _row(one: Backtest, zone: ZoneInfo, words: Translator) -> BacktestRow:
    return BacktestRow(
        id=id_of(one),
        at=shown_moment(one.created_at, zone),
        version=short(one.version),
        against=short(one.against),
        state=_state(one.state, words),
        done=one.done,
        total=one.total,
    )


def _page(
    session: Session,
    user: User,
    name: str,
    backtest_id: int,
    after: int,
    words: Translator,
    kind: type[BacktestPage],
) -> BacktestPage:
    one = queries.backtest(session, user, backtest_id)
    if one.scorecard != name:
        raise NotFound
    changes = queries.changes(session, backtest_id, after, CALLS_SHOWN + 1)
    shown = changes[:CALLS_SHOWN]
    titles = _titles(one, words)
    running = one.state == BacktestState.RUNNING
    return kind(
        id=backtest_id,
        name=name,
        title=_text(one.content["title"], words),
        version=short(one.version),
        against=short(one.against),
        known=any(known.version == one.version for known in versions_of(session, name)),
        state=_state(one.state, words),
        running=running,
        done=one.done,
        total=one.total,
        days=one.days,
        found=found_view(session, one, titles, words),
        flipped=flipped_calls(session, user, shown, titles, words),
        older=id_of(shown[-1]) if len(changes) > CALLS_SHOWN else None,
    )


def _titles(one: Backtest, words: Translator) -> dict[str, str]:
    """The titles of both cards' items by id."""
    items = [*one.against_content["items"], *one.content["items"]]
    return {item["id"]: _text(item["title"], words) for item in items}


def _text(texts: dict[str, str], words: Translator) -> str:
    return texts.get(words.language) or texts.get("en") or next(iter(texts.values()))


def _state(state: BacktestState, words: Translator) -> Shown:
    shown = STATES[state]
    return shown._replace(word=words.gettext(shown.word))
