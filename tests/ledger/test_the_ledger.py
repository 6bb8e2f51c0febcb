"""The ledger keeps what happened, in order, and shows when somebody touched it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import Session

from app.kit import db
from app.ledger import queries
from app.ledger.anchors import Notary
from app.ledger.service import FIRST, Actor, hash_of, record
from app.ledger.verification import LedgerBusy, anchor, verify
from tests.stored import NOW


def test_entries_of_a_stream_form_a_chain(session):
    actor = Actor("Alice", NOW, 3)
    for event in ("call.received", "call.mended", "call.deleted"):
        record(session, "call:1", actor, event, at=NOW)
    record(session, "call:2", actor, "call.received")
    entries = queries.entries(session, "call:1")
    assert [entry.sequence for entry in entries] == [1, 2, 3]
    assert [entry.previous_hash for entry in entries] == [FIRST, entries[0].hash, entries[1].hash]


def test_an_entry_read_back_from_the_database_still_has_its_hash(session):
    record(session, "call:1", Actor("陈", NOW), "call.mended", queue={"old": "", "new": "退款"})
    session.expire_all()
    entry = queries.entries(session, "call:1")[0]
    assert entry.hash == hash_of(entry)
    for field, value in {"actor": "Mallory", "payload": {}, "event": "x", "sequence": 2}.items():
        changed = entry.model_copy(update={field: value})
        assert hash_of(changed) != entry.hash


def test_many_who_write_to_one_stream_at_once_each_get_a_place_of_their_own(engine):
    def write(who):
        for _ in range(10):
            with db.session(engine) as session:
                record(session, "user:1", Actor(who, NOW), "user.changed")

    with ThreadPoolExecutor(6) as writers:
        list(writers.map(write, "abcdef"))
    found = verify(engine, ())
    assert (found.faults, found.tape.entries, found.tape.streams) == ([], 60, 1)


def test_an_anchor_waits_for_those_who_write_so_that_nothing_can_come_in_below_it(engine, tmp_path):
    if engine.dialect.name == "sqlite":
        pytest.skip("only one writes at a time")
    notary = Notary(tmp_path / "audit.key")
    with Session(engine) as slow:
        record(slow, "call:1", Actor("a", NOW), "call.received")
        with db.session(engine) as session:
            record(session, "call:2", Actor("b", NOW), "call.received")
        with pytest.raises(LedgerBusy):
            anchor(engine, notary, NOW, patience=0.2)
        slow.commit()
    made = anchor(engine, notary, NOW)
    assert (made.entries, made.streams) == (2, 2)
    assert verify(engine, notary.anchors()).faults == []
