"""Reads calls; every read for a person takes that person and leaves out what they may not see."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy
from sqlalchemy import ColumnElement, CompoundSelect, Select, true
from sqlmodel import Session, and_, col, func, or_, select

from app.accounts.models import Role, User
from app.calls.models import Call, CallSegment, CallState
from app.kit.errors import NotFound
from app.kit.letters import has, has_no_case, same

# So many are asked for by their ids at once.
AT_ONCE = 1000
# On the way through the pipeline, or waiting for it.
UNDER_WAY = (CallState.RECEIVED, CallState.TRANSCRIBING, CallState.SCORING)


def visible_to(user: User) -> ColumnElement[bool]:
    """Which calls a person sees: agents those they took part in, team staff their team's and those of no team."""
    if user.role == Role.AGENT:
        shared = sqlalchemy.select(col(CallSegment.call_id)).where(col(CallSegment.agent_id) == user.id)
        return or_(col(Call.agent_id) == user.id, col(Call.id).in_(shared))
    if user.role == Role.ADMIN or user.team_id is None:
        return true()
    return or_(col(Call.team_id) == user.team_id, col(Call.team_id).is_(None))


def call(session: Session, user: User, call_id: int) -> Call:
    """The call with this id, if there is one that the person may see."""
    wanted = select(Call).where(Call.id == call_id, visible_to(user), Call.state != CallState.DELETED)
    found = session.exec(wanted).first()
    if found is None:
        raise NotFound
    return found


def some(session: Session, user: User, call_ids: Sequence[int]) -> Sequence[Call]:
    """Those of these calls that the person may see, the newest first."""
    wanted = select(Call).where(col(Call.id).in_(call_ids), visible_to(user), Call.state != CallState.DELETED)
    return session.exec(wanted.order_by(col(Call.id).desc())).all()


def lock(session: Session, call_id: int) -> Call:
    """The call, which nobody else changes until this transaction ends."""
    wanted = select(Call).where(Call.id == call_id).with_for_update().execution_options(populate_existing=True)
    found = session.exec(wanted).first()
    if found is None:
        raise NotFound
    return found


def lock_kept(session: Session, call_id: int) -> Call:
    """The same, if nobody has deleted it: whoever waited for the one who did must leave nothing behind."""
    found = lock(session, call_id)
    if found.state == CallState.DELETED:
        raise NotFound
    return found


def lock_all(session: Session, call_ids: Sequence[int]) -> Sequence[int]:
    """Those of these calls that nobody has deleted, by id, which nobody else changes until this transaction ends."""
    found: list[int] = []
    ordered = sorted(call_ids)
    for start in range(0, len(ordered), AT_ONCE):
        wanted = select(Call.id, Call.state).where(col(Call.id).in_(ordered[start : start + AT_ONCE]))
        rows = session.exec(wanted.order_by(col(Call.id)).with_for_update())
        found.extend(one for one, state in rows if one is not None and state != CallState.DELETED)
    return found


def meant(
    session: Session,
    call_ids: Sequence[int],
    *,
    agent_id: int | None = None,
    team_id: int | None = None,
    customer: str = "",
    first_day: date | None = None,
    last_day: date | None = None,
    limit: int,
) -> Sequence[int]:
    """These calls, or all, as far as they are of an agent, a team, a customer of this name, and days; by id."""
    conditions = [col(Call.state) != CallState.DELETED]
    if call_ids:
        conditions.append(col(Call.id).in_(call_ids))
    if agent_id is not None:
        parts = select(CallSegment.call_id).where(CallSegment.agent_id == agent_id)
        conditions.append(or_(col(Call.agent_id) == agent_id, col(Call.id).in_(parts)))
    if team_id is not None:
        conditions.append(col(Call.team_id) == team_id)
    if customer:
        conditions.append(same(col(Call.customer_name), customer))
    if first_day is not None:
        conditions.append(col(Call.site_day) >= first_day)
    if last_day is not None:
        conditions.append(col(Call.site_day) <= last_day)
    found = select(Call.id).where(*conditions).order_by(col(Call.id)).limit(limit)
    return [one for one in session.exec(found) if one is not None]


def of_customer(
    session: Session, name: str, external_ids: Sequence[str], written: Sequence[str], limit: int
) -> Sequence[int]:
    """The calls of a customer, by id: their name has this in it, or they have one of these ids, or their id or the name
    of their file has one of these words in it."""
    places = (col(Call.file_name), col(Call.external_id))
    told = [has(one, word) for word in written for one in places]
    if name:
        told.append(has(col(Call.customer_name), name))
    if external_ids:
        told.append(col(Call.external_id).in_(external_ids))
    if not told:
        return []
    wanted = select(Call.id).where(or_(*told), Call.state != CallState.DELETED).order_by(col(Call.id)).limit(limit)
    return [one for one in session.exec(wanted) if one is not None]


def attempts(session: Session, call_id: int) -> int:
    """How often a call was begun, whether it was deleted since or not."""
    return session.exec(select(Call.attempt).where(Call.id == call_id)).one()


def external_ids(session: Session, call_ids: Sequence[int]) -> Sequence[str]:
    """What other systems call these calls."""
    wanted = select(Call.external_id).where(col(Call.id).in_(call_ids), col(Call.external_id).is_not(None))
    return [one for one in session.exec(wanted) if one is not None]


def of_teams_not_given(session: Session, agent_id: int) -> Sequence[tuple[int, datetime, int | None]]:
    """Id, moment and team of the calls of an agent whose team follows from who their agent is."""
    wanted = select(Call.id, Call.started_at, Call.team_id).where(
        Call.agent_id == agent_id, ~col(Call.team_given), Call.state != CallState.DELETED
    )
    rows = session.exec(wanted.order_by(col(Call.id)))
    return [(one, moment, team) for one, moment, team in rows if one is not None]


def segments(session: Session, call_id: int) -> Sequence[CallSegment]:
    """The parts of a call in which other agents spoke, in their order."""
    wanted = select(CallSegment).where(CallSegment.call_id == call_id)
    return session.exec(wanted.order_by(col(CallSegment.start), col(CallSegment.id))).all()


def agents(session: Session, call_ids: Sequence[int]) -> dict[int, frozenset[int]]:
    """Who took part in some calls, by id: the agent of each and those of its parts."""
    own = select(Call.id, Call.agent_id).where(col(Call.id).in_(call_ids), col(Call.agent_id).is_not(None))
    parts = select(CallSegment.call_id, CallSegment.agent_id).where(col(CallSegment.call_id).in_(call_ids))
    found: dict[int, set[int]] = {one: set() for one in call_ids}
    for of_call, agent in (*session.exec(own), *session.exec(parts)):
        if of_call is not None and agent is not None:
            found[of_call].add(agent)
    return {of_call: frozenset(some) for of_call, some in found.items()}


def took_part(user: User) -> ColumnElement[bool]:
    """Whether a person is an agent of a call, or of a part of it."""
    part = select(CallSegment.id).where(CallSegment.call_id == Call.id, CallSegment.agent_id == user.id)
    return or_(func.coalesce(Call.agent_id, 0) == user.id, part.correlate(Call).exists())


def by_content(session: Session, content_hash: str) -> Call | None:
    """The call that these bytes are, whoever may see it."""
    return session.exec(select(Call).where(Call.content_hash == content_hash)).first()


def by_external_id(session: Session, external_id: str) -> Call | None:
    return session.exec(select(Call).where(Call.external_id == external_id)).first()


class CallSet(NamedTuple):
    """Calls of which something holds that is known above: the ids of those it may hold of, and of which it does.

    The ids come from an index; what decides is asked of the calls that are shown or counted alone. None: of all.
    """

    call_ids: Select[Any] | CompoundSelect[Any]
    holds: ColumnElement[bool] | None = None


class Order(StrEnum):
    """What the newest call is: the last that came in, or the last that began."""

    ARRIVAL = "arrival"
    START = "start"


@dataclass(frozen=True)
class Wanted:
    """Which calls are wanted; what is left empty narrows nothing.

    `words` all stand in the file name, the id or the customer's name, or else `said` is true of the call; without
    words it has to be. A call stands in all sets of `among`.
    """

    state: CallState | None = None
    agent_id: int | None = None
    team_id: int | None = None
    language: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    words: Sequence[str] = ()
    said: CallSet | None = None
    among: Sequence[CallSet] = ()


def calls(
    session: Session, user: User, wanted: Wanted, *, before_id: int | None = None, limit: int = 50
) -> tuple[Sequence[Call], int]:
    """The newest calls a person may see, and how many there are in all; `before_id` goes on from there."""
    counted = select(func.count()).select_from(Call).where(*_conditions(session, user, wanted))
    found = call_ids(session, user, wanted, before_id=before_id, limit=limit)
    return some(session, user, found), session.exec(counted).one()


def call_ids(
    session: Session,
    user: User,
    wanted: Wanted,
    *,
    order: Order = Order.ARRIVAL,
    before_id: int | None = None,
    limit: int,
) -> Sequence[int]:
    """The newest calls a person may see, by id; `before_id` goes on from there."""
    conditions = _conditions(session, user, wanted)
    if before_id is not None:
        conditions.append(_before(before_id, order))
    by = [col(Call.started_at), col(Call.id)] if order == Order.START else [col(Call.id)]
    found = sqlalchemy.select(col(Call.id)).where(*conditions).order_by(*(one.desc() for one in by))
    return session.execute(found.limit(limit)).scalars().all()


def _conditions(session: Session, user: User, wanted: Wanted) -> list[ColumnElement[bool]]:
    return [visible_to(user), col(Call.state) != CallState.DELETED, *_narrowed(session, user, wanted)]


def _narrowed(session: Session, user: User, wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    for name in ("state", "agent_id", "team_id", "language"):
        value = getattr(wanted, name)
        if value is not None:
            yield getattr(Call, name) == value
    if wanted.first_day is not None:
        yield col(Call.site_day) >= wanted.first_day
    if wanted.last_day is not None:
        yield col(Call.site_day) <= wanted.last_day
    for one in wanted.among:
        yield from _in(one)
    if wanted.words:
        yield from _worded(session, user, wanted.words, wanted.said)
    elif wanted.said is not None:
        yield from _in(wanted.said)


def _in(one: CallSet) -> Iterator[ColumnElement[bool]]:
    yield col(Call.id).in_(one.call_ids)
    if one.holds is not None:
        yield one.holds


def _worded(session: Session, user: User, words: Sequence[str], said: CallSet | None) -> Iterator[ColumnElement[bool]]:
    """All of the words stand in one of the names of a call, or they were said in it."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    named = (_named(word) if is_sqlite else _named_in_lower_case(word) for word in words)
    in_names = sqlalchemy.select(col(Call.id)).where(visible_to(user), *named)
    if said is None:
        yield col(Call.id).in_(in_names)
        return
    # One set to walk through, so that the newest are found without looking at all; only these are read word for word.
    yield col(Call.id).in_(in_names.union_all(said.call_ids))
    if said.holds is not None:
        yield or_(said.holds, col(Call.id).in_(in_names))


def _named(word: str) -> ColumnElement[bool]:
    """For SQLite: its LIKE alone is the quickest, where it knows the letters, and names are read from an index."""
    names = (col(Call.file_name), col(Call.external_id), col(Call.customer_name))
    alike = has_no_case(word)
    return or_(*(name.contains(word, autoescape=True) if alike else has(name, word) for name in names))


def _named_in_lower_case(word: str) -> ColumnElement[bool]:
    """For PostgreSQL: lower case is what takes long, so all names are turned into it at once."""
    names = func.concat_ws("\n", Call.file_name, Call.external_id, Call.customer_name)
    return names.icontains(word, autoescape=True)


def _before(call_id: int, order: Order) -> ColumnElement[bool]:
    """Whether a call stands after this one in the list."""
    if order == Order.ARRIVAL:
        return col(Call.id) < call_id
    started = sqlalchemy.select(col(Call.started_at)).where(col(Call.id) == call_id).scalar_subquery()
    return or_(col(Call.started_at) < started, and_(col(Call.started_at) == started, col(Call.id) < call_id))


def waiting(session: Session, limit: int) -> Sequence[Call]:
    """The oldest calls that are on their way through the pipeline, or should be."""
    return session.exec(select(Call).where(col(Call.state).in_(UNDER_WAY)).order_by(col(Call.id)).limit(limit)).all()


def with_step(session: Session, step: str, limit: int) -> Sequence[Call]:
    """The oldest calls for which this step is still to be done."""
    wanted = select(Call).where(Call.step == step, Call.state != CallState.DELETED)
    return session.exec(wanted.order_by(col(Call.id)).limit(limit)).all()


def keeps_bytes(session: Session, key: str) -> bool:
    """Whether a call that keeps its sound has it under this key."""
    places = (col(Call.blob), col(Call.playback), col(Call.peaks), col(Call.playback_unmuted))
    kept = or_(*(place == key for place in places))
    wanted = select(Call.id).where(kept, Call.state != CallState.DELETED, col(Call.sound_removed_at).is_(None))
    return session.exec(wanted.limit(1)).first() is not None


def bytes_left(session: Session, call_id: int) -> tuple[str, ...]:
    """Where sound still lies of a call that was deleted, or whose sound is to be gone."""
    call = session.get_one(Call, call_id)
    if not is_soundless(call):
        return ()
    kept = (call.blob, call.playback, call.peaks, call.playback_unmuted, *call.bytes_replaced.split())
    return tuple(key for key in kept if key)


def is_soundless(call: Call) -> bool:
    """Whether no sound of a call is to be kept any more."""
    return call.state == CallState.DELETED or call.sound_removed_at is not None


def soundless_with_bytes(session: Session, limit: int) -> Sequence[int]:
    """Calls of which no sound is to be kept and some may be, by id."""
    deleted = select(Call.id).where(Call.state == CallState.DELETED, Call.blob != "")
    aged = select(Call.id).where(col(Call.sound_removed_at).is_not(None), Call.blob != "")
    found = [session.exec(one.order_by(col(Call.id)).limit(limit)).all() for one in (deleted, aged)]
    return sorted({one for ids in found for one in ids if one is not None})[:limit]


def with_bytes_replaced(session: Session, limit: int) -> Sequence[int]:
    """Calls that have given up bytes which are still kept, by id; deleted ones too."""
    wanted = select(Call.id).where(col(Call.bytes_replaced) != "")
    return [one for one in session.exec(wanted.order_by(col(Call.id)).limit(limit)) if one is not None]


def to_mute(session: Session, limit: int, after: int = 0) -> Sequence[int]:
    """The next calls of which more is to be muted than is, by id, after one."""
    kept = (Call.state != CallState.DELETED, col(Call.sound_removed_at).is_(None))
    wanted = select(Call.id).where(col(Call.mute_due), *kept, col(Call.id) > after)
    return [one for one in session.exec(wanted.order_by(col(Call.id)).limit(limit)) if one is not None]


def references(session: Session, ids: Collection[int]) -> dict[int, str]:
    """What these calls are called, by id, whoever may see them; of deleted ones there is nothing."""
    wanted = select(Call.id, Call.external_id, Call.file_name).where(col(Call.id).in_(ids))
    return {of or 0: external_id or file_name for of, external_id, file_name in session.exec(wanted)}


class Failure(NamedTuple):
    """Why calls failed: the code of the reason, what one of them was told, and how many they are."""

    code: str
    message: str
    calls: int


def counts(session: Session, states: Sequence[CallState]) -> dict[CallState, int]:
    """How many calls are in each of these states, whoever may see them."""
    wanted = select(Call.state, func.count()).where(col(Call.state).in_(states)).group_by(col(Call.state))
    return {**dict.fromkeys(states, 0), **{CallState(state): calls for state, calls in session.exec(wanted)}}


def failures(session: Session) -> Sequence[Failure]:
    """Why calls failed that nobody has started again, the most frequent reason first."""
    number = func.count()
    wanted = select(Call.error_code, func.min(Call.error_message), number).where(Call.state == CallState.FAILED)
    rows = session.exec(wanted.group_by(col(Call.error_code)).order_by(number.desc(), col(Call.error_code))).all()
    return [Failure(code or "", message or "", calls) for code, message, calls in rows]


def failed(session: Session, limit: int, code: str | None = None) -> Sequence[Call]:
    """The newest calls that failed, with this reason where one is given."""
    wanted = select(Call).where(Call.state == CallState.FAILED)
    if code is not None:
        wanted = wanted.where(Call.error_code == code)
    return session.exec(wanted.order_by(col(Call.id).desc()).limit(limit)).all()


def by_ids(session: Session, call_ids: Sequence[int]) -> dict[int, Call]:
    """These calls by id, whoever may see them; deleted ones are left out."""
    wanted = select(Call).where(col(Call.id).in_(call_ids), Call.state != CallState.DELETED)
    return {one.id: one for one in session.exec(wanted) if one.id is not None}
