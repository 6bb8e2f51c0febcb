"""What is kept of a call's sound: put in place of what was there before, whose bytes are then removed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlmodel import Session

from app.calls import queries
from app.calls.models import Call, CallState
from app.kit import db
from app.kit.blobs import Blobs
from app.kit.db import after_commit, id_of

# How many calls a sweep looks at; the rest come into view as these are done.
SWEPT_AT_ONCE = 500


@dataclass(frozen=True)
class Sound:
    """Where it lies what browsers play and draw; `unmuted` where the first is `muted` in so many stretches."""

    playback: str | None
    peaks: str | None
    unmuted: str | None = None
    muted: int = 0

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(key for key in (self.playback, self.peaks, self.unmuted) if key)


def put_in_place(
    session: Session, engine: Engine, blobs: Blobs, call: Call, sound: Sound, given_up: Sequence[str] = ()
) -> None:
    """Let a call sound so from now on, and give up what sounded before; the caller holds the call's row."""
    before = [call.playback, call.peaks, call.playback_unmuted, *given_up]
    call.playback, call.peaks, call.playback_unmuted, call.muted = (
        sound.playback,
        sound.peaks,
        sound.unmuted,
        sound.muted,
    )
    call.mute_due = False
    give_up(session, call, (key for key in before if key))
    of_call = id_of(call)
    if call.bytes_replaced:
        after_commit(session, lambda: remove_replaced(engine, blobs, of_call))


def give_up(session: Session, call: Call, keys: Iterable[str]) -> None:
    """Note the bytes that a call needs no longer; a sweep removes them, if nobody else does."""
    needed = {call.blob, call.playback, call.peaks, call.playback_unmuted}
    left = (set(call.bytes_replaced.split()) | set(keys)) - needed
    call.bytes_replaced = " ".join(sorted(left))
    session.add(call)
    session.flush()


def remove_replaced(engine: Engine, blobs: Blobs, of_call: int) -> None:
    """Remove what a call needs no longer; cut off before it is done, it is done by the next sweep."""
    with db.session(engine, reads_only=True) as session:
        keys = session.get_one(Call, of_call).bytes_replaced.split()
        alone = [key for key in keys if not queries.keeps_bytes(session, key)]
    for key in alone:
        blobs.delete(key)
    with db.session(engine) as session:
        call = queries.lock(session, of_call)
        # What was given up meanwhile waits for its turn.
        call.bytes_replaced = " ".join(key for key in call.bytes_replaced.split() if key not in keys)
        session.add(call)


def sweep(engine: Engine, blobs: Blobs) -> None:
    """Remove what was given up and is still there."""
    with db.session(engine, reads_only=True) as session:
        found = queries.with_bytes_replaced(session, SWEPT_AT_ONCE)
    for of_call in found:
        remove_replaced(engine, blobs, of_call)


def mute_later(session: Session, call: Call) -> None:
    """Note that more of a call is to be muted than is; a worker does it."""
    if call.playback is not None and call.state != CallState.DELETED:
        call.mute_due = True
        session.add(call)
        session.flush()
