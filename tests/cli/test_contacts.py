"""`callmark contacts`: a list comes in from the command line, and what is left out can be mended."""

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.commands import app

LIST = """\
external_id,started_at,answered,wait_seconds,talk_seconds
a,2026-11-20T09:00:00+08:00,yes,12,100
b,soon,no,4,
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "list.csv").write_text(LIST, encoding="utf-8")
    return tmp_path


def run(folder: Path, *words: object) -> Result:
    return CliRunner().invoke(app, [*map(str, words), "--data-dir", str(folder / "data")])


def test_good_rows_come_in_and_bad_ones_can_be_mended_and_given_again(folder: Path) -> None:
    left_out = folder / "bad.csv"
    first = run(folder, "contacts", folder / "list.csv", "--bad", left_out)
    assert first.exit_code == 1
    assert "1 added" in first.output
    assert "line 3, started_at: is no time" in first.output
    with left_out.open(newline="", encoding="utf-8-sig") as opened:
        (row,) = csv.DictReader(opened)
    assert (row["external_id"], row["line"], row["column"]) == ("b", "3", "started_at")
    left_out.write_text(left_out.read_text("utf-8").replace("soon", "2026-11-20T10:00Z"), encoding="utf-8")
    second = run(folder, "contacts", left_out)
    assert (second.exit_code, "1 added" in second.output) == (0, True)
    assert run(folder, "recount").output.strip() == "0 differences"


def test_a_dry_run_keeps_nothing(folder: Path) -> None:
    assert "1 would be added" in run(folder, "contacts", folder / "list.csv", "--dry-run").output
    assert "1 added" in run(folder, "contacts", folder / "list.csv").output


def test_answers_come_to_contacts_that_are_in(folder: Path) -> None:
    run(folder, "contacts", folder / "list.csv")
    answers = folder / "answers.csv"
    answers.write_text("external_id,csat\na,5\nz,1\n", encoding="utf-8")
    found = run(folder, "contacts", answers, "--answers")
    assert (found.exit_code, "1 changed" in found.output) == (1, True)
    assert "line 3, external_id: is no contact that is known" in found.output


def test_days_and_mappings_are_chosen_by_options(folder: Path) -> None:
    days = folder / "days.csv"
    days.write_text("agent,day,logged_in_seconds\nnobody,2026-11-20,60\n", encoding="utf-8")
    assert "add the person first" in run(folder, "contacts", days, "--days").output
    unknown = run(folder, "contacts", days, "--mapping", "acme")
    assert "generic-cdr" in str(unknown.exception)
    assert run(folder, "contacts", days, "--days", "--answers").exit_code == 2
    assert run(folder, "contacts", days, "--time-zone", "Mars").exit_code == 2
    assert run(folder, "contacts", folder / "none.csv").exit_code == 2


def test_a_changed_setting_is_found_by_a_recount_and_mended(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(folder, "contacts", folder / "list.csv")
    monkeypatch.setenv("CALLMARK_ANSWER_WITHIN", "10")
    assert run(folder, "recount").exit_code == 1
    assert run(folder, "recount", "--mend").exit_code == 0
