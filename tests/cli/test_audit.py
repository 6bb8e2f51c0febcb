"""`callmark audit` and `callmark rates`, as an auditor uses them."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.commands import app
from app.kit import db
from app.kit.migrations import upgrade
from app.ledger.service import Actor, record
from app.settings import Settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder in whose ledger two calls came in."""
    database = Settings(data_dir=tmp_path).database
    upgrade(database)
    with db.session(db.make_engine(database)) as session:
        for call in (1, 2):
            record(session, f"call:{call}", Actor("Ada", datetime(2026, 10, 5, tzinfo=UTC)), "call.received")
    return tmp_path


def run(folder: Path, *words: object) -> Result:
    return CliRunner().invoke(app, [*map(str, words), "--data-dir", str(folder)])


def test_an_auditor_proves_with_an_anchor_that_a_stream_was_taken_away(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "kept-elsewhere"
    assert run(folder, "audit", "verify").exit_code == 0
    anchored = run(folder, "audit", "anchor", file)
    assert (anchored.exit_code, "2 entries in 2 streams" in anchored.output) == (0, True)
    with sqlite3.connect(folder / "app.db") as connection:
        connection.execute("DROP TRIGGER ledger_entry_no_delete")
        connection.execute("DELETE FROM ledger_entry WHERE stream = 'call:2'")
        connection.execute("DELETE FROM ledger_head WHERE stream = 'call:2'")
    (folder / "audit.anchors").unlink()
    assert run(folder, "audit", "verify").exit_code == 0
    found = run(folder, "audit", "verify", "--anchor", file)
    assert found.exit_code == 1
    assert "entries by id 1 to 2" in found.output


def test_what_is_wrong_is_told_with_its_stream_and_its_place(folder: Path) -> None:
    with sqlite3.connect(folder / "app.db") as connection:
        connection.execute("DROP TRIGGER ledger_entry_no_update")
        connection.execute("UPDATE ledger_entry SET actor = 'Mallory' WHERE stream = 'call:2'")
    found = run(folder, "audit", "verify")
    assert found.exit_code == 1
    assert "call:2, entry 1: is not what was written" in found.output


def test_an_anchor_that_was_cut_off_is_told_and_the_others_are_held_against_the_ledger(folder: Path) -> None:
    kept = folder / "audit.anchors"
    run(folder, "audit", "anchor", folder / "elsewhere")
    with kept.open("a") as opened:
        opened.write(kept.read_text()[:80])
    found = run(folder, "audit", "verify")
    assert found.exit_code == 0
    assert f"{kept}: 1 cut off while being written" in found.output
    assert "held against 1 anchors" in found.output


def test_a_file_that_holds_no_anchors_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("hello")
    assert run(folder, "audit", "verify", "--anchor", tmp_path / "other").exit_code == 1


@pytest.mark.parametrize("moment", ["yesterday", "2026-10-05T00:00:00", "2999-01-01T00:00:00Z"])
def test_rates_are_not_told_as_of_no_moment_or_one_to_come(folder: Path, moment: str) -> None:
    assert run(folder, "rates", "--as-of", moment).exit_code == 2


def test_rates_are_told_in_words_and_as_json(folder: Path) -> None:
    assert run(folder, "rates").output == "All: nothing counted, 0 open\n"
    assert '"n": 0' in run(folder, "rates", "--json", "--by", "team", "--as-of", "2026-10-05T00:00:00Z").output
    assert run(folder, "rates", "--by", "luck").exit_code == 2
