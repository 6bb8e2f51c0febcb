"""Reads the counts."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy
from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, func, select

from app.accounts import queries as accounts
from app.tallies.models import Contribution


def contribution(session: Session, call_id: int, source: str) -> Contribution | None:
    """What a call counts under a source."""
    wanted = select(Contribution).where(Contribution.call_id == call_id, Contribution.source == source)
    return session.exec(wanted.where(col(Contribution.counted_until).is_(None))).first()


def last_contribution(session: Session, call_id: int, source: str) -> Contribution | None:
    """What a call counts under a source, or counted last."""
    wanted = select(Contribution).where(Contribution.call_id == call_id, Contribution.source == source)
    return session.exec(wanted.order_by(col(Contribution.id).desc()).limit(1)).first()


def contributions(session: Session, call_id: int) -> Sequence[Contribution]:
    """What a call counts, under each source."""
    wanted = select(Contribution).where(Contribution.call_id == call_id, col(Contribution.counted_until).is_(None))
    return session.exec(wanted.order_by(col(Contribution.source))).all()


def counting_now(session: Session, at_once: int) -> Iterator[Contribution]:
    """What every call counts now, read so many at a time."""
    wanted = select(Contribution).where(col(Contribution.counted_until).is_(None)).order_by(col(Contribution.id))
    return iter(session.exec(wanted.execution_options(yield_per=at_once)))


def zone_of(session: Session, team_id: int | None) -> ZoneInfo:
    """The time zone in which a team's days begin; that of no team is UTC."""
    team = accounts.team(session, team_id) if team_id else None
    return ZoneInfo(team.time_zone if team else "UTC")


def counted_at(moment: datetime) -> ColumnElement[bool]:
    """What counted at this moment."""
    ended = col(Contribution.counted_until)
    return and_(col(Contribution.counted_from) <= moment, or_(ended.is_(None), ended > moment))


def counting_twice(session: Session) -> Sequence[tuple[int, str]]:
    """The calls that at some moment count twice under a source: there must be none."""
    before = func.lag(Contribution.counted_until)
    place = func.row_number().over(
        partition_by=(col(Contribution.call_id), col(Contribution.source)), order_by=col(Contribution.id)
    )
    ended = before.over(
        partition_by=(col(Contribution.call_id), col(Contribution.source)), order_by=col(Contribution.id)
    )
    rows = sqlalchemy.select(
        col(Contribution.call_id),
        col(Contribution.source),
        col(Contribution.counted_from),
        ended.label("ended"),
        place.label("place"),
    ).subquery()
    wanted = sqlalchemy.select(rows.c.call_id, rows.c.source).where(
        rows.c.place > 1, or_(rows.c.ended.is_(None), rows.c.ended > rows.c.counted_from)
    )
    return [(row[0], row[1]) for row in session.execute(wanted.distinct())]
