"""What the workers do, as an administrator sees it; with a real worker behind it, on both databases."""

import json
import sqlite3
from pathlib import Path

from app.calls import queries as calls
from app.calls import service
from app.calls.models import CallState
from app.calls.stranded import KilledWorker
from app.kit import clock, db
from app.kit.errors import AppError
from app.kit.worker_ids import at_work
from app.ledger.service import machine
from app.settings import Settings
from app.worker import work
from tests.databases import SqliteDatabases
from tests.faults.processes import until, worker
from tests.web.conftest import Web, serve, turns


def failed(web: Web, note: str, reason: AppError) -> int:
    call = web.add_call(note, f"{note}.json")
    with db.session(web.engine) as session:
        service.fail(session, call, 1, reason.code, reason.message, machine(clock.now()))
    return call


def states(web: Web) -> list[CallState]:
    with db.session(web.engine, reads_only=True) as session:
        return [one.state for one in calls.by_ids(session, range(1, 100)).values()]


def test_the_page_tells_what_waits_and_what_was_done(web_everywhere: Web, settings: Settings) -> None:
    web, ada = web_everywhere, web_everywhere.cast.ada
    empty = web.get(ada, "/admin/jobs").text
    assert "No worker is running" in empty
    assert "No job yet" in empty
    assert "every 3s" not in empty
    web.add_call(json.dumps({"language": "en", "turns": turns()}), external_id="C-17")
    waiting = web.get(ada, "/admin/jobs").text
    assert "the oldest for" in waiting
    assert "every 3s" in waiting
    with worker(settings, work):
        until(lambda: states(web) == [CallState.SCORED])
        until(lambda: "Waits for work" in web.get(ada, "/admin/jobs").text)
        page = web.get(ada, "/admin/jobs").text
        assert at_work(settings.jobs) == ("worker-1",)
    assert "No worker is running" not in page
    assert 'Hear and score a call<p class="small muted"><a class="quiet" href="/calls/1">C-17</a></p>' in page
    assert "Done" in page
    until(lambda: at_work(settings.jobs) == ())
    assert "No worker is running" in web.get(ada, "/admin/jobs").text


def test_failed_calls_are_started_again_by_reason_or_all_at_once(web: Web) -> None:
    ada = web.cast.ada
    killed = [failed(web, note, KilledWorker()) for note in ("1", "2")]
    other = failed(web, "3", service.WrongFileType())
    page = web.get(ada, "/admin/jobs").text
    assert "The worker died each time" in page
    assert f'action="/calls/{other}/retry"' in page
    answer = web.post(ada, "/admin/jobs/retry", data={"code": "killed_worker"})
    assert answer.headers["location"] == "/admin/jobs?notice=started"
    with db.session(web.engine, reads_only=True) as session:
        found = calls.by_ids(session, [*killed, other])
    assert [found[one].state for one in killed] == [CallState.RECEIVED, CallState.RECEIVED]
    assert found[other].state == CallState.FAILED
    web.post(ada, "/admin/jobs/retry")
    assert states(web) == [CallState.RECEIVED] * 3
    # Once more, by somebody whose page is older: nothing is left to start.
    assert web.post(ada, "/admin/jobs/retry").status_code == 303


def test_a_database_of_jobs_that_was_never_prepared_is_told_and_the_rest_is_shown(web: Web, tmp_path: Path) -> None:
    failed(web, "1", KilledWorker())
    with sqlite3.connect(tmp_path / "jobs.db") as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table'").fetchall():
            if not name.startswith("sqlite_"):
                connection.execute(f'DROP TABLE "{name}"')
    shows_the_rest(web)


def test_a_server_of_jobs_that_is_out_of_reach_is_told_and_the_rest_is_shown(
    sqlite: SqliteDatabases, tmp_path: Path
) -> None:
    with sqlite.fresh(tmp_path) as url:
        settings = Settings(data_dir=tmp_path, database_url=url, jobs_url="postgresql://nobody@127.0.0.1:1/none")
        for web in serve(settings):
            failed(web, "1", KilledWorker())
            shows_the_rest(web)


def shows_the_rest(web: Web) -> None:
    answer = web.get(web.cast.ada, "/admin/jobs")
    assert answer.status_code == 200
    assert "The database of jobs cannot be reached" in answer.text
    assert "The worker died each time" in answer.text


def test_only_administrators_see_the_jobs(web: Web) -> None:
    for user in (web.cast.bob, web.cast.alice, web.cast.dana):
        assert web.get(user, "/admin/jobs").status_code == 403
        assert web.post(user, "/admin/jobs/retry").status_code == 403
