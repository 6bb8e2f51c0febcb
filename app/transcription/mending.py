"""Corrects what was heard: every correction is a new revision, and the ledger keeps what stood there before."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Role
from app.calls import queries as calls
from app.calls import service as call_service
from app.calls.models import Call, CallState, Direction
from app.calls.service import CallChanged, StillUnderWay
from app.domain import mending
from app.domain.language import LANGUAGES
from app.domain.transcript import Activity, HoldKind, Span, Transcript
from app.kit.blobs import Blobs
from app.kit.db import after_commit, id_of
from app.kit.errors import AppError
from app.kit.queue import Queue
from app.ledger.service import Actor, record_for_call
from app.settings import Settings
from app.transcription import queries
from app.transcription.models import TranscriptRevision
from app.transcription.service import keep_transcript

if TYPE_CHECKING:
    from app.audio.holds import Waiting

# The job that finds the holds anew after the sides were swapped, and what a call's step says until it has.
FIND_HOLDS = "find_holds"
OTHER_SIDE: dict[str, Literal["left", "right"]] = {"left": "right", "right": "left"}


class CannotMend(AppError):
    """This cannot be corrected so."""

    code = "cannot_mend"
    status = 422


class NothingHeard(AppError):
    """Nothing of this call was heard yet, so there is nothing to correct."""

    code = "nothing_heard"
    status = 409


class AgentUnknown(AppError):
    """There is no such agent; add them first."""

    code = "agent_unknown"
    status = 422


class TeamUnknown(AppError):
    """There is no such team; add it first."""

    code = "team_unknown"
    status = 422


class LanguageUnknown(AppError):
    """Calls are judged in English, Chinese and Japanese."""

    code = "language_unknown"
    status = 422


@dataclass(frozen=True)
class Change:
    """A correction: what the ledger calls it, what it makes of a transcript, and what it says stood there before."""

    what: str
    act: Callable[[Transcript], Transcript]
    told: Callable[[Transcript], Any]
    place: int | None = None


@dataclass(frozen=True)
class Facts:
    """What a person says about a call, all at once; `agent_id` and `team_id` are None for nobody and no team."""

    agent_id: int | None
    team_id: int | None
    queue: str
    customer_name: str | None
    direction: Direction
    language: str | None


def speaker(place: int) -> Change:
    """One turn was said by the other side."""
    return Change(
        "speaker", lambda heard: mending.swap_turn(heard, place), lambda heard: heard.turns[place].speaker.value, place
    )


def words(place: int, text: str) -> Change:
    """One turn was misheard."""
    return Change(
        "words",
        lambda heard: mending.with_words(heard, place, text),
        lambda heard: heard.turns[place].text[: mending.LONGEST_TEXT],
        place,
    )


def hold(place: int, start: float, end: float, kind: HoldKind) -> Change:
    """One hold began or ended at another time, or was of another kind."""
    return Change("hold", lambda heard: mending.with_hold(heard, place, start, end, kind), _holds, place)


def added_hold(start: float, end: float, kind: HoldKind) -> Change:
    """A hold was overheard."""
    return Change("hold added", lambda heard: mending.with_added_hold(heard, start, end, kind), _holds)


def removed_hold(place: int) -> Change:
    """What was taken for a hold is none."""
    return Change("hold removed", lambda heard: mending.without_hold(heard, place), _holds, place)


def _holds(heard: Transcript) -> list[dict[str, Any]]:
    return [
        {"start": round(one.start, 2), "end": round(one.end, 2), "kind": one.kind.value}
        for one in mending.known_holds(heard)
    ]


def mend(
    session: Session, call_id: int, change: Change, actor: Actor, version: int | None = None
) -> TranscriptRevision:
    """Correct a call's transcript; `version` is that of the call as the person saw it."""
    call, before = _open(session, call_id, version)
    after = _changed(session, call, before, change, actor)
    if change.act in ():
        call.step = ""
    return after


def swap_sides(
    session: Session, queue: Queue, blobs: Blobs, call_id: int, actor: Actor, version: int | None = None
) -> TranscriptRevision:
    """Agent and customer change places in the whole call.

    With a channel each it is also another side that was absent in the holds: the worker finds them anew from the sound.
    """
    call, before = _open(session, call_id, version)
    heard = before.transcript
    side = call.agent_channel or _side(blobs, call, heard.activity)
    change = Change("sides", mending.swap_sides, lambda one: {"agent_spoke_first": _agent_is_first(one)})
    after = _changed(session, call, before, change, actor)
    if heard.channels == 2 and side is not None:
        record_for_call(
            session, call_id, actor, "call.mended", agent_channel={"old": call.agent_channel, "new": OTHER_SIDE[side]}
        )
        call.agent_channel, call.step = OTHER_SIDE[side], FIND_HOLDS
        session.add(call)
        session.flush()
        after_commit(session, partial(queue.enqueue, FIND_HOLDS, job_id(call), call_id))
    return after
