"""The ledger keeps what happened, in order, and shows when somebody touched it."""

from app.ledger import queries
from app.ledger.service import FIRST, Actor, hash_of, record
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
