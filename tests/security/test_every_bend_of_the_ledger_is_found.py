"""Every entry of a ledger is edited, removed and moved in every way, and each time it is found out."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, bindparam, text
from sqlmodel import Session

from app.kit import db
from app.ledger import queries
from app.ledger.anchors import Anchor, Notary
from app.ledger.models import LedgerEntry, LedgerHead
from app.ledger.service import FIRST, Actor, hash_of, record_for_call
from app.ledger.verification import anchor, verify
from tests.bar import Bar
from tests.security.test_nobody_bends_the_ledger import ACTOR, bend, notary, written
from tests.stored import NOW

__all__ = ["bend", "notary", "written"]

# A list in a statement.
EACH = bindparam("streams", expanding=True)
Act = Callable[[Session, LedgerEntry, LedgerEntry], object]


def edit(column: str, value: Callable[[Any], Any]) -> Act:
    def act(session: Session, one: LedgerEntry, other: LedgerEntry) -> None:
        setattr(one, column, value(getattr(one, column)))
        session.add(one)

    return act


def swap(session: Session, one: LedgerEntry, other: LedgerEntry) -> None:
    """Let two entries tell what the other told."""
    for name in ("at", "actor_id", "actor", "event", "payload"):
        mine, theirs = getattr(one, name), getattr(other, name)
        setattr(one, name, theirs)
        setattr(other, name, mine)
    session.add_all((one, other))


def trade_places(session: Session, one: LedgerEntry, other: LedgerEntry) -> None:
    """Let two entries stand where the other stood, each as it was written."""
    places = [(entry, entry.stream, entry.sequence) for entry in (other, one)]
    for entry, (_, stream, _) in zip((one, other), places, strict=True):
        entry.stream, entry.sequence = stream, -entry.sequence
    session.add_all((one, other))
    session.flush()
    for entry, (_, _, sequence) in zip((one, other), places, strict=True):
        entry.sequence = sequence
    session.add_all((one, other))


def remove(session: Session, one: LedgerEntry, other: LedgerEntry) -> None:
    """Take an entry away, with the words beside it."""
    session.execute(text("DELETE FROM ledger_words WHERE entry_id = :id"), {"id": one.id})
    session.delete(one)


def remove_all_after(session: Session, one: LedgerEntry, other: LedgerEntry) -> None:
    """Cut a stream off from here on."""
    for entry in queries.entries(session, one.stream):
        if entry.sequence >= one.sequence:
            remove(session, entry, other)


ACTS: dict[str, Act] = {
    "at": edit("at", lambda at: at + timedelta(seconds=1)),
    "actor": edit("actor", lambda actor: f"{actor}a"),
    "actor_id": edit("actor_id", lambda actor: (actor or 0) + 1),
    "event": edit("event", lambda event: f"{event}.not"),
    "payload": edit("payload", lambda payload: {**payload, "number": -1}),
    "previous_hash": edit("previous_hash", lambda _: "f" * 64),
    "hash": edit("hash", lambda _: "e" * 64),
    "sequence": edit("sequence", lambda place: place + 10_000),
    "stream": edit("stream", lambda stream: f"{stream}0000"),
    "removed": remove,
    "cut off": remove_all_after,
    "told otherwise": swap,
    "traded places": trade_places,
}
# What somebody can undo who makes the chains anew is found by the anchor alone.
CHAINED_ANEW = [name for name in ACTS if name not in ("previous_hash", "hash", "sequence")]


def write(engine: Any, entries: int) -> None:
    """Streams of up to seven entries, written in turns, every third entry with words of a person."""
    with db.session(engine) as session:
        for number in range(entries):
            who = Actor(f"Person {number % 3}", NOW + timedelta(minutes=number), number % 3 or None)
            call, words = number % max(2, entries // 7) + 1, {"note": f"words {number}"} if number % 3 == 0 else None
            record_for_call(session, call, who, "review.confirmed", words, item=f"item {number}")


def chain_anew(session: Session, streams: set[str]) -> None:
    """Let these streams follow from what they say now, and their noted ends too."""
    session.flush()
    session.expire_all()
    named = {"streams": tuple(streams)}
    session.execute(text("DELETE FROM ledger_head WHERE stream IN :streams").bindparams(EACH), named)
    found = [queries.entries(session, stream) for stream in sorted(streams)]
    away = text("UPDATE ledger_entry SET sequence = -sequence - 100000 WHERE stream IN :streams")
    session.execute(away.bindparams(EACH), named)
    session.expire_all()
    for stream, entries in zip(sorted(streams), found, strict=True):
        before, place = FIRST, 0
        for place, entry in enumerate(entries, 1):
            entry.sequence, entry.previous_hash = place, before
            before = entry.hash = hash_of(entry)
            session.add(entry)
        if place:
            session.add(LedgerHead(stream=stream, sequence=place, hash=before))


def is_found(connection: Connection, ids: list[int], act: Act, place: int, anchors: list[Anchor], anew: bool) -> bool:
    """Whether a bend of the entry at a place is found; it is taken back."""
    bending = connection.begin_nested()
    with Session(connection, join_transaction_mode="create_savepoint") as session:
        one, other = session.get_one(LedgerEntry, ids[place]), session.get_one(LedgerEntry, ids[place - 1])
        streams = {one.stream, other.stream}
        act(session, one, other)
        if anew:
            moved = [entry.stream for entry in (one, other) if entry not in session.deleted]
            chain_anew(session, streams.union(moved))
        session.flush()
        seen = verify(connection, anchors).faults  # type: ignore[arg-type]
    bending.rollback()
    return bool(seen)


@pytest.mark.bar(row=17, full=200, quick=8)
def test_whatever_is_done_to_whichever_entry_is_found(engine: Any, bend: Any, notary: Notary, bar: Bar) -> None:
    write(engine, bar.times)
    kept = [anchor(engine, notary, NOW)]
    missed, tried = [], 0
    connection = engine.connect()
    with connection.begin():
        ids = list(connection.execute(text("SELECT id FROM ledger_entry ORDER BY id")).scalars())
        for place in range(len(ids)):
            for name in (*ACTS, *CHAINED_ANEW):
                anew = tried % (len(ACTS) + len(CHAINED_ANEW)) >= len(ACTS)
                tried += 1
                if not is_found(connection, ids, ACTS[name], place, kept if anew else [], anew):
                    missed.append((place, name, anew))
    connection.close()
    assert missed == []
    bar.found(f"{len(ids)} entries, {tried:,} edits, removals and moves, half of them chained anew: 100 % found")


@pytest.mark.bar(row=17, full=1, quick=1)
def test_a_noted_end_or_words_that_were_changed_are_found(engine: Any, bend: Any, bar: Bar) -> None:
    write(engine, 10)
    acts = (
        "UPDATE ledger_head SET hash = 'f' WHERE stream = 'call:1'",
        "UPDATE ledger_head SET sequence = sequence - 1 WHERE stream = 'call:1'",
        "UPDATE ledger_head SET sequence = sequence + 1 WHERE stream = 'call:1'",
        "UPDATE ledger_head SET stream = 'call:99' WHERE stream = 'call:1'",
        "DELETE FROM ledger_head WHERE stream = 'call:1'",
        "UPDATE ledger_words SET said = '{}'",
        "UPDATE ledger_words SET salt = 'x'",
    )
    with engine.connect() as connection, connection.begin():
        for act in acts:
            bending = connection.begin_nested()
            connection.execute(text(act))
            assert verify(connection, ()).faults, act
            bending.rollback()
    bar.found(f"{len(acts)} changes of noted ends and of words: 100 % found")


def test_a_ledger_that_nobody_bends_has_no_fault_to_find(engine: Any, written: Any, notary: Notary) -> None:
    write(engine, 40)
    assert verify(engine, [anchor(engine, notary, NOW)]).faults == []
    assert ACTOR.name == "Alice"
