"""Reads policies, holds and erasures, and which calls are kept for too long."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import sqlalchemy
from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, func, select

from app.calls.models import Call, CallState
from app.kit.errors import NotFound
from app.kit.pagination import Page, paginate
from app.retention.models import (
    SITE,
    AgedCall,
    Erased,
    Erasure,
    ErasureTarget,
    HeldCall,
    LegalHold,
    RetentionPolicy,
)

# What is on its way through the pipeline waits until it has come to its end.
AT_REST = (CallState.SCORED, CallState.FAILED)


class Period(NamedTuple):
    """How long the calls of a policy are kept; of SITE, the teams that have one of their own are left out."""

    team_id: int
    sound_days: int | None
    words_days: int | None
    without: tuple[int, ...] = ()


class Due(NamedTuple):
    """How many calls are to lose their sound and their words, or will within some days."""

    sound: int
    words: int


def policies(session: Session) -> Sequence[RetentionPolicy]:
    """All policies, that of the site first."""
    return session.exec(select(RetentionPolicy).order_by(col(RetentionPolicy.team_id))).all()


def policy(session: Session, team_id: int) -> RetentionPolicy | None:
    """The policy of this team, or of SITE, which nobody else changes until this transaction ends."""
    wanted = select(RetentionPolicy).where(RetentionPolicy.team_id == team_id).with_for_update()
    return session.exec(wanted.execution_options(populate_existing=True)).first()


def periods(session: Session) -> tuple[Period, ...]:
    """How long the calls of each team are kept that has a policy, and of SITE those of all others."""
    found = policies(session)
    own = tuple(one.team_id for one in found if one.team_id != SITE)
    return tuple(
        Period(one.team_id, one.sound_days, one.words_days, () if one.team_id != SITE else own) for one in found
    )


def period_of(session: Session, call: Call) -> Period | None:
    """How long a call is kept; None where nobody has said so."""
    found = {one.team_id: one for one in periods(session)}
    return found.get(call.team_id or SITE, found.get(SITE))


def sound_due(session: Session, on: Period, today: date, limit: int) -> Sequence[int]:
    """The calls of which the sound is kept for too long and that nobody holds, the oldest first."""
    wanted = sqlalchemy.select(col(Call.id)).where(*_sound_due(on, today), ~held())
    return session.execute(wanted.order_by(col(Call.site_day), col(Call.id)).limit(limit)).scalars().all()


def words_due(session: Session, on: Period, today: date, limit: int) -> Sequence[int]:
    """The calls of which the words are kept for too long and that nobody holds, the oldest first."""
    wanted = sqlalchemy.select(col(Call.id)).where(*_words_due(on, today), ~held())
    return session.execute(wanted.order_by(col(Call.site_day), col(Call.id)).limit(limit)).scalars().all()


def due(session: Session, on: Period, by: date) -> Due:
    """How many calls that nobody holds will have lost their sound and their words on a day."""
    return Due(*(_count(session, [*one(on, by), ~held()]) for one in (_sound_due, _words_due)))


def held_back(session: Session, on: Period, today: date) -> int:
    """How many calls would be gone, at least in part, if nobody held them."""
    return _count(session, [or_(and_(*_sound_due(on, today)), and_(*_words_due(on, today))), held()])


def _count(session: Session, conditions: Iterable[ColumnElement[bool]]) -> int:
    return session.exec(select(func.count()).select_from(Call).where(*conditions)).one()


def _sound_due(on: Period, today: date) -> tuple[ColumnElement[bool], ...]:
    return _old(on, on.sound_days, today, col(Call.sound_removed_at).is_(None))


def _words_due(on: Period, today: date) -> tuple[ColumnElement[bool], ...]:
    return _old(on, on.words_days, today, col(Call.words_removed_at).is_(None))


def _old(on: Period, days: int | None, today: date, kept: ColumnElement[bool]) -> tuple[ColumnElement[bool], ...]:
    """The calls of a policy that are older than so many days and of which something is kept; None: none of them."""
    before = last_day(days, today)
    if before is None:
        return (sqlalchemy.false(),)
    return kept, col(Call.site_day) <= before, col(Call.state).in_(AT_REST), _of(on)


def last_day(days: int | None, today: date) -> date | None:
    """The last day of which nothing is kept any more; the day of a call itself is not counted."""
    return None if days is None else today - timedelta(days=days + 1)


def _of(on: Period) -> ColumnElement[bool]:
    if on.team_id != SITE:
        return col(Call.team_id) == on.team_id
    return or_(col(Call.team_id).is_(None), col(Call.team_id).not_in(on.without)) if on.without else sqlalchemy.true()


def aged(session: Session, call_id: int) -> AgedCall | None:
    """By which policy something of a call was removed."""
    return session.get(AgedCall, call_id)


def to_look_at_again(session: Session, today: date, limit: int) -> Sequence[int]:
    """The calls whose words are gone and about which people may have written since."""
    wanted = select(AgedCall.call_id).where(col(AgedCall.look_again_on) <= today)
    return session.exec(wanted.order_by(col(AgedCall.look_again_on), col(AgedCall.call_id)).limit(limit)).all()


def held() -> ColumnElement[bool]:
    """Whether somebody holds a call."""
    standing = select(HeldCall.hold_id).join(LegalHold, col(LegalHold.id) == HeldCall.hold_id)
    return standing.where(HeldCall.call_id == Call.id, col(LegalHold.lifted_at).is_(None)).correlate(Call).exists()


def holds_on(session: Session, call_id: int) -> Sequence[LegalHold]:
    """The holds that keep a call from being removed."""
    wanted = select(LegalHold).join(HeldCall, col(HeldCall.hold_id) == LegalHold.id)
    wanted = wanted.where(HeldCall.call_id == call_id, col(LegalHold.lifted_at).is_(None))
    return session.exec(wanted.order_by(col(LegalHold.id))).all()


def held_among(session: Session, call_ids: Sequence[int]) -> set[int]:
    """Which of these calls somebody holds."""
    wanted = select(HeldCall.call_id).join(LegalHold, col(LegalHold.id) == HeldCall.hold_id)
    return set(session.exec(wanted.where(col(HeldCall.call_id).in_(call_ids), col(LegalHold.lifted_at).is_(None))))


def holds_page(session: Session, standing: bool | None, *, cursor: str | None, size: int) -> Page[LegalHold]:
    """Holds, the newest first: those that stand, those that were lifted, or all."""
    wanted = select(LegalHold)
    if standing is not None:
        wanted = wanted.where(col(LegalHold.lifted_at).is_(None) == standing)
    return paginate(session, wanted, by=col(LegalHold.put_at), row_id=col(LegalHold.id), cursor=cursor, size=size)


def hold(session: Session, hold_id: int) -> LegalHold:
    found = session.get(LegalHold, hold_id)
    if found is None:
        raise NotFound
    return found


def lock_hold(session: Session, hold_id: int) -> LegalHold:
    """A hold, which nobody else lifts until this transaction ends."""
    wanted = select(LegalHold).where(LegalHold.id == hold_id).with_for_update()
    found = session.exec(wanted.execution_options(populate_existing=True)).first()
    if found is None:
        raise NotFound
    return found


def calls_on(session: Session, hold_id: int, limit: int) -> Sequence[int]:
    """The first calls of a hold, by id."""
    wanted = select(HeldCall.call_id).where(HeldCall.hold_id == hold_id)
    return session.exec(wanted.order_by(col(HeldCall.call_id)).limit(limit)).all()


def holds_ever_on(session: Session, call_id: int) -> Sequence[LegalHold]:
    """The holds that a call is or was on."""
    wanted = select(LegalHold).join(HeldCall, col(HeldCall.hold_id) == LegalHold.id)
    return session.exec(wanted.where(HeldCall.call_id == call_id)).all()


def keeps_calls(session: Session, hold_id: int) -> bool:
    """Whether a hold is, or was, on a call that is not deleted."""
    wanted = select(HeldCall.call_id).join(Call, col(Call.id) == HeldCall.call_id)
    wanted = wanted.where(HeldCall.hold_id == hold_id, Call.state != CallState.DELETED).limit(1)
    return session.exec(wanted).first() is not None


def erasure(session: Session, erasure_id: int) -> Erasure:
    found = session.get(Erasure, erasure_id)
    if found is None:
        raise NotFound
    return found


def lock_erasure(session: Session, erasure_id: int) -> Erasure:
    """A request, which nobody else ends meanwhile."""
    wanted = select(Erasure).where(Erasure.id == erasure_id).with_for_update()
    return session.exec(wanted.execution_options(populate_existing=True)).one()


def erasures_page(session: Session, *, cursor: str | None, size: int) -> Page[Erasure]:
    """What people asked to have erased, the newest request first."""
    newest = col(Erasure.id)
    return paginate(session, select(Erasure), by=newest, row_id=newest, cursor=cursor, size=size)


def undone(session: Session) -> Sequence[int]:
    """The erasures of which something is left to do, by id."""
    wanted = select(Erasure.id).where(col(Erasure.ended_at).is_(None)).order_by(col(Erasure.id))
    return [one for one in session.exec(wanted) if one is not None]


def targets_left(session: Session, erasure_id: int) -> Sequence[ErasureTarget]:
    """The things of an erasure that are still to be erased."""
    wanted = select(ErasureTarget).where(ErasureTarget.erasure_id == erasure_id, col(ErasureTarget.done_at).is_(None))
    return session.exec(wanted.order_by(col(ErasureTarget.kind), col(ErasureTarget.target_id))).all()


def counts(session: Session, erasure_ids: Sequence[int]) -> dict[int, dict[Erased, tuple[int, int]]]:
    """Of each erasure how many things of a kind it has, and how many of these are done."""
    wanted = (
        sqlalchemy.select(
            col(ErasureTarget.erasure_id), col(ErasureTarget.kind), func.count(), func.count(col(ErasureTarget.done_at))
        )
        .where(col(ErasureTarget.erasure_id).in_(erasure_ids))
        .group_by(col(ErasureTarget.erasure_id), col(ErasureTarget.kind))
    )
    found: dict[int, dict[Erased, tuple[int, int]]] = {one: {} for one in erasure_ids}
    for of, kind, all_, done in session.execute(wanted):
        found[of][Erased(kind)] = (all_, done)
    return found
