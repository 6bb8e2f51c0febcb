"""What an operator is told by the commands that look after the databases."""

import subprocess
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from typer.testing import CliRunner

from app.cli.commands import app
from app.cli.serving import differences
from app.kit import db
from app.settings import Settings
from tests.cli.test_worker import CALLMARK
from tests.stored import RUDE, scored

AWAY = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.mark.parametrize("command", ["migrate", "worker", "serve", "recount"])
def test_a_database_that_is_away_is_told_in_a_sentence(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLMARK_DATABASE_URL", AWAY)
    asked = [CALLMARK, command, "--data-dir", tmp_path]
    told = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert "database cannot be reached" in told.stderr, told.stderr
    assert "Traceback" not in told.stderr


def test_a_recount_without_a_database_says_so_and_makes_none(tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["recount", "--data-dir", str(tmp_path)])
    assert told.exit_code == 2
    assert "there is no database" in told.output.replace("\n", " ")
    assert list(tmp_path.iterdir()) == []


def test_a_call_that_is_scored_during_a_recount_is_no_difference(engine: Engine) -> None:
    with db.session(engine) as session:
        scored(session)
    came: list[int] = []

    def one_more(connection: object, cursor: object, statement: str, *more: object) -> None:
        if not came and "FROM" in statement:
            came.append(1)
            with db.session(engine) as session:
                scored(session, *RUDE)

    event.listen(engine, "after_cursor_execute", one_more)
    try:
        assert differences(engine, Settings()) == []
    finally:
        event.remove(engine, "after_cursor_execute", one_more)
    assert came == [1]
