"""Shares a stretch of a call by a link, and withdraws the link."""

import math
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session

from app.accounts.models import User
from app.accounts.service import digest
from app.calls import queries as calls
from app.calls.service import SoundRemoved, WordsRemoved
from app.evaluations import queries as evaluations
from app.kit.db import id_of
from app.kit.errors import AppError, NotFound
from app.ledger.service import Actor, record_for_call
from app.sharing import queries
from app.sharing.models import ClipLink

LINK_LENGTH = timedelta(days=7)
LONGEST_SECONDS = 60.0
# Clips of evidence begin a little early and end a little late.
MARGIN_SECONDS = 2.0


class ClipOutside(AppError):
    """The clip must begin in the call and end after it began."""

    code = "clip_invalid"
    status = 422


class ClipTooLong(AppError):
    """A shared clip is at most 60 seconds long; choose a shorter part, or share the call itself."""

    code = "clip_too_long"
    status = 422


class ItemUnknown(AppError):
    """The call was not judged on this item."""

    code = "item_unknown"
    status = 422


@dataclass(frozen=True)
class Stretch:
    """The part of a call that is shared, in seconds, and the item it is about, if any."""

    start: float
    end: float
    item_id: str | None = None


def share_clip(session: Session, user: User, call_id: int, stretch: Stretch, actor: Actor) -> tuple[str, ClipLink]:
    """The token of a new link to a part of a call, which nobody can read again later."""
    calls.call(session, user, call_id)
    call = calls.lock_kept(session, call_id)
    if call.sound_removed_at is not None:
        raise SoundRemoved
    if call.words_removed_at is not None:
        raise WordsRemoved
    end = end_within(stretch, call.duration)
    _check_item(session, call_id, stretch.item_id)
    token = secrets.token_urlsafe(24)
    link = ClipLink(
        token_hash=digest(token),
        call_id=call_id,
        start=stretch.start,
        end=end,
        item_id=stretch.item_id,
        created_by=id_of(user),
        created_at=actor.at,
        expires_at=actor.at + LINK_LENGTH,
    )
    session.add(link)
    session.flush()
    record_for_call(
        session, call_id, actor, "clip.shared", clip=id_of(link), start=link.start, end=end, item=link.item_id
    )
    return token, link


def withdraw(session: Session, user: User, call_id: int, link_id: int, actor: Actor) -> None:
    """Make a link open nothing from now on; once is enough."""
    calls.call(session, user, call_id)
    calls.lock(session, call_id)
    link = next((one for one in queries.of_call(session, call_id) if one.id == link_id), None)
    if link is None:
        raise NotFound
    if link.revoked_at is not None:
        return
    link.revoked_at = actor.at
    session.add(link)
    session.flush()
    record_for_call(session, call_id, actor, "clip.withdrawn", clip=link_id, start=link.start, end=link.end)


def forget_links(session: Session, call_id: int) -> None:
    """Remove the links to a deleted call."""
    for link in queries.of_call(session, call_id):
        session.delete(link)
    session.flush()


def end_within(stretch: Stretch, duration: float | None) -> float:
    """Where the clip ends, at the latest with the call."""
    end = stretch.end if duration is None else min(stretch.end, duration)
    if not (math.isfinite(stretch.start) and math.isfinite(end) and 0 <= stretch.start < end):
        raise ClipOutside
    if end - stretch.start > LONGEST_SECONDS + MARGIN_SECONDS:
        raise ClipTooLong
    return end


def _check_item(session: Session, call_id: int, item_id: str | None) -> None:
    if item_id is None:
        return
    judged = evaluations.current(session, call_id)
    if judged is None or all(one.id != item_id for one in evaluations.findings(session, id_of(judged))):
        raise ItemUnknown
