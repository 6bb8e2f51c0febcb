"""Reads targets."""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from app.domain.metrics.indicators import INDICATORS
from app.kit.errors import NotFound
from app.kit.pagination import PAGE_SIZE, Page, paginate
from app.targets.holding import Origin, Target, Targets
from app.targets.models import SetTarget


def target_for(
    session: Session,
    indicator_id: str,
    *,
    day: date,
    team_id: int | None = None,
    queue: str | None = None,
    direction: str | None = None,
) -> Target | None:
    """The target of an indicator that holds on a day: the most specific that was set, else the shipped one, if any."""
    known = all_targets(session, indicator_id)
    return known.at(indicator_id, day=day, team_id=team_id, queue=queue, direction=direction)


def all_targets(session: Session, indicator_id: str | None = None) -> Targets:
    """Every target, or those of one indicator: asked once where many are looked up."""
    found: dict[str, list[Target]] = {}
    for row in rows(session, indicator_id):
        found.setdefault(row.indicator, []).append(as_target(row))
    return Targets(INDICATORS, found)


def rows(
    session: Session, indicator_id: str | None = None, team_id: int | None = None, queue: str | None = None
) -> Sequence[SetTarget]:
    """What was set, by indicator, that for all before that of teams, the newest first."""
    wanted = _narrowed(indicator_id, team_id, queue)
    team, queue_named = col(SetTarget.team_id), col(SetTarget.queue)
    order = (team.is_not(None), team, queue_named, col(SetTarget.direction), col(SetTarget.holds_from).desc())
    return session.exec(wanted.order_by(col(SetTarget.indicator), *order, col(SetTarget.id))).all()


def page(
    session: Session,
    *,
    indicator_id: str | None = None,
    team_id: int | None = None,
    queue: str | None = None,
    direction: str | None = None,
    day: date | None = None,
    cursor: str | None = None,
    size: int = PAGE_SIZE,
) -> Page[SetTarget]:
    """What was set, the last first; with a day, what begins before its end and has not ended before it."""
    wanted = _narrowed(indicator_id, team_id, queue)
    wanted = wanted if direction is None else wanted.where(SetTarget.direction == direction)
    if day is not None:
        ends = col(SetTarget.holds_until)
        wanted = wanted.where(SetTarget.holds_from <= day, or_(ends.is_(None), ends >= day))
    return paginate(session, wanted, by=SetTarget.id, row_id=SetTarget.id, cursor=cursor, size=size)


def row(session: Session, target_id: int) -> SetTarget | None:
    return session.get(SetTarget, target_id)


def lock(session: Session, target_id: int) -> SetTarget:
    """What was set, which nobody else changes until this transaction ends."""
    wanted = select(SetTarget).where(SetTarget.id == target_id).with_for_update()
    found = session.exec(wanted.execution_options(populate_existing=True)).first()
    if found is None:
        raise NotFound
    return found


def row_of(
    session: Session, indicator_id: str, team_id: int | None, queue: str, direction: str, holds_from: date
) -> SetTarget | None:
    """What was set for just these calls from just this day on."""
    wanted = select(SetTarget).where(
        SetTarget.indicator == indicator_id, col(SetTarget.team_id).is_not_distinct_from(team_id)
    )
    wanted = wanted.where(SetTarget.queue == queue, SetTarget.direction == direction)
    return session.exec(wanted.where(SetTarget.holds_from == holds_from)).first()


def as_target(row: SetTarget) -> Target:
    """A row as the value that answers."""
    return Target(
        indicator=row.indicator,
        value=row.value,
        origin=Origin.SET,
        team_id=row.team_id,
        queue=row.queue,
        direction=row.direction,
        holds_from=row.holds_from,
        holds_until=row.holds_until,
        note=row.note,
        id=row.id,
    )


def _narrowed(indicator_id: str | None, team_id: int | None, queue: str | None) -> SelectOfScalar[SetTarget]:
    wanted = select(SetTarget)
    for column, value in ((SetTarget.indicator, indicator_id), (SetTarget.team_id, team_id), (SetTarget.queue, queue)):
        wanted = wanted if value is None else wanted.where(col(column) == value)
    return wanted
