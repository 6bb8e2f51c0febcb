"""Whoever makes or restores a backup may be killed at any moment: the next one goes on, and nothing half is taken for whole."""

import os
import signal
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from app.backup.folder import whole
from app.backup.manifest import Backup, NoBackup
from app.backup.service import faults
from app.settings import Settings
from tests.backup.places import Place, opened, say_nothing
from tests.backup.test_backup import blob_files, is_sound
from tests.faults.processes import start_worker


def act_until(act: str, folder: Path, number: int, settings: Settings) -> None:
    """Make a backup or restore one, and die when something is told for this number of times."""
    told = count(1)

    def die_in_time(what: str, share: float) -> None:
        if next(told) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    with opened(settings) as place:
        getattr(place, act)(folder, die_in_time)


def is_killed(place: Place, act: str, folder: Path, number: int) -> bool:
    """Whether it was killed before its end."""
    process = start_worker(place.settings, partial(act_until, act, folder, number))
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL), (place.settings.data_dir / "worker.log").read_text()
    return process.exitcode != 0


def test_a_backup_that_is_killed_is_none_and_the_next_goes_on_with_its_recordings(place, other, folder):
    # The first table, one in the middle, the last one, the recordings.
    last = len(place.content())
    assert all(is_killed(place, "back_up", folder, number) for number in (1, 30, last, last + 1))
    assert whole(folder) == []
    with pytest.raises(NoBackup):
        other.restore(folder)
    assert other.count("call") == 0
    copied = {path: path.stat().st_mtime_ns for path in blob_files(folder)}
    assert len(copied) == 4
    made = place.back_up(folder)
    assert {path: path.stat().st_mtime_ns for path in blob_files(folder)} == copied
    assert sorted(path.name for path in folder.iterdir()) == [made.path.name, "backups.lock", "blobs"]
    assert list(faults(folder, Backup(made.path), say_nothing)) == []


@pytest.mark.parametrize("moment", [2, 3, 30, "before all is there", "after"])
def test_a_restore_that_is_killed_is_finished_by_the_next(place, other, folder, moment):
    # Before the recordings, in the tables (two places), before they are there for good, and right after that.
    last = len(place.content())
    place.back_up(folder)
    assert is_killed(other, "restore", folder, {"before all is there": last + 3, "after": last + 4}.get(moment, moment))
    assert other.count("call") == (2 if moment == "after" else 0)
    other.restore(folder)
    assert other.content() == place.content()
    assert other.count("call") == 2
    assert is_sound(other)
