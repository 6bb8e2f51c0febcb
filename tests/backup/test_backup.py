"""A backup is whole or none, says what is wrong with it, and comes back as it was, on either database."""

import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, func, select

from app.backup import recordings, restoring
from app.backup.folder import BackupUnderWay, NotOfBackups, held, store_in, whole
from app.backup.loading import DatabaseNotEmpty
from app.backup.manifest import Backup, BackupDamaged, BackupTooNew, NoBackup
from app.backup.restoring import JobsOfAnother
from app.backup.service import NotMigrated, faults
from app.calls import belonging
from app.calls.belonging import StoreOfAnother
from app.calls.models import Call
from app.kit import db
from app.kit.db import id_of
from app.kit.migrations import begin_anew
from app.kit.queue import Queue
from app.ledger.models import LedgerEntry
from app.ledger.verification import verify
from app.reports.recount import recount
from tests.backup.places import AT, Place, say_nothing
from tests.cast import make_cast
from tests.stored import scored


def blob_files(folder: Path) -> set[Path]:
    return {path for path in (folder / "blobs").rglob("*") if path.is_file()}


def is_sound(place: Place) -> bool:
    """Whether the ledger is whole and every tally is what is counted anew."""
    with db.session(place.engine, reads_only=True) as session:
        return not recount(session) and not verify(place.engine, []).faults


def test_what_was_backed_up_comes_back_on_the_other_database(place, other, folder):
    made = place.back_up(folder)
    restored = other.restore(folder)
    assert other.content() == place.content()
    assert (made.manifest.recordings.count, restored.left_out, restored.replaced) == (4, (), 0)
    for key, _ in Backup(made.path).blobs():
        assert b"".join(other.blobs.read(key)) == b"".join(place.blobs.read(key))
    assert is_sound(other)


def test_after_a_restore_the_service_goes_on(place, other, folder):
    place.back_up(folder)
    other.restore(folder)
    with Session(other.engine, expire_on_commit=False) as session:
        last = session.exec(select(func.max(Call.id))).one()
        call, _ = scored(session, "0-3 agent: A call after the restore, how can I help you?")
        session.commit()
        assert id_of(call) > last
        told = session.exec(select(LedgerEntry).where(LedgerEntry.event == restoring.RESTORED)).one()
        assert told.payload["made_at"].startswith("2026-11-23T04:05:06")
    assert is_sound(other)
    with pytest.raises(Exception, match="ledger"), other.engine.begin() as connection:
        connection.execute(text("DELETE FROM ledger_entry"))


def test_a_database_with_anything_in_it_is_refused(place, other, folder):
    place.back_up(folder)
    with Session(other.engine) as session:
        make_cast(session)
        session.commit()
    before = other.content()
    with pytest.raises(DatabaseNotEmpty, match="CALLMARK_DATABASE_URL"):
        other.restore(folder)
    assert other.content() == before


def test_jobs_of_another_database_are_refused(place, other, folder):
    place.back_up(folder)
    queue = Queue(other.settings.jobs)
    queue.enqueue("process_call", "call-1-1", 1, 1)
    queue.close()
    with pytest.raises(JobsOfAnother, match="CALLMARK_JOBS_URL"):
        other.restore(folder)


@pytest.mark.parametrize("file", ["tables/call.gz", "tables/ledger_entry.gz", "blobs.gz"])
def test_a_damaged_file_is_named_and_nothing_restored(place, other, folder, file):
    made = place.back_up(folder)
    damaged = made.path / file
    damaged.write_bytes(damaged.read_bytes()[:-9] + b"         ")
    with pytest.raises(BackupDamaged, match=str(damaged)):
        other.restore(folder)
    assert other.count("call") == 0
    assert str(damaged) in next(faults(folder, Backup(made.path), say_nothing))
    damaged.unlink()
    with pytest.raises(BackupDamaged, match="missing"):
        other.restore(folder)


def test_a_damaged_manifest_is_told(place, other, folder):
    made = place.back_up(folder)
    (made.path / "manifest.json").write_text("{")
    with pytest.raises(BackupDamaged, match=r"manifest\.json"):
        other.restore(folder)


def test_a_damaged_recording_is_named_and_the_rest_can_be_had_without_it(place, other, folder):
    made = place.back_up(folder)
    assert list(faults(folder, Backup(made.path), say_nothing)) == []
    damaged = sorted(blob_files(folder))[0]
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"!")
    assert list(faults(folder, Backup(made.path), say_nothing)) == [f"{damaged} is not what was written"]
    with pytest.raises(BackupDamaged, match=damaged.name):
        other.restore(folder)
    assert other.count("call") == 0
    restored = other.restore(folder, leave_out_damaged=True)
    assert [Path(key).name for key in restored.left_out] == [damaged.name]
    assert other.content() == place.content()


@pytest.mark.parametrize("newer", [{"format": 2}, {"revision": "9999"}])
def test_a_backup_of_a_newer_version_is_refused(place, other, folder, newer):
    manifest = place.back_up(folder).path / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), **newer}))
    with pytest.raises(BackupTooNew):
        other.restore(folder)


@pytest.mark.parametrize("older", ["0001", "0012", "0022"])
def test_a_backup_of_an_older_version_is_brought_up_to_date(other, folder, older):
    source = other
    begin_anew(source.settings.database, older)
    with source.engine.begin() as connection:
        connection.execute(text("INSERT INTO team (name, time_zone) VALUES ('A\\', 'UTC')"))
    assert source.back_up(folder).manifest.revision == older
    with source.engine.begin() as connection:
        connection.execute(text("DELETE FROM team"))
    source.restore(folder)
    with source.engine.connect() as connection:
        assert connection.execute(text("SELECT name FROM team")).scalar_one() == "A\\"
    assert source.count("user_session") == 0


def test_a_database_without_tables_or_of_a_newer_version_is_not_backed_up(place, folder):
    with place.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NotMigrated):
        place.back_up(folder)
    with pytest.raises(NoBackup):
        place.restore(folder)


def test_writers_do_not_wait_and_a_backup_is_of_one_moment(place, other, folder):
    before = place.content()
    written = []

    def go_on_writing(what: str, share: float) -> None:
        with Session(place.engine, expire_on_commit=False) as session:
            written.append(scored(session, f"0-3 agent: Call {len(written)} while the backup is made, hello?")[0])
            session.commit()

    place.back_up(folder, go_on_writing)
    assert len(written) > 20
    other.restore(folder)
    assert other.content() == before
    assert is_sound(other)
    assert is_sound(place)


def test_the_next_backup_copies_only_what_is_new(place, folder):
    place.back_up(folder)
    before = {path: path.stat().st_mtime_ns for path in blob_files(folder)}
    with Session(place.engine) as session:
        call = session.exec(select(Call)).first()
        call.peaks = place.blobs.put([b"new"], 10).key
        session.commit()
    made = place.back_up(folder, at=AT + timedelta(hours=1))
    after = {path: path.stat().st_mtime_ns for path in blob_files(folder)}
    assert (len(before), len(after), made.manifest.recordings.count) == (4, 5, 5)
    assert before.items() <= after.items()
    assert [one.path.name for one in whole(folder)] == ["2026-11-23T040506.000Z", "2026-11-23T050506.000Z"]


def test_old_backups_go_and_with_them_what_only_they_held(place, other, folder):
    first = place.back_up(folder)
    with Session(place.engine) as session:
        call = session.exec(select(Call).order_by(col(Call.id))).first()
        gone = call.playback
        call.playback = place.blobs.put([b"another"], 10).key
        session.commit()
    place.blobs.delete(gone)
    for hours in (1, 2):
        made = place.back_up(folder, at=AT + timedelta(hours=hours), keep=2)
    assert (made.thinned_out, len(whole(folder))) == (1, 2)
    assert not first.path.exists()
    assert Path(gone).name not in {path.name for path in blob_files(folder)}
    assert len(blob_files(folder)) == 4
    assert list(faults(folder, whole(folder)[0], say_nothing)) == []
    other.restore(folder)
    assert other.content() == place.content()


def test_a_recording_that_is_deleted_meanwhile_is_no_loss_and_one_that_is_gone_is(place, other, folder):
    with Session(place.engine) as session:
        first, second = session.exec(select(Call).order_by(col(Call.id))).all()
    deleted, lost = first.blob, second.blob

    def delete_one(what: str, share: float) -> None:
        place.blobs.delete(deleted)
        place.blobs.delete(lost)
        with Session(place.engine) as session:
            session.get_one(Call, first.id).blob = ""
            session.commit()

    made = place.back_up(folder, delete_one)
    assert (made.lost, made.manifest.recordings.gone, made.manifest.recordings.count) == ((lost,), 2, 2)
    other.restore(folder)
    assert not other.blobs.has(deleted)


def test_a_recording_that_lies_under_the_name_of_another_does_no_harm_to_it(place, other, folder):
    with Session(place.engine) as session:
        first, second = session.exec(select(Call.blob).order_by(col(Call.id))).all()
    blobs = place.settings.data_dir / "blobs"
    (blobs / second).write_bytes((blobs / first).read_bytes())
    assert place.back_up(folder).lost == (second,)
    assert recordings.is_whole(first, store_in(folder))


def test_what_nobody_wrote_into_the_store_is_not_taken_for_the_recording(place, folder):
    with Session(place.engine) as session:
        key = session.exec(select(Call.blob)).first()
    (place.settings.data_dir / "blobs" / key).write_bytes(b"something else")
    made = place.back_up(folder)
    assert made.lost == (key,)
    assert len(blob_files(folder)) == 3


def test_a_recording_that_was_torn_in_the_store_stays_whole_in_the_backups(place, other, folder):
    place.back_up(folder)
    with Session(place.engine) as session:
        torn, gone = session.exec(select(Call.blob).order_by(col(Call.id))).all()
    (place.settings.data_dir / "blobs" / torn).write_bytes(b"torn")
    place.blobs.delete(gone)
    made = place.back_up(folder, at=AT + timedelta(hours=1))
    assert made.lost == tuple(sorted((torn, gone)))
    other.restore(folder)
    assert all(recordings.is_whole(key, other.blobs) for key in (torn, gone))


@pytest.mark.parametrize("damage", [b"torn", b"as long as it was"], ids=["torn", "rotten"])
def test_a_recording_damaged_in_the_backup_or_in_the_store_is_whole_where_one_of_them_is(place, other, folder, damage):
    kept = [b"as long as it is!", b"also as long as.."]
    first, second = (place.blobs.put([content], 100).key for content in kept)
    with Session(place.engine) as session:
        call = session.exec(select(Call)).first()
        call.peaks, call.playback = first, second
        session.commit()
    place.back_up(folder)
    (folder / "blobs" / first).write_bytes(damage)
    for content in kept:
        other.blobs.put([content], 100)
    (other.settings.data_dir / "blobs" / second).write_bytes(damage)
    assert other.restore(folder).left_out == ()
    assert all(recordings.is_whole(key, other.blobs) for key in (first, second))


def test_keys_are_copied_only_when_asked_for_and_for_their_owner_alone(place, other, folder):
    place.settings.audit_key.write_text("00" * 32)
    place.settings.customer_key.write_text("11" * 32)
    assert place.back_up(folder).manifest.keys == {}
    made = place.back_up(folder, at=AT + timedelta(hours=1), with_keys=True)
    kept = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (made.path / "keys").iterdir()}
    assert kept == {"audit.key": 0o600, "customers.key": 0o600}
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o700 for path in (folder, made.path, folder / "blobs"))
    other.settings.customer_key.write_text("22" * 32)
    assert other.restore(folder).other_keys == ("customers.key",)
    assert other.settings.audit_key.read_text() == "00" * 32
    assert other.settings.customer_key.read_text() == "22" * 32


def test_a_store_of_another_database_is_taken_only_when_that_is_asked_for(place, other, folder):
    place.back_up(folder)
    belonging.claim(place.engine, other.blobs)
    with pytest.raises(StoreOfAnother):
        other.restore(folder)
    assert other.count("call") == 0
    other.restore(folder, take_store=True)
    assert other.content() == place.content()
    belonging.claim(other.engine, other.blobs)
    with pytest.raises(StoreOfAnother):
        belonging.claim(place.engine, other.blobs)


def test_who_was_signed_in_and_links_to_join_do_not_come_back(place, other, folder):
    from app.accounts.invitations import invite
    from app.accounts.models import User
    from app.accounts.service import open_session

    with Session(place.engine) as session:
        ada, dana = (session.exec(select(User).where(User.username == name)).one() for name in ("ada", "dana"))
        open_session(session, ada, AT)
        invite(session, dana, ada, AT)
        session.commit()
    assert (place.count("user_session"), place.count("invitation")) == (1, 1)
    place.back_up(folder)
    other.restore(folder)
    assert (other.count("user_session"), other.count("invitation")) == (0, 0)


def test_a_folder_of_something_else_is_left_alone(place, tmp_path):
    for folder in (place.settings.data_dir, tmp_path / "full"):
        folder.mkdir(exist_ok=True)
        (folder / "something").write_text("else")
        with pytest.raises(NotOfBackups):
            place.back_up(folder)
        assert (folder / "something").exists()


def test_two_backups_are_not_made_at_once(place, other, folder):
    place.back_up(folder)
    with held(folder, alone=True):
        for act in (place.back_up, other.restore):
            with pytest.raises(BackupUnderWay):
                act(folder)
    with held(folder, alone=False):
        other.restore(folder)


def test_a_recording_that_was_half_copied_is_copied_again(place, folder):
    place.back_up(folder)
    (torn, *_) = sorted(blob_files(folder))
    torn.write_bytes(torn.read_bytes()[:5])
    made = place.back_up(folder, at=AT + timedelta(hours=1))
    assert list(faults(folder, Backup(made.path), say_nothing)) == []


def test_many_recordings_are_carried_in_order(place, folder):
    keys = sorted(place.blobs.put([f"{number}".encode()], 10).key for number in range(300))
    done: list[int] = []
    found = list(recordings.carried(iter(keys), place.blobs, place.blobs, done.append))
    assert [one.key for one in found] == keys
    assert done[-1] == 300
