"""One transaction at the edge: all of it or nothing, and what hangs on it only afterwards."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlmodel import select

from app.accounts.models import FailedSignIn, Team
from app.kit import db


def test_what_was_put_off_is_done_after_the_commit_and_never_without_it(engine):
    done = []
    with db.session(engine) as session:
        session.add(Team(name="A"))
        db.after_commit(session, lambda: done.append("committed"))
        assert done == []
    assert done == ["committed"]
    with pytest.raises(IntegrityError), db.session(engine) as session:
        db.after_commit(session, lambda: done.append("rolled back"))
        session.add(Team(name="A"))
    assert done == ["committed"]


def test_an_error_in_what_was_put_off_does_not_undo_what_is_stored(engine):
    def fails():
        raise RuntimeError

    with db.session(engine) as session:
        session.add(Team(name="A"))
        db.after_commit(session, fails)
    with db.session(engine) as session:
        assert session.exec(select(Team)).one().name == "A"


def test_what_an_error_says_after_the_commit_stays_out_of_the_log(engine, caplog):
    address = "@".join(("alice", "example.org"))

    def fails():
        raise RuntimeError(address)

    with db.session(engine) as session:
        db.after_commit(session, fails)
    assert "RuntimeError" in caplog.text
    assert address not in caplog.text


def test_an_error_inside_takes_everything_back(engine):
    with pytest.raises(ZeroDivisionError), db.session(engine) as session:
        session.add(Team(name="A"))
        session.flush()
        raise ZeroDivisionError
    with db.session(engine) as session:
        assert session.exec(select(Team)).all() == []


def test_a_moment_comes_back_as_the_same_moment_with_its_zone(session):
    noon = datetime(2026, 10, 5, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
    session.add(FailedSignIn(username="x", at=noon))
    session.flush()
    session.expire_all()
    found = session.exec(select(FailedSignIn)).one().at
    assert found == noon
    assert found.tzinfo == UTC


def test_a_moment_without_a_zone_is_refused(session):
    session.add(FailedSignIn(username="x", at=datetime(2026, 10, 5)))
    with pytest.raises(StatementError):
        session.flush()


def test_a_database_out_of_reach_is_told_as_such():
    engine = db.make_engine("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(db.DatabaseUnavailable), db.session(engine) as session:
        session.exec(select(Team)).all()


def test_only_a_long_question_of_postgresql_is_shared_out_and_for_its_transaction_alone(engine):
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no processes to share anything out among")
    told = []
    for is_long in (False, True, False):
        with db.session(engine, reads_only=True) as session:
            if is_long:
                db.share_out(session)
            told.append(int(session.scalar(text("SHOW max_parallel_workers_per_gather"))))
    assert told == [0, 2, 0]
