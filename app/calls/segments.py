"""Who of several agents spoke in which part of a call; the call itself still counts once, for its own agent."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from sqlmodel import Session

from app.calls import queries
from app.calls.models import Call, CallSegment
from app.kit.db import id_of
from app.kit.errors import AppError
from app.ledger.service import Actor, record_for_call

MOST = 20
_TIME = r"(?:(?:\d{1,2}:)?\d{1,3}:)?\d{1,6}(?:[.,]\d{1,3})?"
_PART = re.compile(rf"(?P<agent>.+?)\s+(?P<start>{_TIME})\s*[-–—~〜]\s*(?P<end>{_TIME})")
_BETWEEN = re.compile(r"[;；\n]")


class SegmentsUnreadable(AppError):
    """Write who spoke from when to when, such as “mei 0:00-2:10; dana 2:10-5:00”."""

    code = "segments_unreadable"
    status = 422


class SegmentsOverlap(AppError):
    """Two parts of the call overlap; one agent speaks at a time."""

    code = "segments_overlap"
    status = 422


class SegmentOutside(AppError):
    """A part begins before it ends, and lies within the call."""

    code = "segment_outside"
    status = 422


class TooManySegments(AppError):
    """A call has at most 20 parts."""

    code = "too_many_segments"
    status = 422


class Written(NamedTuple):
    """A part of a call as it is told: the agent's user name, and seconds."""

    agent: str
    start: float
    end: float


class Part(NamedTuple):
    """A part of a call: the agent's id, and seconds."""

    agent_id: int
    start: float
    end: float


def read(text: str) -> tuple[Written, ...]:
    """The parts that a text names: “mei 0:00-2:10; dana 2:10-5:00”."""
    found = [_PART.fullmatch(one.strip()) for one in _BETWEEN.split(text) if one.strip()]
    if len(found) > MOST:
        raise TooManySegments
    written = [Written(one["agent"].strip(), _seconds(one["start"]), _seconds(one["end"])) for one in found if one]
    if len(written) < len(found):
        raise SegmentsUnreadable
    _check([(one.start, one.end) for one in written], None)
    return tuple(written)


def replace(session: Session, call: Call, parts: Sequence[Part], actor: Actor) -> bool:
    """Say anew who spoke when in a call; whether that is anything new. The ledger keeps what it was."""
    _check([(one.start, one.end) for one in parts], call.duration)
    before = queries.segments(session, id_of(call))
    now = sorted(parts, key=lambda one: one.start)
    old = [Part(one.agent_id, one.start, one.end) for one in before]
    if old == now:
        return False
    for gone in before:
        session.delete(gone)
    session.flush()
    session.add_all([CallSegment(call_id=id_of(call), **one._asdict()) for one in now])
    call.version += 1
    session.add(call)
    session.flush()
    told = {"old": [one._asdict() for one in old], "new": [one._asdict() for one in now]}
    record_for_call(session, id_of(call), actor, "call.segments", segments=told)
    return True


def agent_at(call: Call, segments: Sequence[CallSegment], second: float | None) -> int | None:
    """Who of the agents (by id) speaks at this moment: the one of the part it lies in, else the call's own."""
    if second is not None:
        for one in segments:
            if one.start <= second < one.end:
                return one.agent_id
    return call.agent_id


def forget(session: Session, call_id: int) -> None:
    """Remove who shared a deleted call."""
    for one in queries.segments(session, call_id):
        session.delete(one)
    session.flush()


def _check(bounds: Sequence[tuple[float, float]], duration: float | None) -> None:
    if len(bounds) > MOST:
        raise TooManySegments
    # The switch's clock and the sound's differ by a little.
    last = float("inf") if duration is None else duration + 1
    if any(not 0 <= start < end <= last for start, end in bounds):
        raise SegmentOutside
    if any(after[0] < before[1] for before, after in pairwise(sorted(bounds))):
        raise SegmentsOverlap


def _seconds(written: str) -> float:
    total = 0.0
    for part in written.replace(",", ".").split(":"):
        total = 60 * total + float(part)
    return total
