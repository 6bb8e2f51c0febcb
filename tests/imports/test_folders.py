"""Recordings that lie in a folder become calls, each once, with what their names and lists say."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlmodel import select

from app.calls.models import Call, CallState
from app.imports.folders import Intake, Outcome, Telling
from app.imports.models import TakenFile
from app.imports.watching import Watch
from app.kit import db
from app.kit.blobs import Blob, Blobs, StorageFull
from app.kit.errors import AppError
from app.ledger.service import machine
from app.retention.service import delete_call

NOW = 1_000_000.0
NOW_TIME = datetime(2026, 11, 2, tzinfo=UTC)
Put = Callable[..., Path]


def calls(intake: Intake) -> list[Call]:
    with db.session(intake.engine, reads_only=True) as session:
        return list(session.exec(select(Call).order_by(Call.id)))


def kept(intake: Intake) -> list[TakenFile]:
    with db.session(intake.engine, reads_only=True) as session:
        return list(session.exec(select(TakenFile).order_by(TakenFile.id)))


def look(watch: Watch, intake: Intake, now: float = NOW) -> list[tuple[str, str]]:
    return [(one.file.name, one.outcome.value) for one in watch.look(intake, now)]


@pytest.fixture
def watch(tmp_path: Path, telling: Telling) -> Watch:
    (tmp_path / "recordings").mkdir(exist_ok=True)
    return Watch(tmp_path / "recordings", None, telling, 10)


def test_a_file_becomes_a_call_with_what_its_name_says_and_what_is_said_of_all(watch, intake, put):
    put("2026/10/20261001-093000_nina_C-17.json")
    assert look(watch, intake) == [("2026/10/20261001-093000_nina_C-17.json", "new")]
    (call,) = calls(intake)
    assert (call.external_id, call.queue) == ("C-17", "cards")
    assert call.started_at == datetime(2026, 10, 1, 1, 30, tzinfo=UTC)


def test_nothing_is_read_twice_whoever_looks_again(watch, intake, put, telling):
    put("20261001-093000_nina_C-17.json")
    look(watch, intake)
    assert look(watch, intake) == []
    assert look(Watch(watch.folder, None, telling, 10), intake) == [("20261001-093000_nina_C-17.json", "unchanged")]
    assert len(calls(intake)) == 1


def test_a_file_that_is_still_being_written_waits(watch, intake, put):
    put("20261001-093000_nina_C-17.json", age=3)
    assert look(watch, intake) == []
    assert watch.unsettled == ["20261001-093000_nina_C-17.json"]
    assert look(watch, intake, NOW + 20) == [("20261001-093000_nina_C-17.json", "new")]
    assert watch.unsettled == []


def test_a_file_that_grows_while_it_is_read_is_left_for_the_next_look(watch, intake, put):
    path = put("20261001-093000_nina_C-17.json")

    class Slow(Blobs):
        """A store into which bytes go so slowly that the switch writes on meanwhile."""

        def put(self, pieces: Iterable[bytes], limit: int) -> Blob:
            stored = intake.blobs.put(pieces, limit)
            put(path.name, "How can I help you today?", age=30)
            return stored

    slow = Slow.__new__(Slow)
    assert look(watch, replace(intake, blobs=slow)) == [(path.name, "refused")]
    assert calls(intake) == []
    assert look(watch, intake) == [(path.name, "new")]


def test_what_cannot_be_taken_is_named_and_stops_nothing(watch, intake, put):
    put("a stray name.json")
    put("20261001-093000_nina_C-17.json")
    put(".hidden_20261001-093000_nina_C-18.json")
    (watch.folder / "notes.txt").write_text("not for us")
    assert sorted(look(watch, intake)) == [("20261001-093000_nina_C-17.json", "new"), ("a stray name.json", "refused")]
    assert look(watch, intake) == []
    refused = next(one for one in kept(intake) if one.fault)
    assert (refused.path, refused.fault_code, refused.call_id) == ("a stray name.json", "name_differs", None)


def test_of_files_that_were_taken_no_name_is_kept(watch, intake, put):
    put("20261001-093000_nina_C-17.json")
    look(watch, intake)
    (one,) = kept(intake)
    assert one.path == ""
    assert "C-17" not in repr(one)


def test_the_same_bytes_elsewhere_are_the_same_call(watch, intake, put):
    put("20261001-093000_nina_C-17.json")
    put("copy/20261001-093000_nina_C-17.json")
    assert [outcome for _, outcome in look(watch, intake)] == ["new", "known"]
    assert len(calls(intake)) == 1


def test_a_list_that_changes_is_read_again_and_the_facts_follow(watch, intake, put, tmp_path):
    path = put("20261001-093000_nina_C-17.json")
    watch = replace(watch, list_file=tmp_path / "list.csv")
    watch.list_file.write_text(f"file,customer_name\n{path.name},Daniel Osei\n")
    assert [outcome for _, outcome in look(watch, intake)] == ["new"]
    watch.list_file.write_text(f"file,customer_name\n{path.name},Grace Okafor\n")
    assert [outcome for _, outcome in look(watch, intake)] == ["known"]
    assert [call.customer_name for call in calls(intake)] == ["Grace Okafor"]


def test_a_trial_says_what_would_become_of_files_and_changes_nothing(watch, intake, put):
    put("20261001-093000_nina_C-17.json")
    put("a stray name.json")
    outcomes = look(watch, replace(intake, dry_run=True))
    assert sorted(outcomes) == [("20261001-093000_nina_C-17.json", "new"), ("a stray name.json", "refused")]
    assert calls(intake) == kept(intake) == []
    # A look in earnest takes it.
    assert [one for _, one in look(replace(watch, _done={}), intake)].count("new") == 1


def test_who_is_cut_off_after_the_bytes_are_kept_loses_nothing(watch, intake, put):
    put("20261001-093000_nina_C-17.json")

    def cut_off(connection: object, cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO taken_file"):
            raise KeyboardInterrupt

    event.listen(intake.engine, "before_cursor_execute", cut_off)
    with pytest.raises(KeyboardInterrupt):
        look(watch, intake)
    event.remove(intake.engine, "before_cursor_execute", cut_off)
    assert calls(intake) == []
    assert [one for _, one in look(watch, intake)] == ["new"]
    assert len(calls(intake)) == 1


def test_a_folder_that_is_not_there_is_named(watch, intake, tmp_path):
    with pytest.raises(AppError, match="cannot be read"):
        list(replace(watch, folder=tmp_path / "nowhere").look(intake, NOW))


def test_what_ails_all_files_is_no_fault_of_one(watch, intake, put):
    put("20261001-093000_nina_C-17.json")

    class Full(Blobs):
        """A store that takes nothing more."""

        def put(self, pieces: Iterable[bytes], limit: int) -> Blob:
            raise StorageFull

    with pytest.raises(StorageFull):
        look(watch, replace(intake, blobs=Full.__new__(Full)))
    assert kept(intake) == []


def test_a_file_that_was_refused_is_tried_again_by_the_next_run(watch, intake, put, telling):
    put("20261001-093000_nina_C-17.json")
    narrow = replace(telling, said_of_all={"language": "xx"})
    assert [one for _, one in look(replace(watch, telling=narrow), intake)] == [Outcome.REFUSED]
    assert [one for _, one in look(replace(watch, _done={}), intake)] == [Outcome.NEW]
    assert [one.fault for one in kept(intake)] == [""]


def test_a_call_that_somebody_deleted_does_not_come_back_by_itself(watch, intake, put):
    put("20261001-093000_nina_C-17.json")
    look(watch, intake)
    with db.session(intake.engine) as session:
        delete_call(session, intake.engine, intake.blobs, 1, machine(NOW_TIME), "The customer asked for it.")
    elsewhere = replace(intake, settings=intake.settings.model_copy(update={"worker_id": "worker-2"}))
    said_otherwise = replace(watch, telling=replace(watch.telling, said_of_all={"queue": "loans"}), _done={})
    assert [one for _, one in look(replace(watch, _done={}), elsewhere)] == [Outcome.DELETED]
    assert [one for _, one in look(said_otherwise, intake)] == [Outcome.DELETED]
    assert [one for _, one in look(replace(said_otherwise, _done={}), intake)] == [Outcome.UNCHANGED]
    assert {(one.path, one.fault, one.call_id) for one in kept(intake)} == {("", "", 1)}
    assert [call.state for call in calls(intake)] == [CallState.DELETED]
    # No bytes of it are kept either.
    assert not any((intake.settings.data_dir / "blobs").rglob("*/*"))


def test_a_link_that_leads_back_is_gone_through_once(watch, intake, put):
    put("20261001-093000_nina_C-17.json")
    (watch.folder / "again").symlink_to(watch.folder)
    (watch.folder / "nowhere").symlink_to(watch.folder / "gone")
    assert len(look(watch, intake)) == 1
