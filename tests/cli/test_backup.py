"""`callmark backup` and `restore`, as an administrator types them or a timer runs them."""

import subprocess
import sys
from pathlib import Path

import pytest

from app.kit.blobs import open_blobs
from app.settings import Settings
from tests.backup.conftest import furnish
from tests.backup.places import opened
from tests.databases import SqliteDatabases

CALLMARK = str(Path(sys.executable).with_name("callmark"))


@pytest.fixture
def data(sqlite: SqliteDatabases, tmp_path: Path):
    """The folder of a service with two calls."""
    folder = tmp_path / "data"
    folder.mkdir()
    with sqlite.fresh(folder), opened(Settings(data_dir=folder)) as place:
        furnish(place)
        yield folder


def run(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([CALLMARK, *map(str, words)], capture_output=True, check=False, text=True, timeout=240)


def test_a_backup_is_made_verified_and_restored(data, tmp_path):
    made = run("backup", tmp_path / "kept", "--data-dir", data)
    assert (made.returncode, "4 recordings" in made.stdout) == (0, True)
    assert "The keys are not in it (--with-keys)." in made.stdout
    assert "webhooks.key: webhooks cannot be signed" in made.stdout
    looked = run("backup", "--verify", tmp_path / "kept")
    assert (looked.returncode, "nothing is wrong" in looked.stdout) == (0, True)
    back = run("restore", tmp_path / "kept", "--data-dir", tmp_path / "new")
    assert back.returncode == 0, back.stdout + back.stderr
    assert "4 recordings came back" in back.stdout
    assert "Everybody signs in anew" in back.stdout
    assert "What was deleted or erased after that moment came back" in back.stdout
    assert "Legal holds put after that moment are gone" in back.stdout
    assert "before a worker is started" in back.stdout
    assert "nothing is wrong." in back.stdout
    assert "0 differences between the tallies and a recount" in back.stdout
    again = run("restore", tmp_path / "kept", "--data-dir", tmp_path / "new")
    assert (again.returncode, "There is something in this database already" in again.stderr) == (1, True)


def test_what_is_wrong_is_said_in_a_sentence_and_by_the_exit_code(data, tmp_path):
    kept = tmp_path / "kept"
    assert run("backup", kept, "--data-dir", data, "--with-keys").returncode == 0
    torn = next((kept / "blobs").rglob("*/*"))
    torn.write_bytes(b"")
    looked = run("backup", "--verify", kept)
    assert (looked.returncode, str(torn) in looked.stdout) == (1, True)
    store = open_blobs(Settings(data_dir=data))
    store.delete(f"{torn.parent.name}/{torn.name}")
    lost = run("backup", kept, "--data-dir", data, "--keep", "1")
    assert (lost.returncode, torn.name in lost.stderr, "1 older backups were removed" in lost.stdout) == (1, True, True)
    for words in (
        ("restore", tmp_path, "--data-dir", tmp_path / "new"),
        ("restore", tmp_path / "nowhere", "--data-dir", tmp_path / "new"),
        ("backup", "--verify", tmp_path / "nowhere"),
        ("backup", kept, "--data-dir", tmp_path / "nothing"),
        ("backup", data, "--data-dir", data),
    ):
        done = run(*words)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
