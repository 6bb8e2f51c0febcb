"""Backtests: a scorecard tried on stored calls beside the one that judges, before it judges anybody."""

from typing import Annotated

from fastapi import Depends, Query, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from app.accounts.models import Scope
from app.accounts.policies import may_edit_scorecards
from app.api.backtest_answers import BacktestOut, ChangeOut, backtest_out, change_out
from app.api.csv_pages import csv_page
from app.api.idempotency import OnceItself, content_of
from app.api.parameters import (
    CSV_TOO,
    PLAIN,
    ByteOrderMark,
    CsvWanted,
    Cursor,
    PageOut,
    PageSize,
    RowId,
    wrong,
)
from app.api.problems import problems
from app.api.routing import api_router
from app.calls import queries as calls
from app.domain.scorecard import Scorecard
from app.evaluations.preview import look
from app.kit.db import id_of
from app.kit.errors import AppError
from app.kit.pagination import LARGEST_ID, PAGE_SIZE, CursorInvalid, Page
from app.reports import backtest_job
from app.reports import backtest_queries as queries
from app.request import Client, KeyFor, ServicesDep, SessionDep
from app.reviews import queries as reviews
from app.reviews import unannounced
from app.scorecards.active import active
from app.scorecards.known import version_named
from app.scorecards.loader import LARGEST_BYTES, understood

router = api_router("/backtests", ["backtests"])

Editor = Annotated[Client, KeyFor(may_edit_scorecards, Scope.SCORES_WRITE)]
Viewer = Annotated[Client, KeyFor(may_edit_scorecards, Scope.SCORES_READ)]
LONGEST_DAYS, MOST = 3660, 1000


class ScorecardUnreadable(AppError):
    """The scorecard has faults that keep it from being read; check it first."""

    code = "scorecard_unreadable"
    status = 422


class BacktestIn(BaseModel):
    """What is to be tried, and on which calls."""

    version: str | None = Field(
        None, max_length=100, pattern=PLAIN, description="A version that is known here.", examples=["sha256:9f86d081"]
    )
    yaml: str | None = Field(
        None, max_length=LARGEST_BYTES, description="Or a scorecard as YAML.", examples=["id: inbound-zh\n…"]
    )
    days: int | None = Field(
        30, ge=1, le=LONGEST_DAYS, description="Calls of so many last days; null: of all.", examples=[30]
    )
    most: int = Field(
        MOST, ge=1, le=backtest_job.MOST_CALLS, description="So many of the newest at most.", examples=[1000]
    )


@router.get("")
def list_backtests(
    client: Viewer,
    session: SessionDep,
    scorecard: Annotated[
        str | None, Query(max_length=200, pattern=PLAIN, description="Only of this one.", examples=["inbound-zh"])
    ] = None,
    cursor: Cursor = None,
    limit: PageSize = PAGE_SIZE,
) -> PageOut[BacktestOut]:
    """The backtests you may see, the newest first."""
    page = queries.backtests_page(session, client.user, scorecard, cursor=cursor, size=limit)
    shown = page.of(lambda one: backtest_out(session, one))
    return PageOut(items=list(shown.items), next_cursor=shown.next_cursor, total=shown.total)


@router.post("", status_code=202, responses=problems(404, 503))
def start_backtest(
    given: BacktestIn,
    client: Editor,
    session: SessionDep,
    shared: ServicesDep,
    once: OnceItself,
    sent: Annotated[str, Depends(content_of)],
    response: Response,
) -> BacktestOut:
    """Have a worker try a scorecard on the newest calls you see; ask for the result later. No call is changed."""
    once.claim(sent)
    if given.yaml is not None:
        # Nothing waits inside a transaction; what cannot be read in time is refused here, not in the worker.
        session.commit()
        if look(given.yaml, None, None).faults:
            raise ScorecardUnreadable
        once.claim(sent)
    new = _tried(session, given)
    against = active(session, new.language).card
    started = backtest_job.start(
        session,
        shared.queue,
        client.user,
        client.actor,
        name=new.id,
        new=new,
        against=against,
        days=given.days,
        most=given.most,
    )
    response.headers["Location"] = f"/api/v1/backtests/{started.id}"
    return backtest_out(session, started)


@router.get("/{backtest_id}")
def get_backtest(backtest_id: RowId, client: Viewer, session: SessionDep) -> BacktestOut:
    """One backtest: how far it has come, and what would change."""
    return backtest_out(session, queries.backtest(session, client.user, backtest_id))


@router.get("/{backtest_id}/changes", response_model=PageOut[ChangeOut], responses=CSV_TOO)
def list_backtest_changes(
    backtest_id: RowId,
    client: Viewer,
    session: SessionDep,
    csv: CsvWanted,
    cursor: Cursor = None,
    limit: PageSize = PAGE_SIZE,
    bom: ByteOrderMark = False,
) -> PageOut[ChangeOut] | Response:
    """The calls that would change, in the order in which they were found.

    Calls that you do not see, or that are reviewed blind at the moment or by you for a calibration, are left out of the
    pages, not of `total`.
    """
    queries.backtest(session, client.user, backtest_id)
    found = queries.changes(session, backtest_id, _after(cursor), limit + 1)
    seen = {id_of(one) for one in calls.some(session, client.user, [one.call_id for one in found])}
    blind = {of for of, review in reviews.of_calls(session, list(seen)).items() if review.hides_machine}
    blind |= set(unannounced.in_place(session, client.user, list(seen)))
    shown = [change_out(one) for one in found[:limit] if one.call_id in seen - blind]
    after = str(found[limit - 1].id) if len(found) > limit else None
    page = Page(shown, after, queries.changes_count(session, backtest_id))
    if csv:
        return csv_page(("call_id", "before", "after"), page, bom)
    return PageOut(items=shown, next_cursor=after, total=page.total)


@router.post("/{backtest_id}/stop")
def stop_backtest(backtest_id: RowId, client: Editor, session: SessionDep) -> BacktestOut:
    """End a backtest where it is; what it has found so far stays."""
    queries.backtest(session, client.user, backtest_id)
    backtest_job.stop(session, backtest_id, client.actor)
    return backtest_out(session, queries.backtest(session, client.user, backtest_id))


def _tried(session: Session, given: BacktestIn) -> Scorecard:
    if (given.yaml is None) == (given.version is None):
        raise wrong("version", "give either `version` or `yaml`", "body")
    if given.yaml is not None:
        return understood("scorecard.yaml", given.yaml)
    return version_named(session, given.version or "")


def _after(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not cursor.isascii() or not cursor.isdigit() or int(cursor) > LARGEST_ID:
        raise CursorInvalid
    return int(cursor)
