"""What a note speaks of: whether each of it can be meant, and how it was judged when the note was written."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Role, User
from app.calls import queries as calls
from app.calls.models import Call
from app.coaching.models import CoachingPoint
from app.coaching.written import Point, Written
from app.evaluations import queries as evaluations
from app.kit.db import id_of
from app.kit.errors import AppError
from app.reviews import queries as reviews
from app.reviews import unannounced
from app.reviews.models import Purpose
from app.scorecards.active import all_active
from app.scorecards.service import keep

MOST_POINTS = 20


class ClipInvalid(AppError):
    """The clip must begin in the call and end after it began."""

    code = "clip_invalid"
    status = 422


class ItemUnknown(AppError):
    """The call was not judged on this item."""

    code = "item_unknown"
    status = 422


class CallOfAnother(AppError):
    """This call is not the agent's; a note speaks of their own calls, which they can hear."""

    code = "call_of_another"
    status = 422


class TooManyPoints(AppError):
    """A note speaks of at most 20 clips and items; write a second one."""

    code = "too_many_points"
    status = 422


class NobodyToWriteTo(AppError):
    """Choose the agent to whom the note goes."""

    code = "nobody_to_write_to"
    status = 422


def tied(session: Session, user: User, written: Written) -> list[CoachingPoint]:
    """The points as they are stored, after a look whether each can be meant, each call being locked."""
    if len(written.points) > MOST_POINTS:
        raise TooManyPoints
    found = {one.call_id: calls.call(session, user, one.call_id) for one in written.points if one.call_id is not None}
    took_part = calls.agents(session, list(found))
    if any(written.agent_id not in took_part.get(call_id, ()) for call_id in found):
        raise CallOfAnother
    if not found:
        _check_agent(session, user, written.agent_id)
    lock_calls(session, list(found))
    return [_stored(session, user, one, found.get(one.call_id or 0)) for one in written.points]


def known_by(session: Session, item_ids: Sequence[str], now: datetime) -> str | None:
    """The version of the scorecard by which the items of a note without calls are known; None where none has them."""
    wanted = {one for one in item_ids if one}
    judging = [one.card for one in all_active(session).values()]
    card = next((card for card in judging if wanted & {item.id for item in card.items}), None)
    # One that has judged no call yet is not stored.
    return keep(session, card, now).version if card is not None else None


def _stored(session: Session, user: User, point: Point, call: Call | None) -> CoachingPoint:
    _check_clip(point, call)
    row = CoachingPoint(
        note_id=0,
        call_id=point.call_id,
        item_id=point.item_id,
        scorecard_version=point.scorecard_version,
        start=point.start,
        end=point.end,
        kind=point.kind,
    )
    if call is None or point.item_id is None:
        return row
    judged, review = evaluations.current(session, id_of(call)), unannounced.of_call(session, user, id_of(call))
    if judged is None or point.item_id not in {one.id for one in evaluations.findings(session, id_of(judged))}:
        raise ItemUnknown
    row.scorecard_version = judged.scorecard_version
    # What the machine found is no verdict on somebody's work; nor does a note tell what is only compared.
    if review is not None and review.purpose == Purpose.COUNTS:
        decided = reviews.verdicts(session, id_of(review)).get(point.item_id)
        row.verdict = decided.verdict if decided is not None else None
    return row


def _check_agent(session: Session, user: User, agent_id: int) -> None:
    """Whether this person may write to this agent without a call."""
    agent = accounts.user(session, agent_id)
    sees_all = user.role == Role.ADMIN or user.team_id is None
    if agent is None or agent.role != Role.AGENT or not (sees_all or agent.team_id == user.team_id):
        raise NobodyToWriteTo


def _check_clip(point: Point, call: Call | None) -> None:
    start, end = point.start, point.end
    if start is None and end is None:
        return
    if call is None or start is None or not 0 <= start < float("inf"):
        raise ClipInvalid
    if end is not None and not start < end < float("inf"):
        raise ClipInvalid
    if call.duration is not None and start >= call.duration:
        raise ClipInvalid


def lock_calls(session: Session, call_ids: Sequence[int | None]) -> None:
    # Always in the same order: two who lock several wait for each other in a row, not in a ring.
    for call_id in sorted({one for one in call_ids if one is not None}):
        calls.lock_kept(session, call_id)
