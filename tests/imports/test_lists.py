"""A list of the switch is kept first and read then, by a worker, whatever happens in between."""

from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlmodel import select

from app.accounts import queries as accounts
from app.contacts.models import Contact
from app.imports import lists, queries
from app.imports.folders import Intake
from app.imports.lists import Asked
from app.imports.models import ImportKind, ImportState, ListImport
from app.kit import db
from app.kit.db import id_of
from app.kit.errors import AppError, NotFound
from app.ledger.service import machine
from tests.cast import make_cast
from tests.stored import NOW, NoQueue

HEADER = "external_id,started_at,answered,agent,customer,talk_seconds\n"
ROWS = "".join(f"c-{place},2026-10-05T09:{place % 60:02}:00Z,yes,dana,5550{place},60\n" for place in range(250))
BAD = "c-x,at noon,yes,dana,5551,60\n"


@pytest.fixture
def ask(intake: Intake):
    """Bring a list in as the page does; the answer is its id."""
    with db.session(intake.engine) as session:
        cast = make_cast(session)

    def asked(written: str, kind: ImportKind = ImportKind.CONTACTS, mapping: str = "") -> int:
        stored = intake.blobs.put([written.encode()], 1 << 20)
        with db.session(intake.engine) as session:
            wanted = Asked(kind, "cdr.csv", mapping)
            return id_of(lists.ask(session, intake.queue, wanted, stored, cast.ada, machine(NOW)))

    return asked


def run(intake: Intake, of: int) -> ListImport:
    lists.run(intake.engine, intake.blobs, intake.settings, of, machine(NOW))
    return found(intake, of)


def found(intake: Intake, of: int) -> ListImport:
    with db.session(intake.engine, reads_only=True) as session:
        return session.get_one(ListImport, of)


def test_good_rows_are_kept_and_bad_ones_named(intake, ask):
    one = run(intake, ask(HEADER + ROWS + BAD))
    assert (one.state, one.rows, one.added, one.bad) == (ImportState.DONE, 251, 250, 1)
    (bad,) = one.bad_rows
    assert (bad["line"], bad["column"]) == (252, "started_at")
    assert "5551" not in str(one.bad_rows)


def test_the_bytes_are_gone_a_while_after_all_rows_are_in(intake, ask):
    of = ask(HEADER + ROWS)
    blob = found(intake, of).blob
    run(intake, of)
    lists.sweep(intake.engine, intake.blobs, intake.queue, machine(NOW + timedelta(minutes=30)))
    assert intake.blobs.has(blob)
    lists.sweep(intake.engine, intake.blobs, intake.queue, machine(NOW + timedelta(hours=2)))
    assert not intake.blobs.has(blob)
    assert found(intake, of).blob == ""


def test_bytes_that_another_list_waits_with_stay(intake, ask):
    first, second = ask(HEADER + ROWS), ask(HEADER + ROWS)
    run(intake, first)
    lists.sweep(intake.engine, intake.blobs, intake.queue, machine(NOW + timedelta(hours=2)))
    assert run(intake, second).state == ImportState.DONE


def test_what_lies_in_the_way_of_all_lists_ends_none_of_them(intake, ask):
    of = ask(HEADER + ROWS)
    (intake.settings.customer_key).write_text("no key")
    with pytest.raises(lists.ImportInterrupted):
        run(intake, of)
    assert found(intake, of).state == ImportState.RUNNING
    intake.settings.customer_key.unlink()
    assert run(intake, of).added == 250


def test_two_lists_with_the_same_bytes_are_both_read(intake, ask):
    first, second = ask(HEADER + ROWS), ask(HEADER + ROWS)
    assert run(intake, first).added == 250
    one = run(intake, second)
    assert (one.state, one.added, one.unchanged) == (ImportState.DONE, 0, 250)


def test_a_list_that_cannot_be_read_says_why(intake, ask):
    one = run(intake, ask("nothing,that,we,know\n1,2,3,4\n"))
    assert one.state == ImportState.FAILED
    assert one.error_message


def test_a_list_cut_off_halfway_goes_on_and_counts_what_it_counted(intake, ask, monkeypatch):
    monkeypatch.setattr("app.contacts.service.ROWS_AT_ONCE", 100)
    of, kept = ask(HEADER + ROWS), []

    def cut_off(connection: object, cursor: object, statement: str, *_: object) -> None:
        # The third part is in its transaction.
        if statement.startswith("UPDATE list_import"):
            kept.append(statement)
        elif len(kept) == 3:
            raise KeyboardInterrupt

    event.listen(intake.engine, "before_cursor_execute", cut_off)
    with pytest.raises(KeyboardInterrupt):
        run(intake, of)
    event.remove(intake.engine, "before_cursor_execute", cut_off)
    assert (found(intake, of).state, found(intake, of).added) == (ImportState.RUNNING, 200)
    one = run(intake, of)
    assert (one.state, one.rows, one.added, one.unchanged) == (ImportState.DONE, 250, 250, 0)
    with db.session(intake.engine, reads_only=True) as session:
        assert len(session.exec(select(Contact.id)).all()) == 250


def test_a_mapping_that_does_not_come_along_is_refused_before_anything_is_kept(intake, ask):
    with pytest.raises(AppError, match="no mapping"):
        ask(HEADER, mapping="nobody's")


def test_who_is_no_administrator_sees_their_own_lists_alone(intake, ask):
    of = ask(HEADER + ROWS)
    with db.session(intake.engine) as session:
        bob = accounts.user_named(session, "bob")
        assert queries.list_imports(session, bob).total == 0
        with pytest.raises(NotFound):
            queries.list_import(session, bob, of)


def test_a_list_whose_job_was_never_asked_for_is_asked_for_by_the_sweep(intake, ask):
    stored = intake.blobs.put([(HEADER + ROWS).encode()], 1 << 20)
    with db.session(intake.engine) as session:
        ada = accounts.user_named(session, "ada")
        one = lists.ask(session, NoQueue(), Asked(ImportKind.CONTACTS, "cdr.csv"), stored, ada, machine(NOW))
        of = id_of(one)
        # Cut off before anything was asked for: the transaction is kept, what follows it is not.
        session.info.clear()
    lists.sweep(intake.engine, intake.blobs, intake.queue, machine(NOW))
    assert lists.job_id(of) in intake.queue.states([lists.job_id(of)])


def test_days_of_agents_and_answers_come_in_the_same_way(intake, ask):
    run(intake, ask(HEADER + ROWS))
    days = run(intake, ask("agent,day,scheduled,present\ndana,2026-10-05,yes,yes\n", ImportKind.AGENT_DAYS))
    answers = run(intake, ask("external_id,csat\nc-1,5\nnobody,5\n", ImportKind.ANSWERS))
    assert (days.added, answers.changed, answers.bad) == (1, 1, 1)
