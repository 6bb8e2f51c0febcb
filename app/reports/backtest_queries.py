"""Reads backtests, and the calls that they take."""

from collections.abc import Sequence

import sqlalchemy
from sqlalchemy import ColumnElement, or_, true
from sqlmodel import Session, col, func, select

from app.accounts.models import Role, User
from app.calls.models import Call
from app.calls.queries import visible_to as calls_visible_to
from app.kit.errors import NotFound
from app.kit.pagination import Page, paginate
from app.reports.heard_queries import heard_in
from app.reports.models import Backtest, BacktestChange, BacktestState
from app.reports.queries import Filter


def visible_to(user: User) -> ColumnElement[bool]:
    """Which backtests a person sees: team staff those of their team's calls and their own, others all."""
    if user.role == Role.ADMIN or user.team_id is None:
        return true()
    return or_(col(Backtest.team_id) == user.team_id, col(Backtest.started_by) == user.id)


def backtest(session: Session, user: User, backtest_id: int) -> Backtest:
    """The backtest with this id, if there is one that the person may see."""
    found = session.exec(select(Backtest).where(Backtest.id == backtest_id, visible_to(user))).first()
    if found is None:
        raise NotFound
    return found


def lock(session: Session, backtest_id: int) -> Backtest | None:
    """The backtest, which nobody else changes until this transaction ends."""
    wanted = select(Backtest).where(Backtest.id == backtest_id).with_for_update()
    return session.exec(wanted.execution_options(populate_existing=True)).first()


def backtests(session: Session, user: User, scorecard: str, limit: int) -> Sequence[Backtest]:
    """The newest backtests of a scorecard that the person may see."""
    wanted = select(Backtest).where(Backtest.scorecard == scorecard, visible_to(user))
    return session.exec(wanted.order_by(col(Backtest.id).desc()).limit(limit)).all()


def backtests_page(
    session: Session, user: User, scorecard: str | None, *, cursor: str | None, size: int
) -> Page[Backtest]:
    """The backtests that the person may see, of one scorecard or of all, the newest first."""
    wanted = select(Backtest).where(visible_to(user))
    wanted = wanted if scorecard is None else wanted.where(Backtest.scorecard == scorecard)
    newest = col(Backtest.id)
    return paginate(session, wanted, by=newest, row_id=newest, cursor=cursor, size=size)


def changes_count(session: Session, backtest_id: int) -> int:
    """How many calls would change."""
    wanted = select(func.count()).select_from(BacktestChange).where(BacktestChange.backtest_id == backtest_id)
    return session.exec(wanted).one()


def of_version(session: Session, user: User, version: str, limit: int) -> Sequence[Backtest]:
    """The newest backtests of this very version that ended."""
    wanted = select(Backtest).where(Backtest.version == version, Backtest.state == BacktestState.DONE, visible_to(user))
    return session.exec(wanted.order_by(col(Backtest.id).desc()).limit(limit)).all()


def running(session: Session, limit: int) -> Sequence[Backtest]:
    """The backtests that are under way."""
    wanted = select(Backtest).where(Backtest.state == BacktestState.RUNNING).order_by(col(Backtest.id)).limit(limit)
    return session.exec(wanted).all()


def changes(session: Session, backtest_id: int, after: int, limit: int) -> Sequence[BacktestChange]:
    """The next calls that would change, by the order in which they were found."""
    wanted = select(BacktestChange).where(BacktestChange.backtest_id == backtest_id, col(BacktestChange.id) > after)
    return session.exec(wanted.order_by(col(BacktestChange.id)).limit(limit)).all()


def taken(session: Session, user: User, chosen: Filter, language: str, most: int) -> tuple[int, int, int]:
    """Of the newest calls that the person sees and that have a transcript: the first id, the last, how many."""
    newest = (
        select(Call.id)
        .where(*heard_in(chosen, language), calls_visible_to(user))
        .order_by(col(Call.id).desc())
        .limit(most)
    ).subquery()
    first, last, count = session.execute(
        sqlalchemy.select(func.min(newest.c.id), func.max(newest.c.id), func.count())
    ).one()
    return first or 0, last or 0, count


def next_calls(
    session: Session, user: User, chosen: Filter, language: str, after: int, last: int, limit: int
) -> Sequence[int]:
    """The next of these calls, by id."""
    wanted = select(Call.id).where(
        *heard_in(chosen, language), calls_visible_to(user), col(Call.id) > after, col(Call.id) <= last
    )
    return [one for one in session.exec(wanted.order_by(col(Call.id)).limit(limit)) if one is not None]
