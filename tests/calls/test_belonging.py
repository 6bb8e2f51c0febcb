"""Two databases over one store would remove each other's recordings: the second one is refused."""

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from app.calls.belonging import MARK, StoreOfAnother, claim, take
from app.kit import clock, db
from app.kit.blobs import open_blobs
from app.retention import orphans
from app.settings import Settings
from tests.cli.test_worker import CALLMARK
from tests.databases import SqliteDatabases

LIMIT = 1000


@pytest.fixture
def another(sqlite: SqliteDatabases, tmp_path: Path):
    """Another database, which has nothing."""
    (tmp_path / "another").mkdir()
    with sqlite.fresh(tmp_path / "another") as url:
        engine = db.make_engine(url)
        yield engine
        engine.dispose()


def test_a_store_belongs_to_the_first_database_that_uses_it(engine, another, settings):
    blobs = open_blobs(settings)
    claim(engine, blobs)
    claim(engine, blobs)
    with pytest.raises(StoreOfAnother):
        claim(another, blobs)
    take(another, blobs)
    claim(another, blobs)
    with pytest.raises(StoreOfAnother):
        claim(engine, blobs)


def test_a_sweep_removes_nothing_from_the_store_of_another(engine, another, settings):
    blobs = open_blobs(settings)
    claim(engine, blobs)
    key = blobs.put([b"a recording of the first"], LIMIT).key
    for days in (2, 4):
        with pytest.raises(StoreOfAnother):
            orphans.sweep(another, blobs, clock.now() + timedelta(days=days))
    assert blobs.has(key)
    assert blobs.aside(clock.now() + timedelta(days=9)) == []


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_nothing_begins_over_the_store_of_another(command: str, tmp_path: Path) -> None:
    blobs = open_blobs(Settings(data_dir=tmp_path))
    blobs.note(MARK, "another")
    asked = [CALLMARK, command, "--data-dir", tmp_path]
    told = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert "another database" in told.stderr, told.stderr
    assert "Traceback" not in told.stderr
