"""Whoever can rewrite the database cannot rewrite what happened: it is found out, by the chains or by an anchor."""

import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from app.kit import db
from app.ledger import queries
from app.ledger.anchors import Notary, cut_off, read_anchors, write_anchor
from app.ledger.models import LedgerEntry
from app.ledger.service import FIRST, Actor, hash_of, record
from app.ledger.verification import (
    BEFORE_MISSING,
    BROKEN,
    CHANGED,
    FORGED,
    LAST_CHANGED,
    LAST_MISSING,
    NO_END,
    NOT_ANCHORED,
    TOO_MANY,
    UNREADABLE,
    anchor,
    anchor_now_and_then,
    verify,
)
from tests.stored import NOW

ACTOR = Actor("Alice", NOW, 3)


@pytest.fixture
def written(engine):
    """Three streams, written in turns: five entries, four and one."""
    with db.session(engine) as session:
        for number in range(5):
            record(session, "call:1", ACTOR, "call.mended", number=number)
            if number < 4:
                record(session, "call:2", ACTOR, "review.confirmed", item=f"item {number}")
        record(session, "user:7", ACTOR, "user.added", name="陈")


@pytest.fixture
def notary(tmp_path):
    return Notary(tmp_path / "audit.key")


@pytest.fixture
def bend(engine, written):
    """Do something to the tables that only somebody can who owns the database."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            for act in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER ledger_entry_no_{act}"))
        else:
            connection.execute(text("DROP TRIGGER ledger_entry_only_grows ON ledger_entry"))

    def act(*statements, **values):
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement), values)

    return act


def found(engine, anchors=()):
    return {(one.stream, one.sequence, one.what) for one in verify(engine, anchors).faults}


def chain_anew(engine, stream, heads=True):
    """What an attacker does who knows how hashes are made: the whole stream follows from what it says now."""
    with Session(engine) as session:
        before, place = FIRST, 0
        for place, entry in enumerate(queries.entries(session, stream), 1):
            entry.sequence, entry.previous_hash = place, before
            before = entry.hash = hash_of(entry)
            session.add(entry)
        session.commit()
    if heads:
        with engine.begin() as connection:
            values = {"stream": stream, "sequence": place, "hash": before}
            connection.execute(text("DELETE FROM ledger_head WHERE stream = :stream"), values)
            if place:
                connection.execute(text("INSERT INTO ledger_head VALUES (:stream, :sequence, :hash)"), values)


def test_a_ledger_that_nobody_touched_is_verified_with_its_count(engine, written, notary):
    anchors = [anchor(engine, notary, NOW)]
    seen = verify(engine, anchors)
    assert (seen.faults, seen.tape.entries, seen.tape.streams, seen.anchors) == ([], 10, 3, 1)
    assert verify(engine, ()).tape == seen.tape


def test_an_empty_ledger_is_whole_and_can_be_anchored(engine, notary):
    assert verify(engine, [anchor(engine, notary, NOW)]).faults == []


@pytest.mark.parametrize("statement", ["UPDATE ledger_entry SET actor = 'Bob'", "DELETE FROM ledger_entry"])
def test_the_database_refuses_to_change_or_remove_entries(engine, written, statement):
    with pytest.raises(DBAPIError, match="ledger only grows"), engine.begin() as connection:
        connection.execute(text(statement))
    assert found(engine) == set()


@pytest.mark.parametrize("sequence", [1, 3, 5])
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "2020-01-01 00:00:00.000000"),
        ("actor_id", 8),
        ("actor", "Mallory"),
        ("event", "call.received"),
        ("payload", '{"number": 17}'),
        ("previous_hash", "f" * 64),
        ("hash", "f" * 64),
        ("stream", "call:9"),
        ("sequence", 77),
    ],
)
def test_an_edited_entry_is_named_with_its_stream_whatever_was_edited(engine, bend, column, value, sequence):
    typed = f"CAST(:value AS {'json' if column == 'payload' else 'timestamptz' if column == 'at' else 'text'})"
    set_to = typed if engine.dialect.name == "postgresql" and isinstance(value, str) else ":value"
    bend(
        f"UPDATE ledger_entry SET {column} = {set_to} WHERE stream = 'call:1' AND sequence = :sequence",
        value=value,
        sequence=sequence,
    )
    streams = {stream for stream, _, what in found(engine) if what in (CHANGED, BROKEN)}
    assert streams == {"call:9" if column == "stream" else "call:1"}


def test_an_entry_that_was_given_another_id_is_found_by_the_anchor(engine, bend, notary):
    kept = anchor(engine, notary, NOW)
    bend("UPDATE ledger_entry SET id = 1000 WHERE stream = 'call:1' AND sequence = 2")
    assert found(engine, [kept]) == {("", 0, NOT_ANCHORED)}


def test_an_entry_that_cannot_be_read_any_more_is_named_and_the_others_are_still_verified(engine, bend):
    if engine.dialect.name == "postgresql":
        pytest.skip("PostgreSQL stores nothing that is no JSON")
    bend("UPDATE ledger_entry SET payload = '{' WHERE stream = 'call:1' AND sequence = 2")
    assert found(engine) == {("call:1", 2, UNREADABLE)}


@pytest.mark.parametrize(
    ("where", "fault"),
    [
        ("stream = 'call:1' AND sequence = 1", ("call:1", 2, BEFORE_MISSING)),
        ("stream = 'call:1' AND sequence = 3", ("call:1", 4, BEFORE_MISSING)),
        ("stream = 'call:1' AND sequence = 5", ("call:1", 5, LAST_MISSING)),
        ("stream = 'call:1'", ("call:1", 5, LAST_MISSING)),
        ("stream = 'user:7'", ("user:7", 1, LAST_MISSING)),
    ],
)
def test_a_removed_entry_is_missed_the_first_the_last_and_all_of_a_stream(engine, bend, where, fault):
    bend(f"DELETE FROM ledger_entry WHERE {where}")
    assert fault in found(engine)


def test_two_entries_that_changed_places_are_named(engine, bend):
    swap = "UPDATE ledger_entry SET sequence = {} WHERE stream = 'call:1' AND sequence = {}"
    bend(swap.format(99, 2), swap.format(2, 3), swap.format(3, 99))
    assert {(2, CHANGED), (3, CHANGED)} <= {(sequence, what) for _, sequence, what in found(engine)}


def test_an_entry_put_in_is_named_at_the_end_and_in_a_stream_of_its_own(engine, bend):
    with Session(engine) as session:
        last = queries.last_entry(session, "call:2")
        for stream, sequence, before in (("call:2", 5, last.hash), ("call:8", 1, FIRST)):
            put = LedgerEntry(
                stream=stream,
                sequence=sequence,
                at=NOW,
                actor="Bob",
                event="x",
                payload={},
                previous_hash=before,
                hash="",
            )
            put.hash = hash_of(put)
            session.add(put)
        session.commit()
    assert found(engine) == {("call:2", 5, TOO_MANY), ("call:8", 1, NO_END)}


def test_a_chain_made_anew_without_its_end_is_found_without_an_anchor(engine, bend):
    bend("UPDATE ledger_entry SET actor = 'Mallory' WHERE stream = 'call:1' AND sequence = 2")
    chain_anew(engine, "call:1", heads=False)
    assert found(engine) == {("call:1", 5, LAST_CHANGED)}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET actor = 'Mallory' WHERE stream = 'call:1' AND sequence = 2",
        "DELETE FROM ledger_entry WHERE stream = 'call:1' AND sequence = 1",
        "DELETE FROM ledger_entry WHERE stream = 'call:1' AND sequence = 5",
        "DELETE FROM ledger_entry WHERE stream = 'call:1'",
    ],
)
def test_chains_and_ends_made_anew_are_whole_by_themselves_but_not_what_was_anchored(engine, bend, notary, statement):
    kept = anchor(engine, notary, NOW)
    bend(statement)
    chain_anew(engine, "call:1")
    assert found(engine) == set()
    assert found(engine, [kept]) == {("", 0, NOT_ANCHORED)}


def test_who_has_the_key_too_can_sign_a_forged_ledger_but_not_take_an_auditors_anchor_back(
    engine, bend, notary, tmp_path
):
    elsewhere = tmp_path / "auditor"
    write_anchor(elsewhere, anchor(engine, notary, NOW))
    bend("UPDATE ledger_entry SET actor = 'Mallory' WHERE stream = 'call:1' AND sequence = 2")
    chain_anew(engine, "call:1")
    notary.file.unlink()
    forged = anchor(engine, notary, NOW)
    assert found(engine, [forged]) == set()
    assert found(engine, read_anchors(elsewhere)) == {("", 0, NOT_ANCHORED)}


def test_an_anchor_made_after_the_forgery_does_not_cover_it_up(engine, bend, notary):
    anchor(engine, notary, NOW)
    bend("UPDATE ledger_entry SET actor = 'Mallory' WHERE stream = 'call:1' AND sequence = 2")
    chain_anew(engine, "call:1")
    with db.session(engine) as session:
        record(session, "call:3", ACTOR, "call.received")
    anchor(engine, notary, NOW + timedelta(hours=1))
    faults = verify(engine, notary.anchors()).faults
    assert [(one.what, one.first_id, one.last_id) for one in faults] == [(NOT_ANCHORED, 1, 10)]


def test_an_anchor_that_was_changed_is_told_as_forged(engine, written, notary):
    kept = anchor(engine, notary, NOW)
    for change in ({"entries": 9}, {"digest": "0" * 64}, {"at": NOW + timedelta(1)}, {"key": "zz"}, {"streams": 2}):
        assert found(engine, [kept.model_copy(update=change)]) == {("", 0, FORGED)}


def test_the_key_is_made_once_for_the_owner_alone_and_lies_outside_the_database(engine, written, notary, tmp_path):
    made = anchor(engine, notary, NOW)
    assert (tmp_path / "audit.key").stat().st_mode & 0o777 == 0o600
    again = Notary(tmp_path / "audit.key")
    assert again.public == made.key
    assert again.last() == made


def test_a_later_anchor_reads_only_what_came_since(engine, written, notary):
    first = anchor(engine, notary, NOW)
    with db.session(engine) as session:
        record(session, "call:3", ACTOR, "call.received")
    second = anchor(engine, notary, NOW)
    notary.file.unlink()
    assert anchor(engine, notary, NOW).digest == second.digest != first.digest
    assert (second.entries, second.streams) == (11, 4)


def test_an_anchor_can_be_made_though_nothing_happened_since_the_last_one(engine, written, notary):
    first = anchor(engine, notary, NOW)
    again = anchor(engine, notary, NOW + timedelta(hours=1))
    assert (again.digest, again.entries, again.is_signed) == (first.digest, first.entries, True)
    assert verify(engine, notary.anchors()).faults == []


def test_anchors_are_made_by_and_by_where_something_happened(engine, written, notary):
    for minutes in (0, 1, 11, 22):
        anchor_now_and_then(engine, notary, NOW + timedelta(minutes=minutes))
    assert len(notary.anchors()) == 1
    with db.session(engine) as session:
        record(session, "call:3", ACTOR, "call.received")
    anchor_now_and_then(engine, notary, NOW + timedelta(minutes=33))
    assert [one.entries for one in notary.anchors()] == [10, 11]


def test_an_anchor_that_was_cut_off_vouches_for_nothing_and_spoils_no_other(engine, written, notary):
    first = anchor(engine, notary, NOW)
    with notary.file.open("a") as opened:
        opened.write(first.line[:100])
    assert (notary.anchors(), cut_off(notary.file), notary.last()) == ((first,), 1, first)
    with db.session(engine) as session:
        record(session, "call:3", ACTOR, "call.received")
    second = anchor(engine, notary, NOW + timedelta(hours=1))
    assert (notary.anchors(), cut_off(notary.file), notary.last()) == ((first, second), 1, second)
    assert verify(engine, notary.anchors()).faults == []


def test_where_the_file_of_anchors_cannot_be_written_the_next_try_makes_one(engine, written, notary):
    notary.file.mkdir()
    anchor_now_and_then(engine, notary, NOW)
    notary.file.rmdir()
    anchor_now_and_then(engine, notary, NOW)
    assert len(notary.anchors()) == 1


COLUMNS = ("at", "actor", "event", "payload", "previous_hash", "hash")


@pytest.fixture
def kept(engine, bend, notary):
    return [anchor(engine, notary, NOW)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_done_to_entries_is_found(engine, kept, data):
    connection = engine.connect()
    connection.begin()
    # Verified within the transaction that bends, and taken back afterwards: each example begins anew.
    try:
        with Session(connection) as session:
            entries = session.exec(select(LedgerEntry).order_by(LedgerEntry.id)).all()
            before = [one.model_dump() for one in entries]
            _bend_somehow(session, entries, data)
            session.flush()
            session.expire_all()
            after = [one.model_dump() for one in session.exec(select(LedgerEntry).order_by(LedgerEntry.id)).all()]
        seen = verify(connection, kept).faults
        assert bool(seen) == (json.dumps(before, default=str) != json.dumps(after, default=str))
    finally:
        connection.close()


def _bend_somehow(session, entries, data):
    one = data.draw(st.sampled_from(entries))
    act = data.draw(st.sampled_from(("edit", "remove", "remove a stream", "swap", "chain anew")))
    if act == "edit":
        column = data.draw(st.sampled_from(COLUMNS))
        value = {"at": NOW + timedelta(data.draw(st.integers(0, 3))), "payload": {"x": data.draw(st.booleans())}}
        setattr(one, column, value.get(column, data.draw(st.text("abc", max_size=3))))
    elif act == "swap":
        other = data.draw(st.sampled_from([entry for entry in entries if entry.id != one.id]))
        mine, theirs = ({name: getattr(entry, name) for name in COLUMNS} for entry in (one, other))
        for entry, values in ((one, theirs), (other, mine)):
            for name, value in values.items():
                setattr(entry, name, value)
    elif act == "chain anew":
        one.actor = data.draw(st.sampled_from(("Alice", "Bob")))
        chained = [entry for entry in entries if entry.stream == one.stream]
        before = FIRST
        for entry in chained:
            entry.previous_hash = before
            before = entry.hash = hash_of(entry)
        session.execute(
            text("UPDATE ledger_head SET hash = :hash WHERE stream = :stream"), {"hash": before, "stream": one.stream}
        )
    else:
        for entry in entries:
            if entry is one or (act == "remove a stream" and entry.stream == one.stream):
                session.delete(entry)
    session.add_all([entry for entry in entries if entry not in session.deleted])
