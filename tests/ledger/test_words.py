"""What people write stands beside the ledger: proved while its call is there, and gone with it."""

import pytest
from sqlalchemy import text

from app.kit import db
from app.kit.db import id_of
from app.ledger.queries import entries, in_words
from app.ledger.service import Actor, forget_words, record_for_call
from app.ledger.verification import REWORDED, verify
from tests.stored import NOW

ALICE = Actor("Alice", NOW, 7)


@pytest.fixture
def written(engine):
    """Two calls of which somebody wrote why their reviews were opened again."""
    with db.session(engine) as session:
        for call_id, reason in ((1, "Mr Quill called."), (2, "She was right.")):
            record_for_call(session, call_id, ALICE, "review.offered", {"reason": ""}, review=call_id)
            record_for_call(session, call_id, ALICE, "review.reopened", {"reason": reason}, review=call_id)


def told(session, call_id):
    found = entries(session, f"call:{call_id}")
    return [in_words(session, found).get(id_of(one)) for one in found]


def test_the_words_are_read_with_the_entry_that_tells_of_them_and_do_not_stand_in_it(engine, written):
    with db.session(engine) as session:
        assert told(session, 1) == [None, {"reason": "Mr Quill called."}]
        first, last = entries(session, "call:1")
        assert (first.payload, last.payload["in_words"]) == ({"review": 1}, ["reason"])
        assert "Quill" not in str(last.payload)


def test_words_that_went_with_their_call_leave_the_ledger_whole_and_those_of_others_alone(engine, written):
    with db.session(engine) as session:
        forget_words(session, 1)
    with db.session(engine) as session:
        assert (told(session, 1), told(session, 2)[1]) == ([None, None], {"reason": "She was right."})
    assert verify(engine, ()).faults == []


@pytest.mark.parametrize("said", ['{"reason": "He was right."}', "nothing"])
def test_who_changes_words_is_found_out(engine, written, said):
    with engine.begin() as connection:
        connection.execute(text("UPDATE ledger_words SET said = :said WHERE stream = 'call:2'"), {"said": said})
    assert [(one.stream, one.sequence, one.what) for one in verify(engine, ()).faults] == [("call:2", 2, REWORDED)]
