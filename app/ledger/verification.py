"""Proves that the ledger is what was written: every chain, every end of one, and every anchor."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Engine

from app.kit import db
from app.kit.errors import AppError
from app.kit.i18n import N_
from app.ledger import queries
from app.ledger.anchors import Anchor, KeyUnreadable, Notary, Tape
from app.ledger.queries import Chained
from app.ledger.service import FIRST, hash_of, sealed

# So many entries are in memory at once.
AT_ONCE = 2000
# An anchor is made so often at most.
EVERY = timedelta(minutes=10)
# So many faults are told one by one; a ledger with more of them needs no longer list.
MOST_FAULTS = 1000
# How long one waits for those who write in this moment, and how often one looks, in seconds.
PATIENCE, BRIEFLY, LOOK_AGAIN = 30.0, 2.0, 0.05

log = logging.getLogger(__name__)

CHANGED = N_("is not what was written")
REWORDED = N_("tells of other words than those that stand beside it")
UNREADABLE = N_("cannot be read")
BEFORE_MISSING = N_("the entry before it is missing")
BROKEN = N_("does not follow from the entry before it")
TOO_MANY = N_("stands after the end of its stream")
NO_END = N_("its stream has no end that was noted down")
LAST_MISSING = N_("the last entry of the stream is missing")
LAST_CHANGED = N_("is not the entry with which its stream ended")
NOT_ANCHORED = N_("is not what was anchored: entries were changed, removed, added or put in another order")
FORGED = N_("the anchor has no valid signature")


class LedgerBusy(AppError):
    """Somebody has been writing to the ledger for long; try again in a minute."""

    code = "ledger_busy"
    status = 503


@dataclass(frozen=True)
class Fault:
    """What is wrong, and where: an entry of a stream, or a stretch of entries that an anchor vouches for."""

    what: str
    stream: str = ""
    sequence: int = 0
    first_id: int = 0
    last_id: int = 0
    anchored_at: datetime | None = None


@dataclass
class Verified:
    """How far the ledger was read, and what is wrong with it."""

    tape: Tape
    anchors: int = 0
    # Up to this id an anchor has been held against the entries.
    vouched: int = 0
    last_anchor: Anchor | None = None
    faults: list[Fault] = field(default_factory=list)

    def note(self, faults: Iterator[Fault]) -> None:
        for fault in faults:
            if len(self.faults) < MOST_FAULTS:
                self.faults.append(fault)


def verify(
    engine: Engine, anchors: Sequence[Anchor], progress: Callable[[int, int], object] = lambda done, all_: None
) -> Verified:
    """Read the whole ledger, a few entries at a time, and hold it against its chains, its ends and the anchors."""
    to_meet = sorted(anchors, key=lambda one: one.last_id)
    found = Verified(Tape(), len(to_meet), last_anchor=to_meet[-1] if to_meet else None)
    found.note(Fault(FORGED, anchored_at=one.at, last_id=one.last_id) for one in to_meet if not one.is_signed)
    for page, upto in _pages(engine):
        found.note(fault for entry in page for fault in _faults(entry))
        left = page
        while to_meet and to_meet[0].last_id < page[-1].id:
            met = [one for one in left if one.id <= to_meet[0].last_id]
            left = left[len(met) :]
            _wind(found, met)
            _meet(found, to_meet.pop(0))
        _wind(found, left)
        progress(found.tape.last_id, upto)
    for anchor in to_meet:
        _meet(found, anchor)
    found.note(_reworded(engine))
    with db.session(engine, reads_only=True) as session:
        found.note(
            Fault(LAST_MISSING if lost is None else LAST_CHANGED, stream, sequence)
            for stream, sequence, lost in queries.ends_that_differ(session, MOST_FAULTS)
        )
    return found


def _meet(found: Verified, anchor: Anchor) -> None:
    """Hold the entries up to an anchor against it; what comes after is then judged by itself."""
    # The id of the anchor's last entry may itself be what is gone.
    tape = found.tape.model_copy(update={"last_id": anchor.last_id})
    vouched = Tape(last_id=anchor.last_id, entries=anchor.entries, streams=anchor.streams, digest=anchor.digest)
    if tape != vouched and anchor.is_signed:
        found.note(iter([Fault(NOT_ANCHORED, "", 0, found.vouched + 1, anchor.last_id, anchor.at)]))
        found.tape = vouched
    found.vouched = anchor.last_id


def _wind(found: Verified, entries: Sequence[Chained]) -> None:
    found.tape = found.tape.after((one.id, one.sequence, one.hash) for one in entries)


def _pages(engine: Engine) -> Iterator[tuple[Sequence[Chained], int]]:
    """The entries in the order in which they were written, each in a short transaction of its own."""
    with db.session(engine, reads_only=True) as session:
        first, upto = queries.extent(session)
    after = first - 1
    while after < upto:
        with db.session(engine, reads_only=True) as session:
            page = queries.chained(session, after, upto, AT_ONCE)
        if not page:
            return
        yield page, upto
        after = page[-1].id


def _reworded(engine: Engine) -> Iterator[Fault]:
    """What people wrote that is not what they wrote; words that are gone went with their call."""
    page, after = None, 0
    while page is None or page:
        with db.session(engine, reads_only=True) as session:
            page = queries.worded(session, after, AT_ONCE)
        for one in page:
            after = one.entry_id
            if sealed(one.salt, one.said) not in one.payload:
                yield Fault(REWORDED, one.stream, one.sequence, one.entry_id, one.entry_id)


def _faults(entry: Chained) -> Iterator[Fault]:
    """What is wrong with one entry, beside the one before it and the end of its stream."""

    def fault(what: str) -> Fault:
        return Fault(what, entry.stream, entry.sequence, entry.id, entry.id)

    if entry.content is None:
        yield fault(UNREADABLE)
    elif hash_of(entry.content) != entry.hash:
        yield fault(CHANGED)
    if entry.sequence != 1 and entry.before is None:
        yield fault(BEFORE_MISSING)
    elif entry.previous_hash != (entry.before if entry.sequence != 1 else FIRST):
        yield fault(BROKEN)
    if entry.ends_at is None:
        yield fault(NO_END)
    elif entry.sequence > entry.ends_at:
        yield fault(TOO_MANY)


def settled(engine: Engine, wait: Callable[[float], object] = time.sleep, patience: float = PATIENCE) -> int:
    """The id up to which no entry can be added any more: on PostgreSQL a lower one may be committed later.

    Whoever adds an entry holds the end of its stream before it gets its id, and so is among the writers of now.
    """
    with db.session(engine, reads_only=True) as session:
        upto, writers = queries.extent(session)[1], queries.writers(session)
    waited = 0.0
    while writers is not None:
        with db.session(engine, reads_only=True) as session:
            if queries.have_ended(session, writers):
                break
        if waited >= patience:
            raise LedgerBusy
        wait(LOOK_AGAIN)
        waited += LOOK_AGAIN
    return upto


def anchor(engine: Engine, notary: Notary, at: datetime, patience: float = PATIENCE) -> Anchor:
    """Sign what the ledger holds, and keep it beside the key; only what came since the last anchor is read."""
    tape: Tape = notary.last() or Tape()
    upto = settled(engine, patience=patience)
    while tape.last_id < upto:
        with db.session(engine, reads_only=True) as session:
            page = queries.hashes(session, tape.last_id if tape.entries else None, upto, AT_ONCE)
        if not page:
            break
        tape = tape.after(page)
    made = notary.sign(tape, at)
    notary.keep(made)
    return made


def anchor_now_and_then(engine: Engine, notary: Notary, at: datetime) -> None:
    """Make an anchor when the last one is old enough and something was written since."""
    try:
        last = notary.last()
        if last is not None and at - last.at < EVERY:
            return
        with db.session(engine, reads_only=True) as session:
            upto = queries.extent(session)[1]
        if upto > (last.last_id if last else 0):
            anchor(engine, notary, at, patience=BRIEFLY)
    except KeyUnreadable as error:
        log.warning("no anchor can be made: %s", error.message)
    except OSError as error:
        log.warning("no anchor can be made: %s cannot be read or written (%s)", notary.file, error.strerror)
    except LedgerBusy:
        log.info("no anchor was made: somebody was writing all the time; the next one comes soon")
