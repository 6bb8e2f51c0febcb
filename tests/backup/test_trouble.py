"""A full disk, a database that others use or that is away: told in a sentence, and mended by running it again."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from app.backup.failing import NoSpaceLeft
from app.backup.folder import whole
from app.backup.loading import DatabaseInUse
from app.calls.models import Call
from app.kit import db
from app.kit.db import DatabaseUnavailable
from app.settings import Settings
from tests.backup.places import AT, Place, new_place, opened
from tests.stored import RUDE, scored

NOISE = bytes(range(256)) * 4096


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """A disk of so many megabytes; asked again, the same has grown."""
    disk = tmp_path / "disk"
    disk.mkdir()

    def sized(megabytes: int) -> Path:
        options = f"size={megabytes}m" + (",remount" if disk.is_mount() else "")
        made = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", disk], check=False, capture_output=True)
        if made.returncode:
            pytest.skip("only who may mount can make a small disk")
        return disk

    yield sized
    if disk.is_mount():
        subprocess.run(["umount", "-l", disk], check=True)


def add_recording(place: Place) -> None:
    with Session(place.engine) as session:
        call = session.exec(select(Call)).first()
        call.peaks = place.blobs.put([NOISE], len(NOISE)).key
        session.commit()


def test_a_full_disk_is_told_and_the_backup_goes_on_once_there_is_space(place, other, small_disk):
    add_recording(place)
    folder = small_disk(1) / "backups"
    with pytest.raises(NoSpaceLeft):
        place.back_up(folder)
    assert whole(folder) == []
    small_disk(20)
    place.back_up(folder, at=AT + timedelta(hours=1))
    other.restore(folder)
    assert other.content() == place.content()


@pytest.mark.parametrize("what", ["recordings", "rows"])
def test_a_disk_too_small_for_what_comes_back_leaves_nothing_half_restored(request, place, folder, small_disk, what):
    if what == "recordings":
        add_recording(place)
    else:
        with Session(place.engine, expire_on_commit=False) as session:
            for number in range(40):
                scored(session, f"0-3 agent: Call {number}, {'hello ' * 500}", *RUDE)
            session.commit()
    place.back_up(folder)
    with new_place(request, "sqlite", small_disk(3) / "there") as there:
        with pytest.raises(NoSpaceLeft):
            there.restore(folder)
        assert there.count("call") == 0
        small_disk(40)
        there.restore(folder)
        assert there.content() == place.content()


def test_a_database_that_others_have_open_is_refused(request, place, folder, tmp_path):
    place.back_up(folder)
    with new_place(request, "sqlite", tmp_path / "open") as there:
        reading = db.make_engine(there.settings.database)
        with reading.connect() as connection:
            connection.execute(text("SELECT count(*) FROM call"))
            connection.rollback()
            with pytest.raises(DatabaseInUse, match="serve"):
                there.restore(folder)
        reading.dispose()
        there.restore(folder)
        assert there.content() == place.content()


def test_a_database_that_is_away_is_told(place, folder, tmp_path):
    place.back_up(folder)
    (tmp_path / "away").mkdir()
    away = Settings(
        data_dir=tmp_path / "away",
        database_url="postgresql://nobody@127.0.0.1:1/callmark",
        jobs_url=f"sqlite:///{tmp_path}/away/jobs.db",
    )
    with opened(away) as there:
        for act in (there.back_up, there.restore):
            with pytest.raises(DatabaseUnavailable):
                act(folder)
    assert len(whole(folder)) == 1
    shutil.rmtree(folder)
