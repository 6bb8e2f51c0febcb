"""Corrects what was heard: every correction is a new revision, and the ledger keeps what stood there before."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from app.accounts import queries as accounts
from app.calls import queries as calls
from app.calls import service as call_service
from app.calls import sound
from app.calls.models import Call, Direction
from app.calls.service import CallChanged, SoundRemoved, StillUnderWay, WordsRemoved
from app.domain import mending
from app.domain.language import LANGUAGES
from app.domain.redaction import without_numbers
from app.domain.transcript import HoldKind, Transcript
from app.kit.db import id_of
from app.kit.errors import AppError
from app.kit.queue import Queue
from app.ledger.service import Actor, record_for_call
from app.transcription import queries
from app.transcription.models import TranscriptRevision
from app.transcription.service import keep_transcript


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
    """Calls are judged in English, Chinese and Japanese; choose one of these."""

    code = "language_unknown"
    status = 422


@dataclass(frozen=True)
class Change:
    """A correction: what the ledger calls it, what it makes of a transcript, and what it tells of one.

    `place` is that of the turn or hold it is about; `of_holds` says that a person has decided where the holds are;
    `of_words`, that it tells what was said.
    """

    what: str
    act: Callable[[Transcript], Transcript]
    told: Callable[[Transcript], Any]
    place: int | None = None
    of_holds: bool = False
    of_words: bool = False


def sides() -> Change:
    """Agent and customer were taken for each other throughout."""
    return Change("sides", mending.swap_sides, _first_speaker)


def speaker(place: int) -> Change:
    """One turn was said by the other side."""
    return Change(
        "speaker",
        lambda heard: mending.swap_turn(heard, place),
        lambda heard: mending.turn_at(heard, place).speaker.value,
        place,
    )


def words(place: int, text: str) -> Change:
    """One turn was misheard."""
    return Change(
        "words",
        lambda heard: mending.with_words(heard, place, text),
        lambda heard: mending.turn_at(heard, place).text[: mending.LONGEST_TEXT],
        place,
        of_words=True,
    )


def hold(place: int, start: float, end: float, kind: HoldKind) -> Change:
    """One hold began or ended at another time, or was of another kind."""
    return Change("hold", lambda heard: mending.with_hold(heard, place, start, end, kind), told_holds, place, True)


def added_hold(start: float, end: float, kind: HoldKind) -> Change:
    """A hold was overheard."""
    return Change("hold added", lambda heard: mending.with_added_hold(heard, start, end, kind), told_holds, None, True)


def removed_hold(place: int) -> Change:
    """What was taken for a hold is none."""
    return Change("hold removed", lambda heard: mending.without_hold(heard, place), told_holds, place, True)


@dataclass(frozen=True)
class Facts:
    """What a person says about a call, all at once; None is nobody, no team, no name, and the language as it is."""

    agent_id: int | None
    team_id: int | None
    queue: str
    customer_name: str | None
    direction: Direction
    language: str | None


def mend(
    session: Session, call_id: int, change: Change, actor: Actor, version: int | None = None, *, redact: bool = True
) -> TranscriptRevision:
    """Correct a call's transcript; `version` is that of the call as the person saw it.

    With `redact` numbers in corrected words are taken out before anything is kept of them.
    """
    call = _unchanged(session, call_id, version)
    if call.state in calls.UNDER_WAY:
        raise StillUnderWay
    if call.words_removed_at is not None:
        raise WordsRemoved
    before = queries.current(session, call_id)
    if before is None:
        raise NothingHeard
    heard = before.transcript
    try:
        mended = change.act(heard)
    except mending.MendRefused as refusal:
        raise CannotMend(str(refusal)) from refusal
    if mended == heard:
        return before
    if change.of_holds:
        call.step = ""
    where = {"place": change.place}
    if change.of_words:
        shown = without_numbers if redact else lambda said: said
        told = {"old": change.told(shown(heard)), "new": change.told(shown(mended))}
        return keep_mended(session, call, before, mended, actor, change.what, where, told, redact=redact)
    told = {"old": change.told(heard), "new": change.told(mended)}
    return keep_mended(session, call, before, mended, actor, change.what, where | told)


def mend_facts(
    session: Session, queue: Queue, call_id: int, facts: Facts, actor: Actor, version: int | None = None
) -> bool:
    """Correct what is known about a call; whether it must be heard again for that.

    The rules read name, direction and language from the transcript. A recording in another language than was thought
    is heard again; a bare transcript is only judged otherwise.
    """
    call = _unchanged(session, call_id, version)
    _check(session, facts)
    code = facts.language or call.language
    concerns_words = (call.customer_name, call.direction, call.language) != (facts.customer_name, facts.direction, code)
    if concerns_words and call.state in calls.UNDER_WAY:
        raise StillUnderWay
    hear_again = call.is_recording and code != call.language
    if hear_again and call.sound_removed_at is not None:
        raise SoundRemoved
    call = call_service.change_facts(session, call_id, {**vars(facts), "language": code}, actor)
    # Nothing is said any more in a call whose words are gone, so that there is nothing to judge otherwise.
    before = queries.current(session, call_id) if call.words_removed_at is None else None
    if before is not None:
        heard = before.transcript
        mended = mending.with_facts(
            heard,
            facts.customer_name,
            facts.direction.value,
            heard.language if call.is_recording or code is None else code,
        )
        if mended != heard:
            told, name = {"old": _facts(heard), "new": _facts(mended)}, {}
            if heard.customer_name != mended.customer_name:
                name = {"customer_name": {"old": heard.customer_name, "new": mended.customer_name}}
            keep_mended(session, call, before, mended, actor, "facts", told, name)
    if hear_again:
        call_service.start_again(session, queue, call_id, actor)
    return hear_again


def keep_mended(
    session: Session,
    call: Call,
    before: TranscriptRevision,
    mended: Transcript,
    actor: Actor,
    what: str,
    told: dict[str, Any],
    in_words: dict[str, Any] | None = None,
    *,
    redact: bool = False,
) -> TranscriptRevision:
    """Add a corrected transcript as the next revision, and tell the ledger; `redact` where it has new words."""
    call.version += 1
    muted = None if before.muted is None else before.muted_spans
    revision = keep_transcript(session, call, mended, before.engine, actor, redact=redact, muted=muted)
    if set(revision.muted_spans) - set(before.muted_spans):
        sound.mute_later(session, call)
    record_for_call(
        session,
        id_of(call),
        actor,
        "transcript.mended",
        in_words,
        what=what,
        revision=revision.revision,
        **told,
    )
    return revision


def _unchanged(session: Session, call_id: int, version: int | None) -> Call:
    """The call, nobody else changing it meanwhile, if it is still as the person saw it."""
    call = calls.lock_kept(session, call_id)
    if version is not None and version != call.version:
        raise CallChanged
    return call


def _check(session: Session, facts: Facts) -> None:
    if facts.agent_id is not None and accounts.user(session, facts.agent_id) is None:
        raise AgentUnknown
    if facts.team_id is not None and accounts.team(session, facts.team_id) is None:
        raise TeamUnknown
    if facts.language is not None and facts.language not in LANGUAGES:
        raise LanguageUnknown


def _first_speaker(heard: Transcript) -> str | None:
    return next((turn.speaker.value for turn in heard.turns if turn.speaker in mending.OTHER_SIDE), None)


def told_holds(heard: Transcript) -> list[dict[str, Any]]:
    return [
        {"start": round(one.start, 2), "end": round(one.end, 2), "kind": one.kind.value}
        for one in mending.known_holds(heard)
    ]


def _facts(heard: Transcript) -> dict[str, Any]:
    return heard.model_dump(mode="json", include={"direction", "language"})
