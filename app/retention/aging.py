"""Removes sound and words of calls when their periods are over; verdicts, scores, ledger and tallies stay."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session

from app.calls import queries as calls
from app.calls import service as call_service
from app.calls.models import Call, CallState
from app.kit import db
from app.kit.blobs import Blobs
from app.kit.db import after_commit, id_of
from app.kit.errors import Passing, where
from app.ledger import queries as ledger
from app.ledger.service import Actor, call_stream, machine, record_for_call
from app.retention import queries, tidying
from app.retention.models import AgedCall
from app.retention.queries import AT_REST, Period, last_day
from app.retention.removing import forget_ways, remove_bytes, remove_words

log = logging.getLogger(__name__)

AGED = "call.aged"
# So many calls lose something in one sweep; the next one goes on.
AT_ONCE = 200


@dataclass(frozen=True)
class Parts:
    """What of a call is kept for too long."""

    sound: bool = False
    words: bool = False

    def __bool__(self) -> bool:
        return self.sound or self.words


def age(engine: Engine, blobs: Blobs, now: datetime, at_once: int = AT_ONCE) -> int:
    """Carry the policies out, each call in a transaction of its own; of how many calls something was removed."""
    today = now.date()
    with db.session(engine, reads_only=True) as session:
        found = _due(session, today, at_once)
        again = queries.to_look_at_again(session, today, at_once)
    done = 0
    for call_id in found:
        try:
            with db.session(engine) as session:
                done += age_call(session, engine, blobs, call_id, machine(now))
        except Passing:
            raise
        except Exception as error:
            # One call of which something cannot be removed keeps no other from it.
            log.error("what is kept of call %s for too long could not be removed\n%s", call_id, where(error))
    for call_id in again:
        with db.session(engine) as session:
            look_again(session, call_id, machine(now))
    tidying.tidy(engine)
    return done


def _due(session: Session, today: date, at_once: int) -> Sequence[int]:
    """The calls of which something is kept for too long."""
    found: dict[int, None] = {}
    for on in queries.periods(session):
        for due in (queries.sound_due, queries.words_due):
            found |= dict.fromkeys(due(session, on, today, at_once))
    return sorted(found)[:at_once]


def age_call(session: Session, engine: Engine, blobs: Blobs, call_id: int, actor: Actor) -> bool:
    """Remove what of a call is kept for too long, unless somebody holds it or it has gone on since; whether any was."""
    call = calls.lock(session, call_id)
    on = queries.period_of(session, call)
    parts = _parts(call, on, actor.at.date()) if on is not None else Parts()
    if on is None or not parts or queries.holds_on(session, call_id):
        return False
    # The file of a bare transcript is words, and goes with whichever goes first.
    is_bare = not call.is_recording
    sound = parts.sound or (is_bare and parts.words and call.sound_removed_at is None)
    if parts.words:
        call_service.remove_words(session, call_id, actor.at)
        remove_words(session, call_id)
    if sound:
        call_service.remove_sound(session, call_id, actor.at)
        forget_ways(session, call_id)
        after_commit(session, lambda: remove_bytes(engine, blobs, call_id))
    _note(session, call, on, Parts(sound, parts.words), actor)
    return True


def look_again(session: Session, call_id: int, actor: Actor) -> None:
    """Remove what people wrote about a call after its words were gone; it was kept for the same period."""
    call = calls.lock(session, call_id)
    noted = session.get_one(AgedCall, call_id)
    noted.look_again_on = _again(noted.words_days, actor.at.date())
    if call.state == CallState.DELETED:
        noted.look_again_on = None
    elif queries.holds_on(session, call_id):
        noted.look_again_on = actor.at.date() + timedelta(days=1)
    else:
        had_words = bool(ledger.words_of_stream(session, call_stream(call_id)))
        call_service.remove_words(session, call_id, call.words_removed_at or actor.at)
        remove_words(session, call_id)
        if had_words:
            record_for_call(session, call_id, actor, AGED, removed=["notes"])
    session.add(noted)
    session.flush()


def _parts(call: Call, on: Period, today: date) -> Parts:
    if call.state not in AT_REST:
        return Parts()

    def is_over(days: int | None, removed_at: datetime | None) -> bool:
        last = last_day(days, today)
        return removed_at is None and last is not None and call.site_day <= last

    return Parts(is_over(on.sound_days, call.sound_removed_at), is_over(on.words_days, call.words_removed_at))


def _note(session: Session, call: Call, on: Period, parts: Parts, actor: Actor) -> None:
    """Note down by which policy something was removed, for whoever looks for it, and when to look once more."""
    noted = queries.aged(session, id_of(call)) or AgedCall(call_id=id_of(call))
    noted.policy_team_id = on.team_id
    removed = [name for name in ("sound", "words") if getattr(parts, name)]
    if parts.sound:
        noted.sound_days = on.sound_days if on.sound_days is not None else on.words_days
    if parts.words:
        noted.words_days = on.words_days
        noted.look_again_on = _again(on.words_days, actor.at.date())
    session.add(noted)
    session.flush()
    days = {f"{name}_days": getattr(noted, f"{name}_days") for name in removed}
    record_for_call(session, id_of(call), actor, AGED, removed=removed, policy_team_id=on.team_id, **days)


def _again(days: int | None, today: date) -> date | None:
    return None if days is None else today + timedelta(days=days)
